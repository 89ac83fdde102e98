// A client that writes to ZooKeeper all the time, as an application would, and knows how long it had to wait.
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

export interface Writer {
  /** Longest time between two acknowledged writes since the last call, ms, and how many there were. */
  lap(): { readonly longestMs: number; readonly writes: number }
  stop(): Promise<void>
}

/**
 * Writes one node about twenty times a second through one server, and goes to the next one that listens when there is no
 * answer for a second: the library by itself may hang for minutes on an address that is off. Each connection has a thread of
 * its own, since the library may throw out of its socket handler (src/hosts/canary.ts), which ends that thread and no more.
 */
export function startWriter(servers: readonly string[]): Writer {
  let last = Date.now()
  let longest = 0
  let writes = 0
  let thread: Worker | undefined
  let stopped = false

  async function writeThrough(server: string): Promise<void> {
    const worker = new Worker(new URL('./writer-worker.ts', import.meta.url), { workerData: server })
    thread = worker
    worker.on('message', (acknowledgedAt: number) => {
      longest = Math.max(longest, acknowledgedAt - last)
      last = acknowledgedAt
      writes++
    })
    worker.on('error', (error: unknown) => console.log(`the writer's library failed: ${String(error)}`))
    await new Promise((resolve) => worker.once('exit', resolve))
  }

  const loop = (async () => {
    for (let at = 0; !stopped; at = (at + 1) % servers.length) {
      const server = servers[at] ?? ''
      if (!(await listens(server))) await sleep(20)
      else if (!stopped) await writeThrough(server)
    }
  })()
  return {
    lap() {
      const lap = { longestMs: Math.max(longest, Date.now() - last), writes }
      longest = 0
      writes = 0
      return lap
    },
    async stop() {
      stopped = true
      await thread?.terminate()
      await loop
    },
  }
}

function listens(server: string): Promise<boolean> {
  const [host, port] = server.split(':')
  const socket = connect({ host: host ?? '', port: Number(port), timeout: 300 })
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true))
    socket.once('timeout', () => resolve(false))
    socket.once('error', () => resolve(false))
  }).finally(() => socket.destroy())
}
