import { valueOf } from '../model/fact.ts'
import type { FleetFacts } from '../model/facts.ts'
import type { Member } from '../model/member.ts'
import type { ObjectKey } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { Verb } from '../model/step.ts'

const windowMs = 15 * 60_000
const firstWaitMs = 10_000
const longestWaitMs = 5 * 60_000
/** What two clocks that are well may differ by, and the time of a look. */
const slackMs = 10_000

/**
 * How long to wait, ms, before `verb` is run on the member once more: 0 for the first time in a quarter of an hour,
 * then 10 s, 20 s, 40 s… up to five minutes after the last. Read from the machine's journal, so that a crash loop is
 * not fed faster by a daemon that has just been restarted. With `step`, only what was done for the same target and for no other since
 * counts: one change of files after the other is no loop.
 */
export function waitBefore(
  verb: Verb,
  object: ObjectKey,
  member: Member,
  facts: FleetFacts,
  now: number,
  step?: string,
): number {
  const journal = valueOf(facts[member.host])?.journal ?? []
  const done = journal
    .filter((entry) => entry.phase === 'intent' && entry.verb === verb)
    .filter((entry) => entry.object === keyText(object) && entry.member === member.id)
  const other = step === undefined ? -1 : done.findLastIndex((entry) => entry.step !== step)
  const times = done
    .slice(other + 1)
    .map((entry) => entry.at)
    // An entry from the future was written while the host's clock was wrong: it counts for nothing, and the next one for itself.
    .filter((at) => at <= now + slackMs)
    .map((at) => Math.min(at, now))
    .filter((at) => at > now - windowMs)
  if (times.length === 0) return 0
  const wait = Math.min(firstWaitMs * 2 ** (times.length - 1), longestWaitMs)
  return Math.max(0, Math.max(...times) + wait - now)
}
