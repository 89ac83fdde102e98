import { info, warning } from '../common/log.ts'
import { formatPid, type Pid } from '../common/pid.ts'
import type { Libprocess } from '../common/process.ts'
import type { StatusUpdateAcknowledgement } from '../messages.ts'
import type { Task, TaskState, TaskStatus } from '../shapes.ts'
import type { Checkpoint, UpdateRecord } from './checkpoint.ts'
import type { Counters } from './counters.ts'
import type { Frameworks } from './frameworks.ts'
import type { Executor } from './model.ts'
import { type RunPath, runFolder } from './paths.ts'
import { isTerminal, withStatus } from './tasks.ts'
import type { StatusUpdates, Update } from './updates.ts'
import { newUuid, uuidText } from './uuid.ts'

interface Parts {
  readonly process: Libprocess
  readonly checkpoint: Checkpoint
  readonly updates: StatusUpdates
  readonly frameworks: Frameworks
  readonly counters: Counters
}

/** Keeps what is known of each task, from what its executor says and from what the agent itself finds. */
export class TaskStates {
  readonly #workDirectory: string
  readonly #parts: Parts
  /** Set while the agent drains: it says why tasks end. */
  draining = false

  constructor(workDirectory: string, parts: Parts) {
    this.#workDirectory = workDirectory
    this.#parts = parts
  }

  sandboxOf(path: RunPath): string {
    return runFolder(this.#workDirectory, path)
  }

  /** A task that is about to start: from now on it has a place in the checkpoint, and a stream of updates. */
  open(executor: Executor, task: Task): void {
    const { path } = executor
    if (executor.checkpoint) {
      const framework = this.#parts.frameworks.running.get(path.frameworkId)
      if (framework !== undefined) this.#parts.checkpoint.framework(path.slaveId, framework.info, path.frameworkId)
      this.#parts.checkpoint.executor(path, executor.info)
      this.#parts.checkpoint.task(path, task)
    }
    this.reopen(executor, task)
  }

  /** A recovered task: its place is there already. */
  reopen(executor: Executor, task: Task): void {
    const { path } = executor
    const taskId = task.task_id.value
    executor.tasks.set(taskId, task)
    const save = (record: UpdateRecord): void => {
      if (executor.checkpoint) this.#parts.checkpoint.update(path, taskId, record)
    }
    this.#parts.updates.open(path.frameworkId, taskId, save, (update) => this.#acknowledged(executor, update))
  }

  /** Takes the recorded updates of a task up again. */
  replay(executor: Executor, taskId: string, records: readonly UpdateRecord[]): void {
    for (const record of records) {
      const task = executor.tasks.get(taskId)
      if (task !== undefined && record.type === 'UPDATE') {
        executor.tasks.set(taskId, withStatus(task, record.update.status))
      }
    }
    this.#parts.updates.replay(executor.path.frameworkId, taskId, records)
    const task = executor.tasks.get(taskId)
    const { frameworkId } = executor.path
    if (task !== undefined && isTerminal(task.state) && this.#parts.updates.pending(frameworkId, taskId).length === 0) {
      this.#complete(executor, taskId)
    }
  }

  /** An executor says what happened. It is told that it was heard, even where what it says counts no more. */
  said(update: Update, from: Pid): void {
    const { framework_id, executor_id, status } = update
    info('slave.cpp:5992', `Handling status update ${shown(update)} from ${formatPid(from)}`)
    const framework = this.#parts.frameworks.running.get(framework_id.value)
    const executor = framework?.executors.get(executor_id?.value ?? '')
    if (framework === undefined || executor === undefined) {
      warning('slave.cpp:6046', `Ignoring status update ${shown(update)} for unknown framework ${framework_id.value}`)
      this.#parts.counters.invalidUpdates.add()
      return
    }
    if (framework.terminating) {
      const words = `for terminating framework ${framework_id.value}`
      warning('slave.cpp:6061', `Ignoring status update ${shown(update)} ${words}`)
      this.#acknowledge(update, from)
      return
    }
    this.#parts.counters.validUpdates.add()
    const drained = this.draining && isTerminal(status.state) && status.state !== 'TASK_FINISHED'
    this.#take(executor, drained ? { ...update, status: { ...status, reason: 'REASON_SLAVE_DRAINING' } } : update)
    this.#acknowledge(update, from)
  }

  /** The agent itself knows what became of a task. */
  ours(executor: Executor, taskId: string, state: TaskState, reason: string, message: string): void {
    this.#take(executor, ourUpdate(executor.path, taskId, state, reason, message))
  }

  /** A task that is not taken at all: its end is told like any other, and `told` is called when it was heard. */
  refuse(
    { slaveId, frameworkId, taskId }: Pick<RunPath, 'slaveId' | 'frameworkId'> & { readonly taskId: string },
    state: TaskState,
    reason: string,
    message: string,
    told: () => void,
  ): void {
    this.#parts.updates.open(frameworkId, taskId, () => undefined, told)
    this.#parts.updates.add(ourUpdate({ slaveId, frameworkId }, taskId, state, reason, message))
  }

  #take(executor: Executor, update: Update): void {
    const taskId = update.status.task_id.value
    const status = this.#detailed(executor, update.status)
    if (this.#parts.updates.add({ ...update, status }) !== 'new') return
    const task = executor.tasks.get(taskId)
    if (task === undefined) return
    executor.tasks.set(taskId, withStatus(task, status))
    if (isTerminal(status.state)) this.#parts.counters.ended[status.state]?.add()
  }

  #detailed(executor: Executor, status: TaskStatus): TaskStatus {
    const { ip } = this.#parts.process
    return {
      ...status,
      container_status: {
        container_id: { value: executor.path.containerId },
        network_infos: [{ ip_addresses: [{ protocol: 'IPv4', ip_address: ip }] }],
      },
    }
  }

