import { expect, test } from 'vitest'
import { mutantSeen } from './campaign.ts'
import { mutants } from './mutants.ts'

/** Those that few seeds show; `npm run simulate -- --mutants` looks for all of them. */
const quick = /budget of a quorum|starts counts|two waves|everybody|not known|fence|epoch/

test.each(mutants.filter(({ name }) => quick.test(name)))(
  'the simulation sees it when $name',
  async (mutant) => {
    expect(await mutantSeen(mutant, 100)).not.toBe('')
  },
  120_000,
)
