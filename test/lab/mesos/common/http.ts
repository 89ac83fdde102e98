import type { IncomingHttpHeaders, ServerResponse } from 'node:http'

export interface Request {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Who was authenticated, where the realm of the route asks for it. */
  readonly principal?: string
}

/**
 * `json` without a Content-Type among the headers is sent as Mesos' older endpoints do it (Content-Length, then
 * Content-Type); with one, as `/api/v1` does it (the headers in their order, then Content-Length). `text` that is not
 * empty is text/plain unless the headers say otherwise. `stream` is sent in chunks until `end` is called or `closed`.
 */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly text?: string
  readonly stream?: (write: (chunk: string) => boolean, closed: AbortSignal, end: () => void) => void
}

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  202: 'Accepted',
  307: 'Temporary Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  410: 'Gone',
  415: 'Unsupported Media Type',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
}

const plain = 'text/plain; charset=utf-8'

export function ok(): Reply {
  return { status: 200 }
}

/** An answer of `/api/v1`. */
export function v1(json: unknown, status = 200): Reply {
  return { status, headers: { 'Content-Type': 'application/json' }, json }
}

/** A status with its words: `words` stands for the body of its own. */
export function refusal(status: number, words = `${status} ${reasonOf(status)}.`): Reply {
  return { status, text: words }
}

export function redirect(location: string): Reply {
  return { status: 307, headers: { Location: location } }
}

export function methodNotAllowed(allowed: readonly string[], received: string): Reply {
  const list = allowed.map((method) => `'${method}'`).join(', ')
  const words = `405 Method Not Allowed. Expecting one of { ${list} }, but received '${received}'.`
  return { status: 405, headers: { Allow: allowed.join(', ') }, text: words }
}

export function unauthorized(realm: string): Reply {
  return { ...refusal(401), headers: { 'WWW-Authenticate': `Basic realm="${realm}"` } }
}

export function sendReply(response: ServerResponse, reply: Reply): void {
  // libprocess sends no Connection header (a-http/*), and the order of headers is as recorded: Date first.
  response.removeHeader('connection')
  response.sendDate = false
  const { body, headers } = reply.stream === undefined ? encoded(reply) : { body: undefined, headers: given(reply) }
  const date: [string, string] = ['Date', new Date().toUTCString()]
  if (reply.stream !== undefined) headers.push(['Transfer-Encoding', 'chunked'])
  response.writeHead(reply.status, reasonOf(reply.status), [date, ...headers].flat())
  if (reply.stream === undefined) response.end(body)
  else stream(response, reply.stream)
}

function encoded(reply: Reply): { body: Buffer; headers: [string, string][] } {
  const body = Buffer.from(reply.json === undefined ? (reply.text ?? '') : JSON.stringify(reply.json))
  const length: [string, string] = ['Content-Length', String(body.length)]
  const headers = given(reply)
  const typed = headers.some(([name]) => name === 'Content-Type')
  if (reply.json !== undefined && !typed) return { body, headers: [length, ['Content-Type', 'application/json']] }
  if (!typed && body.length > 0) headers.push(['Content-Type', plain])
  return { body, headers: [...headers, length] }
}

function given({ headers = {} }: Reply): [string, string][] {
  return Object.entries(headers)
}

function stream(response: ServerResponse, start: NonNullable<Reply['stream']>): void {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  response.flushHeaders()
  start(
    (chunk) => !response.destroyed && response.write(chunk),
    gone.signal,
    () => response.end(),
  )
}

function reasonOf(status: number): string {
  return reasons[status] ?? 'Unknown'
}
