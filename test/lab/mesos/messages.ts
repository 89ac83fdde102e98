/**
 * Messages between master and agent. Each goes by `Libprocess.send` under the name in the first column; the body is the
 * JSON below, in the shapes that the registry, `/state` and the logs of a real cluster show (mesos-recordings
 * a-http, c-failures). The master's process is `master`, the agent's `slave(1)`.
 *
 * name                                              from    to      body
 * mesos.internal.RegisterSlaveMessage               agent   master  RegisterSlave
 * mesos.internal.ReregisterSlaveMessage             agent   master  ReregisterSlave
 * mesos.internal.UnregisterSlaveMessage             agent   master  UnregisterSlave
 * mesos.internal.UpdateSlaveMessage                 agent   master  UpdateSlave
 * mesos.internal.StatusUpdateMessage                agent   master  StatusUpdate
 * mesos.internal.PongSlaveMessage                   agent   pinger  {}  (to the sender of the ping, `slave-observer(N)`)
 * mesos.internal.PingSlaveMessage                   master  agent   PingSlave
 * mesos.internal.SlaveRegisteredMessage             master  agent   SlaveRegistered
 * mesos.internal.SlaveReregisteredMessage           master  agent   SlaveReregistered
 * mesos.internal.ShutdownMessage                    master  agent   Shutdown
 * mesos.internal.RunTaskMessage                     master  agent   RunTask
 * mesos.internal.KillTaskMessage                    master  agent   KillTask
 * mesos.internal.StatusUpdateAcknowledgementMessage master  agent   StatusUpdateAcknowledgement
 * mesos.internal.UpdateFrameworkMessage             master  agent   UpdateFramework
 * mesos.internal.ShutdownFrameworkMessage           master  agent   ShutdownFramework
 * mesos.internal.DrainSlaveMessage                  master  agent   DrainSlave
 */

export interface Value {
  readonly value: string
}

export interface Resource {
  readonly name: string
  readonly type: 'SCALAR' | 'RANGES' | 'SET'
  readonly scalar?: { readonly value: number }
  readonly ranges?: { readonly range: readonly { readonly begin: number; readonly end: number }[] }
  readonly set?: { readonly item: readonly string[] }
  /** Absent in an agent's own resources means `*`. */
  readonly role?: string
}

export interface Attribute {
  readonly name: string
  readonly type: 'SCALAR' | 'RANGES' | 'SET' | 'TEXT'
  readonly scalar?: { readonly value: number }
  readonly ranges?: { readonly range: readonly { readonly begin: number; readonly end: number }[] }
  readonly set?: { readonly item: readonly string[] }
  readonly text?: { readonly value: string }
}

export interface DomainInfo {
  readonly fault_domain?: {
    readonly region: { readonly name: string }
    readonly zone: { readonly name: string }
  }
}

/** An agent as it describes itself; `id` once a master gave one. */
export interface SlaveInfo {
  readonly hostname: string
  readonly port: number
  readonly resources: readonly Resource[]
  readonly attributes?: readonly Attribute[]
  readonly id?: Value
  readonly checkpoint: boolean
  readonly domain?: DomainInfo
}

/** The capabilities that an agent states: the names of `/slaves`. */
export interface Capability {
  readonly type: string
}

/** Compared with the master's `--credentials`; never logged. */
export interface Credential {
  readonly principal: string
  readonly secret: string
}

/** A framework as it describes itself in SUBSCRIBE; `id` once a master gave one. */
export interface FrameworkInfo {
  readonly user: string
  readonly name: string
  readonly id?: Value
  /** Seconds that the master waits for the framework to come back; 0 unless stated. */
  readonly failover_timeout?: number
  readonly checkpoint?: boolean
  readonly role?: string
  readonly roles?: readonly string[]
  readonly hostname?: string
  readonly webui_url?: string
  readonly principal?: string
  readonly capabilities?: readonly Capability[]
  readonly labels?: { readonly labels: readonly { readonly key: string; readonly value?: string }[] }
}

export interface CommandInfo {
  readonly value?: string
  readonly shell?: boolean
  readonly arguments?: readonly string[]
  readonly uris?: readonly {
    readonly value: string
    readonly executable?: boolean
    readonly extract?: boolean
    readonly output_file?: string
  }[]
  readonly environment?: { readonly variables: readonly { readonly name: string; readonly value?: string }[] }
  readonly user?: string
}

export interface ExecutorInfo {
  readonly executor_id: Value
  readonly framework_id?: Value
  readonly command?: CommandInfo
  readonly resources?: readonly Resource[]
  readonly name?: string
  readonly source?: string
  readonly type?: 'DEFAULT' | 'CUSTOM'
}

/** What a framework asks for in ACCEPT; exactly one of `command` and `executor`. */
export interface TaskInfo {
  readonly name: string
  readonly task_id: Value
  /** As scheduler API v1 spells it; the agent's own messages say `slave_id`. */
  readonly agent_id: Value
  readonly resources: readonly Resource[]
  readonly command?: CommandInfo
  readonly executor?: ExecutorInfo
  readonly container?: unknown
  readonly data?: string
  readonly labels?: FrameworkInfo['labels']
  readonly discovery?: unknown
  readonly health_check?: unknown
  readonly kill_policy?: { readonly grace_period?: { readonly nanoseconds: number } }
}

