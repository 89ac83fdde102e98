// A client that writes to ZooKeeper all the time, as an application would, and knows how long it had to wait.
import { setTimeout as sleep } from 'node:timers/promises'
import zookeeper from 'node-zookeeper-client'

export interface Writer {
  /** Longest time between two acknowledged writes since the last call, ms, and how many there were. */
  lap(): { readonly longestMs: number; readonly writes: number }
  stop(): Promise<void>
}

/**
 * Writes one node about twenty times a second through one server, and goes to the next one when there is no answer for a
 * second: the library by itself may hang for minutes on an address that is off.
 */
export function startWriter(connect: string): Writer {
  const servers = connect.split(',')
  let at = 0
  let client = join(servers, at)
  let last = Date.now()
  let longest = 0
  let writes = 0
  let stopped = false
  const call = (run: (done: (error: Error | null) => void) => void): Promise<Error | null> =>
    Promise.race([
      new Promise<Error | null>((resolve) => {
        run(resolve)
      }),
      sleep(1000).then(() => new Error('no answer in a second')),
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
      } else {
        client.close()
        at++
        client = join(servers, at)
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

function join(servers: readonly string[], at: number): ReturnType<typeof zookeeper.createClient> {
  const client = zookeeper.createClient(servers[at % servers.length] ?? '', { sessionTimeout: 20_000, spinDelay: 100 })
  client.connect()
  return client
}
