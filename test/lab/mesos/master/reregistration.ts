import { info, warning } from '../common/log.ts'
import { formatPid, type Pid } from '../common/pid.ts'
import type { ReregisterSlave, ShutdownFramework, SlaveReregistered } from '../messages.ts'
import type { SlaveInfo, Task } from '../shapes.ts'
import { watchAgent } from './agent-loss.ts'
import { type Agent, type Draining, describe, isActive, now, place, taskKey } from './cluster.ts'
import { changeAgent, changeFramework, count, type Master } from './context.ts'
import { checkDrained, sendDrain } from './drain.ts'
import { recoverFramework } from './frameworks.ts'
import { add, drop, isReady, newAgent, refused, registered, shutDown } from './registration.ts'
import { reachable, updated } from './registry-changes.ts'
import { format, withRole } from './resources.ts'
import { masterStatus, sendMasterStatus } from './tasks.ts'

/** An agent with an id: after its restart, a fail-over, or a time out of reach (c-failures/30, 40, 50–55, 57). */
export async function reregisterAgent(master: Master, from: Pid, message: ReregisterSlave): Promise<void> {
  count(master, 'messages_reregister_slave')
  const id = message.slave.id?.value
  if (!isReady(master) || id === undefined) return drop(master, 'ReregisterSlaveMessage', from)
  if (master.cluster.gone.has(id)) {
    const who = `agent at ${formatPid(from)}`
    warning('master.cpp:6605', `Refusing re-registration of ${who} because it is already marked gone`)
    return shutDown(master, from, 'Agent has been marked gone')
  }
  const who = `${id} at ${place(from, message.slave.hostname)}`
  if (master.busy.has(id)) {
    info('master.cpp:6613', `Ignoring reregister agent message from agent ${who} as readmission is already in progress`)
    return
  }
  info('master.cpp:6625', `Received reregister agent message from agent ${who}`)
  if (refused(master, from, message)) return
  master.busy.add(id)
  try {
    const known = master.cluster.agents.get(id)
    if (known === undefined) await readmit(master, from, message, id)
    else await update(master, known, from, message)
  } finally {
    master.busy.delete(id)
  }
}

async function update(master: Master, known: Agent, from: Pid, message: ReregisterSlave): Promise<void> {
  if (known.pid.ip !== from.ip || known.info.hostname !== message.slave.hostname) {
    const expected = `expected ${known.pid.ip} (${known.info.hostname}) shutting it down`
    const tried = `Agent ${known.id} at ${place(from, message.slave.hostname)} attempted to reregister`
    warning('master.cpp:6811', `${tried} with different IP / hostname; ${expected}`)
    return shutDown(master, from, 'Agent attempted to reregister with different IP / hostname')
  }
  if (!sameInfo(known.info, message.slave)) await writeInfo(master, message.slave)
  const agent = master.cluster.agents.get(known.id)
  if (agent === undefined) return
  changeAgent(master, agent.id, { pid: from, info: message.slave, version: message.version, reregisteredTime: now() })
  const total = `updated with total resources ${format(message.slave.resources)}`
  info('hierarchical.cpp:1167', `Agent ${agent.id} (${message.slave.hostname}) ${total}`)
  if (!agent.connected) reconnect(master, agent.id)
  else watchAgent(master, agent.id)
  takeTasks(master, agent.id, message)
  acknowledge(master, agent.id, missing(agent, message))
}

function reconnect(master: Master, id: string): void {
  changeAgent(master, id, { connected: true })
  master.pings.setConnected(id, true)
  watchAgent(master, id)
  const agent = master.cluster.agents.get(id)
  if (agent === undefined || !isActive(agent)) return
  info('master.cpp:7353', `Reactivating re-registered agent ${describe(agent)}`)
  info('hierarchical.cpp:1244', `Agent ${id} reactivated`)
  master.allocator.soon()
}

