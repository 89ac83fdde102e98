import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createLogger } from '../../telemetry/log.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import { exponentialBackoff } from '../backoff.ts'
import { ApiClient, plainAccess } from './client.ts'
import type { ReflectorTiming } from './reflector.ts'
import { Reflector } from './reflector.ts'

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

function host(name: string, version: number) {
  const metadata = { name, namespace: 'a', uid: name, generation: 1, resourceVersion: String(version) }
  return { metadata: { ...metadata, creationTimestamp: '2026-01-01T00:00:00Z' }, spec: { version } }
}

function list(version: number, ...items: unknown[]): string {
  return JSON.stringify({ metadata: { resourceVersion: String(version) }, items })
}

function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`
}

/** An API server of a few lines: `handlers.list` and `handlers.watch` may be exchanged while it runs. */
async function serve(handlers: { list: Handler; watch: Handler }, timing: Partial<ReflectorTiming> = {}) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://local')
    const watching = url.searchParams.get('watch') === 'true'
    asked.push(watching ? `watch ${url.searchParams.get('resourceVersion')}` : 'list')
    ;(watching ? handlers.watch : handlers.list)(request, response, url)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => server.close())
  const { port } = server.address() as AddressInfo
  const client = new ApiClient(plainAccess(`http://127.0.0.1:${port}`), createMetrics())
  const changes: string[] = []
  const stop = new AbortController()
  const missing = vi.fn()
  const reflector = new Reflector({
    client,
    path: '/apis/ironherd.io/v1alpha1/hosts',
    kind: 'Host',
    log: createLogger('silent'),
    random: () => 0.5,
    backoff: exponentialBackoff(10, 50, () => 0.5),
    onChange: (object) => void changes.push(`${object.metadata.name}@${object.metadata.resourceVersion}`),
    onMissing: missing,
    timing,
  })
  const running = reflector.run(stop.signal)
  ends.push(async () => {
    stop.abort()
    server.closeAllConnections()
    await running
    await client.close()
  })
  const names = () =>
    [...reflector.objects.values()].map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`)
  return { reflector, names, changes, asked, handlers, missing, server }
}

const idle: Handler = (_request, response) => void response.writeHead(200).write('\n')

describe('the reflector', () => {
  it('lists page by page, then follows what is added, changed and deleted', async () => {
    const { names, changes, asked } = await serve({
      list: (_request, response, url) =>
        void response.end(
          url.searchParams.get('continue') === null
            ? JSON.stringify({ metadata: { resourceVersion: '5', continue: 'more' }, items: [host('m1', 1)] })
            : list(5, host('m2', 2)),
        ),
      watch: (_request, response) => {
        response.writeHead(200)
        const text = line('ADDED', host('m3', 6)) + line('MODIFIED', host('m1', 7)) + line('DELETED', host('m2', 8))
        // A line that is cut in two by the network is still one line.
        response.write(text.slice(0, 100))
        setTimeout(() => response.write(text.slice(100)), 20)
      },
    })
    await vi.waitFor(() => expect(names()).toEqual(['m1@7', 'm3@6']))
    expect(changes).toEqual(['m1@1', 'm2@2', 'm3@6', 'm1@7', 'm2@8'])
    expect(asked).toEqual(['list', 'list', 'watch 5'])
  })

  it('goes on from the last version, a bookmark included, after a socket that was dropped', async () => {
    let watches = 0
    const { asked, names } = await serve({
      list: (_request, response) => void response.end(list(5, host('m1', 1))),
      watch: (request, response, url) => {
        if (watches++ > 0) {
          idle(request, response, url)
          return
        }
        response.writeHead(200)
        response.write(line('MODIFIED', host('m1', 6)) + line('BOOKMARK', { metadata: { resourceVersion: '9' } }))
        setTimeout(() => request.socket.destroy(), 20)
      },
    })
    await vi.waitFor(() => expect(asked).toEqual(['list', 'watch 5', 'watch 9']))
    expect(names()).toEqual(['m1@6'])
  })

  it('keeps its objects while the server answers with 500 to everything, and catches up afterwards', async () => {
    const broken: Handler = (_request, response) => void response.writeHead(500).end('{"message":"etcd is down"}')
    const { asked, handlers, names, reflector } = await serve({
      list: (_request, response) => void response.end(list(5, host('m1', 1))),
      watch: broken,
    })
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(4))
    expect(reflector.synced).toBe(true)
    expect(names()).toEqual(['m1@1'])
    handlers.watch = (_request, response) => void response.writeHead(200).write(line('ADDED', host('m2', 6)))
    await vi.waitFor(() => expect(names()).toEqual(['m1@1', 'm2@6']))
    expect(asked.filter((what) => what === 'list')).toHaveLength(1)
  })

  it.each([
    ['by HTTP', (response: ServerResponse) => void response.writeHead(410).end('{"reason":"Expired"}')],
    [
      'inside the stream',
      (response: ServerResponse) =>
        void response.writeHead(200).end(line('ERROR', { kind: 'Status', code: 410, reason: 'Expired' })),
    ],
  ])('lists anew when its version is too old (%s), and tells what is gone', async (_where, refuse) => {
    let lists = 0
    let watches = 0
    const { asked, changes, names } = await serve({
      list: (_request, response) =>
        void response.end(
          lists++ === 0 ? list(5, host('m1', 1), host('m2', 2)) : list(50, host('m1', 1), host('m3', 40)),
        ),
      watch: (request, response, url) => (watches++ === 0 ? refuse(response) : idle(request, response, url)),
    })
    await vi.waitFor(() => expect(asked).toEqual(['list', 'watch 5', 'list', 'watch 50']))
    expect(names()).toEqual(['m1@1', 'm3@40'])
    // m1 did not change and is not told again.
    expect(changes).toEqual(['m1@1', 'm2@2', 'm2@2', 'm3@40'])
  })

  it('gives up a watch that fell silent, and a list that is due', async () => {
    const { asked } = await serve(
      { list: (_request, response) => void response.end(list(5)), watch: idle },
      { silenceMs: 60, relistMs: 1_500 },
    )
    await vi.waitFor(() => expect(asked.filter((what) => what === 'list').length).toBeGreaterThan(1), {
      timeout: 30_000,
    })
    expect(asked.filter((what) => what === 'watch 5').length).toBeGreaterThan(2)
  })

  it('says that a collection does not exist', async () => {
    const refuse: Handler = (_request, response) => void response.writeHead(404).end('404 page not found')
    const { missing, reflector } = await serve({ list: refuse, watch: refuse })
    await vi.waitFor(() => expect(missing).toHaveBeenCalled())
    expect(reflector.synced).toBe(false)
  })

  it('does not ask in a tight loop a server that ends every watch at once', async () => {
    const { asked } = await serve({
      list: (_request, response) => void response.end(list(5)),
      watch: (_request, response) => void response.writeHead(200).end(),
    })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(asked.length).toBeLessThan(20)
    expect(asked.length).toBeGreaterThan(2)
  })
})

describe('the API client', () => {
  it('bounds every call by its deadline and counts it', async () => {
    const server = createServer(() => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    ends.push(() => server.close())
    const { port } = server.address() as AddressInfo
    const metrics = createMetrics()
    const client = new ApiClient(plainAccess(`http://127.0.0.1:${port}`), metrics)
    const call = client.call({ method: 'GET', path: '/x', signal: new AbortController().signal, deadlineMs: 50 })
    await expect(call).rejects.toThrow('GET /x came to nothing')
    await client.close()
    expect((await metrics.render()).text).toContain('rest_client_requests_total{code="<error>",method="GET"')
  })

  it('tells the refusal of the server in its own words', async () => {
    const server = createServer((_request, response) =>
      response.writeHead(403).end('{"reason":"Forbidden","message":"hosts is forbidden"}'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    ends.push(() => server.close())
    const { port } = server.address() as AddressInfo
    const client = new ApiClient(plainAccess(`http://127.0.0.1:${port}`), createMetrics())
    const call = client.call({ method: 'GET', path: '/x', signal: new AbortController().signal })
    await expect(call).rejects.toMatchObject({ code: 403, reason: 'Forbidden', message: /hosts is forbidden/ })
    await client.close()
  })
})
