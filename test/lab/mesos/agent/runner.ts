import { randomUUID } from 'node:crypto'
import { info, warning } from '../common/log.ts'
import type { Libprocess } from '../common/process.ts'
import { formatDuration } from '../common/quantities.ts'
import type { KillTask, RunTask } from '../messages.ts'
import type { ExecutorInfo, FrameworkInfo, TaskInfo, TaskState } from '../shapes.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { Containers } from './containers.ts'
import type { Counters } from './counters.ts'
import { Deadlines } from './deadlines.ts'
import type { Frameworks } from './frameworks.ts'
import { type Executor, type Framework, named } from './model.ts'
import { ownerOf } from './owner.ts'
import type { RunPath } from './paths.ts'
import { createSandbox } from './sandbox.ts'
import type { TaskStates } from './task-states.ts'
import { executorResources, isTerminal, newTask } from './tasks.ts'

export interface RunnerSettings {
  readonly workDirectory: string
  readonly launcherDirectory: string
  readonly switchUser: boolean
  readonly registrationTimeoutMs: number
  readonly shutdownGraceMs: number
}

export interface RunnerParts {
  readonly process: Libprocess
  readonly checkpoint: Checkpoint
  readonly containers: Containers
  readonly frameworks: Frameworks
  readonly states: TaskStates
  readonly counters: Counters
}

/** Starts and ends tasks as the master says. */
export class Runner {
  readonly #settings: RunnerSettings
  readonly #parts: RunnerParts
  readonly #timers = new Deadlines()

  constructor(settings: RunnerSettings, parts: RunnerParts) {
    this.#settings = settings
    this.#parts = parts
  }

  /** `refusal` says why nothing new is taken now. */
  async run(slaveId: string, { framework, task }: RunTask, refusal: string | undefined): Promise<void> {
    const frameworkId = framework.id?.value ?? ''
    const taskId = task.task_id.value
    info('slave.cpp:2302', `Got assigned task '${taskId}' for framework ${frameworkId}`)
    const known = this.#parts.frameworks.ensure(frameworkId, framework)
    known.info = framework
    const executor = this.#newExecutor(slaveId, known, task)
    const unable = refusal ?? this.#unable(known, executor, task)
    if (unable !== undefined) {
      warning('slave.cpp:2337', `Ignoring task '${taskId}' of framework ${frameworkId}: ${unable}`)
      this.#refuse(known, slaveId, task, refusal === undefined ? 'TASK_ERROR' : dropped(framework), unable)
      return
    }
    this.#parts.frameworks.keep(executor)
    known.executors.set(executor.path.executorId, executor)
    this.#parts.states.open(executor, newTask(task, framework, frameworkId))
    await this.#launch(known, executor, task)
  }

  kill({ framework_id, task_id, kill_policy }: KillTask): void {
    const framework = this.#parts.frameworks.running.get(framework_id.value)
    const executor = [...(framework?.executors.values() ?? [])].find((each) => each.tasks.has(task_id.value))
    info('slave.cpp:4123', `Asked to kill task ${task_id.value} of framework ${framework_id.value}`)
    const task = executor?.tasks.get(task_id.value)
    if (framework === undefined || executor === undefined || task === undefined || isTerminal(task.state)) {
      warning('slave.cpp:4160', `Ignoring kill task ${task_id.value}: it is not running here`)
      return
    }
    if (executor.pid === undefined) {
      executor.queued = undefined
      const reason = 'REASON_TASK_KILLED_DURING_LAUNCH'
      this.#parts.states.ours(executor, task_id.value, 'TASK_KILLED', reason, 'Killed before delivery to the executor')
      this.#end(executor)
      return
    }
    const body: KillTask = { framework_id, task_id, ...(kill_policy === undefined ? {} : { kill_policy }) }
    this.#parts.process.send('slave(1)', executor.pid, 'mesos.internal.KillTaskMessage', body)
  }

  updateFramework(frameworkId: string, framework: FrameworkInfo): void {
    const known = this.#parts.frameworks.running.get(frameworkId)
    if (known === undefined) return
    info('slave.cpp:4467', `Updating info for framework ${frameworkId}`)
    known.info = framework
    const slaveId = [...known.executors.values()][0]?.path.slaveId
    if (framework.checkpoint === true && slaveId !== undefined) {
      this.#parts.checkpoint.framework(slaveId, framework, frameworkId)
    }
  }

  /** Its executors are asked to end, and are ended after the grace period. */
  shutdownFramework(frameworkId: string): void {
    const framework = this.#parts.frameworks.running.get(frameworkId)
    if (framework === undefined) return
    info('slave.cpp:4321', `Shutting down framework ${frameworkId}`)
    framework.terminating = true
    for (const executor of [...framework.executors.values()]) {
      if (executor.state === 'TERMINATED') this.#parts.frameworks.removeIfDone(framework, executor)
      else this.#shutdownExecutor(executor)
    }
  }

  /** The process of an executor has ended. */
  exited(executor: Executor, ending: string): void {
    const { frameworkId, executorId } = executor.path
    info('slave.cpp:7118', `Executor ${named(executor)} ${ending}`)
    this.#timers.clear(executor)
    executor.state = 'TERMINATED'
    this.#parts.counters.executorsTerminated.add()
    const framework = this.#parts.frameworks.running.get(frameworkId)
    if (framework?.executors.get(executorId) !== executor) return
    for (const [taskId, task] of executor.tasks) {
      if (isTerminal(task.state)) continue
      const message = `Abnormal executor termination: ${ending}`
      this.#parts.states.ours(executor, taskId, 'TASK_FAILED', 'REASON_COMMAND_EXECUTOR_FAILED', message)
    }
    this.#parts.frameworks.removeIfDone(framework, executor)
  }