async function readmit(master: Master, from: Pid, message: ReregisterSlave, id: string): Promise<void> {
  const { recovered, unreachable } = master.cluster
  const before = recovered.get(id) ?? unreachable.get(id)
  const known = recovered.get(id)
  // Recovered: the registry has it among the admitted already. Else it is unreachable there, or was never known.
  if (known === undefined) await master.registrar.apply(reachable(message.slave), `Failed to readmit agent ${id}`)
  else if (!sameInfo(known.info, message.slave)) await writeInfo(master, message.slave)
  const wasUnreachable = unreachable.delete(id)
  recovered.delete(id)
  count(master, 'slave_reregistrations')
  const time = now()
  const agent: Agent = {
    ...newAgent(from, message, message.slave, id),
    registeredTime: time,
    reregisteredTime: time,
    deactivated: before?.deactivated ?? false,
    ...(before?.drain === undefined ? {} : { drain: withStart(before.drain, time) }),
  }
  add(master, agent)
  takeTasks(master, id, message)
  info('master.cpp:7185', `Re-registered agent ${describe(agent)} with ${format(message.slave.resources)}`)
  if (wasUnreachable) for (const task of message.tasks) reachableAgain(master, task)
  acknowledge(master, id, [])
}

function withStart(drain: Draining, time: number): Draining {
  return { ...drain, startTime: drain.startTime ?? Math.floor(time) }
}

async function writeInfo(master: Master, described: SlaveInfo): Promise<void> {
  await master.registrar.apply(updated(described), `Failed to update agent ${described.id?.value ?? ''}`)
}

/** Tasks and frameworks that the agent tells of; those of a framework that is over are ended there. */
function takeTasks(master: Master, id: string, message: ReregisterSlave): void {
  const agent = master.cluster.agents.get(id)
  if (agent === undefined) return
  const over = new Set(master.cluster.completed.map((framework) => framework.id))
  for (const framework of message.frameworks)
    if (!over.has(framework.id?.value ?? '')) recoverFramework(master, framework, describe(agent))
  for (const frameworkId of new Set(message.tasks.map((task) => task.framework_id.value))) {
    if (!over.has(frameworkId)) continue
    const body: ShutdownFramework = { framework_id: { value: frameworkId } }
    master.process.send('master', agent.pid, 'mesos.internal.ShutdownFrameworkMessage', body)
  }
  const reported = message.tasks.filter((task) => !over.has(task.framework_id.value))
  const tasks = new Map(agent.tasks)
  for (const task of reported) tasks.set(taskKey(task), { ...tasks.get(taskKey(task)), ...task })
  changeAgent(master, id, { tasks, executors: message.executor_infos })
}

/** What the master believes to run there and the agent does not know (any more). */
function missing(agent: Agent, message: ReregisterSlave): readonly Task[] {
  const reported = new Set(message.tasks.map(taskKey))
  return [...agent.tasks.values()].filter((task) => !reported.has(taskKey(task)))
}

function acknowledge(master: Master, id: string, lost: readonly Task[]): void {
  const agent = master.cluster.agents.get(id)
  if (agent === undefined) return
  const body: SlaveReregistered = {
    ...registered(master, id),
    reconciliations: lost.map((task) => ({
      framework_id: task.framework_id,
      statuses: [masterStatus(task, task.state, 'REASON_RECONCILIATION', 'Reconciling task unknown to the agent')],
    })),
  }
  master.process.send('master', agent.pid, 'mesos.internal.SlaveReregisteredMessage', body)
  if (agent.drain !== undefined) sendDrain(master, agent, agent.drain.config)
  checkDrained(master, id)
}

/** c-failures/50: the framework hears that its task runs after all. */
function reachableAgain(master: Master, task: Task): void {
  const framework = master.cluster.frameworks.get(task.framework_id.value)
  if (framework === undefined) return
  const unreachableTasks = framework.unreachableTasks.filter((each) => taskKey(each) !== taskKey(task))
  changeFramework(master, framework.id, { unreachableTasks })
  const words = 'Unreachable agent re-reregistered'
  sendMasterStatus(master, framework.id, masterStatus(task, task.state, 'REASON_SLAVE_REREGISTERED', words))
}

/** An agent states no role where it means `*`; the registry has it. */
function sameInfo(left: SlaveInfo, right: SlaveInfo): boolean {
  return canonical(left) === canonical(right)
}

function canonical(described: SlaveInfo): string {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted)
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(
      Object.entries(value)
        .sort(([left], [right]) => (left < right ? -1 : 1))
        .map(([name, each]) => [name, sorted(each)]),
    )
  }
  return JSON.stringify(sorted({ attributes: [], ...described, resources: withRole(described.resources) }))
}
