import type { FleetFacts } from '../model/facts.ts'
import type { Assessment } from '../model/health.ts'
import type { Expansion, Repair } from '../model/kind.ts'
import { healthOf } from './budget.ts'
import { staleFiles } from './loaded.ts'

/**
 * Who keeps the stage that `expansion` is from being begun, and why. Not one that runs with the files of that stage and
 * is on its way up, or looks for a leader where that one is to move: the stage has begun, and goes on.
 */
export function unsettled(
  expansion: Expansion,
  facts: FleetFacts,
  assessment: Assessment,
  repairs: readonly Repair[],
): readonly string[] {
  const { begins = [], leaving, members } = expansion
  const leaderMoves = leaving.some(
    ({ member, successor }) => successor !== undefined && member.id === assessment.leader,
  )
  return members
    .filter(({ id }) => begins.includes(id))
    .flatMap((member) => {
      const repair = repairs.find((open) => open.member === member.id)
      if (repair !== undefined) return [repair.evidence]
      const { evidence, verdict } = healthOf(assessment, member)
      const comesUp = verdict === 'starting' || (leaderMoves && ['waiting', 'unhealthy'].includes(verdict))
      if (verdict === 'serving' || (comesUp && staleFiles(member, facts)?.length === 0)) return []
      return [`${member.id} is ${verdict} (${evidence})`]
    })
}
