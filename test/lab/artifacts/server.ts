// The lab's HTTP server on its gateway: software archives and Debian packages, with ranges, and a count of who asked for what.
import { createReadStream, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { join, normalize } from 'node:path'

export interface ServedRequest {
  readonly time: number
  readonly from: string
  readonly method: string
  readonly path: string
  readonly range: string | null
  readonly status: number
  /** Bytes of the body that were handed to the kernel; fewer than the file has if the client went away. */
  readonly bytes: number
}

/** Where a path of the server is on disk: exact files, and whole directories by their prefix. */
export interface Served {
  readonly files: Readonly<Record<string, string>>
  readonly directories: Readonly<Record<string, string>>
}

export const REQUESTS_PATH = '/_requests'

export function artifactServer(served: Served): Server {
  const requests: ServedRequest[] = []
  return createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://lab').pathname)
    if (path === REQUESTS_PATH) {
      if (request.method === 'DELETE') requests.length = 0
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(requests))
      return
    }
    let bytes = 0
    const count = (chunk: number): void => {
      bytes += chunk
    }
    response.on('close', () => {
      const from = request.socket.remoteAddress ?? ''
      const range = request.headers.range ?? null
      requests.push({
        time: Date.now(),
        from,
        method: request.method ?? '',
        path,
        range,
        status: response.statusCode,
        bytes,
      })
    })
    send(request, response, fileOf(served, path), count)
  })
}

function fileOf(served: Served, path: string): string | undefined {
  const exact = served.files[path]
  if (exact !== undefined) return exact
  for (const [prefix, dir] of Object.entries(served.directories)) {
    // normalize() of an absolute path has no way up left in it.
    if (path.startsWith(prefix)) return join(dir, normalize(`/${path.slice(prefix.length)}`))
  }
  return undefined
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  file: string | undefined,
  count: (n: number) => void,
): void {
  const stat = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false })
  if (file === undefined || stat === undefined || !stat.isFile()) {
    response.writeHead(404).end('not found\n')
    return
  }
  const range = rangeOf(request.headers.range, stat.size)
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${String(stat.size)}` }).end()
    return
  }
  const { start, end } = range ?? { start: 0, end: stat.size - 1 }
  response.writeHead(range === undefined ? 200 : 206, {
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
    'content-length': end - start + 1,
    'last-modified': stat.mtime.toUTCString(),
    etag: `"${stat.mtimeMs.toString(16)}-${stat.size.toString(16)}"`,
    ...(range === undefined ? {} : { 'content-range': `bytes ${String(start)}-${String(end)}/${String(stat.size)}` }),
  })
  if (request.method === 'HEAD' || stat.size === 0) {
    response.end()
    return
  }
  const stream = createReadStream(file, { start, end, highWaterMark: 1 << 18 })
  stream.on('data', (chunk) => {
    count(chunk.length)
  })
  response.on('close', () => stream.destroy())
  stream.on('error', () => response.destroy())
  stream.pipe(response)
}

/** Pure. One range of `bytes=`; several at once are answered with the whole file, which RFC 9110 allows. */
export function rangeOf(
  header: string | undefined,
  size: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (found === null || (found[1] === '' && found[2] === '')) return undefined
  const first = found[1] === '' ? Math.max(0, size - Number(found[2])) : Number(found[1])
  const last = found[1] === '' || found[2] === '' ? size - 1 : Math.min(Number(found[2]), size - 1)
  return first > last || first >= size ? 'unsatisfiable' : { start: first, end: last }
}
