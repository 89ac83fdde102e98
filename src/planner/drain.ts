import { valueOf } from '../model/fact.ts'
import { answerOn } from '../model/facts.ts'
import type { Member } from '../model/member.ts'
import { keyText } from '../model/object.ts'
import type { DecideInput } from '../model/planning.ts'
import type { Risk, Step } from '../model/step.ts'
import { makeStep } from './steps.ts'

export interface Drain {
  /** To be run first, and nothing else for the member in the same pass. */
  readonly ask?: Step
  /** It was asked: why it is not taken down yet. */
  readonly waits?: string
  /** ms after which to look again. */
  readonly waitMs: number
}

/** How soon what was asked to drain is looked at again, ms. */
const lookMs = 3_000
/** What two clocks that are well may differ by, and the time of a look, ms. */
const slackMs = 10_000

/**
 * What comes before a member is taken down that can give up its work first. Undefined: nothing, or nothing any more: it
 * says that it has none left, or it had its time. The time runs from the word in the machine's journal, so that it holds
 * across daemons; that of a process before this one counts for nothing.
 */
export function drainBefore(member: Member, input: DecideInput, risk: Risk): Drain | undefined {
  const { assessment, facts, now, object } = input
  const state = assessment.drains?.[member.id]
  if (member.drain === undefined || state === undefined || state.state === 'drained') return undefined
  const { timeoutMs } = member.drain
  const journal = valueOf(facts[member.host])?.journal ?? []
  const process = valueOf(answerOn(facts, member.host, { ask: 'unit', unit: member.unit.name }))
  const asked = journal.findLast(
    (entry) =>
      entry.verb === 'DrainUnit' &&
      entry.phase === 'intent' &&
      entry.object === keyText(object) &&
      entry.member === member.id &&
      entry.at > (process?.startedAt ?? 0) &&
      // Later ones were written while the host's clock was wrong: it is asked once more.
      entry.at <= now + slackMs,
  )
  if (asked === undefined) {
    const reason = `${member.id} gives up its work before it is taken down; ${state.evidence}`
    const { name } = member.unit
    const guards = [{ guard: 'SameProcess', unit: name, pid: process?.mainPid ?? 0 }] as const
    const ask = makeStep(member.host, member.id, { verb: 'DrainUnit', unit: name }, reason, { risk, guards })
    return { ask, waitMs: 0 }
  }
  const left = Math.min(asked.at, now) + timeoutMs - now
  if (left <= 0) return undefined
  const waits = `${member.id} is drained, for ${String(Math.ceil(left / 1000))} s at most: ${state.evidence}`
  return { waits, waitMs: Math.min(left, lookMs) }
}
