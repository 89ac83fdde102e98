import { info } from '../common/log.ts'
import type { DrainConfig } from '../shapes.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { Frameworks } from './frameworks.ts'
import type { Runner } from './runner.ts'
import type { TaskStates } from './task-states.ts'

interface Parts {
  readonly checkpoint: Checkpoint
  readonly frameworks: Frameworks
  readonly runner: Runner
  readonly states: TaskStates
}

/** The order to drain: no new tasks, an end to those that run, and the order is over when nothing is left (c-failures/54). */
export class Draining {
  readonly #parts: Parts
  #order: { readonly config: DrainConfig; readonly since: number } | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** `since` in seconds since 1970. */
  get order(): { readonly config: DrainConfig; readonly since: number } | undefined {
    return this.#order
  }

  start(slaveId: string, config: DrainConfig): void {
    const received = `Received DrainConfig ${JSON.stringify(config)}`
    if (this.#parts.frameworks.running.size === 0) {
      const words = 'agent has no stored frameworks, tasks, or operations, so draining is already complete'
      info('slave.cpp:1082', `${received}; ${words}`)
      return
    }
    info('slave.cpp:1093', `${received}; killing all tasks`)
    this.#order = { config, since: Date.now() / 1000 }
    this.#parts.states.draining = true
    this.#parts.checkpoint.draining(slaveId, config)
    const grace = config.max_grace_period
    for (const executor of this.#parts.frameworks.executors()) {
      for (const task of executor.tasks.values()) {
        this.#parts.runner.kill({
          framework_id: task.framework_id,
          task_id: task.task_id,
          ...(grace === undefined ? {} : { kill_policy: { grace_period: grace } }),
        })
      }
    }
  }

  /** Called when no framework is left. */
  finish(slaveId: string): void {
    if (this.#order === undefined) return
    info('slave.cpp:1147', 'Agent finished draining')
    this.#order = undefined
    this.#parts.states.draining = false
    this.#parts.checkpoint.draining(slaveId, undefined)
  }
}
