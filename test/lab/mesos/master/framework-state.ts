import type { Task, TaskStatus } from '../shapes.ts'
import type { Json } from './calls.ts'
import { type Framework, rolesOf, tasksOf } from './cluster.ts'
import type { Master } from './context.ts'
import { offeredTo, usedBy } from './holdings.ts'
import { sum, totals } from './resources.ts'

/** `/frameworks` (a-http/leader-with-running-task-GET-frameworks.txt). */
export function frameworks(master: Master): Json {
  const { cluster } = master
  return {
    frameworks: [...cluster.frameworks.values()].map((framework) => frameworkState(master, framework)),
    completed_frameworks: cluster.completed.map((framework) => frameworkState(master, framework)),
    unregistered_frameworks: [],
  }
}

/** What `/state-summary` shows of a framework too. */
export function frameworkHead(master: Master, framework: Framework): Json {
  const { info } = framework
  return {
    id: framework.id,
    name: info.name,
    ...(info.principal === undefined ? {} : { principal: info.principal }),
    used_resources: totals(usedBy(master, framework.id)),
    offered_resources: totals(offeredTo(master, framework.id)),
    capabilities: (info.capabilities ?? []).map(({ type }) => type),
    hostname: info.hostname ?? '',
    webui_url: info.webui_url ?? '',
    active: framework.stream !== undefined,
    connected: framework.stream !== undefined,
    recovered: framework.recovered,
  }
}

export function frameworkState(master: Master, framework: Framework): Json {
  const { info, reregisteredTime } = framework
  const used = usedBy(master, framework.id)
  return {
    ...frameworkHead(master, framework),
    user: info.user,
    failover_timeout: info.failover_timeout ?? 0,
    checkpoint: info.checkpoint ?? false,
    registered_time: framework.registeredTime,
    unregistered_time: framework.unregisteredTime,
    ...(reregisteredTime === undefined ? {} : { reregistered_time: reregisteredTime }),
    resources: totals(sum([used, offeredTo(master, framework.id)])),
    ...(info.roles === undefined || info.roles.length === 0 ? { role: info.role ?? '*' } : { roles: info.roles }),
    tasks: tasksOf(master.cluster, framework.id).map((task) => taskState(framework, task)),
    unreachable_tasks: framework.unreachableTasks.map((task) => taskState(framework, task)),
    completed_tasks: framework.completedTasks.map((task) => taskState(framework, task)),
    offers: offersOf(master, framework.id),
    executors: executorsOf(master, framework.id),
    offer_constraints: {},
    ...(info.labels === undefined ? {} : { labels: info.labels.labels }),
  }
}

/** Those of its own; a command task has none (a-http/leader-with-running-task-GET-frameworks.txt). */
function executorsOf(master: Master, frameworkId: string): readonly Json[] {
  return [...master.cluster.agents.values()].flatMap((agent) =>
    agent.executors
      .filter((executor) => executor.framework_id?.value === frameworkId)
      .map(({ executor_id: id, name, source, command, resources }) => ({
        executor_id: id.value,
        name: name ?? '',
        framework_id: frameworkId,
        ...(command === undefined ? {} : { command }),
        resources: totals(resources ?? []),
        ...(source === undefined ? {} : { source }),
        slave_id: agent.id,
      })),
  )
}

function offersOf(master: Master, frameworkId: string): readonly Json[] {
  return [...master.cluster.offers.values()]
    .filter((offer) => offer.frameworkId === frameworkId)
    .map((offer) => ({
      id: offer.id,
      framework_id: frameworkId,
      allocation_info: { role: offer.role },
      slave_id: offer.agentId,
      resources: totals(offer.resources),
    }))
}

export function tasks(master: Master): Json {
  const { frameworks: active, completed } = master.cluster
  return {
    tasks: [...active.values(), ...completed].flatMap((framework) =>
      [...tasksOf(master.cluster, framework.id), ...framework.unreachableTasks, ...framework.completedTasks].map(
        (task) => taskState(framework, task),
      ),
    ),
  }
}

function taskState(framework: Framework, task: Task): Json {
  const [role = '*'] = rolesOf(framework.info)
  return {
    id: task.task_id.value,
    name: task.name,
    framework_id: task.framework_id.value,
    executor_id: task.executor_id?.value ?? '',
    slave_id: task.slave_id.value,
    state: task.state,
    resources: totals(task.resources),
    role,
    statuses: task.statuses.map(statusState),
    ...(task.labels === undefined ? {} : { labels: task.labels.labels }),
    ...(task.discovery === undefined ? {} : { discovery: task.discovery }),
  }
}

function statusState({ state: reached, timestamp, container_status, healthy }: TaskStatus): Json {
  return {
    state: reached,
    timestamp,
    ...(container_status === undefined ? {} : { container_status }),
    ...(healthy === undefined ? {} : { healthy }),
  }
}
