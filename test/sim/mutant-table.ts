import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { hdfsMutants } from './hdfs-mutants.ts'
import { mutants } from './mutants.ts'
import type { RunResult } from './run.ts'

const page = new URL('../../docs/simulation.md', import.meta.url)
const seeds = new URL('cases/mutants.json', import.meta.url)

/** Seeds that saw each at last, by name. */
export function knownSeeds(): Readonly<Record<string, number>> {
  return z.record(z.string(), z.int()).parse(JSON.parse(readFileSync(seeds, 'utf8')))
}

/** One row for each planted bug: who saw it first, and what. */
export function mutantTable(seen: ReadonlyMap<string, RunResult>): readonly string[] {
  const rows = mutants.map(({ name }) => {
    const found = seen.get(name)
    const [violation] = found?.violations ?? []
    if (found === undefined || violation === undefined) return `| ${name} | | **not seen** |`
    return `| ${name} | ${found.seed} | ${violation.oracle}: ${violation.why.split('\n')[0]?.slice(0, 110).replaceAll('|', '/') ?? ''} |`
  })
  return ['| planted bug | seed | seen by |', '|---|---|---|', ...rows]
}

function hdfsTable(): readonly string[] {
  const rows = hdfsMutants.map(({ mutant, seenBy: [verb, what] }) => `| ${mutant.name} | ${verb}: ${what} |`)
  return ['| planted bug | seen by |', '|---|---|', ...rows]
}

/** Keeps the seeds for the test and the tables for the reader. */
export function writeMutants(seen: ReadonlyMap<string, RunResult>): void {
  const named = Object.fromEntries(mutants.flatMap(({ name }) => [[name, seen.get(name)?.seed ?? 0]]))
  writeFileSync(seeds, `${JSON.stringify(named, null, 2)}\n`)
  writeTable('mutants', mutantTable(seen))
  writeTable('mutants of HDFS', hdfsTable())
}

function writeTable(name: string, lines: readonly string[]): void {
  const [begins, ends] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`]
  const text = readFileSync(page, 'utf8')
  const [before = '', rest = ''] = text.split(begins)
  const [, after = ''] = rest.split(ends)
  writeFileSync(page, `${before}${begins}\n${lines.join('\n')}\n${ends}${after}`)
}
