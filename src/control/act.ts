import type { ExecutionContext, HostTarget } from '../model/engine.ts'
import { valueOf } from '../model/fact.ts'
import type { FleetFacts } from '../model/facts.ts'
import type { ObjectKey, Resource } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { Problem } from '../model/reasons.ts'
import { problem } from '../model/reasons.ts'
import type { Plan, Step, StepOutcome, Wave } from '../model/step.ts'
import type { Context } from './context.ts'
import type { Pass } from './controller.ts'
import { obeyingAnEarlier } from './custody.ts'
import { beginFences, endFences } from './fences.ts'
import { inputsOf } from './inputs.ts'
import type { Sight } from './look.ts'
import type { Remembered } from './memory.ts'

/** What came of a wave; `waits` says why it, or a part of it, was not run now. */
export interface Acted {
  readonly outcomes: readonly StepOutcome[]
  readonly waits: readonly string[]
  /** ms until what waits may be tried again. */
  readonly againMs?: number
}

const firstRetryMs = 2_000
const longestRetryMs = 60_000

/**
 * Runs the wave of this pass, at most one. Left out are members whose steps have just failed (each for a growing
 * time, so that the others go on) and, when it is disruptive, the whole wave if another cluster has a member down on one of its
 * machines. Nothing is run once leadership is in doubt: the machines check the epoch as well.
 */
export async function act(context: Context, object: Resource, wave: Wave, sight: Sight, pass: Pass): Promise<Acted> {
  const key: ObjectKey = { kind: object.kind, ...object.metadata }
  const remembered = context.memory.of(keyText(key))
  const ready = wave.steps.filter((step) => retryIn(remembered, step.member, context.now()) === 0)
  const waits = waitingMembers(wave.steps, remembered, context.now())
  const againMs = Math.min(...waits.map(({ ms }) => ms))
  const said = waits.map(({ member, ms }) => `${member}: a step failed, tried again in ${Math.ceil(ms / 1000)} s`)
  if (ready.length === 0) return { outcomes: [], waits: said, ...(waits.length === 0 ? {} : { againMs }) }
  if (!context.held()) return { outcomes: [], waits: ['this process does not lead any more'] }
  if (!isAsRead(context, object)) {
    return { outcomes: [], waits: ['the object was changed meanwhile'], againMs: context.timing.busyMs }
  }
  if (wave.disruptive) {
    const ageMs = ageOf(sight.facts, context.now())
    if (ageMs > oldestMs) {
      const why = `what was seen is ${Math.round(ageMs / 1000)} s old, too old to take anybody down: looking again`
      return { outcomes: [], waits: [...said, why], againMs: context.timing.busyMs }
    }
    const [behind] = obeyingAnEarlier(sight.facts, context.authority)
    if (behind !== undefined) {
      const why = `${behind} does not know of this leader yet, and may still be worked on by one before it`
      return { outcomes: [], waits: [...said, why], againMs: context.timing.busyMs }
    }
    const machineOf = (host: string) => valueOf(sight.facts[host])?.machineId ?? host
    const standing = context.census.reserve(key, ready, machineOf, context.now())
    if (standing !== undefined) {
      const why = `${standing.object} (${standing.member}) is down for a moment on a machine of this wave`
      return { outcomes: [], waits: [...said, why], againMs: context.timing.busyMs }
    }
  }
  const outcomes = await run(context, key, { ...wave, steps: ready }, sight.targets, pass)
  for (const host of new Set(ready.map((step) => step.host))) {
    context.looks.touched(`${object.metadata.namespace}/${host}`)
  }
  for (const { action, host } of ready) {
    if (action.verb === 'StartUnit') context.census.records.doubt(`${object.metadata.namespace}/${host}`)
  }
  rememberFailures(remembered, outcomes, context.now())
  for (const { step, result } of outcomes) {
    context.metrics.count('ironherd_steps_total', { verb: step.action.verb, result })
    if (remembered.settled) context.metrics.count('ironherd_drift_total', { kind: key.kind, verb: step.action.verb })
  }
  const superseded = outcomes.find((outcome) => outcome.code === 'EpochSuperseded')
  if (superseded !== undefined) context.superseded(superseded.detail)
  return { outcomes, waits: said, ...(waits.length === 0 ? {} : { againMs }) }
}

/**
 * A pass may wait for half a minute, for slow hosts or for a script of the leader before. What it read at its beginning may
 * have been changed, deleted, or let go of and made anew since: what is done is done for the object as it stands.
 */
function isAsRead({ store }: Context, { kind, metadata }: Resource): boolean {
  const standing = store.get({ kind, namespace: metadata.namespace, name: metadata.name })?.metadata
  const { deletionTimestamp, generation, uid } = metadata
  return standing?.uid === uid && standing.generation === generation && standing.deletionTimestamp === deletionTimestamp
}

/**
 * A process that was stopped between its look and its act, or that waited for one slow host, knows of the others what they
 * were then. Longer than any look takes that answers.
 */
const oldestMs = 15_000

