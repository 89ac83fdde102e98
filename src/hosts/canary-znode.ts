import { Worker } from 'node:worker_threads'
import type { CanaryJob } from './canary-job.ts'
import { messageOf, unlessAborted, within } from './waiting.ts'

/** Five calls at most, and a thread to start. */
const callsAtMost = 6

/**
 * ZooKeeper's client library works in a thread that is ended after each canary. Measured with 1.1.3: it throws out of its
 * socket handler, which would end ironherd, when a server that was frozen answers a client that is closing, or when an error
 * code is newer than the library; and a client that lost its server connects again for ever, closed or not.
 */
export async function writeAndReadZnode(job: CanaryJob, signal: AbortSignal): Promise<void> {
  // The compiled program has a compiled thread beside it.
  const file = import.meta.url.endsWith('.ts') ? './canary-worker.ts' : './canary-worker.js'
  const worker = new Worker(new URL(file, import.meta.url), { workerData: job })
  try {
    const answer = new Promise<string>((resolve) => {
      worker.once('message', (message: unknown) => resolve(typeof message === 'string' ? message : 'no words'))
      worker.once('error', (error) => resolve(`the client library failed: ${messageOf(error)}`))
      worker.once('exit', () => resolve('the client library ended without an answer'))
    })
    const late = `no answer within ${(job.callMs * callsAtMost) / 1000} s`
    const why = await unlessAborted(signal, within(job.callMs * callsAtMost, answer, late), 'given up')
    if (why !== '') throw new Error(why)
  } finally {
    await worker.terminate()
  }
}
