// `npm run campaign -- NAME`: the long sets that are too slow for every change, with a table as result.
import '../tools/node-version.ts'
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { simulate, summaryText } from '../sim/campaign.ts'
import { runApprovals } from './approvals-campaign.ts'
import { runChanges } from './changes-campaign.ts'
import { runCrashes } from './crashes-campaign.ts'
import { runFaults } from './faults-campaign.ts'
import { runHdfsFaults } from './hdfs-faults-campaign.ts'
import { runRefusals } from './refusals-campaign.ts'

/** `words` pick some by their names; each line is told as it comes; `file` is where they are kept. Whether all was as it should be. */
type Campaign = (words: readonly string[], tell: (line: string) => void, file: string) => Promise<boolean>

const campaigns: Readonly<Record<string, Campaign>> = {
  async faults(words, tell, file) {
    const fine = await runFaults(words, tell, file)
    return (await runHdfsFaults(words, tell, file)) && fine
  },
  refusals: runRefusals,
  changes: runChanges,
  approvals: runApprovals,
  crashes: runCrashes,
  async simulation([runs = '20000'], tell) {
    const summary = await simulate(1, Number(runs), tell)
    tell(summaryText(summary))
    return summary.failed.length === 0
  },
}

const [, , name = '', ...words] = process.argv
const campaign = campaigns[name]
if (campaign === undefined) {
  const names = Object.keys(campaigns).join(', ')
  console.error(
    `npm run campaign -- NAME [words of a fault's, a situation's or a change's name…], with NAME one of: ${names}`,
  )
  process.exit(1)
}
const directory = join(import.meta.dirname, '../../campaign-results')
mkdirSync(directory, { recursive: true })
const file = join(directory, `${name}-${new Date().toISOString().replaceAll(':', '')}.md`)
const tell = (line: string): void => {
  console.log(line)
  appendFileSync(file, `${line}\n`)
}
const fine = await campaign(words, tell, file)
console.log(`\nkept in ${file}`)
process.exit(fine ? 0 : 1)
