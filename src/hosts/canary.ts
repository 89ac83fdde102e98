import { Worker } from 'node:worker_threads'
import type { CanaryRunner } from '../model/engine.ts'
import type { CanaryJob } from './canary-job.ts'
import type { Fleet } from './types.ts'
import { messageOf, unlessAborted, within } from './waiting.ts'

export interface CanarySettings {
  /** For connecting, and for each call, ms. */
  readonly callMs: number
}

/**
 * The proof that an ensemble works: one small value is written to one fixed path through a member, and read back. It
 * goes through the member's SSH connection, so it works behind bastions and firewalls. `now`: ms since the epoch; it is
 * the value, so that what is read back cannot be an older write. Never rejects.
 *
 * The client library works in a thread that is ended after each canary. Measured with 1.1.3: it throws out of its socket
 * handler, which would end ironherd, when a server that was frozen answers a client that is closing, or when an error
 * code is newer than the library; and a client that lost its server connects again for ever, closed or not.
 */
export function createCanaryRunner(
  fleet: Pick<Fleet, 'tunnel'>,
  now: () => number,
  settings: CanarySettings = { callMs: 4000 },
): CanaryRunner {
  return {
    async run(canary, target, address, signal) {
      const began = now()
      const place = `${target.name}: ${address}:${canary.port}`
      // Ends the tunnel whatever happens.
      const ended = new AbortController()
      const either = AbortSignal.any([signal, ended.signal])
      try {
        const tunnel = await fleet.tunnel(target, address, canary.port, either)
        const job: CanaryJob = {
          port: tunnel.port,
          path: canary.path,
          value: `ironherd ${began}`,
          callMs: settings.callMs,
        }
        const why = await inThread(job, either)
        const detail = why === '' ? `${canary.path} was written and read back` : why
        return { ok: why === '', detail: `${place}: ${detail}`, durationMs: now() - began }
      } catch (error) {
        const why = messageOf(error)
        const detail = why.startsWith(`${target.name}: `) ? why : `${place}: ${why}`
        return { ok: false, detail, durationMs: now() - began }
      } finally {
        ended.abort()
      }
    },
  }
}

/** Five calls at most, and a thread to start. */
const callsAtMost = 6

async function inThread(job: CanaryJob, signal: AbortSignal): Promise<string> {
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
    return await unlessAborted(signal, within(job.callMs * callsAtMost, answer, late), 'given up')
  } finally {
    await worker.terminate()
  }
}
