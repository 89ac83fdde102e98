export interface Backoff {
  /** Milliseconds to wait before the next attempt for `key`; grows from call to call. */
  next(key: string): number
  reset(key: string): void
}

/** Doubles from `baseMs` to `maxMs`, each wait drawn from its upper half so that many keys do not come back at once. */
export function exponentialBackoff(baseMs: number, maxMs: number, random: () => number): Backoff {
  const failures = new Map<string, number>()
  return {
    next(key) {
      const count = failures.get(key) ?? 0
      failures.set(key, count + 1)
      const full = Math.min(maxMs, baseMs * 2 ** Math.min(count, 30))
      return full / 2 + (full / 2) * random()
    },
    reset: (key) => void failures.delete(key),
  }
}

/** `ms` ± `part`: so that what is done every so often does not fall into step. */
export function jitter(ms: number, part: number, random: () => number): number {
  return ms * (1 + part * (2 * random() - 1))
}

/** Resolves after `ms`, or at once when `signal` aborts: who sleeps looks at the signal afterwards. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}
