import type { Health } from '../../model/health.ts'
import type { Repair } from '../../model/kind.ts'
import type { Member } from '../../model/member.ts'

/** Nothing depends on the history server, so a restart costs nobody anything but the page that is being read. */
export function historyRepairs(member: Member, health: Health): readonly Repair[] {
  if (health.verdict !== 'unhealthy') return []
  return [
    {
      member: member.id,
      cause: 'SparkHistoryServerUnresponsive',
      evidence: health.evidence,
      actions: [{ action: { verb: 'RestartUnit', unit: member.unit.name }, risk: 'restart', guards: [] }],
      holdsStart: false,
      disruptive: true,
    },
  ]
}
