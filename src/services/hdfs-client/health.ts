import type { FleetFacts } from '../../model/facts.ts'
import type { Health } from '../../model/health.ts'
import type { Member } from '../../model/member.ts'

/** There is no process: whether its files stand is seen in every look, and one that does not is put back before anything is Ready. */
export function clientHealth({ host, files }: Member, facts: FleetFacts): Health {
  const fact = facts[host]
  const seen = fact?.state === 'known'
  const why = fact?.state === 'unknown' ? fact.why : `${host} was not looked at`
  const names = files.map(({ path }) => path).join(', ')
  return {
    verdict: seen ? 'serving' : 'unknown',
    role: 'client',
    evidence: seen ? `${host} is kept with ${names}` : why,
    startedAt: 0,
  }
}
