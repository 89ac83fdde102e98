import { connect, type Socket } from 'node:net'
import {
  type Acl,
  closeSession,
  type ephemeralSequential,
  failure,
  operation,
  type persistent,
  reserved,
  setWatches,
  ZooKeeperError,
} from './protocol.ts'
import { Packets, Reader, Writer } from './wire.ts'

export interface Events {
  /** `again`: the session lives on after a loss of connection. */
  connected(again: boolean): void
  /** The connection is lost, and is being sought again. */
  connecting(): void
  /** The server has given up the session: the client is of no more use. */
  expired(): void
  /** A watch fired: the type is one of `eventType`. */
  watched(type: number, path: string): void
}

interface Pending {
  readonly xid: number
  readonly resolve: (reader: Reader) => void
  readonly reject: (error: Error) => void
}

/** Between two rounds of tries. The C client tries five times a second where nobody listens (c-failures/21). */
const pauseMs = 170

/** One session. Calls made while there is no connection fail with a connection loss, as do those under way at a loss. */
export class ZooKeeperClient {
  readonly #servers: readonly { host: string; port: number }[]
  readonly #events: Events
  readonly #auth: string | undefined
  #timeoutMs: number
  #socket: Socket | undefined
  #session = 0n
  #password = Buffer.alloc(16)
  #zxid = 0n
  #xid = 0
  #next = 0
  #ready = false
  #ended = false
  #heardAt = 0
  #pending: Pending[] = []
  #pinger: NodeJS.Timeout | undefined
  #retry: NodeJS.Timeout | undefined
  readonly #childWatches = new Set<string>()

