import type { Repair } from '../../model/kind.ts'
import type { WorkerState } from './health.ts'

/** After a drain that was asked for, its restart or its end comes earlier than this. */
const drainedMs = 60_000

/**
 * A worker that the leader does not have is started anew with the full list of masters (runbook §8.2). Its executors die
 * with it, so it waits for budget and breaker; one that runs none does no work for anybody, like one that is stopped.
 */
export function workerRepairs(
  workers: readonly WorkerState[],
  now: number,
  since: Readonly<Record<string, number>> = {},
): readonly Repair[] {
  const isOver = (member: string): boolean => now - (since[member] ?? now) >= drainedMs
  return workers.flatMap(({ member, health, cause, idle }) =>
    cause === undefined || (cause === 'SparkWorkerDecommissioned' && !isOver(member.id))
      ? []
      : [
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
            disruptive: !idle,
          },
        ],
  )
}
