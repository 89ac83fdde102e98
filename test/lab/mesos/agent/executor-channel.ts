import { info, warning } from '../common/log.ts'
import { formatPid, type Pid } from '../common/pid.ts'
import type { Libprocess } from '../common/process.ts'
import type { RunTask, StatusUpdate } from '../messages.ts'
import type { Checkpoint } from './checkpoint.ts'
import type {
  ExecutorRegistered,
  ExecutorReregistered,
  RegisterExecutor,
  ReregisterExecutor,
} from './executor-messages.ts'
import type { Frameworks } from './frameworks.ts'
import { type Executor, named } from './model.ts'
import type { TaskStates } from './task-states.ts'

interface Parts {
  readonly process: Libprocess
  readonly checkpoint: Checkpoint
  readonly frameworks: Frameworks
  readonly states: TaskStates
}

/** What executors tell their agent, and what they hear at once. */
export class ExecutorChannel {
  readonly #parts: Parts
  readonly #hostname: string
  readonly #settled: (executor: Executor) => void

  /** `settled` is called when an executor registers or comes back. */
  constructor(parts: Parts, hostname: string, settled: (executor: Executor) => void) {
    this.#parts = parts
    this.#hostname = hostname
    this.#settled = settled
    const on = (name: string, handler: (from: Pid, body: unknown) => void): void =>
      parts.process.receive('slave(1)', `mesos.internal.${name}`, handler)
    on('RegisterExecutorMessage', (from, body) => this.#register(from, body as RegisterExecutor))
    on('ReregisterExecutorMessage', (from, body) => this.#reregister(from, body as ReregisterExecutor))
    on('StatusUpdateMessage', (from, body) => parts.states.said((body as StatusUpdate).update, from))
  }

  /** Asks a recovered executor to come back. */
  reconnect(executor: Executor, pid: Pid): void {
    info('slave.cpp:8259', `Sending reconnect request to executor ${named(executor)} at ${formatPid(pid)}`)
    this.#tell(pid, 'ReconnectExecutorMessage', {})
  }

  #register(from: Pid, { framework_id, executor_id }: RegisterExecutor): void {
    const executor = this.#parts.frameworks.executor(framework_id.value, executor_id.value)
    const framework = this.#parts.frameworks.running.get(framework_id.value)
    info('slave.cpp:5476', `Got registration for executor '${executor_id.value}' of framework ${framework_id.value}`)
    if (executor === undefined || framework === undefined || executor.state !== 'REGISTERING') {
      warning('slave.cpp:5490', `Shutting down executor '${executor_id.value}' as it is not expected`)
      this.#tell(from, 'ShutdownExecutorMessage', {})
      return
    }
    this.#connected(executor, from)
    const body: ExecutorRegistered = {
      executor_info: executor.info,
      framework_info: framework.info,
      slave_id: { value: executor.path.slaveId },
      hostname: this.#hostname,
    }
    this.#tell(from, 'ExecutorRegisteredMessage', body)
    if (executor.queued === undefined) return
    const run: RunTask = { framework: framework.info, task: executor.queued }
    executor.queued = undefined
    this.#tell(from, 'RunTaskMessage', run)
  }

  #reregister(from: Pid, { framework_id, executor_id, updates }: ReregisterExecutor): void {
    const words = `'${executor_id.value}' of framework ${framework_id.value}`
    info('slave.cpp:5675', `Received re-registration message from executor ${words}`)
    const executor = this.#parts.frameworks.executor(framework_id.value, executor_id.value)
    if (executor === undefined || executor.state === 'TERMINATING' || executor.state === 'TERMINATED') {
      this.#tell(from, 'ShutdownExecutorMessage', {})
      return
    }
    this.#connected(executor, from)
    const body: ExecutorReregistered = { slave_id: { value: executor.path.slaveId } }
    this.#tell(from, 'ExecutorReregisteredMessage', body)
    for (const update of updates) this.#parts.states.said(update, from)
  }

  #connected(executor: Executor, from: Pid): void {
    executor.pid = from
    executor.state = 'RUNNING'
    if (executor.checkpoint) this.#parts.checkpoint.libprocess(executor.path, formatPid(from))
    this.#parts.process.link(from, () => info('slave.cpp:6718', `Got exited event for ${formatPid(from)}`))
    this.#settled(executor)
  }

  #tell(to: Pid, name: string, body: unknown): void {
    this.#parts.process.send('slave(1)', to, `mesos.internal.${name}`, body)
  }
}
