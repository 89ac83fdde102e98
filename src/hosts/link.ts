import { createHash } from 'node:crypto'
import pLimit from 'p-limit'
import type { HostTarget } from '../model/engine.ts'
import { backoffMs } from './backoff.ts'
import type { Connected } from './connect.ts'
import { changedKey, connect } from './connect.ts'
import type { Connection } from './connection.ts'
import type { Exchange, ExchangeOptions, Session } from './session.ts'
import { openSession } from './session.ts'
import type { FleetSettings } from './settings.ts'
import type { Failure, FleetObserver } from './types.ts'
import { unlessAborted } from './waiting.ts'

export interface LinkSurroundings {
  readonly settings: FleetSettings
  /** ms since the epoch. */
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
  readonly observe: FleetObserver
}

export type Attempt = Exchange | (Failure & { readonly started: false })

/** Changes whenever anything that a connection depends on does. */
export function targetIdentity(target: HostTarget): string {
  const { address, port, user, privateKey, hostKeys, bastion } = target
  const through = bastion === undefined ? '' : targetIdentity(bastion)
  return createHash('sha256')
    .update(JSON.stringify([address, port, user, privateKey, hostKeys, through]))
    .digest('hex')
}

/**
 * The way to one host: at most one connection (made when needed, shared, its host's key looked at anew now and then), a few root sessions on it,
 * and the memory of failures, so that a dead host costs one attempt per back-off and everybody else is told at once.
 */
export class HostLink {
  readonly target: HostTarget
  readonly identity: string
  readonly #bastion: (() => HostLink) | undefined
  readonly #around: LinkSurroundings
  readonly #sessions: <T>(work: () => Promise<T>) => Promise<T>
  #connection: Connection | undefined
  #connecting: Promise<Connected> | undefined
  #idle: { readonly session: Session; readonly connection: Connection }[] = []
  readonly #users = new Map<Connection, number>()
  #keyCheckedAt = 0
  #failures = 0
  #retryAt = 0
  #lastFailure: Failure | undefined
  /** Why nothing is done any more; undefined as long as the link is in use. */
  #closed: string | undefined
  connects = 0
  roundTrips = 0
  lastError = ''
  lastUsed: number

  constructor(target: HostTarget, bastion: (() => HostLink) | undefined, around: LinkSurroundings) {
    this.target = target
    this.identity = targetIdentity(target)
    this.#bastion = bastion
    this.#around = around
    this.#sessions = pLimit(around.settings.sessionsPerHost)
    this.lastUsed = around.now()
  }

  get busy(): boolean {
    return this.#users.size > 0 || this.#connecting !== undefined
  }

