import { approvePlans } from './approver.ts'
import { Chaos } from './chaos.ts'
import type { VirtualClock } from './clock.ts'
import { differences, fingerprint } from './ending.ts'
import { type Theme, themes } from './faults.ts'
import { type Image, imageOf, switchOn } from './image.ts'
import type { Violation } from './oracles.ts'
import { changeTick, moveServer } from './people.ts'
import { Random } from './random.ts'
import { shapeOf } from './shapes.ts'
import { kinds, type Wanted } from './specs.ts'
import { watchStatus } from './status.ts'
import type { Work } from './sweep.ts'
import { type Disturbance, type Mutant, type Shape, World } from './world.ts'

export interface RunResult {
  readonly seed: number
  readonly shape: Shape
  readonly violations: readonly Violation[]
  readonly history: readonly string[]
  readonly passes: number
  readonly steps: number
  /** Virtual seconds. */
  readonly seconds: number
}

/** What the first start may take, what convergence after the last fault may take, and how long nothing may be done then. */
const limits = { installMs: 600_000, noticeMs: 25_000, convergeMs: 20 * 60_000, stableMs: 32_000 } as const
const writeEveryMs = 4_000

/** One run from its seed: to convergence under faults and crashes, and to rest. Never throws for what the world does. */
export async function runSeed(seed: number, mutant?: Mutant): Promise<RunResult> {
  const choice = new Random(seed)
  const theme = choice.pick(themes)
  const shape = shapeOf(seed, choice, theme)
  const fromNothing = theme === 'first' || choice.chance(0.2)
  const image = fromNothing ? undefined : await imageFor(shape)
  const world = new World(
    choice.whole(0, 2 ** 31),
    shape,
    mutant,
    image === undefined ? undefined : image.at + 3_600_000,
  )
  const { clock, oracles } = world
  clock.install()
  try {
    if (image !== undefined) switchOn(world, image)
    const people = { careful: true }
    approvePlans(world, choice.fork(), () => people.careful)
    world.startDaemon()
    world.apply()
    clientWrites(world)
    watchStatus(world)
    if (theme !== 'first' && choice.chance(0.6)) await untilReady(world, limits.installMs)
    people.careful = false
    if (!hasFailed(world)) await disturb(world, choice, theme)
    people.careful = true
    if (!hasFailed(world)) await rest(world, mutant === undefined)
  } finally {
    clock.uninstall()
  }
  const { passes, steps } = world
  const seconds = (clock.now - clock.begun) / 1000
  return { seed, shape, violations: oracles.violations, history: world.history.last(80), passes, steps, seconds }
}

export interface Result {
  readonly violations: readonly Violation[]
}

/** Some work on three servers, while one thing goes wrong that `disturb` brings about. */
export async function runPlan(work: Work, disturb: (world: World) => Disturbance): Promise<Result> {
  const told = work === 'a server moves, and the others are told'
  const files = work === 'first start of HDFS'
  const moves = told || work === 'a server moves'
  const shape: Shape = {
    voters: 3,
    workers: 0,
    keepsHosts: moves,
    spares: 1,
    policy: 'Automatic',
    ...(told ? { reconfig: 'at once' } : {}),
  }
  // An HDFS is started for the first time beside an ensemble that stands.
  const image = work === 'first start' ? undefined : await imageFor(shape)
  const world = new World(
    1,
    files ? { ...shape, hdfs: { fencing: 'QjmOnly' } } : shape,
    undefined,
    image === undefined ? undefined : image.at + 3_600_000,
  )
  const { clock, oracles } = world
  clock.install()
  try {
    if (image !== undefined) switchOn(world, image)
    clientWrites(world)
    world.startDaemon()
    if (image !== undefined) {
      if (!files) {
        world.apply()
        await untilReady(world, limits.installMs)
      }
      if (moves) moveServer(world)
      else if (!files) changeTick(world)
    }
    const disturbance = disturb(world)
    world.disturbance = disturbance
    world.apply()
    // A Ready of before must be over.
    await clock.run(clock.now + 6_000, () => hasFailed(world))
    await untilReady(world, limits.convergeMs)
    world.disturbance = undefined
    if (!hasFailed(world)) await rest(world, true)
  } finally {
    clock.uninstall()
  }
  return { violations: oracles.violations }
}

function hasFailed(world: World): boolean {
  return world.oracles.violations.length > 0
}

