import '../test/tools/node-version.ts'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type LabHost, startLab } from '../test/lab/index.ts'
import { run } from '../test/lab/machine/sh.ts'
import { checksFor, countChecks } from './ansible/checks.ts'
import { ansibleVersion, installAnsible } from './ansible/install.ts'
import { type Ansible, setUpAnsible } from './ansible/run.ts'
import { exampleSnapshot } from './ironherd/example-snapshot.ts'
import { localArchives } from './ironherd/local-archives.ts'
import { countMembers, countQuestions, createPasses, type Passes } from './ironherd/passes.ts'
import { SnapshotStore } from './ironherd/snapshot-store.ts'
import { type NoopPassReport, pageOf } from './page.ts'
import { type Contender, runRounds, type Sample, toCsv } from './rounds.ts'

const root = join(import.meta.dirname, '..')
const rounds = numberOption('--rounds', 12)
const started = Date.now()

function numberOption(name: string, otherwise: number): number {
  const at = process.argv.indexOf(name)
  const value = at < 0 ? otherwise : Number(process.argv[at + 1])
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} takes a whole number from 1`)
  return value
}

function say(line: string): void {
  console.log(`${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`)
}

const contenders = {
  ironherd: 'ironherd',
  modules: 'ansible-core (modules)',
  oneTask: 'ansible-core (one task)',
} as const

/** Both playbooks must see a file that was changed, or they would be compared for doing nothing. */
async function proveThatChecksBite(host: LabHost, ansible: Ansible, passes: Passes, path: string): Promise<void> {
  await host.exec(`cp -a ${path} /root/kept && echo '# changed' >> ${path}`)
  for (const [name, attempt] of [
    [contenders.ironherd, () => passes.once()],
    [contenders.modules, () => ansible.pass('modules')],
    [contenders.oneTask, () => ansible.pass('one-task')],
  ] as const) {
    const seen = await attempt().then(
      () => false,
      () => true,
    )
    if (!seen) throw new Error(`${name} does not see that ${path} was changed`)
  }
  await host.exec(`cp -a /root/kept ${path} && rm /root/kept`)
}

async function main(): Promise<void> {
  const python = await installAnsible(say)
  // Python is for Ansible; the API server is not part of what is compared.
  const lab = await startLab({ hosts: 6, withPython: true, controlPlane: false, log: say })
  const passes = createPasses(new SnapshotStore(exampleSnapshot(lab, new Date())), localArchives(lab))
  let ansible: Ansible | undefined
  try {
    say('ironherd installs and starts ZooKeeper and Spark')
    await passes.settle(10 * 60_000)
    // The services are still busy with their start.
    await sleep(20_000)
    await passes.once()
    const facts = passes.facts()
    const checks = Object.fromEntries(
      [...passes.lastLooks].map(([host, { questions }]) => [host, checksFor(host, questions, facts)]),
    )
    ansible = setUpAnsible(python, lab, checks)
    const peer = ansible
    say('do all of them see a changed file?')
    const path = checks['m1']?.files.find((file) => file.path.endsWith('.cfg'))?.path
    if (path === undefined) throw new Error('m1 has no zoo.cfg')
    await proveThatChecksBite(lab.host('m1'), peer, passes, path)
    await passes.settle(60_000)
    const measured: Contender[] = [
      { name: contenders.ironherd, once: () => passes.once() },
      { name: contenders.modules, once: () => peer.pass('modules') },
      { name: contenders.oneTask, once: () => peer.pass('one-task') },
    ]
    const load = loadavg()[0] ?? NaN
    const samples = await runRounds(measured, { lab: lab.name, rounds, warmUp: 2, log: say })
    await write(samples, load, {
      hosts: lab.hosts.length,
      members: countMembers(passes),
      questions: countQuestions(passes),
      checks: Object.values(checks).reduce((sum, own) => sum + countChecks(own), 0),
      commands: { modules: await peer.commandsPerHost('modules'), oneTask: await peer.commandsPerHost('one-task') },
      python: (await run([python, '--version'])).stdout.trim().replace('Python ', ''),
    })
  } finally {
    say('taking everything down')
    await ansible?.close()
    await passes.close()
    await lab.down()
  }
}

interface Seen {
  readonly hosts: number
  readonly members: number
  readonly questions: number
  readonly checks: number
  readonly commands: { readonly modules: number; readonly oneTask: number }
  readonly python: string
}

async function write(samples: readonly Sample[], load: number, seen: Seen): Promise<void> {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }
  const day = new Date().toISOString().slice(0, 10)
  const csv = `noop-pass-${day}.csv`
  const report: NoopPassReport = {
    day,
    csv,
    load,
    samples,
    machine: {
      cpus: cpus().length,
      model: cpus()[0]?.model ?? 'unknown',
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
    },
    versions: {
      ironherd: manifest.version,
      node: process.versions.node,
      ansible: ansibleVersion,
      python: seen.python,
      ssh: (await run(['ssh', '-V'])).stderr.split(',')[0]?.replace('_', ' ') ?? 'OpenSSH',
    },
    hosts: seen.hosts,
    members: seen.members,
    questions: seen.questions,
    checks: seen.checks,
    contenders: [
      {
        name: contenders.ironherd,
        what: 'the passes of the control room over both clusters: expand, look, assess, decide, compare the status',
        roundTripsPerHost: '1',
      },
      {
        name: contenders.modules,
        what: 'a task per kind of check with the module made for it, looping over the items of the host: as one writes it',
        roundTripsPerHost: String(seen.commands.modules),
      },
      {
        name: contenders.oneTask,
        what: 'the same checks as one generated shell task: nobody writes that, it shows what Ansible itself costs',
        roundTripsPerHost: String(seen.commands.oneTask),
      },
    ],
  }
  writeFileSync(join(root, 'bench', 'results', csv), toCsv(samples))
  const page = pageOf(report)
  writeFileSync(join(root, 'docs', 'benchmarks.md'), page)
  console.log(`\n${page.slice(page.indexOf('## '), page.indexOf('### '))}`)
  console.log(`docs/benchmarks.md, bench/results/${csv}`)
}

process.exitCode = await main().then(
  () => 0,
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    return 1
  },
)
process.exit()
