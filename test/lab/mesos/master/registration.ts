import { info, warning } from '../common/log.ts'
import { formatPid, type Pid } from '../common/pid.ts'
import type { RegisterSlave, Shutdown, SlaveRegistered } from '../messages.ts'
import type { Credential, SlaveInfo } from '../shapes.ts'
import { watchAgent } from './agent-loss.ts'
import { type Agent, agentAt, describe, isActive, machineKey, machineOf, now, place } from './cluster.ts'
import { count, type Master, nextAgentId } from './context.ts'
import { admitted } from './registry-changes.ts'
import { removeAgent } from './removal.ts'
import { format, withRole } from './resources.ts'

/** A new agent (c-failures/46): one with the same address that is not connected any more makes way for it. */
export async function registerAgent(master: Master, from: Pid, message: RegisterSlave): Promise<void> {
  count(master, 'messages_register_slave')
  const at = place(from, message.slave.hostname)
  if (!isReady(master)) return drop(master, 'RegisterSlaveMessage', from)
  if (master.busy.has(formatPid(from))) {
    info('master.cpp:6257', `Ignoring register agent message from ${at} as registration is already in progress`)
    return
  }
  info('master.cpp:6264', `Received register agent message from ${at}`)
  if (refused(master, from, message)) return
  master.busy.add(formatPid(from))
  try {
    await admit(master, from, message)
  } finally {
    master.busy.delete(formatPid(from))
  }
}

async function admit(master: Master, from: Pid, message: RegisterSlave): Promise<void> {
  const old = agentAt(master.cluster, from)
  if (old?.connected === true) return acknowledge(master, old)
  const removal = old === undefined ? undefined : makeWay(master, old)
  const id = nextAgentId(master)
  const described: SlaveInfo = { ...message.slave, id: { value: id } }
  const at = place(from, described.hostname)
  info('master.cpp:6443', `Registering agent at ${at} with id ${id}`)
  const registered: SlaveInfo = { ...described, resources: withRole(described.resources) }
  await master.registrar.apply(admitted(registered), `Failed to admit agent ${id} at ${at}`)
  await removal
  count(master, 'slave_registrations')
  const agent: Agent = { ...newAgent(from, message, described, id), registeredTime: now() }
  add(master, agent)
  info('master.cpp:6536', `Registered agent ${describe(agent)} with ${format(described.resources)}`)
  acknowledge(master, agent)
}

async function makeWay(master: Master, old: Agent): Promise<void> {
  const why = 'because a registration attempt occurred'
  info('master.cpp:6415', `Removing old disconnected agent ${describe(old)} ${why}`)
  await removeAgent(master, old.id, 'a new agent registered at the same address', 'registered')
}

export function newAgent(
  from: Pid,
  message: RegisterSlave,
  described: SlaveInfo,
  id: string,
): Omit<Agent, 'registeredTime'> {
  return {
    id,
    info: described,
    pid: from,
    version: message.version,
    capabilities: message.agent_capabilities,
    connected: true,
    deactivated: false,
    tasks: new Map(),
    executors: [],
  }
}

/** From now on the agent is pinged, linked to, and offered to frameworks. */
export function add(master: Master, agent: Agent): void {
  master.cluster.agents.set(agent.id, agent)
  master.pings.start(agent.id, agent.pid)
  watchAgent(master, agent.id)
  const total = `with ${format(agent.info.resources)} (offered or allocated: {})`
  info('hierarchical.cpp:1059', `Added agent ${agent.id} (${agent.info.hostname}) ${total}`)
  if (isActive(agent)) master.allocator.soon()
}

function acknowledge(master: Master, agent: Agent): void {
  master.process.send('master', agent.pid, 'mesos.internal.SlaveRegisteredMessage', registered(master, agent.id))
}

export function registered(master: Master, id: string): SlaveRegistered {
  const total =
    (master.flags.duration('agent_ping_timeout') ?? 0) * (master.flags.integer('max_agent_ping_timeouts') ?? 0)
  return { slave_id: { value: id }, connection: { total_ping_timeout_seconds: total / 1000 } }
}

/** Who is leading and has read the registry. */
export function isReady(master: Master): boolean {
  return master.leadership.recovered
}

export function drop(master: Master, name: string, from: Pid): void {
  count(master, 'dropped_messages')
  const why = master.leadership.electedTime === undefined ? 'not elected yet' : 'not recovered yet'
  info('master.cpp:1618', `Dropping 'mesos.internal.${name}' message from ${formatPid(from)} since ${why}`)
}

/** Wrong credentials, no right to register, or a machine that is DOWN: the agent is told to end. */
export function refused(master: Master, from: Pid, message: RegisterSlave): boolean {
  if (!master.admits(message.credential)) {
    const why = message.credential === undefined ? 'Agent is not authenticated' : 'Master refused authentication'
    warning('master.cpp:6283', `Refusing registration of agent at ${formatPid(from)} because it is not authenticated`)
    shutDown(master, from, why)
    return true
  }
  if (!master.may('register_agents', message.credential?.principal)) {
    const why = 'Not authorized to register agent'
    warning('master.cpp:6331', `Refusing registration of agent at ${formatPid(from)}: ${why}`)
    shutDown(master, from, why)
    return true
  }
  const machine = machineOf(message.slave.hostname, from)
  if (master.cluster.machines.get(machineKey(machine))?.mode !== 'DOWN') return false
  const verb = message.slave.id === undefined ? 'registration' : 're-registration'
  const where = `the machine '${machine.hostname} (${machine.ip})' that it is running on is \`DOWN\``
  warning('master.cpp:6729', `Refusing ${verb} of agent at ${formatPid(from)} because ${where}`)
  shutDown(master, from, 'Machine is `DOWN`')
  return true
}

export function shutDown(master: Master, agent: Pid, message: string): void {
  const body: Shutdown = { message }
  master.process.send('master', agent, 'mesos.internal.ShutdownMessage', body)
}

export type Admits = (credential: Credential | undefined) => boolean