  async #launch(framework: Framework, executor: Executor, task: TaskInfo): Promise<void> {
    try {
      const owner = ownerOf(task.command?.user ?? framework.info.user, this.#settings.switchUser)
      createSandbox(this.#settings.workDirectory, executor.path, owner)
      this.#timers.set(executor, this.#settings.registrationTimeoutMs, () => {
        const limit = formatDuration(this.#settings.registrationTimeoutMs)
        this.giveUp(executor, 'REASON_EXECUTOR_REGISTRATION_TIMEOUT', `Executor did not register within ${limit}`)
      })
      executor.forkedPid = await this.#parts.containers.launch(executor, task, owner)
      if (executor.checkpoint) this.#parts.checkpoint.forked(executor.path, executor.forkedPid)
      if (executor.state === 'TERMINATING') this.#parts.containers.destroy(executor)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#timers.clear(executor)
      this.#parts.counters.launchErrors.add()
      this.#failTask(executor, 'REASON_CONTAINER_LAUNCH_FAILED', `Failed to launch container: ${reason}`)
      executor.state = 'TERMINATED'
      this.#parts.frameworks.removeIfDone(framework, executor)
    }
  }

  /** Ends an executor that did not do what it had to, and its tasks with it. */
  giveUp(executor: Executor, reason: string, message: string): void {
    this.#failTask(executor, reason, message)
    this.#end(executor)
  }

  /** An executor that registered in time. */
  registered(executor: Executor): void {
    this.#timers.clear(executor)
  }

  #shutdownExecutor(executor: Executor): void {
    const at = executor.pid === undefined ? '' : ` at ${executor.pid.id}@${executor.pid.ip}:${executor.pid.port}`
    info('slave.cpp:7484', `Shutting down executor ${named(executor)}${at}`)
    executor.queued = undefined
    if (executor.pid === undefined) {
      this.#end(executor)
      return
    }
    executor.state = 'TERMINATING'
    this.#parts.process.send('slave(1)', executor.pid, 'mesos.internal.ShutdownExecutorMessage', {})
    this.#timers.set(executor, this.#settings.shutdownGraceMs, () => this.#end(executor))
  }

  /** By force. What is not started yet is ended as soon as it is. */
  #end(executor: Executor): void {
    executor.state = 'TERMINATING'
    if (executor.forkedPid !== undefined) this.#parts.containers.destroy(executor)
  }

  #failTask(executor: Executor, reason: string, message: string): void {
    for (const [taskId, task] of executor.tasks) {
      if (!isTerminal(task.state)) this.#parts.states.ours(executor, taskId, 'TASK_FAILED', reason, message)
    }
  }

  #unable(framework: Framework, executor: Executor, task: TaskInfo): string | undefined {
    if (framework.terminating) return 'the framework is terminating'
    if (framework.executors.has(executor.path.executorId)) return 'Task has duplicate ID'
    // No other executor than that of a command task is known here, and no container image either.
    if (task.executor !== undefined) return 'This agent runs command tasks only'
    if (imageOf(task.container)) {
      return 'None of the enabled containerizers (mesos) could create a container for the provided TaskInfo/ExecutorInfo message'
    }
    return undefined
  }

  #refuse(framework: Framework, slaveId: string, task: TaskInfo, state: TaskState, why: string): void {
    const reason = state === 'TASK_ERROR' ? 'REASON_TASK_INVALID' : 'REASON_SLAVE_DRAINING'
    const which = { slaveId, frameworkId: framework.id, taskId: task.task_id.value }
    this.#parts.states.refuse(which, state, reason, why, () => this.#parts.frameworks.removeIfEmpty(framework, slaveId))
  }

  #newExecutor(slaveId: string, framework: Framework, task: TaskInfo): Executor {
    const executorId = task.task_id.value
    const path: RunPath = { slaveId, frameworkId: framework.id, executorId, containerId: randomUUID() }
    return {
      path,
      info: commandExecutor(task, framework.id, this.#settings.launcherDirectory),
      directory: this.#parts.states.sandboxOf(path),
      checkpoint: framework.info.checkpoint === true,
      state: 'REGISTERING',
      pid: undefined,
      forkedPid: undefined,
      queued: task,
      tasks: new Map(),
      completedTasks: [],
    }
  }
}

/** What the agent makes of a command task (a-http/agent-with-running-task). */
export function commandExecutor(task: TaskInfo, frameworkId: string, launcherDirectory: string): ExecutorInfo {
  const { value = '', shell = true, arguments: words = [] } = task.command ?? {}
  const short = value.length > 15 ? `${value.slice(0, 12)}...` : value
  const shown = shell ? `sh -c '${short}'` : `[${[value, ...words].join(', ')}]`
  return {
    executor_id: task.task_id,
    framework_id: { value: frameworkId },
    command: { value: `${launcherDirectory}/mesos-executor`, shell: true },
    name: `Command Executor (Task: ${task.task_id.value}) (Command: ${shown})`,
    source: task.task_id.value,
    resources: executorResources(task.resources),
  }
}

/** What a framework that does not know of partitions hears in its place. */
function dropped(framework: FrameworkInfo): TaskState {
  const aware = (framework.capabilities ?? []).some(({ type }) => type === 'PARTITION_AWARE')
  return aware ? 'TASK_DROPPED' : 'TASK_LOST'
}

function imageOf(container: unknown): boolean {
  if (typeof container !== 'object' || container === null) return false
  return ('type' in container && container.type === 'DOCKER') || ('mesos' in container && imageIn(container.mesos))
}

function imageIn(mesos: unknown): boolean {
  return typeof mesos === 'object' && mesos !== null && 'image' in mesos
}
