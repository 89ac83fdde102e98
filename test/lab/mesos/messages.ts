import type {
  Capability,
  Credential,
  DrainConfig,
  ExecutorInfo,
  FrameworkInfo,
  Resource,
  SlaveInfo,
  Task,
  TaskInfo,
  TaskState,
  TaskStatus,
  Value,
} from './shapes.ts'

export type * from './shapes.ts'

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
 * mesos.internal.ExitedExecutorMessage              agent   master  ExitedExecutor
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

/** An executor of a framework's own ended; a command task has none. */
export interface ExitedExecutor {
  readonly slave_id: Value
  readonly framework_id: Value
  readonly executor_id: Value
  /** As wait(2) gives it. */
  readonly status: number
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
