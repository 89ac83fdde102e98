import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Step } from '../../../src/model/step.ts'
import {
  expanded,
  flagsOf,
  formed,
  metricsOf,
  noLeader,
  now,
  rawSpec,
  recorded,
  refusedHttp,
  silentHttp,
} from './fixture.ts'
import { follower, leader, type Machine, saying, wellSet } from './machines.ts'
import { pass } from './pass.ts'

/** How a master is in truth, of which ironherd sees what it can. */
interface Truth {
  readonly unit: 'running' | 'stopped'
  readonly log: boolean
  readonly allowed: boolean
  readonly sight: 'seen' | 'unreachable' | 'unmounted'
  readonly leads: boolean
  readonly counts: boolean
  readonly otherQuorum: boolean
  readonly registry: boolean
  readonly knowsLeader: boolean
  readonly answers: 'well' | 'silent' | 'deaf'
  readonly young: boolean
  readonly damaged: boolean
}

const truth: fc.Arbitrary<Truth> = fc.record({
  unit: fc.constantFrom('running', 'running', 'running', 'stopped'),
  log: fc.constantFrom(true, true, true, false),
  allowed: fc.constantFrom(true, true, true, false),
  sight: fc.constantFrom('seen', 'seen', 'seen', 'seen', 'unreachable', 'unmounted'),
  leads: fc.boolean(),
  counts: fc.constantFrom(true, true, false),
  otherQuorum: fc.constantFrom(false, false, false, true),
  registry: fc.constantFrom(true, true, false),
  knowsLeader: fc.constantFrom(true, true, false),
  answers: fc.constantFrom('well', 'well', 'well', 'silent', 'deaf'),
  young: fc.constantFrom(false, false, true),
  damaged: fc.constantFrom(false, false, true),
})

const corruption =
  'E20261120 10:55:17.758915 16773 replica.cpp:774] EXIT with status 1: Failed to recover the log: Corruption: x'

function machineOf(master: Truth): Machine {
  const name = master.leads ? 'leader' : 'nonleader'
  const base = master.leads ? leader : follower
  const metrics = metricsOf(`${name}-GET-metrics_snapshot`, { 'registrar/log/recovered': master.counts ? 1 : 0 })
  const http = {
    '/metrics/snapshot': master.answers === 'well' ? metrics : master.answers === 'deaf' ? refusedHttp : silentHttp,
    '/flags': flagsOf(`${name}-GET-flags`, master.otherQuorum ? { quorum: '1' } : {}),
    ...(master.leads && !master.registry
      ? { '/registrar(1)/registry': recorded('nonleader-GET-registrar_1_registry') }
      : {}),
    ...(!master.leads && !master.knowsLeader ? { '/slaves': noLeader } : {}),
  }
  const { log: files = [], ...rest } = saying(base, http)
  return {
    ...rest,
    ...(master.log ? { log: files } : {}),
    unit: master.unit,
    allowed: master.allowed,
    unreachable: master.sight === 'unreachable',
    unmounted: master.sight === 'unmounted',
    ...(master.young ? { uptimeMs: 10_000 } : {}),
    ...(master.unit === 'stopped' && master.damaged && master.log ? { lines: [corruption] } : {}),
  }
}

/** Its copy counts, it is of this set, and that can be seen. */
function votes({ answers, counts, log, otherQuorum, sight, unit }: Truth): boolean {
  return unit === 'running' && sight === 'seen' && answers === 'well' && counts && log && !otherQuorum
}

const hosts = ['m1', 'm2', 'm3']

const well: Truth = {
  unit: 'running',
  log: true,
  allowed: true,
  sight: 'seen',
  leads: false,
  counts: true,
  otherQuorum: false,
  registry: true,
  knowsLeader: true,
  answers: 'well',
  young: false,
  damaged: false,
}
const never: Truth = { ...well, unit: 'stopped', log: false, allowed: false }
const mostly = (usual: Truth): fc.Arbitrary<Truth> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: truth })

interface World {
  readonly truths: readonly Truth[]
  /** Records tell of a registry. */
  readonly lived: boolean
  readonly available: boolean
}