/** ms since the oldest of the looks at hosts that answered. */
function ageOf(facts: FleetFacts, now: number): number {
  return Math.max(
    0,
    ...Object.values(facts).flatMap((fact) => (fact.state === 'known' ? now - fact.value.lookedAt : [])),
  )
}

async function run(
  context: Context,
  object: ObjectKey,
  wave: Wave,
  targets: Readonly<Record<string, HostTarget>>,
  pass: Pass,
): Promise<readonly StepOutcome[]> {
  const { namespace, kind, name } = object
  const execution: ExecutionContext = {
    object: { kind, namespace, name },
    reconcileId: pass.reconcileId,
    authority: context.authority,
    targets,
  }
  const { inputs, ...given } = await inputsOf(context, namespace, wave.steps, pass.signal)
  const { refused, steps } = beginFences(context, namespace, given.steps)
  for (const step of steps) {
    pass.log.info({ host: step.host, member: step.member, verb: step.action.verb, reason: step.reason }, 'step begins')
  }
  const begun = { ...wave, steps }
  const ended = await context.ports.hands.execute(begun, { ...execution, inputs }, context.handsSignal)
  const outcomes = [...given.refused, ...refused, ...ended]
  endFences(context, namespace, outcomes)
  for (const { step, result, code, detail, durationMs } of outcomes) {
    const fields = { host: step.host, member: step.member, verb: step.action.verb, result, code, detail, durationMs }
    if (result === 'done') pass.log.info(fields, 'step ended')
    else pass.log.warn(fields, 'step ended')
  }
  return outcomes
}

/** Members whose last step failed and whose time to try again has not come. */
export function restingMembers(remembered: Remembered, now: number): readonly string[] {
  return [...remembered.failures.keys()].filter((member) => retryIn(remembered, member, now) > 0)
}

function retryIn(remembered: Remembered, member: string, now: number): number {
  return Math.max(0, (remembered.failures.get(member)?.notBefore ?? 0) - now)
}

function waitingMembers(
  steps: readonly Step[],
  remembered: Remembered,
  now: number,
): readonly { readonly member: string; readonly ms: number }[] {
  return [...new Set(steps.map((step) => step.member))]
    .map((member) => ({ member, ms: retryIn(remembered, member, now) }))
    .filter(({ ms }) => ms > 0)
}

function rememberFailures(remembered: Remembered, outcomes: readonly StepOutcome[], now: number): void {
  const broken = outcomes.filter(({ result }) => result === 'failed' || result === 'unknown')
  for (const [member, own] of Map.groupBy(outcomes, ({ step }) => step.member)) {
    // Skipped because of another member's step on the machine: that one is to blame and is left out next time.
    const innocent = (outcome: StepOutcome) =>
      outcome.result === 'skipped' &&
      broken.some(({ step }) => step.host === outcome.step.host && step.member !== member)
    const missed = own.filter((one) => one.result !== 'done' && !innocent(one))
    // Steps before the one that failed may be skipped for it (nothing begins while an archive is wrong): it is the one to tell of.
    const outcome = missed.find((one) => one.result === 'failed') ?? missed[0]
    if (outcome === undefined) {
      remembered.failures.delete(member)
      continue
    }
    // Another cluster is just being worked on there, which may take as long as it takes to unpack an archive: the next
    // pass comes soon, and whoever failed before has neither succeeded nor failed again.
    if (outcome.code === 'HostLocked') continue
    const count = (remembered.failures.get(member)?.count ?? 0) + 1
    const wait = Math.min(longestRetryMs, firstRetryMs * 2 ** (count - 1))
    remembered.failures.set(member, { count, notBefore: now + wait, outcome })
  }
}

const fates = { done: 'is done', failed: 'failed', skipped: 'was skipped', unknown: 'was perhaps done' } as const

/** What failed when it was last tried, as problems; forgotten when nothing is left to do for the member. */
export function failureProblems(remembered: Remembered, plan: Plan | undefined): readonly Problem[] {
  const planned = new Set((plan?.waves ?? []).flatMap((wave) => wave.steps.map((step) => step.member)))
  for (const member of remembered.failures.keys()) if (!planned.has(member)) remembered.failures.delete(member)
  return [...remembered.failures.values()].map(({ outcome: { step, result, code, detail } }) => {
    const message = `${step.host}: ${step.action.verb} for ${step.member} ${fates[result]}: ${detail}`
    return problem(code ?? 'StepFailed', message, { host: step.host, member: step.member })
  })
}

/** Machines that another installation keeps: seen, but never acted on. */
export function foreignMachines(facts: FleetFacts, installation: string): readonly Problem[] {
  return Object.entries(facts).flatMap(([host, fact]) => {
    const keeper = valueOf(fact)?.custody.installation ?? ''
    if (keeper === '' || keeper === installation) return []
    return [
      problem(
        'ManagedByAnother',
        `${host} is kept by installation ${keeper} of ironherd, this one is ${installation}: if that one is gone, remove /var/lib/ironherd/installation there`,
        { host },
      ),
    ]
  })
}