async function disturb(world: World, choice: Random, theme: Theme): Promise<void> {
  const { clock } = world
  const chaos = new Chaos(world, choice.fork(), theme)
  // Minutes are what it takes a NameNode or a journal to come to another host.
  const slower = world.shape.hdfs?.changes === true ? 4 : 1
  chaos.begin(slower * choice.pick([2_000, 5_000, 12_000]))
  const lastsMs = slower * choice.pick([20_000, 40_000, 90_000]) * choice.between(0.5, 1.5)
  await clock.run(clock.now + lastsMs, () => hasFailed(world))
  if (!hasFailed(world)) chaos.end()
}

async function rest(world: World, compare: boolean): Promise<void> {
  const { clock, oracles } = world
  // A Ready from before may stand until the next look at every host.
  await clock.run(clock.now + limits.noticeMs, () => hasFailed(world))
  await untilReady(world, limits.convergeMs)
  if (hasFailed(world)) return
  // What a grace period had put off may come once Ready is said; then it must be over.
  let { steps } = world
  for (let window = 0; window < 3; window++) {
    steps = world.steps
    await clock.run(clock.now + limits.stableMs, () => hasFailed(world))
    if (world.steps === steps || hasFailed(world)) break
  }
  if (world.steps > steps) oracles.violate('stability', `${world.steps - steps} steps after everything was Ready`)
  if (!isReady(world)) oracles.violate('stability', `Ready no more: ${readiness(world)}`)
  oracles.foreignUntouched()
  if (!compare) return
  const { fingerprint: reference } = await undisturbed(world.clock, world.shape, world.wanted)
  const found = differences(reference, fingerprint(world), world)
  if (found.length > 0) oracles.violate('differential', found.join('\n'))
}

export function isReady(world: World): boolean {
  return clustersOf(world).every(([kind, name]) => world.condition(kind, name, 'Ready').startsWith('True'))
}

function clustersOf({ wanted }: World): readonly (readonly [string, string])[] {
  return kinds.flatMap(({ kind, name, specOf }) => (specOf(wanted) === undefined ? [] : [[kind, name] as const]))
}

function readiness(world: World): string {
  return clustersOf(world)
    .map(([kind, name]) => `${kind} ${world.condition(kind, name, 'Ready')}`)
    .join('; ')
}

async function untilReady(world: World, ms: number): Promise<void> {
  const { clock } = world
  await clock.run(clock.now + ms, () => isReady(world) || hasFailed(world))
  if (!isReady(world) && !hasFailed(world))
    world.oracles.violate('convergence', `not Ready in time: ${readiness(world)}`)
}

export function clientWrites(world: World): void {
  world.clock.after(writeEveryMs, () => {
    world.ensemble.write()
    world.hdfs.client.write()
    clientWrites(world)
  })
}

/** A run in which nothing went wrong: what its machines look like, and what is left of it when they are switched off. */
interface Reference {
  readonly fingerprint: ReadonlyMap<string, string>
  readonly image: Image
}

const references = new Map<string, Promise<Reference>>()

/** Disks of clusters of this shape that stood before the run began. */
export async function imageFor(shape: Shape): Promise<Image> {
  const { wanted } = new World(1, shape)
  return (await undisturbed(undefined, shape, wanted)).image
}

/** The same clusters as they are wanted at the end, set up while nothing goes wrong. `clock` is installed and stays so. */
async function undisturbed(
  clock: VirtualClock | undefined,
  { hdfs, spares, voters, workers }: Shape,
  wanted: Wanted,
): Promise<Reference> {
  const shape: Shape = {
    voters,
    workers,
    spares,
    keepsHosts: false,
    policy: 'Automatic',
    ...(hdfs === undefined ? {} : { hdfs }),
  }
  const plain = structuredClone(wanted)
  for (const spec of [plain.zookeeper, plain.spark, plain.hdfs]) Object.assign(spec ?? {}, standard)
  const key = JSON.stringify([shape, plain])
  const known = references.get(key)
  if (known !== undefined) return known
  clock?.uninstall()
  try {
    const found = setUp(shape, plain)
    if (references.size > 500) references.clear()
    references.set(key, found)
    return await found
  } finally {
    clock?.install()
  }
}

/** What says how it is to be done, and not what is to stand. */
const standard = { planPolicy: 'Automatic', deletionPolicy: 'Retain' } as const

async function setUp(shape: Shape, wanted: Wanted): Promise<Reference> {
  const world = new World(1, shape)
  Object.assign(world.wanted, wanted)
  world.clock.install()
  try {
    world.startDaemon()
    world.apply()
    await untilReady(world, limits.installMs)
    if (hasFailed(world)) throw new Error(`the undisturbed run fails: ${readiness(world)}`)
  } finally {
    world.clock.uninstall()
  }
  return { fingerprint: fingerprint(world), image: imageOf(world) }
}
