import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type Reply, type Request, refusal, sendReply, unauthorized } from './http.ts'
import { Links } from './links.ts'
import { abort, info } from './log.ts'
import { Outbox } from './outbox.ts'
import { formatPid, type Pid, parsePid } from './pid.ts'
import { announce } from './self.ts'

export type { Reply, Request } from './http.ts'

export type Handler = (request: Request) => Promise<Reply> | Reply
type Receiver = (from: Pid, body: unknown) => void
/** Says who it is, or nothing for wrong credentials. */
export type Authenticator = (user: string, secret: string) => boolean

interface Route {
  readonly handler: Handler
  readonly realm: string | undefined
}

const bindReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EACCES: 'Permission denied',
}

/** What libprocess is to Mesos: one HTTP server of an OS process, with endpoints and with processes that get messages. */
export class Libprocess {
  readonly ip: string
  readonly port: number
  readonly #server: Server
  readonly #routes = new Map<string, Route>()
  readonly #receivers = new Map<string, Map<string, Receiver>>()
  readonly #authenticators = new Map<string, Authenticator>()
  readonly #outbox: Outbox
  readonly #links = new Links()

  private constructor(server: Server, address: { readonly ip: string; readonly port: number }) {
    this.#server = server
    this.ip = address.ip
    this.port = address.port
    this.#outbox = new Outbox()
    server.on('request', (request, response) => {
      void this.#answer(request).then((reply) => sendReply(response, reply))
    })
  }

  /** Port 0 takes a free one. A failed bind is a failed check, as in Mesos (e-flags/environment-and-errors.txt). */
  static async listen(ip: string, port: number, advertised?: { ip: string; port: number }): Promise<Libprocess> {
    // A link is a connection that says nothing, and a message may have to wait for a stopped process: nothing times out.
    const server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 })
    server.timeout = 0
    server.listen(port, ip)
    try {
      await once(server, 'listening')
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      abort(
        'process.cpp:1124',
        `Failed to initialize: Failed to bind on ${ip}:${port}: ${bindReasons[code] ?? String(error)}`,
      )
    }
    const bound = server.address()
    const address = advertised ?? { ip, port: bound !== null && typeof bound === 'object' ? bound.port : port }
    announce(address)
    return new Libprocess(server, address)
  }

  /**
   * An HTTP endpoint under each of the paths, exactly. Where `realm` is named and has an authenticator, only who
   * gives a user and a secret that it knows gets through.
   */
  route(paths: string | readonly string[], handler: Handler, realm?: string): void {
    for (const path of typeof paths === 'string' ? [paths] : paths) this.#routes.set(path, { handler, realm })
  }

  /** HTTP basic authentication for all routes of the realm. */
  authenticate(realm: string, authenticator: Authenticator): void {
    this.#authenticators.set(realm, authenticator)
  }

  /** What the process `id` does with messages of that name. Handlers run one after another, in the order of arrival. */
  receive(process: string, name: string, handler: Receiver): void {
    const receivers = this.#receivers.get(process) ?? new Map<string, Receiver>()
    this.#receivers.set(process, receivers.set(name, handler))
  }

  /** One way, in order for each receiver; lost where nobody listens. `from` is the id of a process here. */
  send(from: string, to: Pid, name: string, body: unknown): void {
    const sender: Pid = { id: from, ip: this.ip, port: this.port }
    if (to.ip === this.ip && to.port === this.port) {
      const copy: unknown = JSON.parse(JSON.stringify(body))
      setImmediate(() => this.#receivers.get(to.id)?.get(name)?.(sender, copy))
      return
    }
    this.#outbox.send(formatPid(sender), to, name, JSON.stringify(body))
  }

  /** Watches over the OS process behind `to`: `lost` is called once when it ends or cannot be reached. */
  link(to: Pid, lost: () => void): { unlink(): void } {
    return this.#links.link(to, lost)
  }

  /** An orderly end: what was sent goes out first, for a second at most; then open connections are cut. */
  async close(): Promise<void> {
    await this.#outbox.drain(1000)
    this.#links.close()
    this.#outbox.close()
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
    this.#server.closeAllConnections()
    await closed
    info('process.cpp:935', 'Stopped the socket accept loop')
  }

  async #answer(incoming: IncomingMessage): Promise<Reply> {
    try {
      const body = await textOf(incoming)
      const url = new URL(incoming.url ?? '/', 'http://libprocess')
      const path = decodeURIComponent(url.pathname)
      const from = incoming.headers['libprocess-from']
      if (typeof from === 'string') return this.#deliver(path, parsePid(from), body)
      const route = this.#routes.get(path)
      if (route === undefined) return refusal(404)
      return await this.#admitted(route, {
        method: incoming.method ?? 'GET',
        path,
        query: url.searchParams,
        headers: incoming.headers,
        body,
      })
    } catch (error) {
      return refusal(500, error instanceof Error ? error.message : String(error))
    }
  }

  #deliver(path: string, from: Pid, body: string): Reply {
    const [, process = '', name = ''] = /^\/([^/]+)\/(.+)$/.exec(path) ?? []
    const receivers = this.#receivers.get(process)
    if (receivers === undefined) return refusal(404)
    receivers.get(name)?.(from, JSON.parse(body))
    return { status: 202 }
  }

  async #admitted({ handler, realm }: Route, request: Request): Promise<Reply> {
    const authenticator = realm === undefined ? undefined : this.#authenticators.get(realm)
    if (realm === undefined || authenticator === undefined) return handler(request)
    const [user, secret] = basic(request.headers.authorization)
    if (user === undefined || secret === undefined || !authenticator(user, secret)) return unauthorized(realm)
    return handler({ ...request, principal: user })
  }
}

function basic(header: string | undefined): readonly [string?, string?] {
  const encoded = /^Basic (\S+)$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return []
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? [] : [text.slice(0, colon), text.slice(colon + 1)]
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
