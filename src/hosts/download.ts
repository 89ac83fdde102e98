import type { Readable } from 'node:stream'
import { Agent, request } from 'undici'
import { messageOf } from './waiting.ts'

/** The source of an archive failed; `retry`: it may be otherwise the next moment. The message holds no credentials. */
export class SourceError extends Error {
  readonly retry: boolean

  constructor(message: string, retry: boolean) {
    super(message)
    this.retry = retry
  }
}

export interface Download {
  /** Offset of the first byte of `body`: what was asked for, or 0 when the server sends everything. */
  readonly start: number
  readonly body: Readable
}

const mostRedirects = 5
/** Archives are large and mirrors slow: what counts is that bytes keep coming. ms. */
// HTTP/2: see control/kubernetes/client.ts.
const agent = new Agent({ allowH2: false, connectTimeout: 10_000, headersTimeout: 30_000, bodyTimeout: 30_000 })

/** Opens an http(s) URL at `start`, following redirects. Throws SourceError. */
export async function openDownload(url: string, start: number, signal: AbortSignal): Promise<Download> {
  let place = parse(url)
  const first = place
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const answer = await ask(place, first, start, signal)
    const { statusCode: status, headers } = answer
    const body: Readable = answer.body
    // A body that is left alone raises an error of its own when the signal is aborted later.
    body.on('error', () => {})
    if (status === 200) return { start: 0, body }
    if (status === 206 && start > 0 && String(headers['content-range']).startsWith(`bytes ${start}-`))
      return { start, body }
    body.destroy()
    const location = headers['location']
    if (status >= 300 && status < 400 && typeof location === 'string') {
      place = parse(new URL(location, place).href)
      continue
    }
    // The partial file is as long as the whole, or longer, or the server cannot continue: everything anew.
    if (start > 0 && (status === 416 || status === 206)) return openDownload(url, 0, signal)
    throw new SourceError(`${place.host} answered ${status}`, status >= 500 || status === 429)
  }
  throw new SourceError(`more than ${mostRedirects} redirects`, false)
}

async function ask(place: URL, first: URL, start: number, signal: AbortSignal): ReturnType<typeof request> {
  // Credentials go to the server that they were written for, and to no other that it names.
  const login = place.origin === first.origin ? first : place
  const bare = new URL(place)
  bare.username = ''
  bare.password = ''
  const headers: Record<string, string> = { accept: '*/*' }
  if (start > 0) headers['range'] = `bytes=${start}-`
  if (login.username !== '') {
    const pair = `${decodeURIComponent(login.username)}:${decodeURIComponent(login.password)}`
    headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`
  }
  try {
    return await request(bare, { dispatcher: agent, headers, signal })
  } catch (error) {
    throw new SourceError(`${place.host}: ${messageOf(error) || 'no connection'}`, true)
  }
}

function parse(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    throw new SourceError('it is neither an http(s) nor a file URL', false)
  }
  return parsed
}

/** For messages and logs: without user, password and query, where tokens stand. */
export function redacted(url: string): string {
  if (!URL.canParse(url)) return 'the URL'
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
