import { expect, test } from 'vitest'
import { knownSeeds } from './mutant-table.ts'
import { mutants } from './mutants.ts'
import { runSeed } from './run.ts'

/** `npm run simulate -- --mutants` looks for them again. */
const seeds = knownSeeds()

test.each(mutants)('the simulation sees it when $name', async (mutant) => {
  const { violations } = await runSeed(seeds[mutant.name] ?? 0, mutant)
  expect(violations).not.toEqual([])
})

test('there is a planted bug for every guard, and each has its seed', () => {
  expect(Object.keys(seeds).sort()).toEqual(mutants.map(({ name }) => name).sort())
  expect(Object.values(seeds)).not.toContain(0)
})
