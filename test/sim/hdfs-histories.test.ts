import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { type HdfsHistory, historyVerbs, play } from './hdfs-histories.ts'

const histories = z
  .array(
    z.strictObject({
      verb: z.enum(historyVerbs),
      what: z.string(),
      legitimate: z.literal(true).optional(),
      begin: z.enum(['bare', 'standing', 'simple']),
      fencing: z.literal('Block').optional(),
      deeds: z.array(z.string()),
      end: z.string(),
      times: z.int().optional(),
      then: z.array(z.string()).optional(),
    }),
  )
  .parse(
    ['histories', 'conversions', 'memberships'].flatMap((name): unknown => {
      return JSON.parse(readFileSync(new URL(`../cases/hdfs/${name}.json`, import.meta.url), 'utf8'))
    }),
  )

test.each(histories)('$verb: $what: $end', async (history) => {
  const { events, wrong } = await play(JSON.parse(JSON.stringify(history)) as HdfsHistory)
  expect(wrong, events.join('\n')).toBe('')
})

test('there are 25 adversarial histories of a format, 10 of each other verb, and 40 legitimate ones that become Ready', () => {
  const legitimate = histories.filter((history) => history.legitimate === true)
  const adversarial = Object.groupBy(
    histories.filter((history) => history.legitimate !== true),
    ({ verb }) => verb,
  )
  const counts = Object.fromEntries(historyVerbs.map((verb) => [verb, adversarial[verb]?.length ?? 0]))
  console.log(counts, { legitimate: legitimate.length })
  for (const verb of historyVerbs)
    expect(counts[verb], verb).toBeGreaterThanOrEqual(verb === 'FormatNameNode' ? 25 : 10)
  expect(legitimate.length).toBeGreaterThanOrEqual(40)
  expect(legitimate.filter(({ end }) => end !== 'Ready')).toEqual([])
})
