import { znodeFact as parseZnode } from '../formats/znode.ts'
import type { Fact } from '../model/fact.ts'
import { absent, known, unknown } from '../model/fact.ts'
import type { HttpAnswer, ListenerAnswer, Question, TalkAnswer, ZnodeAnswer } from '../model/question.ts'
import type { Seen } from './look-seen.ts'

export function listenerFact(port: number, seen: Seen): Fact<ListenerAnswer> {
  const listening = seen.records.listening
  // A table has a heading: no line at all means that none could be read.
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
  return outcomeOf(question, seen.records.talks.get(index), seen, (outcome, data) =>
    known({ outcome, text: data.toString('utf8') }),
  )
}

const headLimit = 16384

export function httpFact(question: Extract<Question, { ask: 'http' }>, index: number, seen: Seen): Fact<HttpAnswer> {
  return outcomeOf<HttpAnswer>(question, seen.records.https.get(index), seen, (outcome, data) => {
    if (outcome !== 'answered') return known({ outcome, status: 0, body: '' })
    const response = parseResponse(data)
    if (response !== undefined) return known({ outcome, ...response })
    return unknown('ProbeFailed', `${seen.host}: ${question.address}:${question.port} does not speak HTTP`)
  })
}

export function znodeFact(question: Extract<Question, { ask: 'znode' }>, index: number, seen: Seen): Fact<ZnodeAnswer> {
  const where = `${seen.host}: ${question.path} at ${question.address}:${question.port}`
  return outcomeOf<ZnodeAnswer>(question, seen.records.znodes.get(index), seen, (outcome, hex) => {
    if (outcome === 'refused') return unknown('ProbeFailed', `${where}: nobody listens there`)
    return parseZnode(Buffer.from(hex.toString('latin1'), 'hex'), where)
  })
}

function outcomeOf<T>(
  question: { readonly address: string; readonly port: number },
  record: Buffer | undefined,
  seen: Seen,
  judge: (outcome: 'answered' | 'refused' | 'timeout', data: Buffer) => Fact<T>,
): Fact<T> {
  const place = `${question.address}:${question.port}`
  if (record === undefined) return unknown('ProbeFailed', `${seen.host}: ${place} was not asked`)
  const mark = record.toString('latin1', 0, 1)
  if (mark === '+') return judge('answered', record.subarray(1))
  if (mark === '~') return judge('timeout', Buffer.alloc(0))
  const said = record.toString('utf8')
  if (said.includes('Connection refused')) return judge('refused', Buffer.alloc(0))
  return unknown('ProbeFailed', `${seen.host}: ${place}: ${reasonIn(said) || 'no answer'}`)
}

/** What bash says of a connection that did not come about: the cause, then once more with the path; each with where in its script. */
function reasonIn(said: string): string {
  const lines = said.trim().split('\n')
  const line = lines.findLast((one) => !one.includes('/dev/tcp/')) ?? lines.at(-1) ?? ''
  return line.replace(/^.*?: line \d+: /, '').slice(0, 200)
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
