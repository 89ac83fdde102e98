import type { StatusUpdate } from '../messages.ts'
import type { ExecutorInfo, FrameworkInfo, TaskInfo, Value } from '../shapes.ts'

/**
 * Messages between an agent (`slave(1)`) and its executors (`executor(1)`), beside StatusUpdateMessage,
 * StatusUpdateAcknowledgementMessage, RunTaskMessage and KillTaskMessage, which are as between agent and master.
 *
 * name                                       from      to        body
 * mesos.internal.RegisterExecutorMessage     executor  agent     RegisterExecutor
 * mesos.internal.ReregisterExecutorMessage   executor  agent     ReregisterExecutor
 * mesos.internal.ExecutorRegisteredMessage   agent     executor  ExecutorRegistered
 * mesos.internal.ExecutorReregisteredMessage agent     executor  ExecutorReregistered
 * mesos.internal.ReconnectExecutorMessage    agent     executor  {}
 * mesos.internal.ShutdownExecutorMessage     agent     executor  {}
 */

export interface RegisterExecutor {
  readonly framework_id: Value
  readonly executor_id: Value
}

export interface ReregisterExecutor extends RegisterExecutor {
  /** Sent, but not acknowledged by the agent. */
  readonly updates: readonly StatusUpdate['update'][]
  /** The tasks that it has. */
  readonly tasks: readonly TaskInfo[]
}

export interface ExecutorRegistered {
  readonly executor_info: ExecutorInfo
  readonly framework_info: FrameworkInfo
  readonly slave_id: Value
  readonly hostname: string
}

export interface ExecutorReregistered {
  readonly slave_id: Value
}
