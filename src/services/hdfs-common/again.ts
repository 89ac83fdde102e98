import { valueOf } from '../../model/fact.ts'
import type { FleetFacts } from '../../model/facts.ts'
import type { Member } from '../../model/member.ts'
import type { Verb } from '../../model/step.ts'

const firstWaitMs = 30_000
const longestWaitMs = 300_000
const slackMs = 10_000

/**
 * What is told by its effect, and may have none, is not said again at once: after 30 s, then ever later, up to five minutes. By the
 * machine's journal, so that it holds across daemons.
 */
export function isTooSoon(verb: Verb, { host, id }: Member, facts: FleetFacts, now: number): boolean {
  const times = (valueOf(facts[host])?.journal ?? [])
    .filter((entry) => entry.member === id && entry.phase === 'intent' && entry.verb === verb)
    // Written while the host's clock was wrong.
    .filter(({ at }) => at <= now + slackMs)
    .map(({ at }) => Math.min(at, now))
    .filter((at) => at > now - 4 * longestWaitMs)
  const wait = Math.min(firstWaitMs * 2 ** (times.length - 1), longestWaitMs)
  return times.length > 0 && now < Math.max(...times) + wait
}
