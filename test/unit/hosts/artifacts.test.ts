import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { createArtifactCache } from '../../../src/hosts/artifacts.ts'

const bytes = randomBytes(2_000_000)
const sha512 = `sha512:${createHash('sha512').update(bytes).digest('hex')}`
const sha256 = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
const never = new AbortController().signal

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ironherd-artifacts-'))
  cleanups.push(() => rmSync(directory, { recursive: true }))
  return directory
}

interface Mirror {
  readonly url: string
  readonly requests: IncomingMessage[]
}

async function mirror(
  answer: (request: IncomingMessage, response: ServerResponse, nth: number) => void,
): Promise<Mirror> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response, requests.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.tar.gz`, requests }
}

/** Honours Range as mirrors do. */
function serve(request: IncomingMessage, response: ServerResponse, content = bytes): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  if (start >= content.length) {
    response.writeHead(416).end()
    return
  }
  if (start > 0) response.writeHead(206, { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` })
  response.end(content.subarray(start))
}

test('an archive is fetched once, also when it is asked for at once and again', async () => {
  const source = await mirror((request, response) => serve(request, response))
  const directory = temporary()
  const cache = createArtifactCache(directory)
  const all = await Promise.all([1, 2, 3].map(() => cache.fetch(source.url, sha512, never)))
  for (const one of all) expect(one).toMatchObject({ state: 'ready', archive: { digest: sha512, size: bytes.length } })
  const [first] = all
  expect(first?.state === 'ready' && readFileSync(first.archive.file).equals(bytes)).toBe(true)
  await createArtifactCache(directory).fetch(source.url, sha512, never)
  expect(source.requests.length).toBe(1)
})

test('a local file is taken, by either digest', async () => {
  const directory = temporary()
  const file = join(directory, "it's a file.tgz")
  writeFileSync(file, bytes)
  for (const digest of [sha256, sha512]) {
    const fetched = await createArtifactCache(join(directory, 'cache')).fetch(pathToFileURL(file).href, digest, never)
    expect(fetched).toMatchObject({ state: 'ready', archive: { digest } })
  }
})

test('a download that breaks off is continued where it stopped', async () => {
  const source = await mirror((request, response, nth) => {
    if (nth > 1) return serve(request, response)
    response.writeHead(200, { 'content-length': bytes.length })
    response.write(bytes.subarray(0, 1_200_000), () => setTimeout(() => response.destroy(), 100))
  })
  expect(await createArtifactCache(temporary()).fetch(source.url, sha512, never)).toMatchObject({ state: 'ready' })
  expect(source.requests.length).toBe(2)
  expect(source.requests[1]?.headers.range).toMatch(/^bytes=\d+-$/)
})

test('a partial file of an earlier process is continued, one with other bytes is thrown away', async () => {
  const source = await mirror((request, response) => serve(request, response))
  const directory = temporary()
  const partial = join(directory, `${sha512.replace(':', '-')}.partial`)
  writeFileSync(partial, bytes.subarray(0, 500_000))
  expect(await createArtifactCache(directory).fetch(source.url, sha512, never)).toMatchObject({ state: 'ready' })
  expect(source.requests.map((request) => request.headers.range)).toEqual(['bytes=500000-'])

  const other = temporary()
  writeFileSync(join(other, `${sha512.replace(':', '-')}.partial`), randomBytes(500_000))
  expect(await createArtifactCache(other).fetch(source.url, sha512, never)).toMatchObject({ state: 'ready' })

  const long = temporary()
  writeFileSync(join(long, `${sha512.replace(':', '-')}.partial`), randomBytes(3_000_000))
  expect(await createArtifactCache(long).fetch(source.url, sha512, never)).toMatchObject({ state: 'ready' })
})

describe('what cannot be had', () => {
  test('a wrong digest is named with the found one, and nothing is kept', async () => {
    const source = await mirror((request, response) => serve(request, response))
    const directory = temporary()
    const wrong = `sha512:${'0'.repeat(128)}`
    const fetched = await createArtifactCache(directory).fetch(source.url, wrong, never)
    expect(fetched).toMatchObject({ state: 'failed', code: 'DigestMismatch' })
    expect(fetched.state === 'failed' && fetched.why).toContain(sha512)
    expect(fetched.state === 'failed' && fetched.why).toContain(wrong)
    expect(readdirSync(directory)).toEqual([])
  })

  test('a file in the cache that was damaged is fetched anew', async () => {
    const source = await mirror((request, response) => serve(request, response))
    const directory = temporary()
    const cache = createArtifactCache(directory)
    const first = await cache.fetch(source.url, sha512, never)
    if (first.state === 'ready') writeFileSync(first.archive.file, 'damaged')
    const again = await cache.fetch(source.url, sha512, never)
    expect(again.state === 'ready' && readFileSync(again.archive.file).equals(bytes)).toBe(true)
    expect(source.requests.length).toBe(2)
  })

  test.each([
    ['http://127.0.0.1:1/a', 'ArtifactUnavailable'],
    ['file:///no/such/file', 'ArtifactUnavailable'],
    ['ftp://127.0.0.1/a', 'ArtifactUnavailable'],
    ['not a url', 'ArtifactUnavailable'],
  ])('%s is %s', async (url, code) => {
    expect(await createArtifactCache(temporary()).fetch(url, sha512, never)).toMatchObject({ state: 'failed', code })
  })

  test('an answer of the server is quoted; secrets of the URL are not', async () => {
    const source = await mirror((_request, response) => void response.writeHead(404).end())
    const url = source.url.replace('http://', 'http://joe:tops3cret@').concat('?token=s3same')
    const fetched = await createArtifactCache(temporary()).fetch(url, sha512, never)
    expect(fetched.state === 'failed' && fetched.why).toContain('404')
    expect(JSON.stringify(fetched)).not.toMatch(/tops3cret|s3same/)
    expect(source.requests.length).toBe(1)
    const expected = `Basic ${Buffer.from('joe:tops3cret').toString('base64')}`
    expect(source.requests[0]?.headers.authorization).toBe(expected)
  })

  test('redirects are followed, but not for ever, and credentials do not go to strangers', async () => {
    const stranger = await mirror((request, response) => serve(request, response))
    const source = await mirror((_request, response) => void response.writeHead(302, { location: stranger.url }).end())
    const url = source.url.replace('http://', 'http://joe:tops3cret@')
    expect(await createArtifactCache(temporary()).fetch(url, sha512, never)).toMatchObject({ state: 'ready' })
    expect(stranger.requests[0]?.headers.authorization).toBeUndefined()
    const circle = await mirror((_request, response) => void response.writeHead(302, { location: '/again' }).end())
    const fetched = await createArtifactCache(temporary()).fetch(circle.url, sha512, never)
    expect(fetched).toMatchObject({ code: 'ArtifactUnavailable' })
    expect(circle.requests.length).toBe(6)
  })

  test('who gives up gets an answer at once, and the others still get the archive', async () => {
    const source = await mirror((request, response) => void setTimeout(() => serve(request, response), 300))
    const directory = temporary()
    const cache = createArtifactCache(directory)
    const controller = new AbortController()
    const given = cache.fetch(source.url, sha512, controller.signal)
    const patient = cache.fetch(source.url, sha512, never)
    controller.abort()
    expect(await given).toMatchObject({ state: 'failed', code: 'ArtifactUnavailable' })
    expect(await patient).toMatchObject({ state: 'ready' })
    expect(existsSync(join(directory, sha512.replace(':', '-')))).toBe(true)
  })
})
