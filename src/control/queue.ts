import type { Metrics } from '../telemetry/metrics.ts'
import type { Backoff } from './backoff.ts'

export interface QueueOptions {
  /** Value of the label `name` of the workqueue_* metrics. */
  readonly name: string
  readonly metrics: Metrics
  readonly backoff: Backoff
  /** ms, monotonic. */
  readonly now: () => number
}

/**
 * Keys that want a pass. A key waits at most once and is in at most one pass at a time: one that is added during its own
 * pass waits until that pass is done, so no change is lost and no two passes of one object meet. Those that were added at
 * once, since something changed, and those whose time has come are handed out in turn: a change does not wait until
 * everything has been looked at, and a storm of changes does not keep anybody from being looked at.
 */
export class WorkQueue {
  readonly #options: QueueOptions
  /** Keys to be handed out because something changed, in order of arrival, with the time at which they were added. */
  readonly #changed = new Map<string, number>()
  /** The same for keys whose time has come. None is in both. */
  readonly #due = new Map<string, number>()
  #dueNext = false
  /** Keys in a pass, with its start. */
  readonly #running = new Map<string, number>()
  /** Keys added while in a pass. */
  readonly #again = new Set<string>()
  readonly #timers = new Map<string, { readonly due: number; readonly timer: NodeJS.Timeout }>()
  readonly #takers: ((key: string | undefined) => void)[] = []
  #closed = false

  constructor(options: QueueOptions) {
    this.#options = options
  }

  add(key: string): void {
    if (this.#closed) return
    if (this.#running.has(key)) {
      if (!this.#again.has(key)) this.#count('workqueue_adds_total')
      this.#again.add(key)
      return
    }
    if (this.#changed.has(key)) return
    if (!this.#due.has(key)) this.#count('workqueue_adds_total')
    this.#enqueue(key, this.#changed)
  }

  /** Adds the key in `ms`; of several such calls the earliest holds. Forgotten when the key is handed out before. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return
    if (ms <= 0) {
      this.add(key)
      return
    }
    const due = this.#options.now() + ms
    const standing = this.#timers.get(key)
    if (standing !== undefined && standing.due <= due) return
    clearTimeout(standing?.timer)
    const timer = setTimeout(() => {
      this.#timers.delete(key)
      this.#comeDue(key)
    }, ms)
    this.#timers.set(key, { due, timer })
  }

  /** Adds the key after its back-off, which grows with each call until `forget`. */
  addRateLimited(key: string): void {
    this.#count('workqueue_retries_total')
    this.addAfter(key, this.#options.backoff.next(key))
  }

  /** The key's pass went well: its back-off starts anew. */
  forget(key: string): void {
    this.#options.backoff.reset(key)
  }

  /** The next key; waits for one. Undefined once the queue is closed. Each key must be given back with `done`. */
  async take(): Promise<string | undefined> {
    if (this.#closed) return undefined
    const [one, other] = this.#dueNext ? [this.#due, this.#changed] : [this.#changed, this.#due]
    const key = firstOf(one) ?? firstOf(other)
    if (key !== undefined) return this.#handOut(key)
    return new Promise((resolve) => this.#takers.push(resolve))
  }

  done(key: string): void {
    const started = this.#running.get(key)
    if (started === undefined) return
    this.#running.delete(key)
    this.#observe('workqueue_work_duration_seconds', this.#options.now() - started)
    if (this.#again.delete(key) && !this.#closed) this.#enqueue(key, this.#changed)
  }

  /** Hands out nothing more and wakes everybody who waits in `take`. Passes in progress are not touched. */
  close(): void {
    this.#closed = true
    for (const { timer } of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    this.#changed.clear()
    this.#due.clear()
    this.#again.clear()
    this.#depth()
    for (const taker of this.#takers.splice(0)) taker(undefined)
  }

  get running(): number {
    return this.#running.size
  }

  /** Refreshes the gauges of work in progress; called once a second. */
  measure(): void {
    const { name, metrics, now } = this.#options
    const ages = [...this.#running.values()].map((started) => (now() - started) / 1000)
    const sum = ages.reduce((total, age) => total + age, 0)
    metrics.set('workqueue_unfinished_work_seconds', { name }, sum)
    metrics.set('workqueue_longest_running_processor_seconds', { name }, Math.max(0, ...ages))
  }

  #comeDue(key: string): void {
    if (this.#running.has(key)) {
      this.add(key)
      return
    }
    if (this.#changed.has(key) || this.#due.has(key)) return
    this.#count('workqueue_adds_total')
    this.#enqueue(key, this.#due)
  }

  #enqueue(key: string, waiting: Map<string, number>): void {
    const added = this.#due.get(key)
    this.#due.delete(key)
    waiting.set(key, added ?? this.#options.now())
    this.#depth()
    const taker = this.#takers.shift()
    if (taker !== undefined) taker(this.#handOut(key))
  }

  #handOut(key: string): string {
    const { now } = this.#options
    const added = this.#changed.get(key) ?? this.#due.get(key) ?? now()
    this.#dueNext = this.#changed.delete(key)
    this.#due.delete(key)
    this.#running.set(key, now())
    // The pass that begins now sees what the delayed one was for.
    clearTimeout(this.#timers.get(key)?.timer)
    this.#timers.delete(key)
    this.#observe('workqueue_queue_duration_seconds', now() - added)
    this.#depth()
    return key
  }

  #depth(): void {
    this.#options.metrics.set('workqueue_depth', { name: this.#options.name }, this.#changed.size + this.#due.size)
  }

  #count(metric: 'workqueue_adds_total' | 'workqueue_retries_total'): void {
    this.#options.metrics.count(metric, { name: this.#options.name })
  }

  #observe(metric: 'workqueue_queue_duration_seconds' | 'workqueue_work_duration_seconds', ms: number): void {
    this.#options.metrics.observe(metric, { name: this.#options.name }, ms / 1000)
  }
}

function firstOf(waiting: ReadonlyMap<string, number>): string | undefined {
  return waiting.keys().next().value
}
