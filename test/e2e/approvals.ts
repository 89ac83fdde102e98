// Changes that are raced against the approval of what was read before them, each judged by what the hosts record.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Manifest, namespace } from '../world/manifests.ts'
import { conditionOf, isReady, type Shown, type World } from '../world/world.ts'
import { type JournalEntry, judge, type Round } from './approval-judge.ts'
import { withSpec } from './edited.ts'
import type { PlanWatch } from './plan-watch.ts'
import { changedUnits, type UnitRecord, unitRecords } from './records.ts'

type Order = 'change, then approval' | 'approval, then change' | 'both at once'
type Further = 'alters' | 'adds' | 'takes back'

/** A cluster whose changes are raced; what was applied of it last. */
export interface Subject {
  readonly manifest: Manifest
  /** A change that restarts somebody, other than any with another number. */
  change(manifest: Manifest, number: number): Manifest
  /** A change of something else, which adds steps; missing: none that is cheap. */
  add?(manifest: Manifest, number: number): Manifest
}

export interface Race {
  readonly number: number
  readonly policy: Round['policy']
  readonly order: Order
  readonly further: Further
  /** Between the two, ms. */
  readonly apartMs: number
}

export interface Raced {
  readonly race: Race
  readonly seconds: number
  /** The hash that was read before the further change was counted as an approval. */
  readonly oldCounted: boolean
  readonly approvals: number
  readonly stepsRun: number
  readonly restarts: number
  readonly wrong: readonly string[]
}

/** The same race for the same number, in every run. */
export function raceOf(number: number, canAdd: boolean): Race {
  const random = generator(number)
  const pick = <T>(from: readonly [T, ...T[]]): T => from[Math.floor(random() * from.length)] ?? from[0]
  const order = pick<Order>(['change, then approval', 'approval, then change', 'both at once'])
  return {
    number,
    policy: pick(['ApproveDisruptive', 'ApproveDisruptive', 'ApproveAll']),
    order,
    further: pick(canAdd ? ['alters', 'adds', 'takes back'] : ['alters', 'alters', 'takes back']),
    // An approval that comes after a change is early or too late; one that comes before it may have been carried out in part.
    apartMs: Math.floor(random() * (order === 'change, then approval' ? 500 : 2500)),
  }
}

