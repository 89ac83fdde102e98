import type { Member } from '../model/member.ts'
import type { DecideInput } from '../model/planning.ts'
import type { Step } from '../model/step.ts'
import { waitBefore } from './patience.ts'
import { makeStep } from './steps.ts'

export interface Handover {
  /** To be run first, and nothing else for the member in the same pass. */
  readonly ask: Step
  /** Why nobody takes over now: until then the member is left alone. */
  readonly waits?: string
  /** ms after which to look again. */
  readonly waitMs: number
}

/**
 * What comes before a member is taken down with whom a lead would go. Undefined: no lead goes with it, or none any more. That
 * another has taken over is told by looking, so a handover that was done without effect is asked for again, ever later.
 */
export function handoverBefore(member: Member, input: DecideInput): Handover | undefined {
  const { assessment, facts, now, object } = input
  const telling = assessment.handovers?.[member.id]
  if (telling === undefined) return undefined
  const { action, guards, host, reason, risk, waits } = telling
  const ask = makeStep(host, member.id, action, reason, { risk, guards })
  if (waits !== undefined)
    return { ask, waits: `${member.id} is left alone until another can take over: ${waits}`, waitMs: 0 }
  const waitMs = waitBefore(action.verb, object, member, facts, now, ask.id)
  if (waitMs === 0) return { ask, waitMs }
  return { ask, waits: `${member.id} was to hand over before: next try in ${Math.ceil(waitMs / 1000)} s`, waitMs }
}
