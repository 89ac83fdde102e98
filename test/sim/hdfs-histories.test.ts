import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Verb } from '../../src/model/step.ts'
import { play } from './hdfs-histories.ts'

const verbs = [
  'FormatNameNode',
  'BootstrapStandby',
  'FormatFailover',
  'SeedJournal',
  'FailOver',
] as const satisfies Verb[]

const histories = z
  .array(
    z.strictObject({
      verb: z.enum(verbs),
      what: z.string(),
      begin: z.enum(['bare', 'standing']),
      deeds: z.array(z.string()),
      end: z.string(),
      times: z.int().optional(),
      then: z.array(z.string()).optional(),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../cases/hdfs/histories.json', import.meta.url), 'utf8')))

test.each(histories)('$verb: $what: $end', async ({ then, times, ...history }) => {
  const more = { ...(then === undefined ? {} : { then }), ...(times === undefined ? {} : { times }) }
  const { events, wrong } = await play({ ...history, ...more })
  expect(wrong, events.join('\n')).toBe('')
})
