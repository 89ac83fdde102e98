import { isForget, standsAlone } from '../model/approval.ts'
import type { FleetFacts } from '../model/facts.ts'
import type { Expansion } from '../model/kind.ts'
import type { Resource } from '../model/object.ts'
import type { Decision, Step, StepOutcome, Wave } from '../model/step.ts'
import type { Context } from './context.ts'
import type { Remembered } from './memory.ts'

/** A decision in two: to let members go that cannot be seen is nothing that the cluster itself waits for. */
export function apartFromForgets(decision: Decision): { readonly forgets: readonly Step[]; readonly rest: Decision } {
  const { plan, run, ...others } = decision
  const waves = plan?.waves ?? []
  const forgets = waves.flatMap(({ steps }) => steps.filter(isForget))
  if (plan === undefined || forgets.length === 0) return { forgets, rest: decision }
  const without = waves.map((wave) => withoutForgets(wave)).filter(({ steps }) => steps.length > 0)
  const now = run === undefined ? undefined : withoutForgets(run)
  return {
    forgets,
    rest: {
      ...others,
      ...(without.length === 0 ? {} : { plan: { ...plan, waves: without } }),
      ...(now === undefined || now.steps.length === 0 ? {} : { run: now }),
    },
  }
}

/** The cluster is as declared while a person decides about it: what is asked of him is no work that is left. */
export function withoutQuestions(decision: Decision): Decision {
  const { plan, ...others } = decision
  const waves = (plan?.waves ?? [])
    .map((wave) => ({ ...wave, steps: wave.steps.filter((step) => !standsAlone(step)) }))
    .filter(({ steps }) => steps.length > 0)
  return plan === undefined || waves.length === 0 ? others : { ...others, plan: { ...plan, waves } }
}

function withoutForgets(wave: Wave): Wave {
  return { ...wave, steps: wave.steps.filter((step) => !isForget(step)) }
}

/**
 * What was let go is not waited for any more. A host that is seen again ends that: its member leaves like any other. Needs no
 * memory beyond this process: the status does not name the host any more.
 */
export function withoutForgotten(remembered: Remembered, expansion: Expansion, facts: FleetFacts): Expansion {
  const forgotten = [...(remembered.forgotten ?? [])].filter((place) => {
    return facts[place.slice(place.lastIndexOf('@') + 1)]?.state !== 'known'
  })
  if (forgotten.length === 0) delete remembered.forgotten
  else remembered.forgotten = new Set(forgotten)
  const leaving = expansion.leaving.filter(
    ({ member, successor }) => successor !== undefined || !forgotten.includes(placeOf(member.id, member.host)),
  )
  return leaving.length === expansion.leaving.length ? expansion : { ...expansion, leaving }
}

/** Carries out what was approved, and tells it. */
export function forget(
  context: Context,
  object: Resource,
  remembered: Remembered,
  steps: readonly Step[],
): readonly StepOutcome[] {
  remembered.forgotten = new Set([
    ...(remembered.forgotten ?? []),
    ...steps.map(({ host, member }) => placeOf(member, host)),
  ])
  for (const step of steps) tellForgotten(context, object, step)
  return steps.map((step) => ({ step, result: 'done', detail: '', durationMs: 0 }))
}

export function tellForgotten(context: Context, object: Resource, { host, member, reason }: Step): void {
  const message = `${member} on ${host} is forgotten: ${reason}`
  context.store.event(object, { type: 'Warning', reason: 'Forgotten', message })
}

function placeOf(member: string, host: string): string {
  return `${member}@${host}`
}
