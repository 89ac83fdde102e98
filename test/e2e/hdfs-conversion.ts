// A simple HDFS that becomes highly available: approved by a person, under a client that writes and reads, and then failed over.
import { setTimeout as sleep } from 'node:timers/promises'
import { exampleManifests, type Manifest } from '../world/manifests.ts'
import type { World } from '../world/world.ts'
import { withSpec } from './edited.ts'
import { onDisk } from './hdfs.ts'
import type { HdfsChange } from './hdfs-changes.ts'
import { leaderOf, placesOf } from './hdfs-moves.ts'
import { verbsOn } from './hdfs-steps.ts'
import { readAndApprove, type ShownStep } from './read-and-approve.ts'
import { unitOn } from './records.ts'

const ofFailover = ['zookeeperRef', 'journalNodes', 'failover', 'fencing'] as const
const plan = 'hdfscluster-files'

/** Of the manifest what is left of it without failover, with a secondary on m3, where the client runs. */
function simple(standing: Manifest): Manifest {
  const one = placesOf(standing).filter(({ id }) => id === 'nn1')
  const secondary = {
    host: 'm3',
    checkpointDir: { mount: '/data', path: 'dfs/snn' },
    jvm: { heap: '256m', options: ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'] },
  }
  const without = ofFailover.reduce((spec, field) => withSpec(spec, [field], undefined), standing)
  return withSpec(withSpec(without, ['nameNodes', 'members'], one), ['secondary'], secondary)
}

function available(standing: Manifest, world: World): Manifest {
  const [example] = exampleManifests('hdfs', world.lab)
  if (example === undefined) throw new Error('no example of HDFS')
  const spec = example.spec as Readonly<Record<string, unknown>>
  const all = ofFailover.reduce((made, field) => withSpec(made, [field], spec[field]), standing)
  return withSpec(withSpec(all, ['nameNodes', 'members'], placesOf(example)), ['secondary'], undefined)
}

/** What is shown is the one step that has no way back. */
async function approve(world: World, standing: Manifest): Promise<void> {
  await world.apply([available(standing, world)])
  const waits = (status: Readonly<Record<string, unknown>> | undefined) => typeof status?.['hash'] === 'string'
  await world.until('clusterplan', plan, 'waiting', ({ status }) => waits(status), 600_000)
  const isMeant = ({ member, reason, risk, verb }: ShownStep): boolean =>
    member === 'hdfs-namenode-nn1' &&
    verb === 'WriteFile' &&
    risk === 'destructive' &&
    reason.includes('nobody can read or write')
  await readAndApprove(world, plan, isMeant)
}

const inOrder = [
  /^hdfs-journalnode-m\d StartUnit$/,
  /^hdfs-namenode-nn1 CopyImage$/,
  /^hdfs-namenode-nn1 DisableUnit$/,
  /^hdfs-namenode-nn1 InitializeSharedEdits$/,
  /^hdfs-namenode-nn1 StartUnit$/,
  /^hdfs-namenode-nn2 BootstrapStandby$/,
  /^hdfs-namenode-nn2 StartUnit$/,
  /^hdfs-zkfc-nn2 StartUnit$/,
  /^hdfs-secondarynamenode-m3 StopUnit$/,
]

async function isWhole(world: World, steps: readonly string[]): Promise<void> {
  const done = verbsOn(steps, /./)
  const wrong = (what: string): never => {
    throw new Error(`${what}: ${done.join('; ')}`)
  }
  const at = inOrder.map((line) => done.findIndex((step) => line.test(step)))
  if (at.some((place, index) => place < 0 || place < (at[index - 1] ?? 0))) wrong('not in the right order')
  if (done.filter((step) => step.endsWith(' InitializeSharedEdits')).length !== 1)
    wrong('journals were filled more than once')
  if (done.some((step) => step.endsWith(' FormatNameNode'))) wrong('something was formatted')
  const disk = await onDisk(world)
  const ids = [disk.clusterIds, disk.namespaceIds, disk.blockPools].map(({ length }) => length)
  if (ids.some((count) => count !== 1)) wrong(`the disks are of ${disk.clusterIds.join()}, ${disk.namespaceIds.join()}`)
  const epochs = Object.values(disk.epochs)
  if (epochs.length !== 3 || epochs.some((epoch) => epoch < 2)) wrong(`epochs ${JSON.stringify(disk.epochs)}`)
  const { stdout } = await world.lab
    .host('m3')
    .exec("ls -d /data/dfs/snn*; systemctl list-units --plain --no-legend '*secondary*'")
  if (stdout.includes('running') || !stdout.includes('.aside-')) wrong(`the secondary has not left: ${stdout}`)
}

/** Its process is killed, and the other one leads. */
export async function failsOver(world: World, standing: Manifest, led: string): Promise<void> {
  const host = placesOf(standing).find(({ id }) => id === led)?.host
  if (host === undefined) throw new Error('nobody is active')
  const unit = await unitOn(world.lab, host, 'hdfs-namenode')
  const { code, stderr } = await world.lab.host(host).exec(`systemctl kill -s KILL ${unit}`)
  if (code !== 0) throw new Error(stderr)
  for (let tries = 0; tries < 240; tries += 1) {
    const now = await leaderOf(world, standing)
    if (now !== '' && now !== led) return
    await sleep(500)
  }
  throw new Error(`nobody takes over from ${led}`)
}

export const hdfsConversion: readonly HdfsChange[] = [
  {
    name: 'HDFS: a simple file system becomes highly available',
    given: simple,
    act: approve,
    to: (standing, _led, world) => available(standing, world),
    check: isWhole,
  },
  {
    name: 'HDFS: a simple file system that became highly available fails over',
    act: failsOver,
    to: (standing) => standing,
  },
]
