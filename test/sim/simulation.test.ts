import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { failureText, simulate } from './campaign.ts'
import { runSeed } from './run.ts'

const runs = 200
const atOnce = 50

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

test.each(Array.from({ length: runs / atOnce }, (_, index) => index * atOnce + 1))(
  `clusters converge and come to rest under faults and crashes, and nothing forbidden is done: ${atOnce} seeds from %i`,
  async (from) => {
    const { failed } = await simulate(from, atOnce)
    expect(failed.map(failureText).join('\n\n')).toBe('')
  },
  120_000,
)
