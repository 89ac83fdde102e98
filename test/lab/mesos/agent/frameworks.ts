import { info } from '../common/log.ts'
import { formatPid } from '../common/pid.ts'
import type { ExecutorInfo, FrameworkInfo, Task } from '../shapes.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { Gc } from './gc.ts'
import { type Executor, executorsOf, type Framework, named } from './model.ts'
import { executorFolder, frameworkFolder, metaOf, runFolder } from './paths.ts'
import type { StatusUpdates } from './updates.ts'

const maxCompletedFrameworks = 50

/** The frameworks of an agent, and how they and their executors leave it. */
export class Frameworks {
  readonly running = new Map<string, Framework>()
  /** Oldest first. */
  readonly completed: Framework[] = []
  readonly #workDirectory: string
  readonly #maxCompletedExecutors: number
  readonly #checkpoint: Checkpoint
  readonly #updates: StatusUpdates
  readonly #gc: Gc
  readonly #emptied: () => void

  /** `emptied` is called each time that the last framework has gone. */
  constructor(
    settings: { readonly workDirectory: string; readonly maxCompletedExecutors: number },
    parts: { readonly checkpoint: Checkpoint; readonly updates: StatusUpdates; readonly gc: Gc },
    emptied: () => void,
  ) {
    this.#workDirectory = settings.workDirectory
    this.#maxCompletedExecutors = settings.maxCompletedExecutors
    this.#checkpoint = parts.checkpoint
    this.#updates = parts.updates
    this.#gc = parts.gc
    this.#emptied = emptied
  }

  executor(frameworkId: string, executorId: string): Executor | undefined {
    return this.running.get(frameworkId)?.executors.get(executorId)
  }

  executors(): readonly Executor[] {
    return executorsOf(this.running.values())
  }

  /** The framework under that id, new if it was not here. */
  ensure(id: string, info: FrameworkInfo): Framework {
    const known = this.running.get(id)
    if (known !== undefined) return known
    const framework: Framework = { id, info, terminating: false, executors: new Map(), completed: [] }
    this.running.set(id, framework)
    return framework
  }

  /** What an agent that registers again says that it has. */
  report(): {
    readonly tasks: readonly Task[]
    readonly executor_infos: readonly ExecutorInfo[]
    readonly frameworks: readonly FrameworkInfo[]
  } {
    const executors = this.executors()
    return {
      tasks: executors.flatMap((executor) => [...executor.tasks.values()].map((task) => this.#withPending(task))),
      // Those of command tasks are the agent's own affair.
      executor_infos: [],
      frameworks: [...this.running.values()].map(({ info }) => info),
    }
  }

  /** Lets go of an executor that has ended and of whose tasks every end is acknowledged or counts no more. */
  removeIfDone(framework: Framework, executor: Executor): void {
    const waits = !framework.terminating && executor.tasks.size > 0
    if (executor.state !== 'TERMINATED' || waits || !framework.executors.has(executor.path.executorId)) return
    const at = executor.pid === undefined ? '' : ` at ${formatPid(executor.pid)}`
    info('slave.cpp:7229', `Cleaning up executor ${named(executor)}${at}`)
    if (executor.checkpoint) this.#checkpoint.sentinel(executor.path)
    for (const root of this.#roots(executor.checkpoint)) {
      this.#gc.schedule(runFolder(root, executor.path))
      this.#gc.schedule(executorFolder(root, executor.path))
    }
    framework.executors.delete(executor.path.executorId)
    for (const task of executor.tasks.values()) executor.completedTasks.push(task)
    executor.tasks.clear()
    framework.completed.push(executor)
    if (framework.completed.length > this.#maxCompletedExecutors) framework.completed.shift()
    this.removeIfEmpty(framework, executor.path.slaveId)
  }

  removeIfEmpty(framework: Framework, slaveId: string): void {
    if (framework.executors.size > 0 || this.running.get(framework.id) !== framework) return
    info('slave.cpp:7358', `Cleaning up framework ${framework.id}`)
    this.#updates.closeAll(framework.id)
    for (const root of this.#roots(framework.info.checkpoint === true)) {
      this.#gc.schedule(frameworkFolder(root, { slaveId, frameworkId: framework.id }))
    }
    this.running.delete(framework.id)
    this.completed.push(framework)
    if (this.completed.length > maxCompletedFrameworks) this.completed.shift()
    if (this.running.size === 0) this.#emptied()
  }

  /** The folders of a framework that is back are in use again. */
  keep(executor: Executor): void {
    for (const root of this.#roots(true)) {
      this.#gc.unschedule(executorFolder(root, executor.path))
      this.#gc.unschedule(frameworkFolder(root, executor.path))
    }
  }

  #withPending(task: Task): Task {
    const pending = this.#updates.pending(task.framework_id.value, task.task_id.value)
    const [first] = pending
    if (first === undefined) return task
    return { ...task, status_update_state: first.status.state, status_update_uuid: first.uuid }
  }

  #roots(checkpoint: boolean): readonly string[] {
    return checkpoint ? [this.#workDirectory, metaOf(this.#workDirectory)] : [this.#workDirectory]
  }
}
