import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { ReasonCode } from '../model/reasons.ts'
import { openDownload, redacted, SourceError } from './download.ts'
import type { Failure, LocalArchive } from './types.ts'
import { messageOf, unlessAborted } from './waiting.ts'

export type FetchedArchive = { readonly state: 'ready'; readonly archive: LocalArchive } | Failure

export interface ArtifactCache {
  /**
   * The archive with this digest (sha256:… or sha512:…, lower-case hex), from the cache or else from an http(s) or file
   * URL. A partial download is continued. Concurrent calls for one digest fetch once. Never rejects; no credentials of a
   * URL are in any message.
   */
  fetch(url: string, digest: string, signal: AbortSignal): Promise<FetchedArchive>
}

interface Running {
  readonly result: Promise<FetchedArchive>
  readonly controller: AbortController
  waiting: number
}

/** `directory` is made when it is missing. Files in it are named by their digest and never changed. */
export function createArtifactCache(directory: string): ArtifactCache {
  const running = new Map<string, Running>()
  /** Verified by this process: size and modification time as they were then. */
  const verified = new Map<string, string>()

  const fetch: ArtifactCache['fetch'] = async (url, digest, signal) => {
    let shared = running.get(digest)
    if (shared === undefined) {
      const controller = new AbortController()
      const result = obtain(directory, url, digest, verified, controller.signal).finally(() => running.delete(digest))
      shared = { result, controller, waiting: 0 }
      running.set(digest, shared)
    }
    shared.waiting++
    const result = await unlessAborted(signal, shared.result, failed('ArtifactUnavailable', url, 'given up'))
    // The last who waits takes the download along; as long as one is left it goes on.
    if (--shared.waiting === 0) shared.controller.abort()
    return result
  }
  return { fetch }
}

function failed(code: ReasonCode, url: string, why: string): Failure {
  return { state: 'failed', code, why: `${redacted(url)}: ${why}` }
}

async function obtain(
  directory: string,
  url: string,
  digest: string,
  verified: Map<string, string>,
  signal: AbortSignal,
): Promise<FetchedArchive> {
  if (!/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(digest)) {
    return failed('InvalidSpec', url, `${digest} is not a digest of the form sha256:… or sha512:…`)
  }
  const file = join(directory, digest.replace(':', '-'))
  const partial = `${file}.partial`
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const kept = await verifiedFile(file, digest, verified, signal)
    if (kept !== undefined) return { state: 'ready', archive: kept }
    const found = await download(url, digest, partial, signal)
    if (found !== digest) {
      await rm(partial, { force: true })
      return failed('DigestMismatch', url, `it has ${found}, but ${digest} is declared; it was thrown away`)
    }
    await rename(partial, file)
    const archive = await verifiedFile(file, digest, verified, signal, true)
    if (archive === undefined) return failed('ArtifactUnavailable', url, 'it vanished from the cache')
    return { state: 'ready', archive }
  } catch (error) {
    if (error instanceof SourceError) return failed('ArtifactUnavailable', url, error.message)
    return failed(codeOf(error), url, messageOf(error))
  }
}

function codeOf(error: unknown): ReasonCode {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return code === 'ENOSPC' ? 'DiskFull' : code === 'EROFS' ? 'ReadOnlyFileSystem' : 'ArtifactUnavailable'
}

/** A file in the cache is hashed once per process and again when it looks touched; one that is wrong is removed. */
async function verifiedFile(
  file: string,
  digest: string,
  verified: Map<string, string>,
  signal: AbortSignal,
  justHashed = false,
): Promise<LocalArchive | undefined> {
  const seen = await stat(file).catch(() => undefined)
  if (seen === undefined) return undefined
  const mark = `${seen.size} ${seen.mtimeMs} ${seen.ino}`
  if (!justHashed && verified.get(file) !== mark && (await hashFile(file, digest, signal)).text !== digest) {
    await rm(file, { force: true })
    return undefined
  }
  verified.set(file, mark)
  return { file, digest, size: seen.size }
}

interface Hashed {
  /** `algorithm:hex` of what was read. */
  readonly text: string
}

async function hashFile(file: string, digest: string, signal: AbortSignal): Promise<Hashed> {
  const hash = hashOf(digest)
  for await (const chunk of createReadStream(file, { signal, highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return { text: textOf(digest, hash) }
}

function hashOf(digest: string): ReturnType<typeof createHash> {
  return createHash(digest.startsWith('sha256:') ? 'sha256' : 'sha512')
}

function textOf(digest: string, hash: ReturnType<typeof createHash>): string {
  return `${digest.slice(0, 6)}:${hash.digest('hex')}`
}

const attempts = 6

/**
 * Brings everything into the partial file and returns its digest. A connection that breaks is resumed as long as each
 * attempt brings something. When a continued file comes out wrong, what stood there may have been another's: once from
 * the beginning, before the source is blamed.
 */
async function download(url: string, digest: string, partial: string, signal: AbortSignal): Promise<string> {
  let continued = false
  for (let failures = 0; ; ) {
    const start = (await stat(partial).catch(() => undefined))?.size ?? 0
    try {
      const fetched = await append(url, digest, partial, start, signal)
      continued ||= fetched.start > 0
      if (fetched.digest === digest || !continued) return fetched.digest
      continued = false
      await rm(partial, { force: true })
    } catch (error) {
      const now = (await stat(partial).catch(() => undefined))?.size ?? 0
      failures = now > start ? 0 : failures + 1
      const final = !(error instanceof SourceError) || !error.retry || failures >= attempts || signal.aborted
      if (final || (failures > 0 && now === 0)) throw error
      continued = true
    }
  }
}

/** One attempt. Returns where it really started (0 when the source could not continue) and the digest of the whole. */
async function append(
  url: string,
  digest: string,
  partial: string,
  start: number,
  signal: AbortSignal,
): Promise<{ readonly start: number; readonly digest: string }> {
  const local = url.startsWith('file:')
  const source = local
    ? { start: 0, body: createReadStream(pathOf(url), { signal, highWaterMark: 1 << 20 }) }
    : await openDownload(url, start, signal)
  const hash = hashOf(digest)
  if (source.start > 0) {
    for await (const chunk of createReadStream(partial, { signal, highWaterMark: 1 << 20 }))
      hash.update(chunk as Buffer)
  }
  const file = createWriteStream(partial, { flags: source.start > 0 ? 'a' : 'w', mode: 0o600 })
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk)
      if (file.write(chunk)) done()
      else file.once('drain', () => done())
    },
    final: (done) => file.end(() => done()),
  })
  // A full disk shows on the file, and must end the pipeline.
  file.on('error', (error) => sink.destroy(error))
  try {
    await pipeline(source.body, sink, { signal })
  } catch (error) {
    // What came so far is kept: the next attempt continues behind it.
    await new Promise<void>((resolve) => (file.closed || file.errored !== null ? resolve() : file.end(() => resolve())))
    const onDisk = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EROFS')
    throw onDisk ? error : new SourceError(messageOf(error), !local)
  }
  return { start: source.start, digest: textOf(digest, hash) }
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url)
  } catch (error) {
    throw new SourceError(messageOf(error), false)
  }
}
