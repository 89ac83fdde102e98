import { abort, info, error as logError } from './log.ts'
import { Session } from './session.ts'
import type { ZkUrl } from './zk-url.ts'
import type { ZooKeeperClient } from './zookeeper/client.ts'
import {
  anyoneMay,
  creatorMay,
  ephemeralSequential,
  eventType,
  failure,
  persistent,
  ZooKeeperError,
} from './zookeeper/protocol.ts'

export { parseZkUrl, type ZkUrl } from './zk-url.ts'

export interface Membership {
  readonly id: number
  /** Settles once: the session ended, or the node went away, by `cancel` or by another hand. */
  readonly lost: Promise<'expired' | 'deleted'>
  cancel(): Promise<void>
}

export interface Member {
  readonly id: number
  /** Of the node, without the folder. */
  readonly name: string
  readonly data: Buffer
}

export interface GroupOptions {
  /** Before the ten digits: 'json.info_', or ''. */
  readonly prefix: string
  readonly sessionTimeoutMs: number
  /** Below the path of the URL: 'log_replicas'. */
  readonly subPath?: string
}

interface Joining {
  readonly data: Buffer
  resolve(membership: Membership): void
}

interface Owned {
  readonly path: string
  lose(how: 'expired' | 'deleted'): void
}

/**
 * Ephemeral sequential nodes below one path, by a ZooKeeper session of its own. Between a loss of connection and the
 * end of the session the last known membership stands (c-failures/20–25).
 */
export class Group {
  readonly path: string
  readonly #prefix: string
  readonly #authenticated: boolean
  readonly #session: Session
  #joining: Joining[] = []
  readonly #owned = new Map<number, Owned>()
  readonly #watchers: ((ids: readonly number[] | undefined) => void)[] = []
  #ids: readonly number[] | undefined
  #refreshing = Promise.resolve()
  #fail: (words: string) => void = () => undefined
  /** Settles with the words of an error after which the group is of no more use (c-failures/16). */
  readonly failed = new Promise<string>((resolve) => {
    this.#fail = resolve
  })

