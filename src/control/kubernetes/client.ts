import type { AgentOptions } from 'node:https'
import type { Cluster, KubeConfig } from '@kubernetes/client-node'
import { RequestContext } from '@kubernetes/client-node'
import type { Dispatcher } from 'undici'
import { Agent, type buildConnector, ProxyAgent, request } from 'undici'
import type { Metrics } from '../../telemetry/metrics.ts'
import { SourceError } from '../store.ts'

/** An answer of the API server that is not a success. `code` is the HTTP status, `reason` that of metav1.Status. */
export class ApiError extends SourceError {
  override readonly name = 'ApiError'
  readonly code: number
  readonly reason: string

  constructor(code: number, reason: string, message: string) {
    super(message)
    this.code = code
    this.reason = reason
  }
}

/** Address and identity. `credentials` are asked again at least every half minute, since tokens are rotated in place. */
export interface ApiAccess {
  readonly server: string
  credentials(): Promise<{ readonly headers: Readonly<Record<string, string>>; readonly dispatcher?: Dispatcher }>
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly contentType?: string
  readonly signal: AbortSignal
  /** ms; default 10,000. */
  readonly deadlineMs?: number
}

const credentialsLiveMs = 30_000

/**
 * The few REST calls that ironherd makes. Written on undici and not on the generated API because every call here has a
 * signal and a deadline, all share one connection pool (client-node builds an agent per request, which costs a TLS
 * handshake per call), and all are counted.
 */
export class ApiClient {
  readonly #access: ApiAccess
  readonly #metrics: Metrics
  readonly #now: () => number
  #headers: { readonly at: number; readonly value: Readonly<Record<string, string>> } | undefined
  #dispatcher: Dispatcher | undefined

  constructor(access: ApiAccess, metrics: Metrics, now: () => number = () => performance.now()) {
    this.#access = access
    this.#metrics = metrics
    this.#now = now
  }

  /** The parsed body. Throws ApiError for an answer ≥ 400 and SourceError when none came in time. */
  async call(call: ApiRequest): Promise<unknown> {
    const response = await this.#send(
      call,
      AbortSignal.any([call.signal, AbortSignal.timeout(call.deadlineMs ?? 10_000)]),
    )
    try {
      return await response.body.json()
    } catch (error) {
      throw noAnswer(call, error)
    }
  }

  /**
   * The lines of an endless answer, each parsed. Ends when the server closes it; throws as `call` does, and when
   * nothing came for `silenceMs`.
   */
  async *stream(call: Omit<ApiRequest, 'body' | 'deadlineMs'>, silenceMs: number): AsyncGenerator<unknown, void, void> {
    const silence = new AbortController()
    let timer: NodeJS.Timeout | undefined
    const heard = () => {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(new Error(`nothing came for ${silenceMs} ms`)), silenceMs)
    }
    heard()
    try {
      const response = await this.#send(call, AbortSignal.any([call.signal, silence.signal]))
      let rest = ''
      const decoder = new TextDecoder()
      try {
        for await (const chunk of response.body) {
          heard()
          const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n')
          rest = lines.pop() ?? ''
          for (const line of lines) if (line !== '') yield JSON.parse(line) as unknown
        }
      } catch (error) {
        throw noAnswer(call, error)
      }
    } finally {
      clearTimeout(timer)
      // Frees the socket when the reader stopped in the middle.
      silence.abort()
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher?.destroy()
    this.#dispatcher = undefined
  }

  async #send(call: Omit<ApiRequest, 'deadlineMs'>, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const url = new URL(this.#access.server.replace(/\/$/, '') + call.path)
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value)
    }
    let response: Dispatcher.ResponseData
    try {
      const headers = await this.#credentials()
      response = await request(url, {
        method: call.method,
        ...(this.#dispatcher === undefined ? {} : { dispatcher: this.#dispatcher }),
        headers: {
          ...headers,
          accept: 'application/json',
          'user-agent': 'ironherd',
          ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        signal,
        // The signals bound everything; undici's own bounds would end a quiet watch.
        headersTimeout: 0,
        bodyTimeout: 0,
      })
    } catch (error) {
      this.#count(url, call.method, '<error>')
      throw noAnswer(call, error)
    }
    this.#count(url, call.method, String(response.statusCode))
    if (response.statusCode < 400) return response
    if (response.statusCode === 401) this.#headers = undefined
    throw await refusal(call, response)
  }

  async #credentials(): Promise<Readonly<Record<string, string>>> {
    if (this.#headers !== undefined && this.#now() - this.#headers.at < credentialsLiveMs) return this.#headers.value
    const { headers, dispatcher } = await this.#access.credentials()
    // The first one is kept: it holds the open connections.
    this.#dispatcher ??= dispatcher
    this.#headers = { at: this.#now(), value: headers }
    return headers
  }

  #count(url: URL, method: string, code: string): void {
    this.#metrics.count('rest_client_requests_total', { code, method, host: url.host })
  }
}

