import type { Fact } from '../model/fact.ts'
import { absent, known, unknown } from '../model/fact.ts'
import type { HttpAnswer, ListenerAnswer, Question, TalkAnswer } from '../model/question.ts'
import type { ConversationRecord } from './look-fields.ts'
import type { Seen } from './look-seen.ts'

export function listenerFact(port: number, seen: Seen): Fact<ListenerAnswer> {
  const listening = seen.records.listening
  // The table has a heading: no line at all means that it could not be read.
  if (listening === undefined || listening.lines === 0) {
    return unknown('ProbeFailed', `${seen.host}: /proc/net/tcp cannot be read`)
  }
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = listening.found.split('\n').flatMap((line) => {
    const [at, inode] = line.split(' ')
    return at === hex && inode !== undefined ? [inode] : []
  })
  if (inodes.length === 0) return absent
  for (const inode of inodes) {
    const owner = seen.records.owners.get(inode)
    if (owner !== undefined) return known({ pid: owner.pid, command: owner.command, unit: unitOf(owner.cgroup) })
  }
  // A socket of the kernel's own (NFS), or of another namespace: somebody listens, but no process can be named.
  return known({ pid: 0, command: '', unit: '' })
}

/** The innermost .service in a process's cgroups. */
function unitOf(cgroup: string): string {
  const parts = cgroup.split(/[\s/]+/).filter((part) => part.endsWith('.service'))
  return parts.at(-1) ?? ''
}

export function talkFact(question: Extract<Question, { ask: 'talk' }>, index: number, seen: Seen): Fact<TalkAnswer> {
  const record = seen.records.talks.get(index)
  return outcomeOf(question, record, seen, (outcome) =>
    known({ outcome, text: outcome === 'refused' ? '' : (record?.data ?? '') }),
  )
}

const headLimit = 16384

export function httpFact(question: Extract<Question, { ask: 'http' }>, index: number, seen: Seen): Fact<HttpAnswer> {
  const record = seen.records.https.get(index)
  return outcomeOf<HttpAnswer>(question, record, seen, (outcome) => {
    if (outcome === 'refused') return known({ outcome, status: 0, body: '' })
    const response = parseResponse(Buffer.from(record?.data ?? '', 'base64'))
    if (response !== undefined) return known({ outcome, ...response })
    if (outcome === 'timeout') return known({ outcome, status: 0, body: '' })
    return unknown('ProbeFailed', `${seen.host}: ${question.address}:${question.port} does not speak HTTP`)
  })
}

function outcomeOf<T>(
  question: { readonly address: string; readonly port: number },
  record: ConversationRecord | undefined,
  seen: Seen,
  judge: (outcome: 'answered' | 'refused' | 'timeout') => Fact<T>,
): Fact<T> {
  const place = `${question.address}:${question.port}`
  if (record === undefined) return unknown('ProbeFailed', `${seen.host}: ${place} was not asked`)
  switch (record.outcome) {
    case 'answered':
    case 'timeout':
      return judge(record.outcome)
    case 'failed':
      if (record.said.includes('Connection refused')) return judge('refused')
      return unknown(
        'ProbeFailed',
        `${seen.host}: ${place}: ${record.said.trim().split('\n').at(-1)?.slice(0, 200) ?? ''}`,
      )
    default:
      return unknown('ProbeFailed', `${seen.host}: ${place}: unreadable outcome`)
  }
}

function parseResponse(bytes: Buffer): { readonly status: number; readonly body: string } | undefined {
  const end = bytes.subarray(0, headLimit).indexOf('\r\n\r\n')
  const head = bytes.toString('latin1', 0, end < 0 ? 0 : end)
  const status = /^HTTP\/\d(?:\.\d)? (\d{3})/.exec(head)?.[1]
  if (end < 0 || status === undefined) return undefined
  const body = bytes.subarray(end + 4)
  const chunked = /\r\ntransfer-encoding:[^\r\n]*chunked/i.test(head)
  return { status: Number(status), body: (chunked ? unchunk(body) : body).subarray(0, 1048576).toString('utf8') }
}

/** Some servers send chunks even to HTTP/1.0. What is cut off is left off. */
function unchunk(body: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; ) {
    const line = body.indexOf('\r\n', at)
    const size = line < 0 ? Number.NaN : Number.parseInt(body.toString('latin1', at, line), 16)
    if (!(size > 0)) break
    parts.push(body.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
  return Buffer.concat(parts)
}
