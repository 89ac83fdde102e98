import { createHash } from 'node:crypto'
import type { Fact } from '../model/fact.ts'
import { absent, known, unknown } from '../model/fact.ts'
import type { DirectoryAnswer, FileAnswer, Question, SoftwareAnswer, SupersededAnswer } from '../model/question.ts'
import { whyNotAskable } from './askable.ts'
import { stateFiles } from './layout.ts'
import type { LookRecords } from './look-fields.ts'
import type { Seen } from './look-seen.ts'

interface Stat {
  readonly state: 'there'
  readonly kind: 'file' | 'directory' | 'symlink' | 'other'
  readonly mode: string
  readonly owner: string
  readonly group: string
  readonly size: number
  /** ms since the epoch, host's clock. */
  readonly modified: number
  readonly mount: string
}

type PathFact = Stat | { readonly state: 'missing' } | { readonly state: 'failed'; readonly why: string }

/** Only these two say that nothing is there; every other complaint (I/O error, stale handle…) says that it is not known. */
const missingWords = new Set(['No such file or directory', 'Not a directory'])

/** What stat said of each path that the script asked about. */
export class PathFacts {
  readonly #facts = new Map<string, PathFact>()

  constructor(records: LookRecords, questions: readonly Question[]) {
    const there = new Map<string, Stat>()
    const complaints: string[] = []
    for (const line of records.stat.split('\n')) {
      if (line.startsWith('stat: ')) complaints.push(line.slice(line.lastIndexOf(': ') + 2))
      else parseStat(line, there)
    }
    const asked = new Set<string>(Object.values(stateFiles))
    for (const kind of ['file', 'directory', 'software'] as const) {
      for (const question of questions) {
        if (question.ask === kind && whyNotAskable(question) === undefined) asked.add(question.path)
      }
    }
    const others = [...asked].filter((path) => !there.has(path))
    for (const path of asked) {
      const stat = there.get(path)
      if (stat !== undefined) this.#facts.set(path, stat)
    }
    // The nth complaint is about the nth path that has no answer. When the numbers differ, none can be told.
    for (const [index, path] of others.entries()) {
      const why = complaints.length === others.length ? complaints[index] : undefined
      this.#facts.set(
        path,
        why !== undefined && missingWords.has(why)
          ? { state: 'missing' }
          : { state: 'failed', why: why ?? 'stat did not answer for it' },
      )
    }
  }

  of(path: string): PathFact {
    return this.#facts.get(path) ?? { state: 'failed', why: 'it was not looked at' }
  }
}

function parseStat(line: string, into: Map<string, Stat>): void {
  const [type, mode, owner, group, size, modified, mount, ...name] = line.split('\t')
  if (name.length === 0 || type === undefined || !/^[0-9a-f]+$/.test(type)) return
  into.set(name.join('\t'), {
    state: 'there',
    kind: kindOf(Number.parseInt(type, 16)),
    mode: mode ?? '',
    owner: owner ?? '',
    group: group ?? '',
    size: finite(size),
    modified: Math.floor(finite(modified) * 1000),
    mount: mount ?? '',
  })
}

function kindOf(rawMode: number): Stat['kind'] {
  switch (rawMode & 0o170000) {
    case 0o100000:
      return 'file'
    case 0o040000:
      return 'directory'
    case 0o120000:
      return 'symlink'
    default:
      return 'other'
  }
}

function finite(text: string | undefined): number {
  const value = Number(text)
  return Number.isFinite(value) ? value : 0
}

export function fileFact(question: Extract<Question, { ask: 'file' }>, index: number, seen: Seen): Fact<FileAnswer> {
  const path = question.path
  const stat = seen.paths.of(path)
  if (stat.state === 'missing') return absent
  if (stat.state === 'failed') return unknown('ProbeFailed', `${seen.host}: ${path}: ${stat.why}`)
  const base = {
    mode: stat.mode,
    owner: stat.owner,
    group: stat.group,
    size: stat.size,
    modifiedAt: stat.modified - seen.clock.skewMs,
  }
  if (stat.kind !== 'file') return known({ ...base, kind: stat.kind === 'symlink' ? 'symlink' : 'other', sha256: '' })
  const sum = sumOf(path, seen.records.sums ?? '')
  if (sum === undefined) return unknown('ProbeFailed', `${seen.host}: ${path}: no digest: ${complaint(path, seen)}`)
  if (question.content === undefined || stat.size > Math.min(question.content, 65536)) {
    return known({ ...base, kind: 'file', sha256: sum })
  }
  const bytes = seen.records.content.get(index)
  if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== sum) {
    return unknown('ProbeFailed', `${seen.host}: ${path}: it changed while it was read`)
  }
  return known({ ...base, kind: 'file', sha256: sum, content: bytes.toString('utf8') })
}

/** sha256sum marks a line with a backslash when it had to escape one in the name. */
function sumOf(path: string, sums: string): string | undefined {
  const name = path.includes('\\') ? path.replaceAll('\\', '\\\\') : path
  for (const line of sums.split('\n')) {
    const match = /^\\?([0-9a-f]{64}) [ *](.*)$/.exec(line)
    if (match?.[2] === name) return match[1]
  }
  return undefined
}

