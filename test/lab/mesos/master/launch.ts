import { type Reply, refusal } from '../common/http.ts'
import { info } from '../common/log.ts'
import type { RunTask } from '../messages.ts'
import type { ExecutorInfo, Resource, Task, TaskInfo, TaskState } from '../shapes.ts'
import { asList, asObject, idOf, type Json } from './calls.ts'
import { type Agent, describe, type Framework, isPartitionAware, type Offer, title } from './cluster.ts'
import { changeAgent, count, type Master } from './context.ts'
import { removeOffer } from './offers.ts'
import { contains, format, minus, plus, sum, withRole } from './resources.ts'
import { addTask, masterStatus, sendMasterStatus } from './tasks.ts'

const defaultRefusalSeconds = 5

/** Takes offers of one agent and launches tasks on them; what is left of them is free again. */
export function accept(master: Master, framework: Framework, call: Json): Reply | undefined {
  count(master, 'messages_launch_tasks')
  const operations = asList(call.operations).map(asObject)
  // Reservations, volumes and task groups are not stood in for: better no answer than a wrong one.
  if (operations.some((operation) => operation?.type !== 'LAUNCH')) return refusal(501)
  const tasks = operations.flatMap((operation) =>
    asList(asObject(operation?.launch)?.task_infos),
  ) as readonly TaskInfo[]
  if (!tasks.every(isTask)) return refusal(400, "Failed to validate scheduler::Call: Expecting 'launch' to be present")
  const ids = asList(call.offer_ids).map(idOf)
  const offers = ids.flatMap((id) => master.cluster.offers.get(id ?? '') ?? [])
  const problem = offersProblem(framework, ids, offers)
  const agent = master.cluster.agents.get(offers[0]?.agentId ?? '')
  for (const offer of offers) if (offer.frameworkId === framework.id) removeOffer(master, offer)
  if (problem !== undefined || agent === undefined) {
    const words = `Task launched with invalid offers: ${problem ?? 'Agent is not known'}`
    for (const task of tasks) refuse(master, framework, task, 'TASK_DROPPED', 'REASON_INVALID_OFFERS', words)
    master.allocator.soon()
    return undefined
  }
  const left = tasks.reduce((available, task) => launch(master, framework, agent.id, task, available), offered(offers))
  setAside(master, framework, offers, left, call)
  return undefined
}

export function decline(master: Master, framework: Framework, call: Json): undefined {
  count(master, 'messages_decline_offers')
  const ids = asList(call.offer_ids).map(idOf)
  const offers = ids.flatMap((id) => master.cluster.offers.get(id ?? '') ?? [])
  const seconds = `with ${refusalSeconds(call)} seconds filter`
  const named = `[ ${ids.join(', ')} ] for framework ${title(framework)} ${seconds}`
  info('master.cpp:5435', `Processing DECLINE call for offers: ${named}`)
  for (const offer of offers) {
    if (offer.frameworkId !== framework.id) continue
    removeOffer(master, offer)
    setAside(master, framework, [offer], offer.resources, call)
  }
}

function offersProblem(
  framework: Framework,
  ids: readonly (string | undefined)[],
  offers: readonly Offer[],
): string | undefined {
  if (ids.length === 0) return 'No offers specified'
  const gone = ids.find((id) => !offers.some((offer) => offer.id === id))
  if (offers.length < ids.length) return `Offer ${gone ?? ''} is no longer valid`
  const foreign = offers.find((offer) => offer.frameworkId !== framework.id)
  if (foreign !== undefined) return `Offer ${foreign.id} has invalid framework ${framework.id}`
  const [first] = offers
  const apart = offers.find((offer) => offer.agentId !== first?.agentId)
  return apart === undefined ? undefined : `Aggregated offers must belong to one single agent`
}

function offered(offers: readonly Offer[]): readonly Resource[] {
  return sum(offers.map((offer) => offer.resources))
}

function setAside(
  master: Master,
  framework: Framework,
  offers: readonly Offer[],
  left: readonly Resource[],
  call: Json,
): void {
  const [offer] = offers
  if (offer !== undefined && left.length > 0)
    master.allocator.refuse(framework.id, offer.role, offer.agentId, left, refusalSeconds(call))
  master.allocator.soon()
}

function refusalSeconds(call: Json): number {
  const seconds = asObject(call.filters)?.refuse_seconds
  return typeof seconds === 'number' ? seconds : defaultRefusalSeconds
}

