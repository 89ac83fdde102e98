/** Ends with `late` when the promise takes longer. A promise that comes later is let go, its rejection swallowed. */
export async function within<T, L>(milliseconds: number, promise: Promise<T>, late: L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<L>((resolve) => {
    timer = setTimeout(resolve, milliseconds, late)
  })
  try {
    return await Promise.race([promise, deadline])
  } finally {
    clearTimeout(timer)
    promise.catch(() => {})
  }
}

/** Ends with `given` when the signal is aborted first. */
export async function unlessAborted<T, G>(signal: AbortSignal, promise: Promise<T>, given: G): Promise<T | G> {
  if (signal.aborted) {
    promise.catch(() => {})
    return given
  }
  let abort: () => void = () => {}
  const aborted = new Promise<G>((resolve) => {
    abort = () => resolve(given)
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
    promise.catch(() => {})
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