function complaint(path: string, seen: Seen): string {
  const lines = (seen.records.sums ?? '').split('\n').filter((line) => line.startsWith('sha256sum: '))
  return lines.find((line) => line.includes(path)) ?? lines[0] ?? 'sha256sum did not answer in 8 s'
}

export function directoryFact(path: string, seen: Seen): Fact<DirectoryAnswer> {
  const stat = seen.paths.of(path)
  if (stat.state === 'missing') return absent
  if (stat.state === 'failed') return unknown('ProbeFailed', `${seen.host}: ${path}: ${stat.why}`)
  const base = { mode: stat.mode, owner: stat.owner, group: stat.group, mount: stat.mount }
  if (stat.kind !== 'directory') {
    const kind = stat.kind === 'symlink' ? 'symlink' : 'other'
    return known({ ...base, kind, readOnly: false, freeMiB: 0, entries: [] })
  }
  const entries = entriesOf(path, seen)
  if (entries === undefined) return unknown('ProbeFailed', `${seen.host}: ${path}: it cannot be listed`)
  const freeMiB = freeOf(path, seen.records.statfs ?? '')
  if (freeMiB === undefined) return unknown('ProbeFailed', `${seen.host}: ${path}: its file system does not answer`)
  const readOnly = isReadOnly(stat.mount, seen.records.mounts ?? '')
  return known({ ...base, kind: 'directory', readOnly, freeMiB, entries })
}

function entriesOf(path: string, seen: Seen): readonly string[] | undefined {
  for (const { code, directories, list } of seen.records.entries) {
    const at = directories.indexOf(path)
    if (at < 0) continue
    const all = code === 0 ? namesByDirectory(list) : []
    // One that vanished meanwhile makes find fail; were it not so, the others' names would be taken for its own.
    return all.length === directories.length ? all[at]?.sort(byBytes).slice(0, 200) : undefined
  }
  return undefined
}

function namesByDirectory(list: string): string[][] {
  const all: string[][] = []
  for (const name of list.split('/').slice(0, -1)) {
    if (name === '') all.push([])
    else all.at(-1)?.push(name)
  }
  return all
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function freeOf(path: string, statfs: string): number | undefined {
  for (const line of statfs.split('\n')) {
    const [blocks, size, ...name] = line.split('\t')
    if (name.join('\t') === path) return Math.floor((finite(blocks) * finite(size)) / 1048576)
  }
  return undefined
}

/** The last mount on a mount point is the one that is seen. Its own options or those of its file system say `ro`. */
function isReadOnly(mount: string, mountinfo: string): boolean {
  let readOnly = false
  for (const line of mountinfo.split('\n')) {
    const [own = '', fileSystem = ''] = line.split(' - ')
    const fields = own.split(' ')
    const at = (fields[4] ?? '').replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    )
    if (at !== mount) continue
    const options = [...(fields[5] ?? '').split(','), ...(fileSystem.split(' ')[2] ?? '').split(',')]
    readOnly = options.includes('ro')
  }
  return readOnly
}

export function softwareFact(path: string, index: number, seen: Seen): Fact<SoftwareAnswer> {
  const stat = seen.paths.of(path)
  if (stat.state === 'missing') return absent
  if (stat.state === 'failed') return unknown('ProbeFailed', `${seen.host}: ${path}: ${stat.why}`)
  if (stat.kind !== 'directory') return unknown('NotADirectory', `${seen.host}: ${path} is not a directory`)
  const found = seen.records.software.get(index)
  if (found === undefined || found.code !== 0 || !/^[0-9a-f]{64}$/.test(found.listing)) {
    const said = found?.listing.slice(0, 300) ?? 'no answer'
    return unknown('ProbeFailed', `${seen.host}: ${path} cannot be listed: ${said}`)
  }
  const record = new Map(found.record.split('\n').map((line) => [line.split(' ')[0], line.split(' ')[1] ?? '']))
  const damaged = damagedIn(seen.records.read.get(index))
  return known({
    ...(damaged === undefined ? {} : { damaged }),
    listing: found.listing,
    recordedListing: record.get('listing') ?? '',
    archive: record.get('archive') ?? '',
  })
}

/** Only a digest that differs is damage: a file that could not be read, or not in time, is not known to be changed. */
function damagedIn(read: { readonly code: number; readonly said: string } | undefined): readonly string[] | undefined {
  if (read?.code === 0) return []
  const names = (read?.said ?? '').split('\n').flatMap((line) => /^(.+): FAILED$/.exec(line)?.[1] ?? [])
  return names.length === 0 ? undefined : names.slice(0, 5)
}

export function supersededFact(index: number, seen: Seen): Fact<SupersededAnswer> {
  const found = seen.records.superseded.get(index)
  if (found === undefined) return unknown('ProbeFailed', `${seen.host}: superseded software was not looked for`)
  return known({ directories: found.split('\n').filter((line) => line.startsWith('/')) })
}
