/** A reply that is not what the look's script prints: cut off, or mixed with something else. Never leaves this room. */
export class MalformedReply extends Error {}

/** The names in one directory, or in several: a slash for each directory, then each of its names with a slash behind. */
interface EntriesRecord {
  /** find's exit code. */
  readonly code: number
  readonly directories: readonly string[]
  readonly list: string
}

/** The records of a reply, sorted by kind; nothing judged yet. All numbers are still text. */
export interface LookRecords {
  /** µs since the epoch, host's clock, at the script's beginning and end. */
  readonly beganMicros: number
  readonly endedMicros: number
  /** Seconds, read at the script's beginning. */
  readonly uptime: number
  readonly machineId: string
  readonly bootId: string
  readonly hostname: string
  readonly memoryKiB: number
  /** As the kernel writes it, e.g. `0-3,8`. */
  readonly cpus: string
  readonly installation: string
  readonly epoch: string
  readonly journal: string
  readonly ownFiles: string
  /** File name and text of each member's record, one after the other. */
  readonly records: readonly string[]
  readonly units?: string
  readonly stat: string
  readonly sums?: string
  readonly statfs?: string
  readonly mounts?: string
  readonly content: ReadonlyMap<number, Buffer>
  readonly entries: readonly EntriesRecord[]
  readonly users?: { readonly code: number; readonly users: string; readonly groups: string }
  readonly packages?: { readonly manager: string; readonly code: number; readonly said: string }
  /** nft's exit code, 127 where there is none, and what it printed. */
  readonly firewall?: { readonly code: number; readonly said: string }
  readonly java: ReadonlyMap<number, { readonly home: string; readonly release: string }>
  readonly listening?: { readonly lines: number; readonly found: string }
  readonly owners: ReadonlyMap<string, { readonly pid: number; readonly command: string; readonly cgroup: string }>
  readonly software: ReadonlyMap<number, { readonly code: number; readonly listing: string; readonly record: string }>
  /** What sha256sum --check said of the files that were read. */
  readonly read: ReadonlyMap<number, { readonly code: number; readonly said: string }>
  readonly superseded: ReadonlyMap<number, string>
  readonly logs: ReadonlyMap<number, { readonly code: number; readonly said: string }>
  /** `+` and the answer; `~` when none came in time; else why there is no connection. */
  readonly talks: ReadonlyMap<number, Buffer>
  readonly https: ReadonlyMap<number, Buffer>
  /** In hex. */
  readonly znodes: ReadonlyMap<number, Buffer>
}

/** NUL-terminated fields → records. Throws MalformedReply. */
export function readRecords(reply: Buffer): LookRecords {
  const nextBytes = fieldsOf(reply)
  const next = (): string => nextBytes().toString('utf8')
  const number = (): number => {
    const text = next()
    const value = Number(text)
    if (text === '' || !Number.isFinite(value))
      throw new MalformedReply(`${JSON.stringify(text.slice(0, 80))} is not a number`)
    return value
  }
  const first = next()
  if (first !== 'ironherd-look-1') throw new MalformedReply(`it begins with ${JSON.stringify(first.slice(0, 80))}`)
  const head = {
    beganMicros: number(),
    uptime: number(),
    machineId: next(),
    bootId: next(),
    hostname: next(),
    memoryKiB: number(),
    cpus: next(),
    installation: next(),
    epoch: next(),
    journal: next(),
    ownFiles: next(),
    records: several(number(), next),
  }
  const content = new Map<number, Buffer>()
  const entries: EntriesRecord[] = []
  const java = new Map<number, { home: string; release: string }>()
  const owners = new Map<string, { pid: number; command: string; cgroup: string }>()
  const software = new Map<number, { code: number; listing: string; record: string }>()
  const read = new Map<number, { code: number; said: string }>()
  const superseded = new Map<number, string>()
  const logs = new Map<number, { code: number; said: string }>()
  const talks = new Map<number, Buffer>()
  const https = new Map<number, Buffer>()
  const znodes = new Map<number, Buffer>()
  const single: { -readonly [K in keyof LookRecords]?: LookRecords[K] } = {}
  for (;;) {
    const name = next()
    switch (name) {
      case 'ironherd-look-end':
        return {
          ...head,
          ...single,
          stat: single.stat ?? '',
          endedMicros: number(),
          content,
          entries,
          java,
          owners,
          software,
          read,
          superseded,
          logs,
          talks,
          https,
          znodes,
        }
      case 'units':
      case 'stat':
      case 'sums':
      case 'statfs':
      case 'mounts':
        single[name] = next()
        break
      case 'content':
        content.set(number(), Buffer.concat(interspersed(several(number(), nextBytes))))
        break
      case 'entries':
        entries.push({ code: number(), directories: several(number(), next), list: next() })
        break
      case 'users':
        single.users = { code: number(), users: next(), groups: next() }
        break
      case 'packages':
        single.packages = { manager: next(), code: number(), said: next() }
        break
      case 'firewall':
        single.firewall = { code: number(), said: next() }
        break
      case 'java':
        java.set(number(), { home: next(), release: next() })
        break
      case 'listening':
        single.listening = { lines: number(), found: next() }
        break
      case 'owner':
        owners.set(next(), { pid: number(), command: next(), cgroup: next() })
        break
      case 'software':
        software.set(number(), { code: number(), listing: next(), record: next() })
        break
      case 'read':
        read.set(number(), { code: number(), said: next() })
        break
      case 'log':
        logs.set(number(), { code: number(), said: next() })
        break
      case 'superseded':
        superseded.set(number(), next())
        break
      case 'talk':
        talks.set(number(), nextBytes())
        break
      case 'http':
        https.set(number(), nextBytes())
        break
      case 'znode':
        znodes.set(number(), nextBytes())
        break
      default:
        throw new MalformedReply(`it holds a record named ${JSON.stringify(name.slice(0, 80))}`)
    }
  }
}

/** A count that was damaged on the way soon runs out of fields. */
function several<T>(count: number, next: () => T): readonly T[] {
  const fields: T[] = []
  while (fields.length < count) fields.push(next())
  return fields
}

const nul = Buffer.alloc(1)

function interspersed(pieces: readonly Buffer[]): readonly Buffer[] {
  return pieces.flatMap((piece, at) => (at === 0 ? [piece] : [nul, piece]))
}

function fieldsOf(reply: Buffer): () => Buffer {
  let at = 0
  return () => {
    const end = reply.indexOf(0, at)
    if (end < 0) throw new MalformedReply('it ends too early')
    const field = reply.subarray(at, end)
    at = end + 1
    return field
  }
}
