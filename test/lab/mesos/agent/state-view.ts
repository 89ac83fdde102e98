import { versionInfo } from '../common/version.ts'
import { byReservedRole, roleOf, sum, totals, withRole } from '../master/resources.ts'
import type { Resource, Task } from '../shapes.ts'
import { attributesOf } from './attributes.ts'
import { capabilities } from './capabilities.ts'
import { allocated, type Executor, executorsOf, type Framework } from './model.ts'
import { isTerminal } from './tasks.ts'
import type { AgentView } from './view.ts'

/** `/state`, field by field as a-http/agent-GET-state.txt and agent-with-running-task-GET-state.txt have it. */
export function stateView(agent: AgentView): Readonly<Record<string, unknown>> {
  const { info, leader, draining } = agent.now()
  const { version, git_sha, build_date, build_time, build_user } = versionInfo()
  const used = usedResources(agent)
  return {
    version,
    git_sha,
    build_date,
    build_time,
    build_user,
    start_time: agent.startTime,
    id: info.id?.value ?? '',
    pid: agent.pid,
    hostname: info.hostname,
    capabilities,
    ...(info.domain === undefined ? {} : { domain: info.domain }),
    ...(draining === undefined
      ? {}
      : { drain_config: draining.config, estimated_drain_start_time_seconds: draining.since }),
    ...resourceView(info.resources, used),
    resource_providers: [],
    attributes: attributesOf(info.attributes ?? []),
    ...(leader === undefined ? {} : { master_hostname: leader.hostname }),
    ...(agent.flags.log_dir === undefined ? {} : { log_dir: agent.flags.log_dir }),
    flags: agent.flags,
    frameworks: [...agent.frameworks.running.values()].map(frameworkView),
    completed_frameworks: agent.frameworks.completed.map(frameworkView),
  }
}

/** What the executors and tasks that have not ended hold. */
export function usedResources(agent: AgentView): readonly Resource[] {
  return sum(executorsOf(agent.frameworks.running.values()).map(allocated))
}

function resourceView(all: readonly Resource[], used: readonly Resource[]): Readonly<Record<string, unknown>> {
  const unreserved = all.filter((one) => roleOf(one) === '*')
  const perRole = <T>(list: readonly Resource[], show: (resources: readonly Resource[]) => T): Record<string, T> =>
    Object.fromEntries([...byReservedRole(list)].map(([role, resources]) => [role, show(resources)]))
  return {
    resources: totals(all),
    reserved_resources: perRole(all, totals),
    unreserved_resources: totals(unreserved),
    reserved_resources_full: perRole(all, withRole),
    unreserved_resources_full: withRole(unreserved),
    reserved_resources_allocated: perRole(used, totals),
    unreserved_resources_allocated: totals(used.filter((one) => roleOf(one) === '*')),
  }
}

function frameworkView(framework: Framework): Readonly<Record<string, unknown>> {
  const { info } = framework
  return {
    id: framework.id,
    name: info.name,
    user: info.user,
    failover_timeout: info.failover_timeout ?? 0,
    checkpoint: info.checkpoint === true,
    hostname: info.hostname ?? '',
    ...(info.principal === undefined ? {} : { principal: info.principal }),
    ...(info.roles === undefined ? { role: info.role ?? '*' } : { roles: info.roles }),
    executors: [...framework.executors.values()].map((executor) => executorView(framework, executor)),
    completed_executors: framework.completed.map((executor) => executorView(framework, executor)),
  }
}

function executorView(framework: Framework, executor: Executor): Readonly<Record<string, unknown>> {
  const tasks = [...executor.tasks.values()]
  const queued = tasks.filter((task) => task.state === 'TASK_STAGING')
  const running = tasks.filter((task) => task.state !== 'TASK_STAGING' && !isTerminal(task.state))
  const ended = tasks.filter((task) => isTerminal(task.state))
  const role = framework.info.role ?? framework.info.roles?.[0] ?? '*'
  const shown = (task: Task): unknown => taskView(task, role)
  const resources = executor.state === 'TERMINATED' ? (executor.info.resources ?? []) : allocated(executor)
  return {
    id: executor.path.executorId,
    name: executor.info.name ?? '',
    source: executor.info.source ?? '',
    container: executor.path.containerId,
    directory: executor.directory,
    resources: totals(resources),
    role,
    tasks: running.map(shown),
    queued_tasks: queued.map(shown),
    completed_tasks: [...ended, ...executor.completedTasks].map(shown),
  }
}

function taskView(task: Task, role: string): unknown {
  return {
    id: task.task_id.value,
    name: task.name,
    framework_id: task.framework_id.value,
    executor_id: task.executor_id?.value ?? '',
    slave_id: task.slave_id.value,
    state: task.state,
    resources: totals(task.resources),
    role,
    statuses: task.statuses.map(({ state, timestamp, container_status, healthy }) => ({
      state,
      timestamp,
      ...(healthy === undefined ? {} : { healthy }),
      ...(container_status === undefined ? {} : { container_status }),
    })),
    ...(task.labels === undefined ? {} : { labels: task.labels.labels }),
    ...(task.discovery === undefined ? {} : { discovery: task.discovery }),
  }
}
