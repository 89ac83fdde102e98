import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { type Contents, type Entry, empty } from './contents.ts'
import type { Action } from './wire.ts'

/** One line: a checksum and JSON. A line cut short or overwritten is known by its checksum. */
export function toRecord(value: unknown): string {
  return `${withChecksum(JSON.stringify(value))}\n`
}

/** Only lines that were written whole, up to the first bad one: what follows damage is lost, as in leveldb. */
export function readRecords(path: string): unknown[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  const bad = lines.findIndex((line) => line !== withChecksum(line.slice(9)))
  return lines.slice(0, bad < 0 ? lines.length : bad).map((line): unknown => JSON.parse(line.slice(9)))
}

export function entriesOf(path: string): Entry[] {
  return readRecords(path) as Entry[]
}

export function tableOf({ status, promised, begin, actions }: Contents): string {
  return toRecord({ status, promised, begin, actions: [...actions.values()] } satisfies Table)
}

export function contentsOf(path: string): Contents {
  const [table] = readRecords(path) as (Table | undefined)[]
  if (table === undefined) return empty()
  return { ...table, actions: new Map(table.actions.map((action) => [action.position, action])) }
}

interface Table extends Omit<Contents, 'actions'> {
  readonly actions: readonly Action[]
}

function withChecksum(json: string): string {
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}`
}
