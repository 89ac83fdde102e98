import { expect, test } from 'vitest'
import type { Condition } from '../api/status.ts'
import type { Resource } from '../model/object.ts'
import type { Context } from './context.ts'
import { tellConditions } from './publish.ts'

function condition(type: string, status: Condition['status'], reason: string): Condition {
  return { type, status, reason, message: 'why', lastTransitionTime: '2026-01-01T00:00:00Z' }
}

/** Reasons of the Events that the change leads to. */
function told(before: Condition, after: Condition): readonly string[] {
  const reasons: string[] = []
  const store = { event: (_: unknown, { reason }: { readonly reason: string }) => reasons.push(reason) }
  // Telling needs nothing else of the context and nothing of the object.
  tellConditions({ store } as unknown as Context, {} as Resource, [before], [after])
  return reasons
}

test.each([
  ['a status that changes is told', 'Available', ['True', 'LeaderServing'], ['False', 'NoLeader'], ['NoLeader']],
  [
    'what waits for a person is told under a status that was bad before',
    'Available',
    ['False', 'NoLeader'],
    ['False', 'TwoLeaders'],
    ['TwoLeaders'],
  ],
  [
    'so is a breaker that opens',
    'Remediating',
    ['False', 'NothingToRepair'],
    ['False', 'BreakerOpen'],
    ['BreakerOpen'],
  ],
  ['it is told once', 'Available', ['False', 'TwoLeaders'], ['False', 'TwoLeaders'], []],
  ['what passes by itself is not', 'Available', ['False', 'NoLeader'], ['False', 'Recovering'], []],
  ['nor what the problems of the pass tell of', 'Ready', ['False', 'Converging'], ['False', 'DiskFull'], []],
] as const)('%s', (_, type, before, after, expected) => {
  expect(told(condition(type, before[0], before[1]), condition(type, after[0], after[1]))).toEqual(expected)
})
