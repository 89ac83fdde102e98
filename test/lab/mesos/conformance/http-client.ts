import { request } from 'node:http'
import type { Answer } from './recordings.ts'

export interface Asked {
  readonly method?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds; 10 000 where nothing is said. */
  readonly timeoutMs?: number
}

/** The answer, or undefined where there was none: refused, cut off, or not in time. */
export function ask(url: string, asked: Asked = {}): Promise<Answer | undefined> {
  const { method = 'GET', body, headers = {}, timeoutMs = 10_000 } = asked
  const type = body === undefined ? {} : { 'Content-Type': 'application/json', Accept: 'application/json' }
  return new Promise((resolve) => {
    const sent = request(url, { method, headers: { ...type, ...headers }, signal: AbortSignal.timeout(timeoutMs) })
    sent.on('error', () => resolve(undefined))
    sent.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', () => resolve(undefined))
      response.on('end', () => {
        const raw = response.rawHeaders
        const pairs = raw.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, raw[at + 1] ?? '']] : []))
        const status = `HTTP/1.1 ${response.statusCode ?? 0} ${response.statusMessage ?? ''}`
        resolve({ status, headers: pairs, body: Buffer.concat(chunks).toString('utf8') })
      })
    })
    sent.end(body)
  })
}

/** The body of a 200 as JSON; undefined for anything else. */
export async function askJson(url: string, asked: Asked = {}): Promise<unknown> {
  const answer = await ask(url, asked)
  return answer?.status.startsWith('HTTP/1.1 200') ? JSON.parse(answer.body) : undefined
}
