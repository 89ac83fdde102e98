import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { playParts } from './machinery.ts'
import { parts } from './parts.ts'
import { report } from './report.ts'

const page = join(import.meta.dirname, '../../../../docs/mesos-conformance.md')

/**
 * Plays the parts named on the command line, or all of them (ten minutes), and prints what differs; with all of them,
 * writes the page. Ends with 1 where anything differs that may not.
 */
async function main(wanted: readonly string[]): Promise<void> {
  const results = await playParts(wanted.length > 0 ? wanted : Object.keys(parts), console.log)
  for (const { recording, different } of results) {
    for (const { where, recorded, seen } of different) {
      console.log(`${recording}: ${where}: recorded ${recorded}, seen ${seen}`)
    }
  }
  const bad = results.filter(({ different }) => different.length > 0).length
  console.log(`${results.length} cases, ${results.length - bad} equal, ${bad} different`)
  if (wanted.length === 0) writeFileSync(page, report(results))
  process.exitCode = bad === 0 ? 0 : 1
}

await main(process.argv.slice(2))