  constructor(url: ZkUrl, { prefix, sessionTimeoutMs, subPath }: GroupOptions) {
    this.path = subPath === undefined ? url.path : `${url.path}/${subPath}`
    this.#prefix = prefix
    this.#authenticated = url.auth !== undefined
    this.#session = new Session(url, sessionTimeoutMs, {
      connected: (client) => void this.#sync(client),
      expired: () => this.#expired(),
      watched: (type) => this.#watched(type),
    })
  }

  /** Settles when the node is there, however long that takes. */
  join(data: Buffer): Promise<Membership> {
    const { promise, resolve } = Promise.withResolvers<Membership>()
    this.#joining.push({ data, resolve })
    const { client } = this.#session
    if (client !== undefined) void this.#sync(client)
    return promise
  }

  /** The ids from the lowest, at each change; undefined when the session has ended and no new one stands yet. */
  watchIds(changed: (ids: readonly number[] | undefined) => void): void {
    this.#watchers.push(changed)
    if (this.#ids !== undefined) changed(this.#ids)
  }

  /** As `watchIds`, with what each member says. A change is told when the data of all its members has been read. */
  watch(changed: (members: readonly Member[] | undefined) => void): void {
    let turn = 0
    this.watchIds((ids) => {
      turn += 1
      const mine = turn
      if (ids === undefined) changed(undefined)
      else {
        void this.#members(ids).then((members) => {
          if (mine === turn && members !== undefined) changed(members)
        })
      }
    })
  }

  /** Undefined for a member that is not there any more, or while ZooKeeper cannot be asked. */
  async get(id: number): Promise<Buffer | undefined> {
    const path = `${this.path}/${this.nameOf(id)}`
    info('group.cpp:700', `Trying to get '${path}' in ZooKeeper`)
    try {
      return await this.#session.client?.data(path)
    } catch {
      return undefined
    }
  }

  nameOf(id: number): string {
    return `${this.#prefix}${String(id).padStart(10, '0')}`
  }

  /** Ends the session: the own nodes go at once. A Mesos that is killed does not get that far. */
  close(): Promise<void> {
    this.#session.close()
    return Promise.resolve()
  }

  async #members(ids: readonly number[]): Promise<readonly Member[] | undefined> {
    const members: Member[] = []
    for (const id of ids) {
      const data = await this.get(id)
      // Gone meanwhile: the change that took it away is on its way.
      if (data === undefined) return undefined
      members.push({ id, name: this.nameOf(id), data })
    }
    return members
  }

  #expired(): void {
    const owned = [...this.#owned.values()]
    this.#owned.clear()
    this.#tell(undefined)
    for (const each of owned) each.lose('expired')
  }

  #watched(type: number): void {
    // The path itself went: Mesos takes that for impossible (c-failures/16).
    if (type === eventType.deleted) abort('group.cpp:593', 'Unexpected ZooKeeper event')
    void this.#refresh()
  }

  /** What waited for a connection. */
  async #sync(client: ZooKeeperClient): Promise<void> {
    const queue = `(joins, cancels, datas) = (${this.#joining.length}, 0, 0)`
    info('group.cpp:831', `Syncing group operations: queue size ${queue}`)
    await this.#attempt(`create path '${this.path}'`, client, async () => {
      info('group.cpp:419', `Trying to create path '${this.path}' in ZooKeeper`)
      await this.#makePath(client)
      while (this.#joining[0] !== undefined) await this.#joinNow(client, this.#joining[0])
    })
    await this.#refresh()
  }

  async #makePath(client: ZooKeeperClient): Promise<void> {
    const parts = this.path.split('/').filter((part) => part !== '')
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const path = `/${parts.slice(0, depth).join('/')}`
      try {
        await client.create(path, Buffer.alloc(0), this.#acl(), persistent)
      } catch (error) {
        if (!(error instanceof ZooKeeperError) || error.code !== failure.nodeExists) throw error
      }
    }
  }

  async #joinNow(client: ZooKeeperClient, joining: Joining): Promise<void> {
    this.#joining = this.#joining.filter((each) => each !== joining)
    try {
      const path = await client.create(`${this.path}/${this.#prefix}`, joining.data, this.#acl(), ephemeralSequential)
      const id = Number(path.slice(-10))
      const { promise: lost, resolve: lose } = Promise.withResolvers<'expired' | 'deleted'>()
      this.#owned.set(id, { path, lose })
      joining.resolve({ id, lost, cancel: () => this.#cancel(id, path) })
    } catch (error) {
      this.#joining.unshift(joining)
      throw error
    }
  }

  async #cancel(id: number, path: string): Promise<void> {
    const owned = this.#owned.get(id)
    this.#owned.delete(id)
    if (owned === undefined) return
    await this.#attempt(`remove '${path}'`, this.#session.client, (client) => client.delete(path))
    owned.lose('deleted')
  }

  /** One at a time: an older answer must not overtake a newer one. */
  #refresh(): Promise<void> {
    this.#refreshing = this.#refreshing.then(() =>
      this.#attempt(`get children of '${this.path}'`, this.#session.client, async (client) => {
        const names = await client.childrenWatched(this.path)
        if (client === this.#session.client) this.#tell(this.#idsOf(names))
      }),
    )
    return this.#refreshing
  }

  #idsOf(names: readonly string[]): number[] {
    const ids = names.flatMap((name) => {
      const digits = name.slice(this.#prefix.length)
      return name.startsWith(this.#prefix) && /^\d{10}$/.test(digits) ? [Number(digits)] : []
    })
    return ids.sort((a, b) => a - b)
  }

  #tell(ids: readonly number[] | undefined): void {
    if (ids?.join() === this.#ids?.join() && (ids === undefined) === (this.#ids === undefined)) return
    this.#ids = ids
    for (const [id, owned] of this.#owned) {
      if (ids === undefined || ids.includes(id)) continue
      this.#owned.delete(id)
      owned.lose('deleted')
    }
    for (const watcher of this.#watchers) watcher(ids)
  }

  /** A lost connection is no failure: all is done again at the next one. */
  async #attempt(
    what: string,
    client: ZooKeeperClient | undefined,
    work: (client: ZooKeeperClient) => Promise<void>,
  ): Promise<void> {
    if (client === undefined) return
    try {
      await work(client)
    } catch (error) {
      if (!(error instanceof ZooKeeperError)) throw error
      if (error.code === failure.connectionLoss || error.code === failure.sessionExpired) return
      if (what.startsWith('remove') && error.code === failure.noNode) return
      const words = `Non-retryable error attempting to ${what} in ZooKeeper: ${error.message}`
      logError('group.cpp:961', `Group aborting: ${words}`)
      await this.close()
      this.#fail(words)
    }
  }

  #acl() {
    return this.#authenticated ? creatorMay : anyoneMay
  }
}
