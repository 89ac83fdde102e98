import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder, in memory where there is such a place: a busy disk takes a second for what these tests have it do often. */
export function scratchFolder(): string {
  const shared = '/dev/shm'
  return mkdtempSync(join(existsSync(shared) ? shared : tmpdir(), 'replicated-log-'))
}
