/** A promise that also rejects, with its reason, once `signal` is aborted. */
export async function abortable<T>(signal: AbortSignal, begin: (resolve: (value: T) => void) => void): Promise<T> {
  signal.throwIfAborted()
  let stop = (): void => undefined
  try {
    return await new Promise<T>((resolve, reject) => {
      stop = () => reject(reasonOf(signal))
      signal.addEventListener('abort', stop, { once: true })
      begin(resolve)
    })
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Why `signal` was aborted. */
export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('Aborted')
}
