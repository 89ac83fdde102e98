// Changes of an HDFS that runs, one after the other on the same six hosts, under a client that writes and reads all the time.
import { setTimeout as sleep } from 'node:timers/promises'
import { exampleManifests, type Manifest } from '../world/manifests.ts'
import { conditionOf, isReady, type Shown, startWorld, type World } from '../world/world.ts'
import { withSpec } from './edited.ts'
import { balanced } from './hdfs-balance.ts'
import { type BlockWatch, watchBlocks } from './hdfs-blocks.ts'
import { type HdfsClient, startHdfsClient } from './hdfs-client.ts'
import { hdfsConversion } from './hdfs-conversion.ts'
import { hdfsJournalMoves } from './hdfs-journal-moves.ts'
import { hdfsMemberships } from './hdfs-memberships.ts'
import { hdfsMoves, leaderOf } from './hdfs-moves.ts'
import { packaged } from './hdfs-packages.ts'
import { hdfsReplacedHost } from './hdfs-replaced-host.ts'
import { onlyStandbysRestarted, verbsOn } from './hdfs-steps.ts'
import { hdfsUpgrades, ofVersion } from './hdfs-upgrades.ts'
import { hostManifest } from './lost-host.ts'
import { doneSteps } from './records.ts'

export interface HdfsChange {
  readonly name: string
  /** As it must be before, if it is not so. */
  given?(standing: Manifest): Manifest
  /** `led`: who is active. */
  to(standing: Manifest, led: string, world: World): Manifest
  /** What else a person does, before the manifest is applied. */
  act?(world: World, standing: Manifest, led: string): Promise<void>
  /** How it ends; left out: Ready with nothing left to do. */
  readonly ends?: (shown: Shown) => boolean
  /** `steps`: `time host member verb` of what was done; `led`: who was active before. Throws with what is wrong. */
  check?(world: World, steps: readonly string[], led: string, from: Manifest): Promise<void> | void
}

const header =
  '| change | took, s | failed operations | longest wait, s (write, read) | writes, reads | missing, corrupt, most with too few copies (looks) | what was done |\n|---|---|---|---|---|---|---|'

function dataNodes(standing: Manifest, hosts: readonly string[]): Manifest {
  const { dataNodeGroups } = standing.spec as { dataNodeGroups: Record<string, unknown>[] }
  const { hostSelector: _, hosts: __, ...group } = dataNodeGroups[0] ?? {}
  return withSpec(standing, ['dataNodeGroups'], [{ ...group, hosts }])
}

/** The NameNodes count a DataNode whose host may be switched off, and none that may not yet. */
function isReleased({ status }: Shown): boolean {
  const { dataNodes } =
    (status as { readonly hdfs?: { readonly dataNodes?: Readonly<Record<string, number>> } }).hdfs ?? {}
  return dataNodes?.['inMaintenance'] === 1 && dataNodes['enteringMaintenance'] === 0
}

export const hdfsChanges: readonly HdfsChange[] = [
  {
    name: 'HDFS: the DataNode on m6 leaves',
    to: (standing) => dataNodes(standing, ['m4', 'm5']),
    async check(world, steps) {
      const told = verbsOn(steps, /^hdfs-namenode-/).filter((step) => step.endsWith(' RefreshNodes'))
      const stop = steps.findIndex((line) => /hdfs-datanode-m6 StopUnit/.test(line))
      const before = steps.slice(0, stop).filter((line) => line.endsWith(' RefreshNodes'))
      if (new Set(before.map((line) => line.split(' ')[2])).size !== 2)
        throw new Error(`not both NameNodes were told before it was stopped: ${told.join(', ')}`)
      const { stdout } = await world.lab.host('m6').exec("systemctl list-units --plain --no-legend '*datanode*'")
      if (stdout.includes('running')) throw new Error(`m6 still runs a DataNode: ${stdout}`)
    },
  },
  {
    name: 'HDFS: a DataNode on m6 comes',
    to: (standing) => dataNodes(standing, ['m4', 'm5', 'm6']),
    check(_world, steps) {
      const start = steps.findIndex((line) => /hdfs-datanode-m6 StartUnit/.test(line))
      const before = steps.slice(0, start).filter((line) => line.endsWith(' RefreshNodes'))
      if (new Set(before.map((line) => line.split(' ')[2])).size !== 2)
        throw new Error(`not both NameNodes were told before it was started: ${steps.join('; ')}`)
    },
  },
  {
    name: 'HDFS: the host of a DataNode in maintenance, off for a minute',
    to: (standing) => standing,
    async act(world) {
      const m6 = world.lab.host('m6')
      const is = (lifecycle: string): Promise<void> =>
        world.apply([withSpec(hostManifest(world, 'm6'), ['lifecycle'], lifecycle)])
      await is('Maintenance')
      await world.until('hdfscluster', 'files', 'm6 in maintenance', isReleased, 300_000)
      await m6.powerOff()
      await sleep(60_000)
      await m6.powerOn()
      await is('Active')
    },
    check(_world, steps) {
      const done = verbsOn(steps, /m6$/).filter((step) => !step.endsWith(' MarkFirstStart'))
      if (done.length > 0) throw new Error(`done on m6: ${done.join(', ')}`)
    },
  },
  {
    name: 'HDFS: a key of hdfsSite, so every daemon',
    to: (standing) =>
      withSpec(standing, ['hdfsSite'], { 'dfs.replication': '2', 'dfs.client.retry.max.attempts': '11' }),
    check: (_world, steps, led) => onlyStandbysRestarted(steps, led),
  },
  balanced,
  ...hdfsMoves(dataNodes),
  packaged,
]