  /** Holds a connection for the time of `use`: a retired one is closed when its last user is done. Never rejects unless `use` does. */
  async withConnection<T>(signal: AbortSignal, use: (connection: Connection) => Promise<T>): Promise<T | Failure> {
    this.lastUsed = this.#around.now()
    const given: Connected = this.#fail('ConnectionLost', 'given up before it was connected')
    const connected = await unlessAborted(signal, this.#ensure(), given)
    if (connected.state === 'failed') return connected
    const { connection } = connected
    this.hold(connection)
    try {
      return await use(connection)
    } finally {
      this.release(connection)
    }
  }

  hold(connection: Connection): void {
    this.#users.set(connection, (this.#users.get(connection) ?? 0) + 1)
  }

  release(connection: Connection): void {
    const left = (this.#users.get(connection) ?? 1) - 1
    if (left > 0) {
      this.#users.set(connection, left)
      return
    }
    this.#users.delete(connection)
    this.lastUsed = this.#around.now()
    if (connection !== this.#connection) connection.destroy('it was replaced')
  }

  /**
   * Runs a script in a root session. `fresh` opens a session of its own, which is closed afterwards.
   * `started: false` only when no byte of the script was sent.
   */
  async run(script: string, options: ExchangeOptions, fresh = false): Promise<Attempt> {
    const attempt = await this.#sessions(() =>
      this.withConnection(options.signal, async (connection): Promise<Attempt> => {
        const opening = this.#session(connection, fresh)
        const opened = await unlessAborted(options.signal, opening, undefined)
        if (opened === undefined) {
          void opening.then((late) => late.state === 'open' && late.session.close())
          return { ...this.#fail('ConnectionLost', 'given up before it was sent'), started: false }
        }
        if (opened.state === 'failed') return { ...this.#fail(opened.code, opened.why), started: false }
        const { session } = opened
        const exchange = await session.run(script, options)
        if (exchange.state === 'answered') this.roundTrips++
        else if (exchange.silent) connection.destroy(exchange.why)
        if (exchange.state === 'answered' && !fresh && connection === this.#connection) {
          this.#idle.push({ session, connection })
        } else {
          session.close()
        }
        return exchange
      }),
    )
    if (attempt.state === 'answered') this.lastError = ''
    else this.lastError = attempt.why
    return attempt.state === 'failed' ? { ...attempt, started: false } : attempt
  }

  /** Connects and opens a session if there is none, so that the next run is one round trip. Undefined: ready. */
  async prepare(signal: AbortSignal): Promise<Failure | undefined> {
    const ready = await this.withConnection(signal, async (connection): Promise<Failure | undefined> => {
      const opening = this.#session(connection, false)
      const opened = await unlessAborted(signal, opening, undefined)
      if (opened?.state === 'open') {
        this.#idle.push({ session: opened.session, connection })
        return undefined
      }
      void opening.then((late) => late.state === 'open' && late.session.close())
      return this.#fail(opened?.code ?? 'ConnectionLost', opened?.why ?? 'given up before it was sent')
    })
    if (ready !== undefined) this.lastError = ready.why
    return ready
  }

  close(): void {
    this.#closed = 'ironherd closed the connection'
    const all = new Set([...this.#users.keys(), ...(this.#connection === undefined ? [] : [this.#connection])])
    this.#connection = undefined
    this.#idle = []
    for (const connection of all) connection.destroy(this.#closed)
  }

  /** For a link whose target has changed: running work may end, nothing new begins. */
  replace(): void {
    this.#closed = 'how the host is reached was changed meanwhile'
    this.#retire()
  }

  /** Lets running work end on the old connection and closes it then. */
  #retire(): void {
    const old = this.#connection
    this.#connection = undefined
    this.#idle = []
    if (old !== undefined && !this.#users.has(old)) old.destroy('it was replaced')
  }

  #fail(code: Failure['code'], why: string): Failure {
    return { state: 'failed', code, why: `${this.target.name}: ${why}` }
  }

  async #session(connection: Connection, fresh: boolean): ReturnType<typeof openSession> {
    this.#idle = this.#idle.filter((idle) => idle.session.usable && idle.connection === this.#connection)
    const idle = fresh ? undefined : this.#idle.pop()
    if (idle !== undefined) return { state: 'open', session: idle.session }
    return openSession(connection, this.target.user, this.#around.settings)
  }

  async #ensure(): Promise<Connected> {
    const { now, settings } = this.#around
    if (this.#closed !== undefined) return this.#fail('ConnectionLost', this.#closed)
    if (this.#connection !== undefined && now() - this.#connection.openedAt > settings.renewMs) this.#retire()
    if (this.#connection !== undefined) {
      void this.#checkKey(this.#connection)
      return { state: 'open', connection: this.#connection }
    }
    if (this.#connecting !== undefined) return this.#connecting
    const wait = this.#retryAt - now()
    if (wait > 0 && this.#lastFailure !== undefined) return this.#lastFailure
    this.#connecting = this.#connect()
    try {
      return await this.#connecting
    } finally {
      this.#connecting = undefined
    }
  }

  /** In the background, so that a pass stays one round trip: another key ends the connection and whatever runs on it. */
  async #checkKey(connection: Connection): Promise<void> {
    const { now, observe, settings } = this.#around
    if (now() - this.#keyCheckedAt < settings.keyCheckMs) return
    this.#keyCheckedAt = now()
    const bastion = this.#bastion?.()
    const never = new AbortController().signal
    const changed =
      bastion === undefined
        ? await changedKey(this.target, undefined, settings)
        : await bastion.withConnection(never, (via) => changedKey(this.target, via, settings))
    if (changed?.code !== 'HostKeyChanged' || this.#connection !== connection) return
    observe.connectFailed?.(this.target.key, changed.code, changed.why)
    connection.destroy(changed.why)
  }

  async #connect(): Promise<Connected> {
    const { now, random, settings, observe } = this.#around
    const began = now()
    const connected = await this.#connectThrough()
    if (connected.state === 'failed') {
      this.#failures++
      this.#retryAt = now() + backoffMs(this.#failures, settings.backoffMs, settings.longestBackoffMs, random())
      this.#lastFailure = connected
      this.lastError = connected.why
      observe.connectFailed?.(this.target.key, connected.code, connected.why)
      return connected
    }
    const { connection } = connected
    if (this.#closed !== undefined) {
      connection.destroy(this.#closed)
      return this.#fail('ConnectionLost', this.#closed)
    }
    this.#failures = 0
    this.#lastFailure = undefined
    this.#connection = connection
    this.#keyCheckedAt = now()
    this.connects++
    observe.connected?.(this.target.key, now() - began)
    connection.onLost((why) => {
      // A connection that was retired on purpose is not a loss.
      if (this.#connection !== connection) return
      this.#connection = undefined
      this.lastError = `${this.target.name}: ${why}`
      observe.connectionLost?.(this.target.key, why)
    })
    return connected
  }

  /** A login beside the connection that is kept, which stays as it is. */
  async reach(signal: AbortSignal): Promise<Failure | undefined> {
    if (signal.aborted) return this.#fail('NotLooked', 'stopping')
    const connected = await this.#connectThrough()
    if (connected.state === 'failed') return connected
    connected.connection.destroy('it was only to be proven')
    return undefined
  }

  async #connectThrough(): Promise<Connected> {
    const { settings, now } = this.#around
    const bastion = this.#bastion?.()
    if (bastion === undefined) return connect(this.target, undefined, settings, now)
    const never = new AbortController().signal
    const through = await bastion.withConnection(never, async (via) => {
      const connected = await connect(this.target, via, settings, now)
      if (connected.state === 'open') {
        // The bastion's connection must outlive ours, also when it is renewed meanwhile.
        bastion.hold(via)
        connected.connection.onLost(() => bastion.release(via))
      }
      return connected
    })
    if (through.state === 'failed' && !through.why.startsWith(`${this.target.name}: `)) {
      return this.#fail(through.code, `its bastion ${through.why}`)
    }
    return through
  }
}
