import { info, warning } from '../common/log.ts'
import type { StatusUpdate, StatusUpdateAcknowledgement } from '../messages.ts'
import type { Task, TaskState, TaskStatus } from '../shapes.ts'
import { type Agent, describe, type Framework, isPartitionAware, now, taskKey } from './cluster.ts'
import { changeAgent, changeFramework, count, type Master } from './context.ts'
import { checkDrained } from './drain.ts'
import { format } from './resources.ts'

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

/** Over for its framework: it will not run again under this id. */
export function isTerminal(state: TaskState): boolean {
  return terminal.includes(state)
}

/** Gives its resources back: over, or out of reach. */
export function isDone(state: TaskState): boolean {
  return isTerminal(state) || state === 'TASK_UNREACHABLE'
}

export function addTask(master: Master, agentId: string, task: Task): void {
  const agent = master.cluster.agents.get(agentId)
  if (agent === undefined) return
  changeAgent(master, agentId, { tasks: new Map(agent.tasks).set(taskKey(task), task) })
}

/** A status that the master itself gives. Nobody acknowledges it, so it has no uuid. */
export function masterStatus(
  task: Pick<Task, 'task_id' | 'slave_id'>,
  state: TaskState,
  reason: string,
  message: string,
): TaskStatus {
  const { task_id, slave_id } = task
  return { task_id, slave_id, state, source: 'SOURCE_MASTER', reason, message, timestamp: now() }
}

/** The message of the agent that a task has a new state (c-failures/54). */
export function statusUpdate(master: Master, { update, pid }: StatusUpdate): void {
  count(master, 'messages_status_update')
  const { status, uuid, framework_id: frameworkId, slave_id: agentId } = update
  const agent = master.cluster.agents.get(agentId.value)
  const named = `${status.state} (Status UUID: ${uuidText(uuid)}) for task ${status.task_id.value} of framework ${frameworkId.value}`
  if (agent === undefined) {
    warning('master.cpp:8121', `Ignoring status update ${named} from unknown agent ${agentId.value} at ${pid}`)
    count(master, 'invalid_status_updates')
    return
  }
  info('master.cpp:8187', `Status update ${named} from agent ${describe(agent)}`)
  const framework = master.cluster.frameworks.get(frameworkId.value)
  if (framework === undefined) warning('master.cpp:8219', `Received status update ${named} from an unknown framework`)
  else {
    info('master.cpp:8244', `Forwarding status update ${named}`)
    sendStatus(framework, { ...status, slave_id: agentId, uuid })
  }
  const key = `${frameworkId.value}/${status.task_id.value}`
  const task = agent.tasks.get(key)
  if (task === undefined) {
    warning('master.cpp:8265', `Could not lookup task for status update ${named} from agent ${describe(agent)}`)
    count(master, 'invalid_status_updates')
    if (framework === undefined) acknowledge(master, agent, frameworkId.value, status.task_id.value, uuid)
    return
  }
  count(master, 'valid_status_updates')
  updateTask(
    master,
    agent.id,
    { ...task, status_update_uuid: uuid, status_update_state: status.state },
    {
      ...status,
      uuid,
    },
  )
}

/** Scheduler API v1 says agent where the agent's own messages say slave. */
export function sendStatus(framework: Framework, status: TaskStatus): void {
  const { slave_id: agentId, reason, ...rest } = status
  const shown = {
    ...rest,
    ...(agentId === undefined ? {} : { agent_id: agentId }),
    ...(reason === undefined ? {} : { reason: reason.replace('REASON_SLAVE', 'REASON_AGENT') }),
  }
  framework.stream?.send({ type: 'UPDATE', update: { status: shown } })
}

/** A status of the master's own: to the framework, with the recorded line. */
export function sendMasterStatus(master: Master, frameworkId: string, status: TaskStatus): void {
  const framework = master.cluster.frameworks.get(frameworkId)
  const task = `${status.task_id.value} of framework ${frameworkId}`
  info('master.cpp:8239', `Sending status update ${status.state} for task ${task} '${status.message ?? ''}'`)
  if (framework !== undefined) sendStatus(framework, status)
}

/** Sets the state. Of several statuses in a row with one state, the newest stays. */
export function updateTask(master: Master, agentId: string, task: Task, status: TaskStatus): Task {
  const states = `latest state: ${status.state}, status update state: ${status.state}`
  const named = `${task.task_id.value} of framework ${task.framework_id.value}`
  info('master.cpp:11222', `Updating the state of task ${named} (${states})`)
  const wasDone = isTerminal(task.state)
  const before = task.statuses.at(-1)?.state === status.state ? task.statuses.slice(0, -1) : task.statuses
  // A finished task stays finished, whatever is said of it afterwards (a-http/leader-with-running-task-GET-state.txt).
  const state = wasDone ? task.state : status.state
  const changed: Task = { ...task, state, statuses: [...before, status] }
  const agent = master.cluster.agents.get(agentId)
  if (agent?.tasks.has(taskKey(task)) === true) addTask(master, agentId, changed)
  if (!wasDone && isTerminal(status.state)) countState(master, status)
  if (!wasDone && isDone(status.state)) master.allocator.soon()
  return changed
}

