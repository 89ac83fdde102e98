import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs } from './backoff.ts'

test('the wait grows, never beyond the longest, and never falls below half of what it may be', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (failures, random) => {
        const wait = backoffMs(failures, 1000, 15_000, random)
        const full = Math.min(15_000, 1000 * 2 ** (failures - 1))
        expect(wait).toBeGreaterThanOrEqual(Math.floor(full / 2))
        expect(wait).toBeLessThanOrEqual(full)
      },
    ),
  )
  expect(backoffMs(1, 1000, 15_000, 0.999)).toBeLessThan(backoffMs(3, 1000, 15_000, 0))
})
