import type { Canary } from '../model/canary.ts'
import type { CanaryRunner, HostTarget } from '../model/engine.ts'
import type { Expansion } from '../model/kind.ts'

export interface CanaryTiming {
  /** Between two writes that succeed. */
  readonly everyMs: number
  /** After one that failed. */
  readonly retryMs: number
  readonly deadlineMs: number
}

/** `none`: the kind has no canary. */
export type CanaryState =
  | { readonly state: 'none' }
  | { readonly state: 'pending' }
  | { readonly state: 'ok' }
  | { readonly state: 'failed'; readonly detail: string }

export interface CanaryTry {
  readonly target: HostTarget
  readonly address: string
  /** The cluster's hosts by name, as far as they can be tried. */
  readonly others: Readonly<Record<string, HostTarget>>
}

interface Entry {
  healthy: boolean
  running: boolean
  turn: number
  /** Monotonic ms of the last result; undefined: none since the cluster became healthy. */
  at?: number
  result?: { readonly ok: boolean; readonly detail: string }
}

/**
 * Small writes that prove that a cluster works, beside the passes: when it becomes healthy, then every `everyMs`, from
 * one member to the next; after a failure soon again. What a pass sees is the last result.
 */
export class Canaries {
  readonly #runner: CanaryRunner
  readonly #timing: CanaryTiming
  readonly #monotonic: () => number
  readonly #onResult: (key: string, ok: boolean, changed: boolean) => void
  readonly #entries = new Map<string, Entry>()

  constructor(
    runner: CanaryRunner,
    timing: CanaryTiming,
    monotonic: () => number,
    /** Called after each try; `changed`: the state that a pass sees is another than before. */
    onResult: (key: string, ok: boolean, changed: boolean) => void,
  ) {
    this.#runner = runner
    this.#timing = timing
    this.#monotonic = monotonic
    this.#onResult = onResult
  }

  /**
   * Told in each pass how the cluster is, starts a try when one is due, and returns the state without waiting for it.
   * `tries`: one per member that serves; empty while the cluster is not healthy.
   */
  observe(key: string, expansion: Expansion, tries: readonly CanaryTry[], signal: AbortSignal): CanaryState {
    const { canary } = expansion
    if (canary === undefined) return { state: 'none' }
    const entry = this.#entries.get(key) ?? { healthy: false, running: false, turn: 0 }
    this.#entries.set(key, entry)
    const healthy = tries.length > 0
    // A cluster that comes back has to prove itself anew.
    if (healthy && !entry.healthy) {
      delete entry.at
      delete entry.result
    }
    entry.healthy = healthy
    const one = tries[entry.turn % Math.max(1, tries.length)]
    if (one !== undefined && !entry.running && this.#due(entry)) void this.#try(key, entry, canary, one, signal)
    return this.#stateOf(entry)
  }

  forget(key: string): void {
    this.#entries.delete(key)
  }

  /** ms until the next try is due; undefined: one is running or none is wanted. */
  dueIn(key: string): number | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || !entry.healthy || entry.running || entry.at === undefined) return undefined
    return Math.max(0, entry.at + this.#interval(entry) - this.#monotonic())
  }

  #stateOf(entry: Entry): CanaryState {
    const { at, result } = entry
    if (result === undefined || at === undefined) return { state: 'pending' }
    if (!result.ok) return { state: 'failed', detail: result.detail }
    // An old success proves nothing: it is let go when two writes in a row were missed.
    const oldest = 2 * this.#timing.everyMs + this.#timing.deadlineMs
    return this.#monotonic() - at > oldest ? { state: 'pending' } : { state: 'ok' }
  }

  #due(entry: Entry): boolean {
    return entry.at === undefined || this.#monotonic() - entry.at >= this.#interval(entry)
  }

  #interval(entry: Entry): number {
    return entry.result?.ok === false ? this.#timing.retryMs : this.#timing.everyMs
  }

  async #try(
    key: string,
    entry: Entry,
    canary: Canary,
    { target, address, others }: CanaryTry,
    signal: AbortSignal,
  ): Promise<void> {
    entry.running = true
    entry.turn++
    const before = this.#stateOf(entry).state
    let result: { readonly ok: boolean; readonly detail: string }
    try {
      const call = AbortSignal.any([signal, AbortSignal.timeout(this.#timing.deadlineMs)])
      const done = await this.#runner.run(canary, target, address, call, others)
      result = { ok: done.ok, detail: done.detail }
    } catch (error) {
      result = { ok: false, detail: `${target.name}: ${error instanceof Error ? error.message : String(error)}` }
    }
    entry.running = false
    if (signal.aborted || this.#entries.get(key) !== entry) return
    entry.at = this.#monotonic()
    entry.result = result
    this.#onResult(key, result.ok, this.#stateOf(entry).state !== before)
  }
}