/** Rows of changes, each on hosts of its own, and the version with which it begins. */
const rows = [
  { version: '3.4.2', row: hdfsChanges },
  { version: '3.4.2', row: hdfsJournalMoves(dataNodes) },
  { version: '3.4.2', row: hdfsReplacedHost(dataNodes) },
  { version: '3.4.2', row: hdfsMemberships },
  { version: '3.4.2', row: hdfsConversion },
  { version: '3.3.6', row: hdfsUpgrades },
] as const

export async function runHdfsChanges(words: readonly string[], tell: (line: string) => void): Promise<boolean> {
  for (const { row, version } of rows) {
    const changes = row.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
    if (changes.length > 0 && !(await runRow(changes, version, tell))) return false
  }
  return true
}

/** Each of them begins where the one before it ended; none is begun after one that failed. */
async function runRow(
  changes: readonly HdfsChange[],
  version: '3.3.6' | '3.4.2',
  tell: (line: string) => void,
): Promise<boolean> {
  const world = await startWorld({ lab: { hosts: 6 }, log: console.log })
  try {
    const [example] = exampleManifests('hdfs', world.lab)
    if (example === undefined) throw new Error('no example of HDFS')
    // Room for one DataNode to leave.
    const two = withSpec(ofVersion(example, version, world), ['hdfsSite'], { 'dfs.replication': '2' })
    // The client goes by the files that its host is given, also when they change.
    const usual = dataNodes(withSpec(two, ['clients'], { hosts: ['m3'] }), ['m4', 'm5', 'm6'])
    let standing = changes[0]?.given?.(usual) ?? usual
    await world.apply([...exampleManifests('zookeeper', world.lab), standing])
    await world.untilReady('hdfscluster', 'files', 600_000)
    const client = await startHdfsClient(world, 'm3', 'files')
    const blocks = await watchBlocks(
      world,
      'm4',
      world.lab.hosts.map(({ address }) => address),
    )
    tell(header)
    for (const change of changes) standing = await runOne(world, change, standing, { client, blocks }, tell)
    const { failed, good, wrong } = await client.check(300_000)
    tell(
      `\nAll files of the client at the end: ${String(good)} right, ${String(wrong)} wrong, ${String(failed)} unread.`,
    )
    return wrong === 0 && failed === 0
  } catch (error) {
    tell(`\nFAILED: ${error instanceof Error ? error.message : String(error)}`)
    return false
  } finally {
    await world.down()
  }
}

async function runOne(
  world: World,
  change: HdfsChange,
  standing: Manifest,
  { blocks, client }: { readonly client: HdfsClient; readonly blocks: BlockWatch },
  tell: (line: string) => void,
): Promise<Manifest> {
  const from = change.given?.(standing) ?? standing
  if (JSON.stringify(from) !== JSON.stringify(standing)) {
    await world.apply([from])
    await settled(world, isSettled)
  }
  const led = await leaderOf(world, from)
  const to = change.to(from, led, world)
  const before = await doneSteps(world.lab)
  await client.lap()
  await blocks.lap()
  const began = Date.now()
  await change.act?.(world, from, led)
  await world.apply([to])
  await settled(world, change.ends ?? isSettled)
  const tookMs = Date.now() - began
  const [lap, seen] = [await client.lap(), await blocks.lap()]
  const steps = (await doneSteps(world.lab)).filter((line) => !before.includes(line))
  const acts = verbsOn(steps, /./).filter((step) => !/ (WriteFile|EnsureDirectory|ReloadUnits)$/.test(step))
  const seconds = (ms: number): string => (ms / 1000).toFixed(1)
  const cells = [
    change.name,
    seconds(tookMs),
    [...lap.failed, ...lap.wrong].length === 0 ? '0' : [...lap.failed, ...lap.wrong].join('; '),
    `${seconds(lap.longestWriteMs)}, ${seconds(lap.longestReadMs)}`,
    `${String(lap.writes)}, ${String(lap.reads)}`,
    `${String(seen.missing)}, ${String(seen.corrupt)}, ${String(seen.low)} (${String(seen.looks)})`,
    acts.join('; '),
  ]
  tell(`| ${cells.join(' | ')} |`)
  await change.check?.(world, steps, led, from)
  if (seen.missing !== 0 || lap.wrong.length > 0) throw new Error(`${change.name}: blocks were missing, or files wrong`)
  return to
}

function isSettled(shown: Shown): boolean {
  return isReady(shown) && conditionOf(shown, 'UpToDate')?.status === 'True'
}

async function settled(world: World, ends: (shown: Shown) => boolean): Promise<void> {
  const since = Date.now()
  await world.until(
    'hdfscluster',
    'files',
    'at the end of the change',
    (shown) =>
      shown.status?.observedGeneration === shown.metadata.generation && ends(shown) && Date.now() - since > 5000,
    1_500_000,
  )
  await sleep(1000)
}
