import type { FrameworkInfo, Resource, Task, TaskInfo, TaskState, TaskStatus } from '../shapes.ts'

const terminal: readonly TaskState[] = [
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_ERROR',
  'TASK_LOST',
  'TASK_DROPPED',
  'TASK_GONE',
  'TASK_GONE_BY_OPERATOR',
]

export function isTerminal(state: TaskState): boolean {
  return terminal.includes(state)
}

/** A task as the agent keeps it from its launch on. */
export function newTask(info: TaskInfo, framework: FrameworkInfo, frameworkId: string): Task {
  return {
    name: info.name,
    task_id: info.task_id,
    framework_id: { value: frameworkId },
    slave_id: info.agent_id,
    state: 'TASK_STAGING',
    resources: info.resources,
    statuses: [],
    user: info.command?.user ?? framework.user,
    ...(info.labels === undefined ? {} : { labels: info.labels }),
    ...(info.discovery === undefined ? {} : { discovery: info.discovery }),
  }
}

/** After a status: the state is the newest, and equal states follow each other only once (a-http/agent-with-running-task). */
export function withStatus(task: Task, status: TaskStatus): Task {
  const before = task.statuses.at(-1)?.state === status.state ? task.statuses.slice(0, -1) : task.statuses
  const { uuid: _uuid, ...kept } = status
  return { ...task, state: status.state, statuses: [...before, kept] }
}

/** What Mesos gives the executor of a command task above what the task asks for (d-mesos-execute, a-http). */
export function executorResources(task: readonly Resource[]): readonly Resource[] {
  const roleOf = (name: string): { readonly role?: string } => {
    const role = task.find((one) => one.name === name)?.role
    return role === undefined ? {} : { role }
  }
  return [
    { name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 }, ...roleOf('cpus') },
    { name: 'mem', type: 'SCALAR', scalar: { value: 32 }, ...roleOf('mem') },
  ]
}
