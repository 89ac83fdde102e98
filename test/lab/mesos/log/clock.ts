import { performance } from 'node:perf_hooks'
import { abortable } from './abortable.ts'

/** Time and chance, so that tests can hold them. */
export interface Clock {
  /** Milliseconds, from any zero. */
  now(): number
  /** Rejects, with its reason, once `signal` is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** From 0 to less than 1. */
  random(): number
}

export const realClock: Clock = {
  now: () => performance.now(),
  sleep,
  random: () => Math.random(),
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  try {
    await abortable<void>(signal, (resolve) => {
      timer = setTimeout(resolve, ms)
    })
  } finally {
    clearTimeout(timer)
  }
}

/** From `ms` to twice that: several who were refused at once should not come back at once. */
export function scattered(clock: Clock, ms: number): number {
  return ms * (1 + clock.random())
}