/** Reads server, certificates and credentials from a kubeconfig. */
export function accessFrom(config: KubeConfig): ApiAccess {
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new SourceError('the kubeconfig names no current cluster')
  let dispatcher: Dispatcher | undefined
  return {
    server: cluster.server,
    async credentials() {
      const context = new RequestContext(cluster.server, 'GET')
      await config.applySecurityAuthentication(context)
      dispatcher ??= (await dispatcherOf(config, cluster)) ?? context.getDispatcher()
      return { headers: context.getHeaders(), ...(dispatcher === undefined ? {} : { dispatcher }) }
    },
  }
}

/**
 * Connections by HTTP/1.1 alone. By HTTP/2, which client-node's own would choose, Node 24 was seen to loop without end in
 * Http2Session::SendPendingData after a request was given up at its deadline: the process hung, did not give its lease up, and took
 * gigabytes within a minute. Undefined: behind a SOCKS proxy, where client-node's own speak HTTP/1.1 anyway.
 */
async function dispatcherOf(config: KubeConfig, cluster: Cluster): Promise<Dispatcher | undefined> {
  const tls: AgentOptions = {}
  await config.applyToHTTPSOptions(tls)
  const options = config.createDispatcherOptions(cluster, tls)
  const allowH2 = false
  switch (options.type) {
    case 'proxy':
      return new ProxyAgent({
        allowH2,
        uri: options.uri,
        requestTls: options.requestTls as buildConnector.BuildOptions,
        connect: options.connect as buildConnector.BuildOptions,
      })
    case 'agent':
      return new Agent({ allowH2, connect: options.connect as buildConnector.BuildOptions })
    case 'none':
      return new Agent({ allowH2 })
    case 'socks':
      return undefined
  }
}

/** Plain HTTP without identity: for tests and for `kubectl proxy`. */
export function plainAccess(server: string): ApiAccess {
  const dispatcher = new Agent()
  return { server, credentials: () => Promise.resolve({ headers: {}, dispatcher }) }
}

async function refusal(call: { readonly method: string; readonly path: string }, response: Dispatcher.ResponseData) {
  const text = await response.body.text().catch(() => '')
  const status = parseStatus(text)
  const said = status.message === '' ? text.slice(0, 300) : status.message
  return new ApiError(
    response.statusCode,
    status.reason,
    `${call.method} ${call.path} was answered with ${response.statusCode}: ${said}`,
  )
}

function parseStatus(text: string): { readonly reason: string; readonly message: string } {
  try {
    const value: unknown = JSON.parse(text)
    if (value === null || typeof value !== 'object') return { reason: '', message: '' }
    const { reason, message } = value as { reason?: unknown; message?: unknown }
    return { reason: typeof reason === 'string' ? reason : '', message: typeof message === 'string' ? message : '' }
  } catch {
    return { reason: '', message: '' }
  }
}

function noAnswer(call: { readonly method: string; readonly path: string }, error: unknown): SourceError {
  if (error instanceof SourceError) return error
  const why = error instanceof Error ? error.message : String(error)
  return new SourceError(`${call.method} ${call.path} came to nothing: ${why}`, { cause: error })
}
