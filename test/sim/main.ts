// `npm run simulate -- [--seed N] [--from N] [--runs N] [--mutants]`: runs from their seeds, and what failed.
import '../tools/node-version.ts'
import { parseArgs } from 'node:util'
import { failureText, mutantSeen, simulate, summaryText } from './campaign.ts'
import { mutants } from './mutants.ts'
import { runSeed } from './run.ts'

const { values } = parseArgs({
  options: {
    mutants: { type: 'boolean', default: false },
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    runs: { type: 'string', default: '20000' },
  },
})

if (values.mutants) {
  for (const mutant of mutants) {
    const seen = await mutantSeen(mutant, 300)
    console.log(`${mutant.name}: ${seen === '' ? 'NOT SEEN in 300 seeds' : seen}`)
  }
} else if (values.seed === undefined) {
  const summary = await simulate(Number(values.from), Number(values.runs), console.log)
  console.log(summaryText(summary))
  process.exitCode = summary.failed.length === 0 ? 0 : 1
} else {
  const result = await runSeed(Number(values.seed))
  console.log(result.violations.length === 0 ? result.history.join('\n') : failureText(result))
  process.exitCode = result.violations.length === 0 ? 0 : 1
}
