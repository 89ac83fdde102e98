// `npm run campaign -- approvals [FROM-TO]`: 50 changes of clusters that run, each raced against the approval of what was read.
import { exampleManifests, type Manifest } from '../world/manifests.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Raced, raceOf, runRace, type Subject } from './approvals.ts'
import { named, withSpec } from './edited.ts'
import { watchPlans } from './plan-watch.ts'

const raceHeader =
  '| # | cluster | policy | sent | the further change | old hash | approvals | steps run | restarts | s | wrong |\n|---|---|---|---|---|---|---|---|---|---|---|'

/** `words`: the first and the last number, `1-50` without them. A race is the same in every run, whatever is run before it. */
export async function runApprovals(
  [range = '1-50']: readonly string[],
  tell: (line: string) => void,
): Promise<boolean> {
  const world = await startWorld({ lab: { hosts: 3 }, log: console.log })
  try {
    return await runRaces(world, range, tell)
  } finally {
    await world.down()
  }
}

/** One lane a cluster, side by side on the same machines; a number is always of the same one. */
async function runRaces(world: World, range: string, tell: (line: string) => void): Promise<boolean> {
  const [from = 1, to = from] = range.split('-').map(Number)
  const subjects = await clusters(world)
  const plans = watchPlans(world, ['zookeeperclusters', 'sparkclusters'])
  const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index)
  tell(raceHeader)
  const lanes = await Promise.all(
    subjects.map(async (first, lane) => {
      let subject = first
      let fine = true
      for (const number of numbers.filter((one) => one % subjects.length === lane)) {
        const { manifest, raced } = await runRace(world, plans, subject, raceOf(number, subject.add !== undefined))
        subject = { ...subject, manifest }
        tell(raceRow(manifest.metadata.name, raced))
        fine &&= raced.wrong.length === 0
      }
      return fine
    }),
  )
  plans.end()
  return lanes.every(Boolean)
}

function raceRow(kind: string, { approvals, oldCounted, race, restarts, seconds, stepsRun, wrong }: Raced): string {
  const apart = race.order === 'both at once' ? '' : ` (${String(race.apartMs)} ms)`
  const cells = [
    race.number,
    kind,
    race.policy,
    `${race.order}${apart}`,
    race.further,
    oldCounted ? 'counted' : 'refused',
    approvals,
    stepsRun,
    restarts,
    seconds.toFixed(0),
    wrong.length === 0 ? 'nothing' : wrong.join('; '),
  ]
  return `| ${cells.join(' | ')} |`
}

/** An ensemble of three, two of one server, and a Spark of one master and two groups of one worker: on three machines. */
async function clusters(world: World): Promise<readonly Subject[]> {
  const [declared] = exampleManifests('zookeeper', world.lab)
  const [example] = exampleManifests('spark', world.lab)
  if (declared === undefined || example === undefined) throw new Error('no examples')
  const zk = withSpec(declared, ['tickTimeMs'], 2000)
  const subjects = [
    workers(sparkOf(example)),
    ensemble(zk),
    ensemble(single(zk, 'one', 'm2')),
    ensemble(single(zk, 'two', 'm3')),
  ]
  await world.apply(subjects.map(({ manifest }) => manifest))
  for (const { manifest } of subjects) {
    await world.untilReady(manifest.kind.toLowerCase(), manifest.metadata.name, 300_000)
  }
  return subjects
}

/** A server of its own beside one of the ensemble. */
function single(zk: Manifest, name: string, host: string): Manifest {
  const placed = withSpec(named(zk, name), ['members'], [{ id: 1, host }])
  const ported = withSpec(placed, ['ports'], { client: 3181, quorum: 4888, election: 5888 })
  return withSpec(ported, ['dataDir'], { mount: '/data', path: name })
}

function sparkOf(example: Manifest): Manifest {
  const { standalone } = example.spec as { standalone: { workerGroups: Record<string, unknown>[]; recovery: unknown } }
  const { hostSelector: _selector, ...group } = standalone.workerGroups[0] ?? {}
  const workerGroups = ['m2', 'm3'].map((host) => ({ ...group, name: `on-${host}`, hosts: [host], memory: '512m' }))
  const { recovery: _zookeeper, ...rest } = standalone
  // By itself: a master that elects through the ensemble would leave with a restart of the server that it is connected to.
  const recovery = { fileSystem: { directory: { mount: '/data', path: 'spark/recovery' } } }
  const masters = { hosts: ['m1'], jvm: { heap: '256m' } }
  return withSpec(example, ['standalone'], { ...rest, recovery, masters, workerGroups })
}

function ensemble(manifest: Manifest): Subject {
  return { manifest, change: (zk, number) => withSpec(zk, ['tickTimeMs'], 2000 + number) }
}

function workers(manifest: Manifest): Subject {
  const memory = (group: number) => (spark: Manifest, number: number) =>
    withSpec(spark, ['standalone', 'workerGroups', group, 'memory'], `${String(512 + number)}m`)
  return { manifest, change: memory(0), add: memory(1) }
}
