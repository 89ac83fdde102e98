import type { Health } from '../../model/health.ts'
import type { Repair } from '../../model/kind.ts'
import type { Member } from '../../model/member.ts'

/** A shuffle service that runs and does not listen is started anew; what it knows is on disk. */
export function shuffleRepairs(member: Member, health: Health): readonly Repair[] {
  if (health.verdict !== 'unhealthy') return []
  return [
    {
      member: member.id,
      cause: 'SparkShuffleServiceSilent',
      evidence: health.evidence,
      actions: [{ action: { verb: 'RestartUnit', unit: member.unit.name }, risk: 'restart', guards: [] }],
      holdsStart: false,
      disruptive: true,
    },
  ]
}
