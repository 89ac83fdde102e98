// `npm run simulate -- [--seed N] [--from N] [--runs N] [--mutants]`: runs from their seeds, and what failed.
import '../tools/node-version.ts'
import { parseArgs } from 'node:util'
import { failureText, mutantsSeen, simulate, summaryText } from './campaign.ts'
import { knownSeeds, mutantTable, writeMutants } from './mutant-table.ts'
import { mutants } from './mutants.ts'
import { runSeed } from './run.ts'

const { values } = parseArgs({
  options: {
    mutants: { type: 'boolean', default: false },
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    runs: { type: 'string' },
  },
})

if (values.mutants) {
  const seen = await mutantsSeen(Number(values.runs ?? 2000), knownSeeds())
  writeMutants(seen)
  for (const line of mutantTable(seen)) console.log(line)
  process.exitCode = seen.size === mutants.length ? 0 : 1
} else if (values.seed === undefined) {
  const summary = await simulate(Number(values.from), Number(values.runs ?? 20_000), console.log)
  console.log(summaryText(summary))
  process.exitCode = summary.failed.length === 0 ? 0 : 1
} else {
  const result = await runSeed(Number(values.seed))
  console.log(result.violations.length === 0 ? result.history.join('\n') : failureText(result))
  process.exitCode = result.violations.length === 0 ? 0 : 1
}
