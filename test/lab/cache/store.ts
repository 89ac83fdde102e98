// The cache's one mechanism: a piece is a directory named by what it is made of. It is built beside its place and renamed
// into it, under a lock; so it is there whole or not at all, whatever interrupts the build.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { withLock } from '../machine/lock.ts'
import { type Command, need } from '../machine/needs.ts'
import { cacheHome } from '../machine/places.ts'
import { type Log, withProgress } from '../machine/progress.ts'
import { must } from '../machine/sh.ts'

export interface Piece {
  readonly name: string
  readonly version: string
  /** Everything else that decides the content: a change of it makes a new piece. */
  readonly recipe: string
  readonly needs: readonly Command[]
  /** Fills `dir`, an empty directory that is renamed into place afterwards. Long output goes to `logFile`. */
  readonly build: (dir: string, context: BuildContext) => Promise<void>
}

export interface BuildContext {
  readonly log: Log
  readonly logFile: string
  /** A temporary directory that is removed after the build. */
  readonly scratch: string
}

function keyOf(piece: Piece): string {
  const digest = createHash('sha256').update(`${piece.name}\0${piece.version}\0${piece.recipe}`).digest('hex')
  return `${piece.name}-${piece.version}-${digest.slice(0, 10)}`
}

export function placeOf(piece: Piece): string {
  return join(cacheHome(), keyOf(piece))
}

/** The directory of the piece, built first if it is not there. */
export async function obtain(piece: Piece, log: Log): Promise<string> {
  const place = placeOf(piece)
  if (existsSync(place)) return place
  const label = `${piece.name} ${piece.version}`
  await withLock(
    join(cacheHome(), 'locks', piece.name),
    async () => {
      if (existsSync(place)) return
      await need(piece.needs, log)
      await removeLeftovers(piece.name)
      const logs = join(cacheHome(), 'logs')
      await mkdir(logs, { recursive: true })
      // Named by process: what a killed build left running must not write into ours.
      const building = `${place}.${process.pid}.building`
      const scratch = `${place}.${process.pid}.scratch`
      await mkdir(building, { recursive: true, mode: 0o755 })
      await mkdir(scratch, { recursive: true, mode: 0o755 })
      const context = { log, logFile: join(logs, `${keyOf(piece)}.log`), scratch }
      await withProgress(log, label, 'building', () => piece.build(building, context))
      await rename(building, place)
      await discard(scratch)
    },
    () => {
      log(`lab: ${label}: another run is building it, waiting …`)
    },
  )
  return place
}

/** An interrupted build leaves its half beside the place, perhaps with mounts in it. */
async function removeLeftovers(name: string): Promise<void> {
  for (const entry of await readdir(cacheHome())) {
    const half = entry.endsWith('.building') || entry.endsWith('.scratch')
    if (half && entry.startsWith(`${name}-`)) await discard(join(cacheHome(), entry))
  }
}

async function discard(dir: string): Promise<void> {
  // --one-file-system: a mount that was left in there must never be emptied through us.
  await must([
    'bash',
    '-c',
    'awk -v d="$1/" \'index($5, d) == 1 {print $5}\' /proc/self/mountinfo | tac | xargs -r umount -l',
    '-',
    dir,
  ])
  await must(['rm', '-rf', '--one-file-system', dir])
}
