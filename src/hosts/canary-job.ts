/** What a canary's thread is told. */
export interface CanaryJob {
  /** Of the tunnel, on 127.0.0.1. */
  readonly port: number
  readonly path: string
  readonly value: string
  /** For connecting, and for each call, ms. */
  readonly callMs: number
}

/** What came through the door of the thread, with its types again. */
export function parseJob(data: unknown): CanaryJob {
  const { port, path, value, callMs } = data as Partial<CanaryJob>
  if (typeof port === 'number' && typeof path === 'string' && typeof value === 'string' && typeof callMs === 'number') {
    return { port, path, value, callMs }
  }
  throw new Error('the canary was not told what to do')
}
