import type { SparkWorkerGroup } from '../../api/spark.ts'
import type { DrainState } from '../../model/health.ts'
import type { DrainRule } from '../../model/member.ts'
import type { WorkerState } from './health.ts'

/**
 * The rule for a worker that runs. By its record on the machine, since a process that was started without decommissioning
 * is ended by the signal, whatever the spec says now. `group` is missing for one that has left.
 */
export function drainRule(
  record: Readonly<Record<string, string>> | undefined,
  group?: SparkWorkerGroup,
): DrainRule | undefined {
  const recorded = Number(record?.['drain'] ?? 0)
  const seconds = group?.drain.timeoutSeconds ?? recorded
  if (!(recorded > 0) || !(seconds > 0)) return undefined
  return { timeoutMs: seconds * 1000, onRestart: group?.drain.onRestart ?? false }
}

/**
 * By the leader's list and by what the worker says of its own executors. undefined: there is nothing to wait for, since
 * it does not run, or the leader does not have it.
 */
export function drainOf({ executors, health, listing, member }: WorkerState): DrainState | undefined {
  if (member.drain === undefined || listing === undefined || health.verdict === 'stopped') return undefined
  const says = `the leader lists ${listing.id} ${listing.state}`
  if (listing.state === 'ALIVE') return { state: 'busy', evidence: says }
  if (listing.state !== 'DECOMMISSIONED') return undefined
  if (executors === undefined) return { state: 'draining', evidence: `${says}; what runs there is not known` }
  const evidence = `${says}, and it has ${String(executors)} executors`
  return { state: executors === 0 ? 'drained' : 'draining', evidence }
}
