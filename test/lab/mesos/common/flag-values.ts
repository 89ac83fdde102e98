import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { formatBytes, formatDuration, parseBytes, parseDuration } from './quantities.ts'

/** What stands in flags/*.json for each flag. `default` is the text that the program itself shows. */
export interface FlagKind {
  readonly type: 'boolean' | 'text' | 'path' | 'integer' | 'port' | 'number' | 'duration' | 'bytes'
  readonly aliases?: readonly string[]
  readonly default?: string
  readonly required?: boolean
}

export type Kinds = Readonly<Record<string, FlagKind>>

const kinds = {
  'mesos-master': () => read('master'),
  'mesos-agent': () => read('agent'),
  'mesos-execute': () => read('execute'),
}

export type Program = keyof typeof kinds

export function flagsOf(program: Program): Kinds {
  return kinds[program]()
}

function read(name: string): Kinds {
  const text = readFileSync(new URL(`../flags/${name}.json`, import.meta.url), 'utf8')
  // The folder of the program that runs: the recordings call it $BIN.
  return JSON.parse(text.replaceAll('$BIN', dirname(process.argv[1] ?? '.'))) as Kinds
}

const convert = 'Failed to convert into required type'

/**
 * The text that `/flags` shows for a value as it was given. A value `file://…` is the text of that file, except where
 * the flag itself names a file. Throws an Error whose message is what Mesos says behind "Failed to load flag 'x': ".
 */
export function canonical(kind: FlagKind, given: string): string {
  if (kind.type === 'path') return given
  return shown(kind, fetched(given))
}

function fetched(given: string): string {
  if (!given.startsWith('file://')) return given
  const path = given.slice('file://'.length)
  try {
    return readFileSync(path, 'utf8').trimEnd()
  } catch (error) {
    const words =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'No such file or directory' : ''
    throw new Error(`Failed to load value '${given}': Error reading file '${path}': ${words}`)
  }
}

function shown({ type }: FlagKind, value: string): string {
  const refuse = (reason: string): never => {
    throw new Error(`Failed to load value '${value}': ${reason}`)
  }
  switch (type) {
    case 'text':
    case 'path':
      return value
    case 'boolean':
      if (value === 'true' || value === '1') return 'true'
      if (value === 'false' || value === '0') return 'false'
      return refuse('Expecting a boolean (e.g., true or false)')
    case 'integer':
      return /^\d{1,15}$/.test(value) ? String(Number(value)) : refuse(convert)
    case 'port':
      return /^\d{1,5}$/.test(value) && Number(value) <= 65535 ? String(Number(value)) : refuse(convert)
    case 'number':
      return value !== '' && Number.isFinite(Number(value)) ? String(Number(value)) : refuse(convert)
    case 'duration': {
      const ms = parseDuration(value)
      return ms === undefined ? refuse(`Invalid duration '${value}'`) : formatDuration(ms)
    }
    case 'bytes': {
      const bytes = parseBytes(value)
      return bytes === undefined ? refuse(`Invalid bytes '${value}'`) : formatBytes(bytes)
    }
  }
}
