import '../test/tools/node-version.ts'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../test/lab/machine/sh.ts'
import { exampleManifests, namespace } from '../test/world/manifests.ts'
import { startWorld, type World } from '../test/world/world.ts'
import { checksFor, countChecks } from './ansible/checks.ts'
import { ansibleVersion, installAnsible } from './ansible/install.ts'
import { type Ansible, setUpAnsible } from './ansible/run.ts'
import { clusters, engine } from './ironherd/parts.ts'
import { countMembers, countQuestions, createPasses, type Passes } from './ironherd/passes.ts'
import { readSnapshot } from './ironherd/read-snapshot.ts'
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
  modules: 'ansible-core, modules',
  oneTask: 'ansible-core, one task',
} as const

/** A settled ZooKeeper and Spark on six hosts that also have a Python, and no ironherd running beside the measurement. */
async function settledWorld(): Promise<World> {
  const world = await startWorld({ lab: { hosts: 6, withPython: true }, log: say })
  try {
    await world.apply(exampleManifests('zookeeper', world.lab))
    await world.apply(exampleManifests('spark', world.lab))
    say('waiting until the clusters are Ready')
    await world.untilReady('zookeepercluster', 'zk', 10 * 60_000)
    await world.untilReady('sparkcluster', 'analytics', 10 * 60_000)
    await sleep(10_000)
    await world.operator.stop()
    return world
  } catch (error) {
    await world.down()
    throw error
  }
}

/** Both playbooks must see a file that was changed, or they would be compared for doing nothing. */
async function proveThatChecksBite(world: World, ansible: Ansible, passes: Passes, path: string): Promise<void> {
  const [host] = world.lab.hosts
  if (host === undefined) throw new Error('no hosts')
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
  const world = await settledWorld()
  const plurals = ['hosts', ...clusters.map(({ definition }) => definition.plural)]
  const passes = createPasses(
    new SnapshotStore(await readSnapshot(world.lab, namespace, plurals)),
    engine,
    clusters,
    await authorityOf(world),
  )
  let ansible: Ansible | undefined
  try {
    await passes.once()
    await sleep(200)
    await passes.once()
    const facts = passes.facts()
    const checks = Object.fromEntries(
      [...passes.lastLooks].map(([host, { questions }]) => [host, checksFor(host, questions, facts)]),
    )
    ansible = setUpAnsible(python, world.lab, checks)
    const peer = ansible
    const [m1] = Object.values(checks)
    say('do all of them see a changed file?')
    await proveThatChecksBite(world, peer, passes, m1?.files.find(({ path }) => path.startsWith('/etc/'))?.path ?? '')
    const measured: Contender[] = [
      { name: contenders.ironherd, once: () => passes.once() },
      { name: contenders.modules, once: () => peer.pass('modules') },
      { name: contenders.oneTask, once: () => peer.pass('one-task') },
    ]
    const load = loadavg()[0] ?? NaN
    const samples = await runRounds(measured, { lab: world.lab.name, rounds, warmUp: 2, log: say })
    await write(samples, load, {
      hosts: world.lab.hosts.length,
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
    await world.down()
  }
}

/** The hosts obey one installation; in its name only looks are made here. */
async function authorityOf(world: World): Promise<{ readonly installation: string; readonly epoch: number }> {
  const [host] = world.lab.hosts
  const said = await host?.exec('cat /var/lib/ironherd/installation /var/lib/ironherd/epoch')
  const [installation = '', epoch = ''] = (said?.stdout ?? '').split('\n')
  return { installation, epoch: Number(epoch) }
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
