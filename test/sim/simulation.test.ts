import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { failureText, simulate } from './campaign.ts'
import { runSeed } from './run.ts'

const runs = 2000

/** Seeds that failed once, with what they had found. */
const cases = z
  .array(z.object({ seed: z.int(), found: z.string() }))
  .parse(JSON.parse(readFileSync(new URL('cases/seeds.json', import.meta.url), 'utf8')))

test.each(cases)('seed $seed: $found', async ({ seed }) => {
  const result = await runSeed(seed)
  expect(result.violations, failureText(result)).toEqual([])
})

test('the same seed gives the same run', async () => {
  expect(await runSeed(7)).toEqual(await runSeed(7))
})

test(`clusters converge and come to rest under faults and crashes, and nothing forbidden is done: ${runs} seeds`, async () => {
  const { failed } = await simulate(1, runs)
  expect(failed.map(failureText).join('\n\n')).toBe('')
}, 2_400_000)
