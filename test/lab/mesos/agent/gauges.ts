import type { Metrics } from '../common/metrics.ts'
import { scalar } from '../master/resources.ts'
import type { TaskState } from '../shapes.ts'
import type { Gc } from './gc.ts'
import { usedResources } from './state-view.ts'
import type { AgentView } from './view.ts'

const amounts = ['cpus', 'disk', 'gpus', 'mem'] as const

const states: readonly (readonly [string, TaskState])[] = [
  ['killing', 'TASK_KILLING'],
  ['running', 'TASK_RUNNING'],
  ['staging', 'TASK_STAGING'],
  ['starting', 'TASK_STARTING'],
]

const executorStates = [
  ['registering', 'REGISTERING'],
  ['running', 'RUNNING'],
  ['terminating', 'TERMINATING'],
] as const

/** What a stand-in cannot have and a real idle agent shows as nothing: revocable resources, providers, images. */
const nothing = [
  'containerizer/fetcher/cache_size_used_bytes',
  'containerizer/mesos/container_destroy_errors',
  'containerizer/mesos/provisioner/bind/remove_rootfs_errors',
  'containerizer/mesos/provisioner/remove_container_errors',
  'resource_provider_manager/events/disconnect',
  'resource_provider_manager/events/subscribe',
  'resource_provider_manager/subscribed',
  'slave/executors_preempted',
  'slave/invalid_framework_messages',
  'slave/valid_framework_messages',
  ...amounts.flatMap((name) => ['percent', 'total', 'used'].map((each) => `slave/${name}_revocable_${each}`)),
]

/** The gauges of a-http/agent-GET-metrics_snapshot.txt. `cacheBytes` is the fetcher's. */
export function addGauges(metrics: Metrics, agent: AgentView, gc: Gc, cacheBytes: number): void {
  for (const name of nothing) metrics.gauge(name, () => 0)
  metrics.gauge('containerizer/fetcher/cache_size_total_bytes', () => cacheBytes)
  metrics.gauge('gc/path_removals_failed', () => gc.failed)
  metrics.gauge('gc/path_removals_pending', () => gc.pending)
  metrics.gauge('gc/path_removals_succeeded', () => gc.succeeded)
  metrics.gauge('slave/executor_directory_max_allowed_age_secs', () => gc.maxAgeSeconds)
  metrics.gauge('slave/frameworks_active', () => agent.frameworks.running.size)
  metrics.gauge('slave/recovery_time_secs', () => agent.now().recoverySeconds)
  metrics.gauge('slave/registered', () => (agent.now().registered ? 1 : 0))
  metrics.gauge('slave/uptime_secs', () => Date.now() / 1000 - agent.startTime)
  for (const name of amounts) {
    const total = (): number => scalar(agent.now().info.resources, name)
    const used = (): number => scalar(usedResources(agent), name)
    metrics.gauge(`slave/${name}_total`, total)
    metrics.gauge(`slave/${name}_used`, used)
    metrics.gauge(`slave/${name}_percent`, () => (total() === 0 ? 0 : used() / total()))
  }
  for (const [name, state] of states) {
    metrics.gauge(`slave/tasks_${name}`, () => {
      const tasks = agent.frameworks.executors().flatMap((executor) => [...executor.tasks.values()])
      return tasks.filter((task) => task.state === state).length
    })
  }
  for (const [name, state] of executorStates) {
    const count = (): number => agent.frameworks.executors().filter((executor) => executor.state === state).length
    metrics.gauge(`slave/executors_${name}`, count)
  }
}
