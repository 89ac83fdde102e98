/** Data of messages, of the registry and of HTTP answers, in the shapes that a real cluster shows (mesos-recordings a-http, c-failures). */

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

export interface DrainConfig {
  readonly max_grace_period?: { readonly nanoseconds: number }
  readonly mark_gone?: boolean
}