  #acknowledge(update: Update, to: Pid): void {
    info('slave.cpp:6449', `Sending acknowledgement for status update ${shown(update)} to ${formatPid(to)}`)
    const body: StatusUpdateAcknowledgement = {
      slave_id: update.slave_id,
      framework_id: update.framework_id,
      task_id: update.status.task_id,
      uuid: update.uuid,
    }
    this.#parts.process.send('slave(1)', to, 'mesos.internal.StatusUpdateAcknowledgementMessage', body)
  }

  /** The framework has heard of it. */
  #acknowledged(executor: Executor, update: Update): void {
    if (!isTerminal(update.status.state)) return
    this.#complete(executor, update.status.task_id.value)
    const framework = this.#parts.frameworks.running.get(executor.path.frameworkId)
    if (framework !== undefined) this.#parts.frameworks.removeIfDone(framework, executor)
  }

  #complete(executor: Executor, taskId: string): void {
    const task = executor.tasks.get(taskId)
    if (task !== undefined) executor.completedTasks.push(task)
    executor.tasks.delete(taskId)
  }
}

function ourUpdate(
  path: Pick<RunPath, 'slaveId' | 'frameworkId'> & Partial<RunPath>,
  taskId: string,
  state: TaskState,
  reason: string,
  message: string,
): Update {
  const uuid = newUuid()
  const timestamp = Date.now() / 1000
  return {
    framework_id: { value: path.frameworkId },
    slave_id: { value: path.slaveId },
    ...(path.executorId === undefined ? {} : { executor_id: { value: path.executorId } }),
    status: { task_id: { value: taskId }, state, source: 'SOURCE_AGENT', reason, message, timestamp, uuid },
    timestamp,
    uuid,
  }
}

/** `TASK_RUNNING (Status UUID: …) for task long of framework …-0000`. */
export function shown(update: Update): string {
  const { status, framework_id } = update
  const task = `for task ${status.task_id.value} of framework ${framework_id.value}`
  return `${status.state} (Status UUID: ${uuidText(update.uuid)}) ${task}`
}
