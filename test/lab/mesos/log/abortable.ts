/** A promise that also rejects, with its reason, once `signal` is aborted. */
export async function abortable<T>(signal: AbortSignal, begin: (resolve: (value: T) => void) => void): Promise<T> {
  signal.throwIfAborted()
  let stop = (): void => undefined
  try {
    return await new Promise<T>((resolve, reject) => {
      stop = () => reject(signal.reason)
      signal.addEventListener('abort', stop, { once: true })
      begin(resolve)
    })
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

export class TimedOut extends Error {}

/** Runs `act` with a signal that is aborted, with `TimedOut` as its reason, after `ms` of `sleep`. */
export async function within<T>(
  ms: number,
  sleep: (ms: number, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController()
  const late = new AbortController()
  const watch = sleep(ms, over.signal).then(
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