export type TaskState =
  | 'TASK_STAGING'
  | 'TASK_STARTING'
  | 'TASK_RUNNING'
  | 'TASK_KILLING'
  | 'TASK_FINISHED'
  | 'TASK_FAILED'
  | 'TASK_KILLED'
  | 'TASK_ERROR'
  | 'TASK_LOST'
  | 'TASK_DROPPED'
  | 'TASK_UNREACHABLE'
  | 'TASK_GONE'
  | 'TASK_GONE_BY_OPERATOR'
  | 'TASK_UNKNOWN'

export interface TaskStatus {
  readonly task_id: Value
  readonly state: TaskState
  readonly source?: 'SOURCE_MASTER' | 'SOURCE_AGENT' | 'SOURCE_EXECUTOR'
  readonly reason?: string
  readonly message?: string
  readonly slave_id?: Value
  readonly executor_id?: Value
  /** Seconds since 1970, with a fraction. */
  readonly timestamp: number
  /** Base64; absent means that nobody waits for an acknowledgement. */
  readonly uuid?: string
  readonly healthy?: boolean
  readonly container_status?: {
    readonly container_id?: Value
    readonly network_infos?: readonly {
      readonly ip_addresses: readonly { readonly protocol: string; readonly ip_address: string }[]
    }[]
  }
  readonly unreachable_time?: { readonly nanoseconds: number }
}

/** A task as master and agent keep it. */
export interface Task {
  readonly name: string
  readonly task_id: Value
  readonly framework_id: Value
  /** Absent for a command task. */
  readonly executor_id?: Value
  readonly slave_id: Value
  readonly state: TaskState
  readonly resources: readonly Resource[]
  /** Oldest first. */
  readonly statuses: readonly TaskStatus[]
  /** The newest update that the framework has not acknowledged yet: its state and uuid. */
  readonly status_update_state?: TaskState
  readonly status_update_uuid?: string
  readonly user?: string
  readonly labels?: FrameworkInfo['labels']
  readonly discovery?: unknown
}

export interface RegisterSlave {
  readonly slave: SlaveInfo
  readonly checkpointed_resources: readonly Resource[]
  readonly version: string
  readonly agent_capabilities: readonly Capability[]
  readonly credential?: Credential
}

export interface ReregisterSlave extends RegisterSlave {
  /** With `id`. */
  readonly slave: SlaveInfo
  readonly executor_infos: readonly ExecutorInfo[]
  readonly tasks: readonly Task[]
  readonly frameworks: readonly FrameworkInfo[]
}

export interface UnregisterSlave {
  readonly slave_id: Value
}

export interface UpdateSlave {
  readonly slave_id: Value
  readonly update_oversubscribed_resources: boolean
  readonly resource_version_uuid?: Value
}

export interface StatusUpdate {
  readonly update: {
    readonly framework_id: Value
    readonly executor_id?: Value
    readonly slave_id: Value
    readonly status: TaskStatus
    readonly timestamp: number
    readonly uuid: string
    readonly latest_state?: TaskState
  }
  /** The agent's own pid; the acknowledgement goes there. */
  readonly pid: string
}

/** `connected` is false when the master thinks that the agent has to register again. */
export interface PingSlave {
  readonly connected: boolean
}

export interface SlaveRegistered {
  readonly slave_id: Value
  /** The agent registers again when no ping came for so long. */
  readonly connection: { readonly total_ping_timeout_seconds: number }
}

export interface SlaveReregistered extends SlaveRegistered {
  /** Tasks that the master knows and the agent did not report: the agent answers with TASK_LOST or TASK_DROPPED. */
  readonly reconciliations: readonly { readonly framework_id: Value; readonly statuses: readonly TaskStatus[] }[]
}

/** `message` as the agent logs it, e.g. `Agent has been marked gone` (c-failures/52). */
export interface Shutdown {
  readonly message: string
}

export interface RunTask {
  /** With `id`. */
  readonly framework: FrameworkInfo
  readonly task: TaskInfo
}

export interface KillTask {
  readonly framework_id: Value
  readonly task_id: Value
  readonly kill_policy?: TaskInfo['kill_policy']
}

export interface StatusUpdateAcknowledgement {
  readonly slave_id: Value
  readonly framework_id: Value
  readonly task_id: Value
  readonly uuid: string
}

export interface UpdateFramework {
  readonly framework_id: Value
  readonly framework_info: FrameworkInfo
}

export interface ShutdownFramework {
  readonly framework_id: Value
}

export interface DrainSlave {
  readonly config: DrainConfig
}

export interface DrainConfig {
  readonly max_grace_period?: { readonly nanoseconds: number }
  readonly mark_gone?: boolean
}
