import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { getSystemErrorMessage } from 'node:util'

/** What ends a master as "Failed to recover the log: …", or stands in its log as "Error writing to log: …". */
export class StorageError extends Error {}

export function fileName(number: number, ending: 'log' | 'ldb' | 'dbtmp'): string {
  return `${String(number).padStart(6, '0')}.${ending}`
}

export function manifestName(number: number): string {
  return `MANIFEST-${String(number).padStart(6, '0')}`
}

/** Of '000014.log' and 'MANIFEST-000002'; 0 for the files without a number. */
export function numberOf(name: string): number {
  return Number(/^(?:MANIFEST-)?(\d{6,})(?:\.|$)/.exec(name)?.[1] ?? 0)
}

/** Turns an error of the system into the words of leveldb: "IO error: <path>: No space left on device". */
export function withWords<T>(path: string, act: (path: string) => T): T {
  try {
    return act(path)
  } catch (error) {
    throw new StorageError(`IO error: ${path}: ${systemWords(error)}`)
  }
}

export function appendDurably(path: string, file: number, text: string): void {
  withWords(path, () => {
    let rest = Buffer.from(text)
    while (rest.length > 0) rest = rest.subarray(writeSync(file, rest))
    fsyncSync(file)
  })
}

export function writeDurably(path: string, text: string, flag: 'w' | 'a' = 'w'): void {
  const file = withWords(path, () => openSync(path, flag, 0o644))
  try {
    appendDurably(path, file, text)
  } finally {
    closeSync(file)
  }
}

export function renameDurably(from: string, to: string): void {
  withWords(to, () => {
    renameSync(from, to)
    const folder = openSync(dirname(to), 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  })
}

function systemWords(error: unknown): string {
  const number = error instanceof Error && 'errno' in error ? error.errno : undefined
  if (typeof number !== 'number') throw error
  const words = getSystemErrorMessage(number)
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}
