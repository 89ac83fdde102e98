import type { Metrics } from '../common/metrics.ts'
import type { TaskState } from '../shapes.ts'

type Counter = ReturnType<Metrics['counter']>

/** What an agent counts over its life, under the names of a-http/agent-GET-metrics_snapshot.txt. */
export interface Counters {
  readonly ended: Readonly<Partial<Record<TaskState, Counter>>>
  readonly executorsTerminated: Counter
  readonly launchErrors: Counter
  readonly validUpdates: Counter
  readonly invalidUpdates: Counter
  readonly fetchesSucceeded: Counter
  readonly fetchesFailed: Counter
  readonly recoveryErrors: Counter
}

export function createCounters(metrics: Metrics): Counters {
  return {
    ended: {
      TASK_FAILED: metrics.counter('slave/tasks_failed'),
      TASK_FINISHED: metrics.counter('slave/tasks_finished'),
      TASK_GONE: metrics.counter('slave/tasks_gone'),
      TASK_KILLED: metrics.counter('slave/tasks_killed'),
      TASK_LOST: metrics.counter('slave/tasks_lost'),
    },
    executorsTerminated: metrics.counter('slave/executors_terminated'),
    launchErrors: metrics.counter('slave/container_launch_errors'),
    validUpdates: metrics.counter('slave/valid_status_updates'),
    invalidUpdates: metrics.counter('slave/invalid_status_updates'),
    fetchesSucceeded: metrics.counter('containerizer/fetcher/task_fetches_succeeded'),
    fetchesFailed: metrics.counter('containerizer/fetcher/task_fetches_failed'),
    recoveryErrors: metrics.counter('slave/recovery_errors'),
  }
}
