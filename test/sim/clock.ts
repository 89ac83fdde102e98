interface Timer {
  readonly at: number
  readonly order: number
  readonly run: () => void
  cancelled: boolean
}

/** Where a run starts: an ordinary moment, so that nothing rests on a round number. */
const beginning = Date.parse('2026-06-01T12:00:00Z')

/**
 * Time that passes only when nothing else is left to do. Events run one after the other, each with every promise that it
 * resolves brought to rest before the next: a run is the same however fast the machine is that it runs on.
 */
export class VirtualClock {
  now: number
  /** When the run began, ms since the epoch. */
  readonly begun: number
  #order = 0
  readonly #heap: Timer[] = []
  #restore: (() => void) | undefined

  /** `begun`: when, if not at the usual moment: after the time from which the machines' disks are. */
  constructor(begun = beginning) {
    this.now = begun
    this.begun = begun
  }

  /** Runs `run` in `ms`; what is returned takes it back. */
  after(ms: number, run: () => void): () => void {
    const timer: Timer = { at: this.now + Math.max(0, ms), order: this.#order++, run, cancelled: false }
    this.#push(timer)
    return () => {
      timer.cancelled = true
    }
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }

  /** Lets events happen until `until` (ms since the epoch), or until `done` says so after one of them. */
  async run(until: number, done: () => boolean = () => false): Promise<void> {
    await settled()
    for (;;) {
      const next = this.#heap[0]
      if (next === undefined || next.at > until) {
        this.now = Math.max(this.now, until)
        return
      }
      this.#pop()
      if (next.cancelled) continue
      this.now = Math.max(this.now, next.at)
      next.run()
      await settled()
      if (done()) return
    }
  }

  /** Makes the timers of the code under test virtual until `uninstall`. */
  install(): void {
    const { setTimeout, clearTimeout } = globalThis
    const timeout = AbortSignal.timeout.bind(AbortSignal)
    const any = AbortSignal.any.bind(AbortSignal)
    this.#restore = () => Object.assign(globalThis, { setTimeout, clearTimeout })
    const timers = new WeakMap<object, () => void>()
    const later = (run: () => void, ms = 0) => {
      const handle = { unref: () => handle, ref: () => handle }
      timers.set(handle, this.after(ms, run))
      return handle
    }
    const clear = (handle: unknown) => {
      if (typeof handle === 'object' && handle !== null) timers.get(handle)?.()
    }
    Object.assign(globalThis, { setTimeout: later, clearTimeout: clear })
    // A signal that nobody aborts: what takes too long here is ended by the simulated host itself.
    const never = new AbortController().signal
    Object.assign(AbortSignal, { timeout: () => never, any: ([first = never]: readonly AbortSignal[]) => first })
    const restore = this.#restore
    this.#restore = () => {
      restore()
      Object.assign(AbortSignal, { timeout, any })
    }
  }

  uninstall(): void {
    this.#restore?.()
    this.#restore = undefined
  }

  #push(timer: Timer): void {
    const heap = this.#heap
    heap.push(timer)
    let at = heap.length - 1
    while (at > 0) {
      const up = (at - 1) >> 1
      if (!isEarlier(heap[at], heap[up])) return
      swap(heap, at, up)
      at = up
    }
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (heap.length === 0 || last === undefined) return
    heap[0] = last
    for (let at = 0; ; ) {
      const left = 2 * at + 1
      const right = left + 1
      const least = right < heap.length && isEarlier(heap[right], heap[left]) ? right : left
      if (least >= heap.length || !isEarlier(heap[least], heap[at])) return
      swap(heap, at, least)
      at = least
    }
  }
}

function isEarlier(a: Timer | undefined, b: Timer | undefined): boolean {
  if (a === undefined || b === undefined) return false
  return a.at === b.at ? a.order < b.order : a.at < b.at
}

function swap(heap: Timer[], a: number, b: number): void {
  const [one, other] = [heap[a], heap[b]]
  if (one === undefined || other === undefined) return
  heap[a] = other
  heap[b] = one
}

const immediately = setImmediate

/** Resolves when every promise that can resolve by itself has: setImmediate comes after all microtasks. */
function settled(): Promise<void> {
  return new Promise((resolve) => immediately(resolve))
}