  constructor(servers: string, timeoutMs: number, auth: string | undefined, events: Events) {
    this.#servers = servers.split(',').map((server) => {
      const colon = server.lastIndexOf(':')
      return { host: server.slice(0, colon), port: Number(server.slice(colon + 1)) }
    })
    this.#timeoutMs = timeoutMs
    this.#auth = auth
    this.#events = events
    this.#connect()
  }

  /** As log lines show it: hexadecimal, 0 before the first connection. */
  get sessionId(): string {
    return BigInt.asUintN(64, this.#session).toString(16)
  }

  async create(path: string, data: Buffer, acl: readonly Acl[], flags: typeof persistent | typeof ephemeralSequential) {
    const body = new Writer().string(path).buffer(data).int(acl.length)
    for (const { permissions, scheme, id } of acl) body.int(permissions).string(scheme).string(id)
    return (await this.#call(operation.create, body.int(flags))).string()
  }

  /** Leaves a watch, which lasts until it fires or the session ends. */
  async childrenWatched(path: string): Promise<string[]> {
    const reader = await this.#call(operation.getChildren, new Writer().string(path).boolean(true))
    this.#childWatches.add(path)
    return reader.strings()
  }

  async data(path: string): Promise<Buffer> {
    return (await this.node(path)).data
  }

  async node(path: string): Promise<{ readonly data: Buffer; readonly ephemeral: boolean }> {
    const reader = await this.#call(operation.getData, new Writer().string(path).boolean(false))
    const data = reader.buffer()
    for (let time = 0; time < 4; time += 1) reader.long()
    for (let version = 0; version < 3; version += 1) reader.int()
    return { data, ephemeral: reader.long() !== 0n }
  }

  async delete(path: string): Promise<void> {
    await this.#call(operation.delete, new Writer().string(path).int(-1))
  }

  /** Lets the server keep the session until it times out there: what a process leaves that dies. */
  abandon(): void {
    this.#end()
    this.#socket?.destroy()
  }

  /** Ends the session where there is a connection. */
  close(): void {
    if (this.#ready)
      this.#socket?.end(
        new Writer()
          .int(++this.#xid)
          .int(closeSession)
          .packet(),
      )
    this.#end()
    if (!this.#ready) this.#socket?.destroy()
  }

  #end(): void {
    this.#ended = true
    clearInterval(this.#pinger)
    clearTimeout(this.#retry)
  }

  #connect(): void {
    const server = this.#servers[this.#next++ % this.#servers.length]
    if (this.#ended || server === undefined) return
    const packets = new Packets()
    const socket = connect({ ...server, noDelay: true })
    this.#socket = socket
    this.#heardAt = Date.now()
    clearInterval(this.#pinger)
    this.#pinger = setInterval(() => this.#beat(socket), Math.max(20, this.#timeoutMs / 30))
    socket.on('connect', () => this.#greet(socket))
    socket.on('data', (data) => {
      this.#heardAt = Date.now()
      for (const packet of packets.take(data)) this.#hear(socket, packet)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => this.#lost())
  }

  #greet(socket: Socket): void {
    const greeting = new Writer().int(0).long(this.#zxid).int(this.#timeoutMs).long(this.#session)
    socket.write(greeting.buffer(this.#password).boolean(false).packet())
  }

  #hear(socket: Socket, packet: Buffer): void {
    const reader = new Reader(packet)
    if (!this.#ready) this.#welcome(socket, reader)
    else this.#answer(reader)
  }

  #welcome(socket: Socket, reader: Reader): void {
    reader.int()
    const timeoutMs = reader.int()
    if (timeoutMs <= 0) {
      this.abandon()
      this.#events.expired()
      return
    }
    const again = this.#session !== 0n
    this.#timeoutMs = timeoutMs
    this.#session = reader.long()
    this.#password = Buffer.from(reader.buffer())
    this.#ready = true
    this.#next = 0
    if (this.#auth !== undefined) {
      const auth = new Writer().int(reserved.auth).int(operation.auth).int(0).string('digest')
      socket.write(auth.string(this.#auth).packet())
    }
    if (again && this.#childWatches.size > 0) {
      const watches = new Writer().int(reserved.setWatches).int(setWatches).long(this.#zxid)
      socket.write(
        watches
          .strings([])
          .strings([])
          .strings([...this.#childWatches])
          .packet(),
      )
    }
    this.#events.connected(again)
  }

  #answer(reader: Reader): void {
    const xid = reader.int()
    const zxid = reader.long()
    const error = reader.int()
    if (xid === reserved.notification) {
      const type = reader.int()
      reader.int()
      const path = reader.string()
      this.#childWatches.delete(path)
      this.#events.watched(type, path)
    } else if (xid === this.#pending[0]?.xid) {
      if (zxid > 0n) this.#zxid = zxid
      const pending = this.#pending.shift()
      if (error === 0) pending?.resolve(reader)
      else pending?.reject(new ZooKeeperError(error))
    } else if (xid === reserved.auth && error !== 0) {
      this.#socket?.destroy()
    }
  }

  /** A ping each third of the timeout; a server that has been silent for two thirds counts as lost (c-failures/25). */
  #beat(socket: Socket): void {
    const silent = Date.now() - this.#heardAt
    if (silent > (this.#timeoutMs * 2) / 3) socket.destroy()
    else if (this.#ready && silent > this.#timeoutMs / 3) {
      socket.write(new Writer().int(reserved.ping).int(operation.ping).packet())
    }
  }

  #lost(): void {
    const wasReady = this.#ready
    this.#ready = false
    clearInterval(this.#pinger)
    for (const { reject } of this.#pending.splice(0)) reject(new ZooKeeperError(failure.connectionLoss))
    if (this.#ended) return
    const roundDone = this.#next % this.#servers.length === 0
    this.#retry = setTimeout(() => this.#connect(), wasReady || !roundDone ? 0 : pauseMs)
    if (wasReady) this.#events.connecting()
  }

  async #call(type: number, body: Writer): Promise<Reader> {
    const socket = this.#socket
    if (!this.#ready || socket === undefined || this.#ended) throw new ZooKeeperError(failure.connectionLoss)
    this.#xid += 1
    const xid = this.#xid
    const header = new Writer().int(xid).int(type)
    return new Promise<Reader>((resolve, reject) => {
      this.#pending.push({ xid, resolve, reject })
      socket.write(header.with(body).packet())
    })
  }
}
