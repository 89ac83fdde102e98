import type { Clock } from './clock.ts'

export class TimedOut extends Error {}

/** Runs `act` with a signal that is aborted after `ms`, with `TimedOut` as its reason. */
export async function within<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController()
  const late = new AbortController()
  const watch = clock.sleep(ms, over.signal).then(
    () => late.abort(new TimedOut(`${ms} ms are over`)),
    () => undefined,
  )
  try {
    return await act(AbortSignal.any([signal, late.signal]))
  } finally {
    over.abort()
    await watch
  }
}
