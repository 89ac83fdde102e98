import type { Repair } from '../../model/kind.ts'
import { type AgentState, registrationMs } from './health.ts'

/** Between two looks it may have answered, or registered. */
const lastsMs = 30_000

/**
 * An agent is restarted when it does not answer, runs with other flags than declared, or is not registered with a leader that serves, for as
 * long as it would need for that by itself. Its tasks go on meanwhile (recording 30). `since`: when each verdict became what it is.
 */
export function agentRepairs(
  agents: readonly AgentState[],
  now: number,
  since: Readonly<Record<string, number>> = {},
): readonly Repair[] {
  return agents.flatMap(({ cause, health, member }) => {
    if (cause === undefined) return []
    const lasted = now - (since[member.id] ?? now)
    if (cause === 'MesosAgentSilent' && lasted < lastsMs) return []
    if (cause === 'MesosAgentNotRegistered' && lasted < registrationMs) return []
    const restart = { action: { verb: 'RestartUnit', unit: member.unit.name }, risk: 'restart', guards: [] } as const
    return [
      {
        member: member.id,
        cause,
        evidence: health.evidence,
        actions: [restart],
        holdsStart: false,
        disruptive: true,
      },
    ]
  })
}
