import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { apply, type Contents, type Entry, empty } from './contents.ts'
import {
  appendDurably,
  fileName,
  manifestName,
  numberOf,
  renameDurably,
  StorageError,
  withWords,
  writeDurably,
} from './files.ts'
import { lock } from './lock.ts'
import { contentsOf, entriesOf, readRecords, tableOf, toRecord } from './records.ts'

/** Where a replica keeps what it promised and accepted. */
export interface Storage {
  readonly contents: Contents
  /** Returns once `entry` is on disk and in `contents`, or throws a StorageError. */
  persist(entry: Entry): void
  close(): void
}

/** The files that count: everything before the log is in the table. A record of the manifest. */
interface Version {
  readonly table?: number
  readonly log: number
}

/**
 * The folder has the file names that leveldb leaves (d-mesos-execute/08): a log of entries, one table with all before
 * it, a manifest that names both, and CURRENT that names the manifest. What is inside is our own, but damage has the
 * ends of c-failures/14 and 15: unreadable entries are dropped without a word, a missing CURRENT is a new database that
 * takes in the logs it finds, a missing manifest is an error. The constructor throws StorageError.
 */
export class DiskStorage implements Storage {
  readonly contents: Contents
  readonly #folder: string
  readonly #lock: number
  readonly #manifest: string
  #next: number
  #table: number | undefined
  #log: number
  #file: number
  /** leveldb takes no further write after a failed one, until it is opened again (c-failures/15). */
  #failed: StorageError | undefined

  constructor(folder: string) {
    this.#folder = folder
    withWords(folder, () => mkdirSync(folder, { recursive: true }))
    this.#lock = lock(join(folder, 'LOCK'))
    beginInfoLog(folder)
    const files = readdirSync(folder)
    const isNew = !files.includes('CURRENT')
    const version = isNew ? { log: 0 } : currentVersion(folder)
    this.#next = Math.max(2, ...files.map((name) => numberOf(name) + 1))
    this.#table = version.table
    this.contents = this.#table === undefined ? empty() : readTable(this.#path(this.#table, 'ldb'))
    const entries = logsFrom(files, version.log).flatMap((log) => entriesOf(join(folder, log)))
    for (const entry of entries) apply(this.contents, entry)
    this.#manifest = join(folder, manifestName(isNew ? 2 : this.#take()))
    if (isNew) this.#next = Math.max(this.#next, 3)
    this.#log = this.#take()
    if (entries.length > 0) this.#writeTable()
    this.#file = this.#openLog()
    this.#begin()
  }

  persist(entry: Entry): void {
    if (this.#failed) throw this.#failed
    try {
      appendDurably(this.#path(this.#log, 'log'), this.#file, toRecord(entry))
    } catch (error) {
      this.#fail(error)
      throw error
    }
    if (apply(this.contents, entry)) this.#compact()
  }

  close(): void {
    closeSync(this.#file)
    closeSync(this.#lock)
  }

  /** The entry that made it necessary is safe in the old log, so a failure stops only what comes after. */
  #compact(): void {
    try {
      this.#log = this.#take()
      this.#writeTable()
      closeSync(this.#file)
      this.#file = this.#openLog()
      this.#writeManifest('a')
      this.#removeObsolete()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (!(error instanceof StorageError)) throw error
    this.#failed = error
  }

  #writeTable(): void {
    this.#table = this.#take()
    writeDurably(this.#path(this.#table, 'ldb'), tableOf(this.contents))
  }

  #openLog(): number {
    return withWords(this.#path(this.#log, 'log'), (path) => openSync(path, 'a', 0o644))
  }

  /** From the rename on, the new files count. */
  #begin(): void {
    this.#writeManifest('w')
    const temporary = this.#path(this.#take(), 'dbtmp')
    writeDurably(temporary, `${this.#manifest.slice(this.#folder.length + 1)}\n`)
    renameDurably(temporary, join(this.#folder, 'CURRENT'))
    this.#removeObsolete()
  }

  /** 'w' for a new manifest, 'a' for one that is in use: its last record counts. */
  #writeManifest(flag: 'w' | 'a'): void {
    const version: Version = { ...(this.#table === undefined ? {} : { table: this.#table }), log: this.#log }
    writeDurably(this.#manifest, toRecord(version), flag)
  }

  /** A manifest of a higher number stays, as after the loss of CURRENT in c-failures/14. */
  #removeObsolete(): void {
    const kept = [this.#path(this.#log, 'log'), this.#path(this.#table ?? 0, 'ldb'), this.#manifest]
    for (const name of readdirSync(this.#folder)) {
      const path = join(this.#folder, name)
      const isNewer = name.startsWith('MANIFEST-') && path > this.#manifest
      if (numberOf(name) > 0 && !kept.includes(path) && !isNewer) rmSync(path)
    }
  }

  #path(number: number, ending: 'log' | 'ldb' | 'dbtmp'): string {
    return join(this.#folder, fileName(number, ending))
  }

  #take(): number {
    this.#next += 1
    return this.#next - 1
  }
}

function currentVersion(folder: string): Version {
  const name = readFileSync(join(folder, 'CURRENT'), 'utf8').trimEnd()
  const path = join(folder, name)
  if (numberOf(name) === 0) throw new StorageError('Corruption: CURRENT file does not end with newline')
  if (!existsSync(path)) {
    const words = `NotFound: ${path}: No such file or directory`
    throw new StorageError(`Corruption: CURRENT points to a non-existent file: ${words}`)
  }
  const version = (readRecords(path) as Version[]).at(-1)
  if (version === undefined) throw new StorageError('Corruption: no meta-nextfile entry in descriptor')
  return version
}

function readTable(path: string): Contents {
  if (!existsSync(path)) throw new StorageError(`Corruption: 1 missing files; e.g.: ${path}`)
  return contentsOf(path)
}

/** Oldest first. */
function logsFrom(files: readonly string[], first: number): string[] {
  const logs = files.filter((name) => name.endsWith('.log') && numberOf(name) >= first)
  return logs.sort((one, other) => numberOf(one) - numberOf(other))
}

function beginInfoLog(folder: string): void {
  const path = join(folder, 'LOG')
  if (existsSync(path)) renameSync(path, `${path}.old`)
  try {
    writeDurably(path, `${new Date().toISOString()} Recovering log\n`)
  } catch (error) {
    // leveldb does without this file where it cannot be written.
    if (!(error instanceof StorageError)) throw error
  }
}
