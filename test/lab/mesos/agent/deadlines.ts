import type { Executor } from './model.ts'

/** One deadline for each executor: to register, or to end. */
export class Deadlines {
  readonly #timers = new Map<Executor, NodeJS.Timeout>()

  set(executor: Executor, ms: number, late: () => void): void {
    this.clear(executor)
    this.#timers.set(executor, setTimeout(late, ms))
  }

  clear(executor: Executor): void {
    clearTimeout(this.#timers.get(executor))
    this.#timers.delete(executor)
  }
}
