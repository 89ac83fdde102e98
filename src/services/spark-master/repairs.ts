import type { Repair } from '../../model/kind.ts'
import type { MasterState } from './health.ts'

/**
 * A master is restarted only when that cannot cost a leadership that works:
 * - nobody listens on its web UI long after its start: certain, whatever the load of the machine;
 * - it does not answer while another one leads: it has lost its leadership, or never had one;
 * - it is recovering past its time (runbook §8.2).
 * One that merely does not answer may be the leader on a slow machine, and restarting it would be a failover for nothing:
 * if it is frozen, its session ends, another one leads, and the second rule holds.
 */
export function masterRepairs(masters: readonly MasterState[]): readonly Repair[] {
  return masters.flatMap((state) => {
    const cause = causeOf(state, masters)
    if (cause === undefined) return []
    const { member, health } = state
    return [
      {
        member: member.id,
        cause,
        evidence: health.evidence,
        actions: [
          {
            action: { verb: 'RestartUnit', unit: member.unit.name } as const,
            risk: 'restart' as const,
            guards: [],
          },
        ],
        holdsStart: false,
        disruptive: true,
      },
    ]
  })
}

function causeOf(state: MasterState, masters: readonly MasterState[]): string | undefined {
  if (state.health.verdict !== 'unhealthy') return undefined
  if (state.leads) return 'SparkRecoveryStuck'
  const anotherLeads = masters.some((other) => other !== state && other.leads)
  return state.deaf || anotherLeads ? 'SparkMasterUnresponsive' : undefined
}
