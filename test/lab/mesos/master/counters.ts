import type { Metrics } from '../common/metrics.ts'

/** Counters by name; one that was not announced begins with its first count. */
export class Counters {
  readonly #metrics: Metrics
  readonly #known = new Map<string, { add(n?: number): void }>()

  constructor(metrics: Metrics, names: readonly string[]) {
    this.#metrics = metrics
    for (const name of names) this.#of(name)
  }

  add(name: string): void {
    this.#of(name).add()
  }

  #of(name: string): { add(n?: number): void } {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const counter = this.#metrics.counter(name)
    this.#known.set(name, counter)
    return counter
  }
}
