import { openSync, readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { StorageError } from './files.ts'

/**
 * Holds a file open for as long as the process lives, and throws a StorageError where another one does
 * (c-failures/48). Node has no file locks, so the open files of all processes that this user may see are looked through.
 */
export function lock(path: string): number {
  const file = openSync(path, 'a', 0o644)
  const real = realpathSync(path)
  if (processes().some((pid) => pid !== process.pid && filesOf(pid).includes(real))) {
    throw new StorageError(`IO error: lock ${path}: Resource temporarily unavailable`)
  }
  return file
}

function processes(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger)
}

function filesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`
  return listed(folder).flatMap((name) => target(`${folder}/${name}`))
}

// Processes and their files come and go meanwhile, and those of other users are not shown.
function listed(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function target(link: string): string[] {
  try {
    return [readlinkSync(link)]
  } catch {
    return []
  }
}
