import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../../cases/mesos/recordings')

export interface Exchange {
  readonly method: string
  readonly url: URL
  /** What was posted. */
  readonly sent?: string
  readonly answer: Answer
}

export interface Answer {
  /** 'HTTP/1.1 200 OK'. */
  readonly status: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

/** The names of the recordings in a part, such as 'a-http'. */
export function recordingsIn(part: string): readonly string[] {
  return readdirSync(join(folder, part)).sort()
}

export function readRecording(part: string, name: string): string {
  return readFileSync(join(folder, part, name), 'utf8')
}

/** The beginning of one of the recorder's own lines. */
const note = /^\[\d\d:\d\d:\d\d\.\d{3} \+ +[\d.]+s\] /

/** Requests and what was answered, in their order; those without an HTTP answer are left out. */
export function exchangesIn(text: string): readonly Exchange[] {
  return text.split(/^(?=>>> (?:GET|POST) )/m).flatMap((part) => {
    const lines = part.split('\n')
    const [, method, address] = /^>>> (GET|POST) (\S+)$/.exec(lines[0] ?? '') ?? []
    if (method === undefined || address === undefined) return []
    const sent = /^>>> body: (.*)$/.exec(lines[1] ?? '')?.[1]
    const answer = answerIn(lines)
    if (answer === undefined) return []
    return [{ method, url: new URL(address), ...(sent === undefined ? {} : { sent }), answer }]
  })
}

function answerIn(lines: readonly string[]): Answer | undefined {
  const first = lines.findIndex((line) => line.startsWith('HTTP/1.1 '))
  const status = lines[first]
  if (status === undefined) return undefined
  const rest = lines.slice(first + 1)
  const blank = rest.indexOf('')
  const headers = rest.slice(0, blank).map((line): [string, string] => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon), line.slice(colon + 2)]
  })
  const after = rest.slice(blank + 1)
  const end = after.findIndex((line) => note.test(line) || line.startsWith('--- '))
  return {
    status,
    headers,
    body: after
      .slice(0, end < 0 ? after.length : end)
      .join('\n')
      .trimEnd(),
  }
}

/** Whether the recorder has cut the body of an answer, with a mark or without one. */
export function isCut({ body }: Answer): boolean {
  if (!/^[[{]/.test(body)) return false
  try {
    JSON.parse(body)
    return false
  } catch {
    return true
  }
}
