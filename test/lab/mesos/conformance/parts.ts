import type { Machinery } from './cluster.ts'
import { playMainRun } from './main-run.ts'
import type { Result } from './result.ts'

/** What can be played by itself, in the order in which all is played. Each has a cluster of its own. */
export const parts: Readonly<Record<string, (machinery: Machinery) => Promise<readonly Result[]>>> = {
  cluster: playMainRun,
}
