import { info } from '../common/log.ts'
import { formatDuration } from '../common/quantities.ts'
import type { ShutdownFramework, UpdateFramework } from '../messages.ts'
import type { FrameworkInfo } from '../shapes.ts'
import { type EventStream, type Framework, longestTimerMs, now, rolesOf, taskKey, tasksOf, title } from './cluster.ts'
import { changeFramework, count, type Master, nextFrameworkId } from './context.ts'
import { heartbeatSeconds } from './event-stream.ts'
import { rescindOffersOf } from './offers.ts'
import { isTerminal, masterStatus, removeTask, updateTask } from './tasks.ts'

/** The reasons for which a framework is sent away; each ends its stream after an ERROR event. */
const removed = 'Framework has been removed'
const failedOver = 'Framework failed over'

/** A framework comes: a new one, one that was here before (with its id), or one that another master knew. */
export function subscribe(
  master: Master,
  info_: FrameworkInfo,
  suppressed: ReadonlySet<string>,
  stream: EventStream,
): void {
  const again = info_.id !== undefined && info_.id.value !== ''
  count(master, again ? 'messages_reregister_framework' : 'messages_register_framework')
  info('master.cpp:2690', `Received subscription request for HTTP framework '${info_.name}'`)
  const id = again ? (info_.id?.value ?? '') : nextFrameworkId(master)
  if (master.cluster.completed.some((framework) => framework.id === id)) return sendAway(stream, removed)
  const checkpointing = info_.checkpoint === true ? 'enabled' : 'disabled'
  const able = (info_.capabilities ?? []).map(({ type }) => type).join(', ')
  info(
    'master.cpp:2772',
    `Subscribing framework '${info_.name}' with checkpointing ${checkpointing} and capabilities [ ${able} ]`,
  )
  const known = master.cluster.frameworks.get(id)
  const described: FrameworkInfo = { ...info_, id: { value: id } }
  if (known === undefined) add(master, { ...fresh(described, id), stream, suppressed })
  else comeBack(master, known, described, suppressed, stream)
  stream.send({
    type: 'SUBSCRIBED',
    subscribed: {
      framework_id: { value: id },
      heartbeat_interval_seconds: heartbeatSeconds,
      master_info: master.info,
    },
  })
  master.allocator.revive(id)
}

function fresh(described: FrameworkInfo, id: string): Framework {
  return {
    id,
    info: described,
    recovered: false,
    suppressed: new Set(),
    registeredTime: now(),
    unregisteredTime: 0,
    completedTasks: [],
    unreachableTasks: [],
  }
}

function add(master: Master, framework: Framework): void {
  const roles = [...framework.suppressed].join(', ')
  info('master.cpp:10028', `Adding framework ${title(framework)} with roles { ${roles} } suppressed`)
  master.cluster.frameworks.set(framework.id, framework)
  info('hierarchical.cpp:789', `Added framework ${framework.id}`)
}

function comeBack(
  master: Master,
  known: Framework,
  described: FrameworkInfo,
  suppressed: ReadonlySet<string>,
  stream: EventStream,
): void {
  clearTimeout(master.failovers.get(known.id))
  master.failovers.delete(known.id)
  info('master.cpp:7509', `Updating framework ${title(known)} with roles { ${[...suppressed].join(', ')} } suppressed`)
  rescindOffersOf(master, ({ frameworkId }) => frameworkId === known.id)
  const previous = known.stream
  // A framework that only agents told of registers for the first time with this master.
  const times = known.recovered ? {} : { reregisteredTime: now() }
  changeFramework(master, known.id, { info: described, suppressed, stream, recovered: false, ...times })
  info('hierarchical.cpp:872', `Activated framework ${known.id}`)
  if (previous !== undefined) sendAway(previous, failedOver)
  const body: UpdateFramework = { framework_id: { value: known.id }, framework_info: described }
  const broadcast = 'to all subscribers and broadcasting its up-to-date FrameworkInfo and PID to all registered agents'
  info('master.cpp:2882', `Sending a FRAMEWORK_UPDATED event for framework ${title(known)} ${broadcast}`)
  for (const agent of master.cluster.agents.values())
    master.process.send('master', agent.pid, 'mesos.internal.UpdateFrameworkMessage', body)
}

function sendAway(stream: EventStream, message: string): void {
  stream.send({ type: 'ERROR', error: { message } })
  stream.end()
}

