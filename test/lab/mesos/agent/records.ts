import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { abort } from '../common/log.ts'

/**
 * Files of the checkpoint. A record is its length in four bytes, lowest first, and then as many bytes of JSON: the
 * frame is Mesos' own, which is why garbage is read as a length (c-failures/42).
 */

/** Replaces the file whole: beside it first, then renamed. A disk that takes no more is a failed check (c-failures/62). */
export function writeRecord(path: string, record: unknown): void {
  replace(path, frame(record))
}

export function writeText(path: string, text: string): void {
  replace(path, Buffer.from(text))
}

/** Adds a record to a file of records. */
export function appendRecord(path: string, record: unknown): void {
  checked(path, () => {
    mkdirSync(dirname(path), { recursive: true })
    appendFileSync(path, frame(record))
  })
}

/** Points `link` to `target`, in one step where it pointed elsewhere. */
export function pointTo(link: string, target: string): void {
  checked(link, () => {
    const fresh = `${link}.${randomBytes(3).toString('hex')}`
    symlinkSync(target, fresh)
    renameSync(fresh, link)
  })
}

/** The one record of a file; undefined for an empty file. Throws an Error with Mesos' words on a broken one. */
export function readRecord(path: string): unknown {
  const bytes = readFileSync(path)
  if (bytes.length === 0) return undefined
  return recordAt(bytes, 0).record
}

/** All whole records of a file, and whether something broken stands behind them. */
export function readRecords(path: string): { readonly records: readonly unknown[]; readonly broken: boolean } {
  if (!existsSync(path)) return { records: [], broken: false }
  const bytes = readFileSync(path)
  const records: unknown[] = []
  let offset = 0
  while (offset < bytes.length) {
    try {
      const { record, end } = recordAt(bytes, offset)
      records.push(record)
      offset = end
    } catch {
      return { records, broken: true }
    }
  }
  return { records, broken: false }
}

/** The trimmed text of a file; undefined if there is none. */
export function readText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined
}

function recordAt(bytes: Buffer, offset: number): { readonly record: unknown; readonly end: number } {
  const short = 'hit EOF unexpectedly, possible corruption'
  if (bytes.length < offset + 4) throw new Error(`Failed to read size: ${short}`)
  const size = bytes.readUInt32LE(offset)
  const end = offset + 4 + size
  if (end > bytes.length) throw new Error(`Failed to read message of size ${size} bytes: ${short}`)
  try {
    return { record: JSON.parse(bytes.subarray(offset + 4, end).toString('utf8')), end }
  } catch {
    throw new Error('Failed to deserialize message')
  }
}

function frame(record: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(record))
  const size = Buffer.alloc(4)
  size.writeUInt32LE(body.length)
  return Buffer.concat([size, body])
}

function replace(path: string, bytes: Buffer): void {
  const fresh = join(dirname(path), randomBytes(3).toString('hex'))
  checked(fresh, () => {
    mkdirSync(dirname(path), { recursive: true })
    try {
      writeFileSync(fresh, bytes, { mode: 0o600 })
    } catch (error) {
      rmSync(fresh, { force: true })
      throw error
    }
    renameSync(fresh, path)
  })
}

function checked(path: string, write: () => void): void {
  try {
    write()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const reason = code === 'ENOSPC' ? 'No space left on device' : String(error)
    const words = `Failed to write temporary file '${path}': Failed to write size: ${reason}`
    abort('slave.cpp:10304', `CHECK_SOME(state::checkpoint(path, info)): ${words} `)
  }
}
