// A client that writes to ZooKeeper all the time, as an application would, and knows how long it had to wait.
import { setTimeout as sleep } from 'node:timers/promises'
import zookeeper from 'node-zookeeper-client'

export interface Writer {
  /** Longest time between two acknowledged writes since the last call, ms, and how many there were. */
  lap(): { readonly longestMs: number; readonly writes: number }
  stop(): Promise<void>
}

/** Writes one node about twenty times a second; a lost connection is the client's to mend, and counts as waiting. */
export function startWriter(connect: string): Writer {
  const client = zookeeper.createClient(connect, { sessionTimeout: 20_000, spinDelay: 100, retries: 0 })
  client.connect()
  let last = Date.now()
  let longest = 0
  let writes = 0
  let stopped = false
  const call = (run: (done: (error: Error | null) => void) => void): Promise<Error | null> =>
    Promise.race([
      new Promise<Error | null>((resolve) => {
        run(resolve)
      }),
      sleep(3000).then(() => new Error('no answer in 3 s')),
    ])
  const loop = (async () => {
    let there = false
    while (!stopped) {
      if (!there) there = (await call((done) => client.mkdirp('/writer', done))) === null
      const failed = there ? await call((done) => client.setData('/writer', Buffer.from(String(writes)), done)) : true
      if (failed === null) {
        const now = Date.now()
        longest = Math.max(longest, now - last)
        last = now
        writes++
      }
      await sleep(50)
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
      await loop
      client.close()
    },
  }
}