/** mulberry32: small, and good enough to pick. */
function generator(seed: number): () => number {
  let state = seed * 0x9e3779b9
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/**
 * One change is applied and its plan read; a further change and the approval of what was read are sent as the race says;
 * then whatever is shown is approved until nothing is left. The subject as it then stands, too.
 */
export async function runRace(
  world: World,
  plans: PlanWatch,
  subject: Subject,
  race: Race,
): Promise<{ readonly raced: Raced; readonly manifest: Manifest }> {
  const began = Date.now()
  const units = await ownUnits(world, subject.manifest)
  const kind = subject.manifest.kind.toLowerCase()
  const { name } = subject.manifest.metadata
  const plan = `${kind}-${name}`
  const standing = withSpec(subject.manifest, ['planPolicy'], race.policy)
  const first = subject.change(standing, 2 * race.number)
  const second = furtherOf(subject, standing, first, race)
  const from = plans.told()
  await world.apply([first])
  const old = await untilWaiting(plans, kind, name, plan, first)
  const named: { readonly hash: string; readonly sentAt: number }[] = []
  const approve = async (hash: string): Promise<void> => {
    named.push({ hash, sentAt: Date.now() })
    await plans.approve(plan, hash)
  }
  switch (race.order) {
    case 'change, then approval':
      await world.apply([second])
      await sleep(race.apartMs)
      await approve(old)
      break
    case 'approval, then change':
      await approve(old)
      await sleep(race.apartMs)
      await world.apply([second])
      break
    case 'both at once':
      await Promise.all([world.apply([second]), approve(old)])
  }
  const settled = await approveUntilSettled(plans, kind, name, plan, second, approve)
  const { counted, shown } = plans.historyOf(plan, from)
  const after = await ownUnits(world, subject.manifest)
  const changed = changedUnits(units, after).map((text) => {
    const [host = '', unit = ''] = text.split(' ')
    const record = after.find((one) => one.host === host && one.unit === unit)
    return { host, unit, startedAt: wallClock(record?.startedAt ?? 0) }
  })
  const journal = (await journalsOf(world, subject.manifest)).filter(({ at }) => at >= began)
  const wrong = judge({
    policy: race.policy,
    named,
    shown,
    counted,
    journal,
    changed,
    settled,
    takenBack: race.further === 'takes back',
  })
  const done = journal.filter(({ state }) => state === 'done')
  return {
    manifest: second,
    raced: {
      race,
      seconds: (Date.now() - began) / 1000,
      oldCounted: counted.has(old),
      approvals: counted.size,
      stepsRun: done.length,
      restarts: done.filter(({ verb }) => verb === 'RestartUnit').length,
      wrong: settled ? wrong : [...wrong, 'it did not settle'],
    },
  }
}

function furtherOf(subject: Subject, standing: Manifest, first: Manifest, race: Race): Manifest {
  switch (race.further) {
    case 'alters':
      return subject.change(first, 2 * race.number + 1)
    case 'adds':
      return (subject.add ?? subject.change)(first, 2 * race.number + 1)
    case 'takes back':
      return standing
  }
}

/** The hash of what waits for this spec. */
async function untilWaiting(
  plans: PlanWatch,
  kind: string,
  name: string,
  plan: string,
  spec: Manifest,
): Promise<string> {
  const end = Date.now() + 90_000
  for (;;) {
    const hash = hashOf(plans.latest('clusterplans', plan))
    if (hash !== undefined && isObserved(plans.latest(`${kind}s`, name), spec)) return hash
    if (Date.now() > end) throw new Error(`${name}: nothing waits for approval`)
    await sleep(50)
  }
}

/** Approves each plan as it is shown. Whether nothing is left in the end. */
async function approveUntilSettled(
  plans: PlanWatch,
  kind: string,
  name: string,
  plan: string,
  spec: Manifest,
  approve: (hash: string) => Promise<void>,
): Promise<boolean> {
  const end = Date.now() + 150_000
  let calm = 0
  let last = ''
  while (Date.now() < end) {
    await sleep(200)
    const cluster = plans.latest(`${kind}s`, name)
    const shown = plans.latest('clusterplans', plan)
    if (cluster === undefined || !isObserved(cluster, spec)) continue
    const hash = hashOf(shown)
    // The same steps may be wanted once more, and have to be approved once more.
    if (shown === undefined) last = ''
    const going = conditionOf(shown, 'Approved')?.message.includes('approved steps go on') === true
    if (hash !== undefined && hash !== last && !going) {
      last = hash
      await approve(hash)
    }
    const settled = isReady(cluster) && conditionOf(cluster, 'UpToDate')?.status === 'True' && shown === undefined
    calm = settled ? calm + 1 : 0
    if (calm === 5) return true
  }
  return false
}

/** ironherd has seen this very spec, as the API server holds it. */
function isObserved(shown: Shown | undefined, { spec }: Manifest): boolean {
  if (shown === undefined || shown.status?.observedGeneration !== shown.metadata.generation) return false
  return hasAll(shown.spec, spec)
}

/** Whatever `wanted` says is so; the API server adds defaults. */
function hasAll(standing: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return standing === wanted
  if (typeof standing !== 'object' || standing === null) return false
  return Object.entries(wanted).every(([key, value]) => hasAll((standing as Record<string, unknown>)[key], value))
}

function hashOf(shown: Shown | undefined): string | undefined {
  const hash = shown?.status?.['hash']
  return typeof hash === 'string' && hash !== '' ? hash : undefined
}

/** systemd's monotonic time, µs, as ms since 1970. The hosts of a lab run on one kernel, which is that of the tests. */
function wallClock(monotonicUs: number): number {
  return monotonicUs === 0 ? 0 : Date.now() - (Number(process.hrtime.bigint() / 1000n) - monotonicUs) / 1000
}

/** Of this cluster alone: others may be changed at the same time. */
async function ownUnits(world: World, { metadata }: Manifest): Promise<readonly UnitRecord[]> {
  return (await unitRecords(world.lab)).filter(({ unit }) => unit.startsWith(`ironherd-${namespace}-${metadata.name}-`))
}

async function journalsOf(world: World, { kind, metadata }: Manifest): Promise<readonly JournalEntry[]> {
  const own = `${kind}/${namespace}/${metadata.name}`
  const all = await Promise.all(
    world.lab.hosts.map(async (host) => {
      const { stdout } = await host.exec('tail -n 400 /var/lib/ironherd/journal 2>/dev/null; true')
      return stdout
        .split('\n')
        .filter((line) => line.split('\t')[3] === own)
        .map((line): JournalEntry => {
          const [at = '', , state = '', , member = '', verb = '', id = ''] = line.split('\t')
          return { at: Number(at), host: host.name, state, member, verb, id }
        })
    }),
  )
  return all.flat().sort((a, b) => a.at - b.at)
}
