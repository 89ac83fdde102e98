import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Metrics } from './metrics.ts'

export interface HealthSource {
  /** The process works: false asks the supervisor to restart it. */
  healthy(): boolean
  /** Empty when ready (caches are synced), else what is still missing. */
  notReady(): readonly string[]
}

export interface TelemetryServer {
  readonly address: string
  close(): Promise<void>
}

/** Serves /metrics, /healthz and /readyz on `address` (host:port; port 0 picks a free one). Read-only, without secrets. */
export function serveTelemetry(address: string, metrics: Metrics, health: HealthSource): Promise<TelemetryServer> {
  const { host, port } = splitAddress(address)
  const server = createServer((request, response) => {
    answer(request, response, metrics, health).catch((error: unknown) => {
      response.writeHead(500, { 'content-type': 'text/plain' }).end(`${String(error)}\n`)
    })
  })
  server.requestTimeout = 10_000
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const bound = server.address() as AddressInfo
      resolve({
        address: `${bound.address.includes(':') ? `[${bound.address}]` : bound.address}:${bound.port}`,
        close: () =>
          new Promise((done) => {
            server.close(() => done())
            server.closeAllConnections()
          }),
      })
    })
  })
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  metrics: Metrics,
  health: HealthSource,
): Promise<void> {
  const path = (request.url ?? '/').split('?')[0]
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end()
    return
  }
  switch (path) {
    case '/metrics': {
      const { text, contentType } = await metrics.render()
      response.writeHead(200, { 'content-type': contentType }).end(text)
      return
    }
    case '/healthz': {
      const ok = health.healthy()
      response.writeHead(ok ? 200 : 503, { 'content-type': 'text/plain' }).end(ok ? 'ok\n' : 'not healthy\n')
      return
    }
    case '/readyz': {
      const missing = health.notReady()
      response
        .writeHead(missing.length === 0 ? 200 : 503, { 'content-type': 'text/plain' })
        .end(missing.length === 0 ? 'ok\n' : `waiting for ${missing.join(', ')}\n`)
      return
    }
    default:
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n')
  }
}

/** `127.0.0.1:8090`, `[::1]:8090` or `:8090` (every address). */
export function splitAddress(address: string): { readonly host: string | undefined; readonly port: number } {
  const colon = address.lastIndexOf(':')
  const port = Number(address.slice(colon + 1))
  if (colon < 0 || !Number.isInteger(port) || port < 0 || port > 65_535 || address.endsWith(':')) {
    throw new Error(`"${address}" is not host:port`)
  }
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  return { host: host === '' ? undefined : host, port }
}
