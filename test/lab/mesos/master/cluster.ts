import { formatPid, type Pid } from '../common/pid.ts'
import type { DrainInfo, MachineId, MaintenanceSchedule, Unavailability } from '../log/registry.ts'
import type { Capability, ExecutorInfo, FrameworkInfo, Resource, SlaveInfo, Task } from '../shapes.ts'

/** All that a leading master knows. Empty until its registry is recovered. */
export interface Cluster {
  /** Registered agents, disconnected ones among them. */
  readonly agents: Map<string, Agent>
  /** Known from the registry, not registered again yet. */
  readonly recovered: Map<string, RecoveredAgent>
  readonly unreachable: Map<string, UnreachableAgent>
  readonly gone: Set<string>
  readonly frameworks: Map<string, Framework>
  /** Oldest first; bounded by `--max_completed_frameworks`. */
  readonly completed: Framework[]
  readonly offers: Map<string, Offer>
  /** Machines of the maintenance schedule, by `machineKey`. */
  readonly machines: Map<string, Machine>
  schedule: MaintenanceSchedule
}

export interface Agent {
  readonly id: string
  readonly info: SlaveInfo
  readonly pid: Pid
  readonly version: string
  readonly capabilities: readonly Capability[]
  /** Seconds since 1970. */
  readonly registeredTime: number
  readonly reregisteredTime?: number
  readonly connected: boolean
  readonly deactivated: boolean
  readonly drain?: Draining
  /** By `taskKey`. */
  readonly tasks: ReadonlyMap<string, Task>
  readonly executors: readonly ExecutorInfo[]
}

export interface RecoveredAgent {
  readonly info: SlaveInfo
  readonly deactivated: boolean
  readonly drain?: Draining
}

export interface UnreachableAgent {
  /** Seconds since 1970, when the agent was given up. */
  readonly since: number
  readonly deactivated: boolean
  readonly drain?: Draining
}

export interface Draining extends DrainInfo {
  /** Whole seconds since 1970; unknown after a fail-over. */
  readonly startTime?: number
}

export interface Framework {
  readonly id: string
  readonly info: FrameworkInfo
  /** Undefined while nobody is subscribed. */
  readonly stream?: EventStream
  readonly recovered: boolean
  /** Roles for which no offers are wanted. */
  readonly suppressed: ReadonlySet<string>
  readonly registeredTime: number
  readonly reregisteredTime?: number
  readonly unregisteredTime: number
  readonly completedTasks: readonly Task[]
  readonly unreachableTasks: readonly Task[]
}

export interface EventStream {
  readonly id: string
  send(event: unknown): void
  end(): void
}

export interface Offer {
  readonly id: string
  readonly frameworkId: string
  readonly agentId: string
  readonly role: string
  readonly resources: readonly Resource[]
}

export interface Machine {
  readonly id: MachineId
  readonly mode: 'DRAINING' | 'DOWN'
  readonly unavailability: Unavailability
}

export function emptyCluster(): Cluster {
  return {
    agents: new Map(),
    recovered: new Map(),
    unreachable: new Map(),
    gone: new Set(),
    frameworks: new Map(),
    completed: [],
    offers: new Map(),
    machines: new Map(),
    schedule: {},
  }
}

/** As log lines name an agent. */
export function describe(agent: Pick<Agent, 'id' | 'pid' | 'info'>): string {
  return `${agent.id} at ${place(agent.pid, agent.info.hostname)}`
}

export function place(pid: Pid, hostname: string): string {
  return `${formatPid(pid)} (${hostname})`
}

/** As log lines name a framework. */
export function title(framework: Framework): string {
  return `${framework.id} (${framework.info.name})`
}

export function isActive(agent: Agent): boolean {
  return agent.connected && !agent.deactivated
}

export function taskKey(task: Pick<Task, 'framework_id' | 'task_id'>): string {
  return `${task.framework_id.value}/${task.task_id.value}`
}

/** Upper and lower case are one host name. */
export function machineKey(machine: MachineId): string {
  return `${(machine.hostname ?? '').toLowerCase()}/${machine.ip ?? ''}`
}

export function machineOf(hostname: string, pid: Pid): MachineId {
  return { hostname, ip: pid.ip }
}

export function agentAt(cluster: Cluster, pid: Pid): Agent | undefined {
  return [...cluster.agents.values()].find(
    (agent) => agent.pid.id === pid.id && agent.pid.ip === pid.ip && agent.pid.port === pid.port,
  )
}

/** A machine without a host name, or without an address, is every machine with the other. */
export function agentsOn(cluster: Cluster, machine: MachineId): readonly Agent[] {
  return [...cluster.agents.values()].filter(
    ({ info, pid }) =>
      machineKey(machineOf(info.hostname, pid)) === machineKey({ hostname: info.hostname, ip: pid.ip, ...machine }),
  )
}

export function tasksOf(cluster: Cluster, frameworkId: string): readonly Task[] {
  return [...cluster.agents.values()].flatMap((agent) =>
    [...agent.tasks.values()].filter((task) => task.framework_id.value === frameworkId),
  )
}

export function rolesOf(info: FrameworkInfo): readonly string[] {
  return info.roles !== undefined && info.roles.length > 0 ? info.roles : [info.role ?? '*']
}

export function isPartitionAware(framework: Framework | undefined): boolean {
  return framework?.info.capabilities?.some(({ type }) => type === 'PARTITION_AWARE') ?? false
}

/** Node fires a timer that is set for longer at once. */
export const longestTimerMs = 2 ** 31 - 1

/** Seconds since 1970, with microseconds. */
export function now(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000) / 1e6
}
