// Kills ironherd at every step and at random moments, and lets two of it meet; a row for each part of a history.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { must } from '../lab/machine/sh.ts'
import { runHdfsCrashes } from './crash-hdfs.ts'
import { judge, type Manner, type Part, runHistory } from './crash-histories.ts'
import { allMeetings, runMeetings } from './crash-leaders.ts'

const manners: readonly Manner[] = ['before', 'sent', 'after', 'random']

const header =
  '| killed | part | kills | of these at rest | steps that the machine ended alone | steps begun | begun once more | end state differs in | done twice, or not at all | s |\n|---|---|---|---|---|---|---|---|---|---|'

/** Words: manners of killing, parts of the names of meetings, and `hdfs` for its first start; none is all. */
export async function runCrashes(
  words: readonly string[],
  tell: (line: string) => void,
  file: string,
): Promise<boolean> {
  const chosen = manners.filter((manner) => words.length === 0 || words.includes(manner))
  const meetings = allMeetings.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
  let fine = true
  if (chosen.length > 0) {
    tell(header)
    const undisturbed = await theUndisturbed(join(file, '..'))
    for (const index of undisturbed.keys()) fine = row('never', undisturbed, undisturbed, index, tell) && fine
    for (const manner of chosen) {
      try {
        await runHistory(manner, console.log, (parts) => {
          fine = row(manner, undisturbed, parts, parts.length - 1, tell) && fine
        })
      } catch (error) {
        fine = false
        tell(`| ${manner} | FAILED: ${String(error).slice(0, 1500).replaceAll('\n', ' ')} | | | | | | | | |`)
      }
    }
  }
  if (words.length === 0 || words.includes('hdfs')) fine = (await runHdfsCrashes(tell)) && fine
  return (meetings.length === 0 || (await runMeetings(meetings, tell))) && fine
}

/** What all others are compared with: run once for each state of the sources, and kept beside the results. */
async function theUndisturbed(directory: string): Promise<readonly Part[]> {
  const sources = (await must(['git', 'rev-parse', 'HEAD:src'])).trim().slice(0, 12)
  const file = join(directory, `crashes-undisturbed-${sources}.json`)
  if (existsSync(file)) {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as readonly (Omit<Part, 'ending'> & {
      readonly ending: readonly (readonly [string, string])[]
    })[]
    return kept.map((part) => ({ ...part, ending: new Map(part.ending) }))
  }
  const parts = await runHistory(undefined, console.log)
  writeFileSync(file, JSON.stringify(parts.map((part) => ({ ...part, ending: [...part.ending] }))))
  return parts
}

function row(
  killed: string,
  undisturbed: readonly Part[],
  parts: readonly Part[],
  index: number,
  tell: (line: string) => void,
): boolean {
  const part = parts[index]
  const verdict = judge(undisturbed, parts, index)
  const { alone, atRest, begun, again, different, kills, twice } = verdict
  const listed = (lines: readonly string[]): string => (lines.length === 0 ? 'nothing' : lines.slice(0, 20).join('; '))
  const cells = [killed, part?.name, kills, atRest, alone, begun, listed(again), listed(different), listed(twice)]
  tell(`| ${[...cells, part?.seconds.toFixed(0)].join(' | ')} |`)
  return different.length === 0 && twice.length === 0
}
