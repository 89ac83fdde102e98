import type { Libprocess } from './process.ts'
import { Timings } from './statistics.ts'
import { hostStatistics } from './system.ts'

/** Two answers a second for each process: whoever comes sooner waits (README of the recordings). */
const spacingMs = 500

/** The metrics of an OS process, served at `/metrics/snapshot`. */
export class Metrics {
  readonly #gauges = new Map<string, () => number | undefined>()
  readonly #timers = new Map<string, Timings>()
  #free = 0

  constructor(process: Libprocess, realm?: string) {
    for (const [name, key] of systemGauges) this.gauge(name, () => hostStatistics()[key])
    process.route('/metrics/snapshot', () => this.#paced(), realm)
  }

  /** A gauge that has no value now is left out. */
  gauge(name: string, value: () => number | undefined): void {
    this.#gauges.set(name, value)
  }

  counter(name: string): { add(n?: number): void; value(): number } {
    let count = 0
    this.gauge(name, () => count)
    return {
      add: (n = 1) => {
        count += n
      },
      value: () => count,
    }
  }

  timer(name: string): { record(ms: number): void } {
    const timings = new Timings()
    this.#timers.set(name, timings)
    return timings
  }

  /** In the order of the names. */
  snapshot(): Record<string, number> {
    const entries = [...this.#gauges].flatMap(([name, value]): [string, number][] => {
      const now = value()
      return now === undefined ? [] : [[name, now]]
    })
    for (const [name, timings] of this.#timers) entries.push(...Object.entries(timings.snapshot(name)))
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  async #paced() {
    const now = Date.now()
    const turn = Math.max(now, this.#free)
    this.#free = turn + spacingMs
    if (turn > now) await new Promise((resolve) => setTimeout(resolve, turn - now))
    return { status: 200, json: this.snapshot() }
  }
}

const systemGauges = [
  ['system/cpus_total', 'cpus_total'],
  ['system/load_15min', 'avg_load_15min'],
  ['system/load_1min', 'avg_load_1min'],
  ['system/load_5min', 'avg_load_5min'],
  ['system/mem_free_bytes', 'mem_free_bytes'],
  ['system/mem_total_bytes', 'mem_total_bytes'],
] as const
