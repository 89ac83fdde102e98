import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'

/** Time and chance, so that tests can hold them. */
export interface Clock {
  /** Milliseconds, from any zero. */
  now(): number
  /** Rejects once `signal` is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** From 0 to less than 1. */
  random(): number
}

export const realClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
  random: () => Math.random(),
}

/** From `ms` to twice that: several who were refused at once should not come back at once. */
export function scattered(clock: Clock, ms: number): number {
  return ms * (1 + clock.random())
}
