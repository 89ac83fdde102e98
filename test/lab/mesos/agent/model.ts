import type { Pid } from '../common/pid.ts'
import { sum } from '../master/resources.ts'
import type { ExecutorInfo, FrameworkInfo, Resource, Task, TaskInfo } from '../shapes.ts'
import type { RunPath } from './paths.ts'
import { isTerminal } from './tasks.ts'

/** What an agent knows of a framework that has or had tasks on it. */
export interface Framework {
  readonly id: string
  info: FrameworkInfo
  /** It was told to end: what its tasks say counts no more. */
  terminating: boolean
  readonly executors: Map<string, Executor>
  /** Oldest first; bounded by `--max_completed_executors_per_framework`. */
  readonly completed: Executor[]
}

export interface Executor {
  readonly path: RunPath
  readonly info: ExecutorInfo
  /** The sandbox. */
  readonly directory: string
  readonly checkpoint: boolean
  state: 'REGISTERING' | 'RUNNING' | 'TERMINATING' | 'TERMINATED'
  /** Where it gets messages; unknown until it registers. */
  pid: Pid | undefined
  /** The process; unknown until it is started. */
  forkedPid: number | undefined
  /** Handed over as soon as it registers. */
  queued: TaskInfo | undefined
  /** All whose end the framework has not acknowledged. */
  readonly tasks: Map<string, Task>
  readonly completedTasks: Task[]
}

/** Of the executor itself and of its tasks that have not ended. */
export function allocated(executor: Executor): readonly Resource[] {
  const tasks = [...executor.tasks.values()].filter((task) => !isTerminal(task.state)).map((task) => task.resources)
  const own = executor.state === 'TERMINATED' ? [] : [executor.info.resources ?? []]
  return sum([...own, ...tasks])
}

export function executorsOf(frameworks: Iterable<Framework>): readonly Executor[] {
  return [...frameworks].flatMap((framework) => [...framework.executors.values()])
}

/** `executor 'long' of framework 424b…-0000`, as log lines name it. */
export function named(executor: Executor): string {
  return `'${executor.path.executorId}' of framework ${executor.path.frameworkId}`
}
