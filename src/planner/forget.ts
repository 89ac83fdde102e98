import type { FleetFacts } from '../model/facts.ts'
import type { Member } from '../model/member.ts'
import type { Step } from '../model/step.ts'
import { makeStep } from './steps.ts'

/**
 * For a member that cannot be stopped because its host is out of sight: it is let go as it is. Nothing is done on the host, and
 * whatever the policy a person must have approved it. Undefined: its host is seen, or was not looked at yet.
 */
export function forgetStep(member: Member, facts: FleetFacts): Step | undefined {
  const fact = facts[member.host]
  if (fact?.state !== 'unknown' || fact.code === 'NotLooked') return undefined
  const unit = member.unit.name
  const reason = `${fact.why}; if the machine runs, ${unit} runs on there and starts with it, its data stays, and nobody looks after it`
  return makeStep(member.host, member.id, { verb: 'Forget', unit }, reason, { risk: 'destructive' })
}