/** An agent tells of a framework that this master has not met: it is known from now on, and not connected. */
export function recoverFramework(master: Master, described: FrameworkInfo, from: string): void {
  const id = described.id?.value
  if (id === undefined || master.cluster.frameworks.has(id)) return
  info('master.cpp:7468', `Recovering framework ${id} from reregistering agent ${from}`)
  add(master, { ...fresh(described, id), recovered: true, registeredTime: 0 })
}

/** The subscriber's connection is gone (c-failures/54): the framework has its failover timeout to come back. */
export function disconnected(master: Master, frameworkId: string, stream: EventStream): void {
  const framework = master.cluster.frameworks.get(frameworkId)
  if (framework === undefined || framework.stream?.id !== stream.id) return
  info('master.cpp:1416', `Framework ${title(framework)} disconnected`)
  info('master.cpp:3428', `Deactivating framework ${title(framework)}`)
  info('master.cpp:3412', `Disconnecting framework ${title(framework)}`)
  const { stream: _gone, ...offline } = framework
  master.cluster.frameworks.set(frameworkId, offline)
  rescindOffersOf(master, (offer) => offer.frameworkId === frameworkId)
  info('hierarchical.cpp:902', `Deactivated framework ${frameworkId}`)
  const ms = (framework.info.failover_timeout ?? 0) * 1000
  info('master.cpp:1431', `Giving framework ${title(framework)} ${formatDuration(ms)} to failover`)
  // So long is for ever here; Marathon's usual week is not.
  if (ms > longestTimerMs) return
  master.failovers.set(
    frameworkId,
    setTimeout(() => {
      info('master.cpp:9390', `Framework failover timeout, removing framework ${title(framework)}`)
      removeFramework(master, frameworkId)
    }, ms),
  )
}

/** Ends a framework: its tasks are killed everywhere, and it can never come back under its id. */
export function removeFramework(master: Master, frameworkId: string): void {
  const framework = master.cluster.frameworks.get(frameworkId)
  if (framework === undefined) return
  clearTimeout(master.failovers.get(frameworkId))
  master.failovers.delete(frameworkId)
  info('master.cpp:10401', `Removing framework ${title(framework)}`)
  rescindOffersOf(master, (offer) => offer.frameworkId === frameworkId)
  const body: ShutdownFramework = { framework_id: { value: frameworkId } }
  for (const agent of master.cluster.agents.values()) {
    master.process.send('master', agent.pid, 'mesos.internal.ShutdownFrameworkMessage', body)
    forgetExecutors(master, agent.id, frameworkId)
  }
  for (const task of tasksOf(master.cluster, frameworkId)) killWithFramework(master, task.slave_id.value, taskKey(task))
  const past = master.cluster.frameworks.get(frameworkId) ?? framework
  const { stream, ...rest } = past
  if (stream !== undefined) sendAway(stream, removed)
  master.cluster.frameworks.delete(frameworkId)
  master.cluster.completed.push({ ...rest, unregisteredTime: now() })
  const limit = master.flags.integer('max_completed_frameworks') ?? 50
  master.cluster.completed.splice(0, Math.max(0, master.cluster.completed.length - limit))
  info('hierarchical.cpp:846', `Removed framework ${frameworkId}`)
  master.allocator.soon()
}

function killWithFramework(master: Master, agentId: string, key: string): void {
  const agent = master.cluster.agents.get(agentId)
  const task = agent?.tasks.get(key)
  if (agent === undefined || task === undefined) return
  // Even a finished task that nobody acknowledged gets this last status, and stays finished (a-http/leader-with-running-task).
  const killed = masterStatus(
    task,
    'TASK_KILLED',
    'REASON_FRAMEWORK_REMOVED',
    `Framework ${task.framework_id.value} removed`,
  )
  const { reason: _reason, ...uncounted } = killed
  removeTask(master, agent, updateTask(master, agentId, task, isTerminal(task.state) ? uncounted : killed))
}

function forgetExecutors(master: Master, agentId: string, frameworkId: string): void {
  const agent = master.cluster.agents.get(agentId)
  if (agent === undefined) return
  const executors = agent.executors.filter((executor) => executor.framework_id?.value !== frameworkId)
  if (executors.length < agent.executors.length) master.cluster.agents.set(agentId, { ...agent, executors })
}

/** What the framework wants offers for. */
export function wantedRoles(framework: Framework): readonly string[] {
  return rolesOf(framework.info).filter((role) => !framework.suppressed.has(role))
}
