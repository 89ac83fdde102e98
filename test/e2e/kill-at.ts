// Loaded into a daemon by `node --import`: kills or stops that process at a journalled step, from inside and so exactly. It sits
// between ironherd and its SSH library, reads of the scripts that go out which steps they hold, and changes nothing of them.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Duplex } from 'node:stream'

/**
 * `before`: the script that holds the step is not sent. `sent`: it is, and the machine runs it with nobody there to hear of
 * it. `after`: the machine has said that the step is done, and nobody has read that.
 */
export type Moment = 'before' | 'sent' | 'after'

interface Victim {
  readonly id: string
  readonly label: string
}

const settings = new URL(import.meta.url).searchParams
const [moment, ledger, signal] = [settings.get('moment'), settings.get('ledger') ?? '', settings.get('signal')]
const verbs = new RegExp(settings.get('verbs') ?? '.')

/** Each step is a victim once: what stands in the ledger was one, in this process or in one before it. */
const spent = new Set(
  (existsSync(ledger) ? readFileSync(ledger, 'utf8') : '').split('\n').map((line) => line.split('\t')[1] ?? ''),
)

appendFileSync(ledger, `${String(Date.now())}\tbegun\n`)

function victimIn(script: string): Victim | undefined {
  for (const [, member = '', verb = '', id = ''] of script.matchAll(/^journal intent (\S+) (\S+) ([0-9a-f]+) ''/gm)) {
    if (!spent.has(id) && verbs.test(verb)) return { id, label: `${verb} ${member}` }
  }
  return undefined
}

function end({ id, label }: Victim): void {
  spent.add(id)
  appendFileSync(ledger, `${String(Date.now())}\t${id}\t${label}\n`)
  process.kill(process.pid, signal === 'SIGSTOP' ? 'SIGSTOP' : 'SIGKILL')
}

interface ChannelCalls {
  write: (this: Duplex, chunk: unknown, ...rest: unknown[]) => boolean
  push: (this: Duplex, chunk: unknown, ...rest: unknown[]) => boolean
}

const { Channel } = createRequire(import.meta.url)('ssh2/lib/Channel.js') as { Channel: { prototype: ChannelCalls } }
const original = { write: Channel.prototype.write, push: Channel.prototype.push }
/** Whose answer is waited for, with what has come of it. */
const awaited = new WeakMap<Duplex, Victim & { seen: string }>()

Channel.prototype.write = function (chunk, ...rest) {
  const victim = victimIn(Buffer.isBuffer(chunk) ? chunk.toString('latin1') : '')
  if (victim !== undefined && moment === 'before') end(victim)
  const more = original.write.call(this, chunk, ...rest)
  if (victim !== undefined && moment === 'sent') end(victim)
  if (victim !== undefined && moment === 'after') awaited.set(this, { ...victim, seen: '' })
  return more
}

Channel.prototype.push = function (chunk, ...rest) {
  const waiting = awaited.get(this)
  if (waiting !== undefined && Buffer.isBuffer(chunk)) {
    waiting.seen += chunk.toString('latin1')
    if (waiting.seen.includes(`@step ${waiting.id} 0 `)) end(waiting)
  }
  return original.push.call(this, chunk, ...rest)
}
