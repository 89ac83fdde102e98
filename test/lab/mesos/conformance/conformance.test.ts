import { describe, expect, it } from 'vitest'
import { playParts } from './machinery.ts'
import type { Result } from './result.ts'

// The parts that take a minute and a half together; `npm run conformance` plays all of them.
describe('the stand-ins for Mesos behave as recorded', () => {
  it('answers, znodes and tasks of a cluster at rest', async () => {
    expect(differingIn(await playParts(['cluster'], console.log))).toEqual([])
  })

  it('answers after a fail-over, and the fail-over itself', async () => {
    expect(differingIn(await playParts(['recovered', 'failure-01'], console.log))).toEqual([])
  })

  it('masters without their flags', async () => {
    expect(differingIn(await playParts(['failure-10'], console.log))).toEqual([])
  })
})

function differingIn(results: readonly Result[]) {
  return results.flatMap(({ recording, different }) => different.map((difference) => ({ recording, ...difference })))
}
