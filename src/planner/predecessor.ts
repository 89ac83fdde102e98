import { answerOn } from '../model/facts.ts'
import type { Member } from '../model/member.ts'
import type { DecideInput } from '../model/planning.ts'
import type { UnitAnswer } from '../model/question.ts'

/** Why a member must wait for those whose identity it takes over: two with one identity must never run at once. */
export function predecessor(member: Member, { expansion, facts }: DecideInput): string | undefined {
  for (const { member: old, successor } of expansion.leaving) {
    if (successor !== member.id) continue
    const unit = answerOn(facts, old.host, { ask: 'unit', unit: old.unit.name })
    if (unit.state === 'known' && isDown(unit.value)) continue
    const why = unit.state === 'unknown' ? unit.why : `${old.unit.name} still runs, or is enabled`
    return `${member.id} is not started on ${member.host}: it is not proven stopped on ${old.host} (${why}); if that host never comes back, set lifecycle: Lost on its Host`
  }
  return undefined
}

/** Neither runs nor would be started by systemd. */
export function isDown(unit: UnitAnswer): boolean {
  return ['inactive', 'failed'].includes(unit.activeState) && unit.mainPid === 0 && unit.unitFileState !== 'enabled'
}
