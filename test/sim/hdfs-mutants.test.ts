import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type HdfsHistory, play } from './hdfs-histories.ts'
import { hdfsMutants } from './hdfs-mutants.ts'

const histories = JSON.parse(
  readFileSync(new URL('../cases/hdfs/histories.json', import.meta.url), 'utf8'),
) as readonly HdfsHistory[]

test.each(hdfsMutants)('a history sees it when $mutant.name', async ({ mutant, seenBy: [verb, what] }) => {
  const history = histories.find((one) => one.verb === verb && one.what === what)
  if (history === undefined) throw new Error(`there is no history of ${verb}: ${what}`)
  const { wrong } = await play(history, mutant)
  expect(wrong).not.toBe('')
})
