import type { Pid } from '../common/pid.ts'
import type { Libprocess } from '../common/process.ts'
import type {
  DrainSlave,
  KillTask,
  RunTask,
  ShutdownFramework,
  StatusUpdateAcknowledgement,
  UpdateFramework,
} from '../messages.ts'
import type { DrainConfig } from '../shapes.ts'
import type { Parts } from './parts.ts'

export interface OrderEvents {
  slaveId(): string | undefined
  /** Why no task is taken now. */
  refusal(): string | undefined
  drain(config: DrainConfig): void
}

/** What a master orders about tasks. */
export function receiveOrders(process: Libprocess, parts: Parts, events: OrderEvents): void {
  const on = (name: string, handler: (body: unknown) => void): void =>
    process.receive('slave(1)', `mesos.internal.${name}`, (_: Pid, body) => handler(body))
  on('RunTaskMessage', (body) => {
    const slaveId = events.slaveId()
    if (slaveId !== undefined) void parts.runner.run(slaveId, body as RunTask, events.refusal())
  })
  on('KillTaskMessage', (body) => parts.runner.kill(body as KillTask))
  on('StatusUpdateAcknowledgementMessage', (body) => {
    const { framework_id, task_id, uuid } = body as StatusUpdateAcknowledgement
    parts.updates.acknowledge(framework_id.value, task_id.value, uuid)
  })
  on('UpdateFrameworkMessage', (body) => {
    const { framework_id, framework_info } = body as UpdateFramework
    parts.runner.updateFramework(framework_id.value, framework_info)
  })
  on('ShutdownFrameworkMessage', (body) =>
    parts.runner.shutdownFramework((body as ShutdownFramework).framework_id.value),
  )
  on('DrainSlaveMessage', (body) => events.drain((body as DrainSlave).config))
}
