import { chownSync, existsSync, mkdirSync, openSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Owner } from './owner.ts'
import { latestRun, type RunPath, runFolder } from './paths.ts'

/** Makes the folder of a run below the work directory, with `latest` beside it (d-mesos-execute/07), and returns it. */
export function createSandbox(workDirectory: string, path: RunPath, owner: Owner | undefined): string {
  const directory = runFolder(workDirectory, path)
  mkdirSync(directory, { recursive: true })
  const link = latestRun(workDirectory, path)
  const fresh = `${link}.new`
  symlinkSync(directory, fresh)
  renameSync(fresh, link)
  if (owner !== undefined) chownSync(directory, owner.uid, owner.gid)
  return directory
}

/** `stdout` or `stderr` of a sandbox, opened to be written at its end. */
export function openOutput(directory: string, name: 'stdout' | 'stderr', owner: Owner | undefined): number {
  const path = join(directory, name)
  const fresh = !existsSync(path)
  const file = openSync(path, 'a', 0o644)
  if (fresh && owner !== undefined) chownSync(path, owner.uid, owner.gid)
  return file
}
