import { valueOf } from '../../model/fact.ts'
import type { FleetFacts } from '../../model/facts.ts'
import type { Member } from '../../model/member.ts'
import type { Verb } from '../../model/step.ts'

const firstWaitMs = 30_000
const longestWaitMs = 300_000
const slackMs = 10_000
const longestAfterFailureMs = 600_000

/**
 * What is told by its effect, and may have none, is not said again at once: after 30 s, then ever later, up to five minutes. By the
 * machine's journal, so that it holds across daemons. `since`: what was said before that was said for others.
 */
export function isTooSoon(verb: Verb, { host, id }: Member, facts: FleetFacts, now: number, since = 0): boolean {
  const times = (valueOf(facts[host])?.journal ?? [])
    .filter((entry) => entry.member === id && entry.phase === 'intent' && entry.verb === verb)
    // Written while the host's clock was wrong.
    .filter(({ at }) => at <= now + slackMs)
    .map(({ at }) => Math.min(at, now))
    .filter((at) => at > Math.max(now - 4 * longestWaitMs, since))
  const wait = Math.min(firstWaitMs * 2 ** (times.length - 1), longestWaitMs)
  return times.length > 0 && now < Math.max(...times) + wait
}

/** What a verb said that has failed since it last succeeded, and when it is tried again; undefined: now. */
export function restAfter(verb: Verb, { host, id }: Member, facts: FleetFacts, now: number): string | undefined {
  const own = (valueOf(facts[host])?.journal ?? []).filter((entry) => entry.member === id && entry.verb === verb)
  const failed = own
    .slice(own.findLastIndex(({ phase }) => phase === 'done') + 1)
    .filter((entry) => entry.phase === 'failed' && entry.at <= now + slackMs)
  const last = failed.at(-1)
  if (last === undefined) return undefined
  const again = Math.min(last.at, now) + Math.min(firstWaitMs * 2 ** (failed.length - 1), longestAfterFailureMs)
  if (again <= now) return undefined
  const times = failed.length === 1 ? 'once' : `${failed.length} times`
  return `${verb} failed ${times} on ${host}, and is tried again at ${new Date(again).toISOString()}; it said: ${last.detail.replace(/^\d+ /, '')}`
}