function isTask(given: unknown): given is TaskInfo {
  const task = asObject(given)
  return typeof task?.name === 'string' && idOf(task.task_id) !== undefined && Array.isArray(task.resources)
}

/** What is still available after it. */
function launch(
  master: Master,
  framework: Framework,
  agentId: string,
  task: TaskInfo,
  available: readonly Resource[],
): readonly Resource[] {
  const agent = master.cluster.agents.get(agentId)
  if (agent === undefined) return available
  const executor = newExecutor(agent, framework, task)
  const needs = plus(clean(task.resources), clean(executor?.resources ?? []))
  const problem = taskProblem(framework, agent, task, needs, available)
  if (problem !== undefined) {
    refuse(master, framework, task, 'TASK_ERROR', 'REASON_TASK_INVALID', problem)
    return available
  }
  const user = task.command?.user ?? framework.info.user
  if (!master.may('run_tasks', framework.info.principal, user)) {
    const words = `Not authorized to launch as user '${user}'`
    refuse(master, framework, task, 'TASK_ERROR', 'REASON_TASK_UNAUTHORIZED', words)
    return available
  }
  const on = `on agent ${describe(agent)}`
  const named = `${task.task_id.value} of framework ${title(framework)}`
  info('master.cpp:4909', `Launching task ${named} with resources ${format(needs, '*')} ${on}`)
  addTask(master, agentId, stagingTask(framework, agent, task))
  if (executor !== undefined)
    changeAgent(master, agentId, {
      executors: [...agent.executors, { ...executor, framework_id: { value: framework.id } }],
    })
  const body: RunTask = { framework: framework.info, task: { ...task, resources: clean(task.resources) } }
  master.process.send('master', agent.pid, 'mesos.internal.RunTaskMessage', body)
  return minus(available, needs)
}

function stagingTask(framework: Framework, agent: Agent, task: TaskInfo): Task {
  const { executor, labels, discovery } = task
  return {
    name: task.name,
    task_id: task.task_id,
    framework_id: { value: framework.id },
    ...(executor === undefined ? {} : { executor_id: executor.executor_id }),
    slave_id: { value: agent.id },
    state: 'TASK_STAGING',
    resources: clean(task.resources),
    statuses: [],
    ...(labels === undefined ? {} : { labels }),
    ...(discovery === undefined ? {} : { discovery }),
  }
}

/** The first task of an executor brings the executor's own resources along. */
function newExecutor(agent: Agent, framework: Framework, { executor }: TaskInfo): ExecutorInfo | undefined {
  const runs = agent.executors.some(
    ({ executor_id: id, framework_id: of }) => id.value === executor?.executor_id.value && of?.value === framework.id,
  )
  return runs ? undefined : executor
}

function taskProblem(
  framework: Framework,
  agent: Agent,
  task: TaskInfo,
  needs: readonly Resource[],
  available: readonly Resource[],
): string | undefined {
  if (agent.tasks.has(`${framework.id}/${task.task_id.value}`)) return `Task has duplicate ID: ${task.task_id.value}`
  if (task.agent_id.value !== agent.id)
    return `Task uses invalid agent ${task.agent_id.value} while agent ${agent.id} is expected`
  if ((task.command === undefined) === (task.executor === undefined))
    return 'Task should have at least one (but not both) of CommandInfo or ExecutorInfo present'
  if (contains(available, needs)) return undefined
  return `Task uses more resources ${format(needs, '*')} than available ${format(available, '*')}`
}

function refuse(
  master: Master,
  framework: Framework,
  task: TaskInfo,
  state: TaskState,
  reason: string,
  message: string,
): void {
  const told = state === 'TASK_DROPPED' && !isPartitionAware(framework) ? 'TASK_LOST' : state
  count(master, told.toLowerCase().replace('task_', 'tasks_'))
  const status = masterStatus({ task_id: task.task_id, slave_id: task.agent_id }, told, reason, message)
  sendMasterStatus(master, framework.id, status)
}

/** Without what an offer adds to them. */
function clean(resources: readonly Resource[]): readonly Resource[] {
  return withRole(
    resources.map(({ name, type, scalar, ranges, set, role }) => ({
      name,
      type,
      ...(scalar === undefined ? {} : { scalar }),
      ...(ranges === undefined ? {} : { ranges }),
      ...(set === undefined ? {} : { set }),
      ...(role === undefined ? {} : { role }),
    })),
  )
}
