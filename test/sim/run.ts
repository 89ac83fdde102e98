import { Chaos } from './chaos.ts'
import { differences, fingerprint } from './ending.ts'
import { type Theme, themes } from './faults.ts'
import type { Violation } from './oracles.ts'
import { Random } from './random.ts'
import { watchStatus } from './status.ts'
import { type Mutant, type Shape, World } from './world.ts'

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
const limits = { installMs: 600_000, noticeMs: 25_000, convergeMs: 40 * 60_000, stableMs: 45_000 } as const
const writeEveryMs = 4_000

/** One run from its seed: to convergence under faults and crashes, and to rest. Never throws for what the world does. */
export async function runSeed(seed: number, mutant?: Mutant): Promise<RunResult> {
  const choice = new Random(seed)
  const shape: Shape = {
    voters: choice.pick([3, 3, 3, 3, 5, 1]),
    workers: choice.pick([0, 0, 3]),
    keepsHosts: choice.chance(0.1),
  }
  const world = new World(choice.whole(0, 2 ** 31), shape, mutant)
  const { clock, oracles } = world
  clock.install()
  try {
    world.startDaemon()
    world.apply()
    clientWrites(world)
    watchStatus(world)
    const theme = choice.pick(themes)
    if (theme !== 'first' && choice.chance(0.6)) await untilReady(world, limits.installMs)
    if (!hasFailed(world)) await disturb(world, choice, theme)
    if (!hasFailed(world)) await rest(world, mutant === undefined)
  } finally {
    clock.uninstall()
  }
  const { passes, steps } = world
  const seconds = (clock.now - clock.begun) / 1000
  return { seed, shape, violations: oracles.violations, history: world.history.last(80), passes, steps, seconds }
}

function hasFailed(world: World): boolean {
  return world.oracles.violations.length > 0
}

async function disturb(world: World, choice: Random, theme: Theme): Promise<void> {
  const { clock } = world
  const chaos = new Chaos(world, choice.fork(), theme)
  chaos.begin(choice.pick([2_000, 5_000, 12_000]))
  await clock.run(clock.now + choice.pick([20_000, 40_000, 120_000]) * choice.between(0.5, 1.5), () => hasFailed(world))
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
  const found = differences(await undisturbed(world), fingerprint(world))
  if (found.length > 0) oracles.violate('differential', found.join('\n'))
}

export function isReady(world: World): boolean {
  return clustersOf(world).every(([kind, name]) => world.condition(kind, name, 'Ready').startsWith('True'))
}

function clustersOf({ wanted }: World): readonly (readonly [string, string])[] {
  return [['ZookeeperCluster', 'zk'], ...(wanted.spark === undefined ? [] : [['SparkCluster', 'analytics'] as const])]
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

function clientWrites(world: World): void {
  world.clock.after(writeEveryMs, () => {
    world.ensemble?.write()
    clientWrites(world)
  })
}

const references = new Map<string, ReadonlyMap<string, string>>()

/** The same clusters as they are wanted at the end, set up while nothing goes wrong. */
async function undisturbed({ clock, shape, wanted }: World): Promise<ReadonlyMap<string, string>> {
  const key = JSON.stringify([shape, wanted])
  const known = references.get(key)
  if (known !== undefined) return known
  clock.uninstall()
  const world = new World(1, shape)
  Object.assign(world.wanted, structuredClone(wanted))
  world.clock.install()
  try {
    world.startDaemon()
    world.apply()
    await untilReady(world, limits.installMs)
    if (hasFailed(world)) throw new Error(`the undisturbed run fails: ${readiness(world)}`)
  } finally {
    world.clock.uninstall()
    clock.install()
  }
  const found = fingerprint(world)
  references.set(key, found)
  return found
}
