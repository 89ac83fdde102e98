// A client that writes to ZooKeeper all the time, as an application would, and knows how long it had to wait.
import { Worker } from 'node:worker_threads'

export interface Writer {
  /** Longest time between two acknowledged writes since the last call, ms, and how many there were. */
  lap(): { readonly longestMs: number; readonly writes: number }
  stop(): Promise<void>
}

/**
 * Writes one node about twenty times a second through one server, and goes to the next one when there is no answer for a
 * second: the library by itself may hang for minutes on an address that is off. Each connection has a thread of its own,
 * since the library may throw out of its socket handler (src/hosts/canary.ts), which ends that thread and no more.
 */
export function startWriter(connect: string): Writer {
  const servers = connect.split(',')
  let last = Date.now()
  let longest = 0
  let writes = 0
  let stopped = false
  let thread = join(0)

  function join(at: number): Worker {
    const worker = new Worker(new URL('./writer-worker.ts', import.meta.url), { workerData: servers[at] })
    worker.on('message', (acknowledgedAt: number) => {
      longest = Math.max(longest, acknowledgedAt - last)
      last = acknowledgedAt
      writes++
    })
    worker.on('error', (error: unknown) => console.log(`the writer's library failed: ${String(error)}`))
    worker.on('exit', () => {
      if (!stopped) thread = join((at + 1) % servers.length)
    })
    return worker
  }

  return {
    lap() {
      const lap = { longestMs: Math.max(longest, Date.now() - last), writes }
      longest = 0
      writes = 0
      return lap
    },
    async stop() {
      stopped = true
      await thread.terminate()
    },
  }
}
