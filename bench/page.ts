import type { Sample } from './rounds.ts'
import { type Spread, spreadOf } from './statistics.ts'

export interface NoopPassReport {
  /** YYYY-MM-DD. */
  readonly day: string
  readonly machine: {
    readonly cpus: number
    readonly model: string
    readonly memoryGiB: number
    readonly kernel: string
  }
  /** Load average over a minute before the first round. */
  readonly load: number
  readonly versions: {
    readonly ironherd: string
    readonly node: string
    readonly ansible: string
    readonly python: string
    readonly ssh: string
  }
  readonly hosts: number
  readonly members: number
  /** Questions that ironherd asks in one pass, and single checks that Ansible makes, over all hosts. */
  readonly questions: number
  readonly checks: number
  readonly contenders: readonly { readonly name: string; readonly what: string; readonly roundTripsPerHost: string }[]
  readonly samples: readonly Sample[]
  /** File name of the single figures. */
  readonly csv: string
}

/** docs/benchmarks.md. The first contender is ironherd; the others are given as multiples of it. */
export function pageOf(report: NoopPassReport): string {
  const rows = report.contenders.map(({ name, roundTripsPerHost }) => {
    const own = report.samples.filter((sample) => sample.contender === name)
    const hosts = own.flatMap(({ hostsCpuMs }) => hostsCpuMs ?? [])
    const wall = spreadOf(own.map(({ wallMs }) => wallMs))
    const cpu = spreadOf(own.map(({ cpuMs }) => cpuMs))
    return { name, wall, cpu, hosts: hosts.length === 0 ? undefined : spreadOf(hosts), roundTripsPerHost }
  })
  const [ours] = rows
  if (ours === undefined) throw new Error('a report of nothing')
  const rounds = Math.max(...report.samples.map(({ round }) => round))
  const table = rows.map((row) =>
    [
      '',
      row.name,
      show(row.wall),
      row === ours ? '1' : times(row.wall, ours.wall),
      show(row.cpu),
      row === ours ? '1' : times(row.cpu, ours.cpu),
      row.hosts === undefined ? 'not measured' : show(row.hosts),
      row.roundTripsPerHost,
      '',
    ]
      .join(' | ')
      .trim(),
  )
  return `<!-- Written by npm run bench; changes by hand are lost. -->
# Benchmarks

## A pass with nothing to do

${report.hosts} hosts with ${report.members} daemons (a ZooKeeper ensemble, a Spark standalone cluster) that are as declared, connections
open. Each contender finds out that there is nothing to do. Median of ${rounds} rounds, quartiles in brackets; in each round
every contender runs once, in turn first and last. ${report.day}.

| | wall, ms | × | CPU of the controller, ms | × | CPU of the hosts, ms | commands per host |
|---|---|---|---|---|---|---|
${table.join('\n')}

${report.contenders.map(({ name, what }) => `- **${name}**: ${what}`).join('\n')}

Every figure: [${report.csv}](../bench/results/${report.csv}).

### What is compared

Ironherd asks ${report.questions} questions in a pass: digest, owner and mode of files and directories, state of units, the listing of
unpacked software, Java, users, who listens on which port, ZooKeeper's four-letter words and the web interfaces of Spark. The
playbooks are made from these very questions, with the answers of the settled cluster as what is expected, and make
${report.checks} single checks: what is only of use to ironherd (its journal, things that are to be absent) is left out. They fail
when something differs; the benchmark checks that they do.

Ansible is set up as its documents advise for speed: a fork per host, pipelining, connections kept open by
ControlPersist, no fact gathering, the interpreter named. It starts a process per run, as it always does; ironherd is a
daemon that runs anyway, so its pass is measured inside a process that has made passes before. CPU of the controller
counts the command and all its children, and for Ansible also the SSH processes that keep the connections. CPU of the
hosts is that of everything on them, the ${report.members} daemons included.

What is not measured here: talking to the API server (a settled pass writes nothing to it), the first connection, and any
pass in which something has to be done.

### Where

${report.machine.cpus} CPUs (${report.machine.model}), ${report.machine.memoryGiB} GiB, Linux ${report.machine.kernel}; hosts and controller share them. Load before the first
round ${report.load.toFixed(2)}. ironherd ${report.versions.ironherd} on Node ${report.versions.node}; ansible-core ${report.versions.ansible} on Python ${report.versions.python}, ${report.versions.ssh}.

### Again

    npm ci && npm run bench

as root on Linux; it takes about fifteen minutes with a warm cache of the lab, and rewrites this page; nothing else should run meanwhile.
`
}

function show(spread: Spread): string {
  return `${round(spread.median)} (${round(spread.lowerQuartile)}–${round(spread.upperQuartile)})`
}

function times(theirs: Spread, ours: Spread): string {
  return round(theirs.median / ours.median)
}

/** Three digits that mean something, at least to the unit. */
function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US').replaceAll(',', ' ') : value.toPrecision(3)
}