const anyWorld: fc.Arbitrary<World> = fc.record({
  truths: fc.oneof(
    { weight: 4, arbitrary: fc.tuple(mostly(well), mostly({ ...well, leads: true }), mostly(well)) },
    { weight: 1, arbitrary: fc.tuple(mostly(never), mostly(never), mostly(never)) },
  ),
  lived: fc.constantFrom(true, true, false),
  available: fc.constantFrom(true, true, true, true, false),
})

const expansions = {
  lived: { true: formed(), false: formed(rawSpec, { available: false }) },
  fresh: { true: expanded(), false: expanded(rawSpec, { available: false }) },
}

/** What a pass would do to the masters, and what is true of them. */
interface Deed extends World {
  readonly steps: readonly Step[]
  /** Somebody leads with its registry, for all that can be seen. */
  readonly serves: boolean
  readonly of: (host: string) => Truth
}

function deedIn(world: World): Deed {
  const { available, lived, truths } = world
  const expansion = expansions[lived ? 'lived' : 'fresh'][`${available}`]
  const machines = Object.fromEntries(truths.map((master, index) => [hosts[index] ?? '', machineOf(master)]))
  const since = Object.fromEntries(expansion.members.map(({ id }) => [id, now - 3_600_000]))
  const { run } = pass(expansion, { machines: { ...wellSet, ...machines }, since })
  const serves = truths.some(
    ({ answers, leads, otherQuorum, registry, sight, unit }) =>
      unit === 'running' && sight !== 'unreachable' && answers === 'well' && leads && registry && !otherQuorum,
  )
  return {
    ...world,
    steps: (run?.steps ?? []).filter(({ host }) => hosts.includes(host)),
    serves,
    of: (host) => truths[hosts.indexOf(host)] ?? well,
  }
}

function hostsOf({ steps }: Deed, ...verbs: readonly string[]): readonly string[] {
  return [...new Set(steps.filter(({ action }) => verbs.includes(action.verb)).map(({ host }) => host))]
}

function othersVoting({ of, truths }: Deed, host: string): number {
  return truths.filter((other) => other !== of(host) && votes(other)).length
}

const laws: Readonly<Record<string, (deed: Deed) => boolean>> = {
  'one without its copy is started only where a majority of the others has the registry, or nobody ever had one': (
    deed,
  ) =>
    hostsOf(deed, 'StartUnit').every((host) => {
      if (deed.of(host).log) return true
      return deed.lived || deed.serves ? othersVoting(deed, host) >= 2 : deed.truths.every(({ allowed }) => allowed)
    }),
  'a copy is put aside only where a majority of the others has the registry': (deed) =>
    hostsOf(deed, 'MoveAside').every((host) => othersVoting(deed, host) >= 2),
  'a first start is allowed only where every place was seen to be empty and nobody had a registry, and none is started with it':
    (deed) =>
      hostsOf(deed, 'MarkFirstStart').length === 0 ||
      (!deed.lived &&
        !deed.serves &&
        deed.truths.every(({ log, sight }) => !log && sight === 'seen') &&
        hostsOf(deed, 'StartUnit').length === 0),
  'at most one that votes is taken down, and while somebody leads only where the others are a majority': (deed) => {
    const voting = hostsOf(deed, 'StopUnit', 'RestartUnit').filter((host) => votes(deed.of(host)))
    return voting.length <= 1 && (!deed.serves || voting.every((host) => othersVoting(deed, host) >= 2))
  },
  'nothing is done on a host out of sight': (deed) =>
    deed.steps.every(({ host }) => deed.of(host).sight !== 'unreachable'),
  'without ZooKeeper no master is touched': (deed) =>
    deed.available || hostsOf(deed, 'StartUnit', 'StopUnit', 'RestartUnit', 'MoveAside', 'MarkFirstStart').length === 0,
}

test('however three masters are, no pass breaks a law', () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      const deed = deedIn(world)
      expect(Object.keys(laws).filter((law) => laws[law]?.(deed) !== true)).toEqual([])
    }),
    { numRuns: 300 },
  )
})

test('the laws are put to the proof: all of what they speak of is done in some world', () => {
  const verbs = fc.sample(anyWorld, { numRuns: 300, seed: 1 }).flatMap((world) => deedIn(world).steps)
  expect(verbs.map(({ action }) => action.verb)).toEqual(
    expect.arrayContaining(['StartUnit', 'MoveAside', 'StopUnit', 'RestartUnit', 'MarkFirstStart']),
  )
})
