import { lookup } from 'node:dns/promises'
import { info, warning } from './log.ts'
import { announcedAddress } from './self.ts'
import type { ZkUrl } from './zk-url.ts'
import { ZooKeeperClient } from './zookeeper/client.ts'

export interface SessionEvents {
  /** There is a connection: the first one of a session, or one after a loss. */
  connected(client: ZooKeeperClient): void
  /** The session has ended; the next one is being sought already. */
  expired(): void
  watched(type: number): void
}

let groups = 0

/**
 * A session with ZooKeeper, for ever: one that could not be resumed for as long as it may live is given up, and a new
 * one is sought (c-failures/20–25). Leaves the log lines of Mesos' groups.
 */
export class Session {
  readonly #url: ZkUrl
  readonly #timeoutMs: number
  readonly #events: SessionEvents
  readonly #number = ++groups
  #client: ZooKeeperClient | undefined
  #connected = false
  #closed = false
  #deadline: NodeJS.Timeout | undefined

  constructor(url: ZkUrl, timeoutMs: number, events: SessionEvents) {
    this.#url = url
    this.#timeoutMs = timeoutMs
    this.#events = events
    void this.#begin()
  }

  /** Undefined while there is no connection. */
  get client(): ZooKeeperClient | undefined {
    return this.#connected ? this.#client : undefined
  }

  /** Ends the session: its nodes go at once. A Mesos that is killed does not get that far. */
  close(): void {
    this.#closed = true
    this.#connected = false
    clearTimeout(this.#deadline)
    this.#client?.close()
  }

  async #begin(): Promise<void> {
    // The C client cannot even begin while a name does not resolve (c-failures/24).
    while (!this.#closed && !(await resolvable(this.#url.servers))) {
      warning('zookeeper.cpp:124', 'zookeeper_init failed: No such file or directory ; retrying in 1 second')
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
    if (this.#closed) return
    this.#awaitConnection()
    const client: ZooKeeperClient = new ZooKeeperClient(this.#url.servers, this.#timeoutMs, this.#url.auth, {
      connected: (again) => this.#onConnected(client, again),
      connecting: () => this.#onLost(),
      expired: () => this.#onExpired(),
      watched: (type) => this.#events.watched(type),
    })
    this.#client = client
  }

  #awaitConnection(): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => {
      const session = `(sessionId=${this.#client?.sessionId ?? '0'})`
      const words = `Timed out waiting to connect to ZooKeeper. Forcing ZooKeeper session ${session} expiration`
      warning('group.cpp:495', words)
      this.#onExpired()
    }, this.#timeoutMs)
  }

  #onConnected(client: ZooKeeperClient, again: boolean): void {
    const { ip, port } = announcedAddress()
    const name = `zookeeper-group(${this.#number})@${ip}:${port}`
    info('group.cpp:341', `Group process (${name}) ${again ? 'reconnected' : 'connected'} to ZooKeeper`)
    clearTimeout(this.#deadline)
    this.#connected = true
    this.#events.connected(client)
  }

  #onLost(): void {
    info('group.cpp:452', 'Lost connection to ZooKeeper, attempting to reconnect ...')
    this.#connected = false
    this.#awaitConnection()
  }

  #onExpired(): void {
    info('group.cpp:511', 'ZooKeeper session expired')
    this.#client?.abandon()
    this.#client = undefined
    this.#connected = false
    clearTimeout(this.#deadline)
    this.#events.expired()
    void this.#begin()
  }
}

async function resolvable(servers: string): Promise<boolean> {
  const hosts = servers.split(',').map((server) => server.slice(0, server.lastIndexOf(':')))
  const found = await Promise.allSettled(hosts.map((host) => lookup(host)))
  return found.some(({ status }) => status === 'fulfilled')
}