function countState(master: Master, status: TaskStatus): void {
  count(master, status.state.toLowerCase().replace('task_', 'tasks_'))
  countReason(master, status)
}

export function countReason(master: Master, status: TaskStatus): void {
  const reason = status.reason?.replace('REASON_AGENT', 'REASON_SLAVE').toLowerCase()
  if (reason === undefined || status.source === undefined) return
  // e.g. task_killed/source_executor/reason_slave_draining (c-failures/54)
  count(master, `${status.state.toLowerCase()}/${status.source.toLowerCase().replace('agent', 'slave')}/${reason}`)
}

/** Takes the task from its agent, into the framework's past. */
export function removeTask(master: Master, agent: Agent, task: Task): void {
  const resources = format(task.resources, '*')
  const named = `${task.task_id.value} with resources ${resources} of framework ${task.framework_id.value}`
  info('master.cpp:11322', `Removing task ${named} on agent ${describe(agent)}`)
  const left = new Map(master.cluster.agents.get(agent.id)?.tasks)
  left.delete(taskKey(task))
  changeAgent(master, agent.id, { tasks: left })
  const framework = master.cluster.frameworks.get(task.framework_id.value)
  if (framework !== undefined) remember(master, framework, task)
  master.allocator.soon()
}

function remember(master: Master, framework: Framework, task: Task): void {
  if (task.state === 'TASK_UNREACHABLE') {
    const limit = master.flags.integer('max_unreachable_tasks_per_framework') ?? 1000
    changeFramework(master, framework.id, { unreachableTasks: [...framework.unreachableTasks, task].slice(-limit) })
    return
  }
  const limit = master.flags.integer('max_completed_tasks_per_framework') ?? 1000
  const completedTasks = limit === 0 ? [] : [...framework.completedTasks, task].slice(-limit)
  changeFramework(master, framework.id, { completedTasks })
}

/** Ends a task that cannot go on: without its agent, without its framework. `state` is for who knows partitions. */
export function giveUpTask(
  master: Master,
  agent: Agent,
  task: Task,
  ended: { readonly state: TaskState; readonly reason: string; readonly message: string },
): void {
  const framework = master.cluster.frameworks.get(task.framework_id.value)
  const state = isPartitionAware(framework) ? ended.state : 'TASK_LOST'
  const status = masterStatus(task, state, ended.reason, ended.message)
  const changed = updateTask(master, agent.id, task, status)
  if (state === 'TASK_UNREACHABLE') countReason(master, status)
  removeTask(master, agent, changed)
  sendMasterStatus(master, task.framework_id.value, status)
}

/** The framework has seen the status (c-failures/54): the agent may forget it, and a finished task is over. */
export function acknowledged(
  master: Master,
  framework: Framework,
  agentId: string,
  taskId: string,
  uuid: string,
): void {
  const named = `status ${uuidText(uuid)} for task ${taskId} of framework ${framework.id} (${framework.info.name})`
  info('master.cpp:5871', `Processing ACKNOWLEDGE call for ${named} on agent ${agentId}`)
  count(master, 'messages_status_update_acknowledgement')
  const agent = master.cluster.agents.get(agentId)
  if (agent === undefined || !agent.connected) {
    count(master, 'invalid_status_update_acknowledgements')
    return
  }
  count(master, 'valid_status_update_acknowledgements')
  acknowledge(master, agent, framework.id, taskId, uuid)
  const task = agent.tasks.get(`${framework.id}/${taskId}`)
  if (task === undefined || task.status_update_uuid !== uuid) return
  if (!isTerminal(task.state)) return
  removeTask(master, agent, task)
  checkDrained(master, agent.id)
}

function acknowledge(master: Master, agent: Agent, frameworkId: string, taskId: string, uuid: string): void {
  const body: StatusUpdateAcknowledgement = {
    slave_id: { value: agent.id },
    framework_id: { value: frameworkId },
    task_id: { value: taskId },
    uuid,
  }
  master.process.send('master', agent.pid, 'mesos.internal.StatusUpdateAcknowledgementMessage', body)
}

/** As log lines show the 16 bytes that messages carry in base64. */
function uuidText(uuid: string): string {
  const hex = Buffer.from(uuid, 'base64').toString('hex')
  const [, ...parts] = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(hex) ?? []
  return parts.length === 0 ? uuid : parts.join('-')
}
