import { fstatSync, openSync, readdirSync, readlinkSync, type Stats, statSync } from 'node:fs'
import { basename } from 'node:path'
import { StorageError, withWords } from './files.ts'

/**
 * Holds a file open for as long as the process lives, and throws a StorageError where another one does
 * (c-failures/48). Node has no file locks, so the open files of all processes that this user may see are looked through:
 * by inode, for hosts of a lab have files of the same name.
 */
export function lock(path: string): number {
  const file = withWords(path, () => openSync(path, 'a', 0o644))
  const own = fstatSync(file)
  const others = listed('/proc').filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
  if (others.some((pid) => holds(pid, basename(path), own))) {
    throw new StorageError(`IO error: lock ${path}: Resource temporarily unavailable`)
  }
  return file
}

function holds(pid: string, name: string, { dev, ino }: Stats): boolean {
  const folder = `/proc/${pid}/fd`
  return listed(folder).some((file) => {
    const stats = statOf(`${folder}/${file}`, name)
    return stats?.dev === dev && stats.ino === ino
  })
}

// Processes and their files come and go meanwhile, and those of other users are not shown.
function listed(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function statOf(link: string, name: string): Stats | undefined {
  try {
    return basename(readlinkSync(link)) === name ? statSync(link) : undefined
  } catch {
    return undefined
  }
}
