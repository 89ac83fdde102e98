import { describe, expect, test } from 'vitest'
import type { Place } from '../model/kind.ts'
import { judge } from './permits.ts'

const place = (host: string, state: Place['state']): Place => ({ host, path: '/data/zk', state, detail: '' })

describe('every place empty', () => {
  const ask = (...places: readonly Place[]) => judge({ rule: 'EveryPlaceEmpty', verb: 'MarkFirstStart', places })

  test('is granted when every place was seen to be empty', () => {
    expect(ask(place('m1', 'empty'), place('m2', 'empty'))).toMatchObject({ granted: true })
  })

  test('is refused when no place was named', () => {
    expect(ask()).toMatchObject({ granted: false })
  })

  test.each(['holdsData', 'unknown'] as const)('is refused when one place is %s, and names it', (state) => {
    const permit = ask(place('m1', 'empty'), place('m2', state), place('m3', 'empty'))
    expect(permit.granted ? '' : permit.why).toContain('m2:/data/zk')
  })
})

describe('a majority of the others serves', () => {
  const ask = (voters: number, others: readonly string[], leaderSeen = true, state: Place['state'] = 'empty') =>
    judge({
      rule: 'MajorityOfOthersServes',
      verb: 'RejoinEmpty',
      voters,
      othersServing: others,
      leaderSeen,
      place: place('m1', state),
    }).granted

  test('is granted with a majority of the whole ensemble beside the emptied member', () => {
    expect([ask(3, ['2', '3']), ask(5, ['2', '3', '4']), ask(7, ['2', '3', '4', '5'])]).toEqual([true, true, true])
  })

  test('is refused with one less', () => {
    expect([ask(3, ['2']), ask(5, ['2', '3']), ask(7, ['2', '3', '4'])]).toEqual([false, false, false])
  })

  test('is never granted where there is no majority of others: one or two voters', () => {
    expect([ask(1, []), ask(2, ['2'])]).toEqual([false, false])
  })

  test('counts a member once, however often it is named', () => {
    expect(ask(3, ['2', '2'])).toBe(false)
  })

  test('is refused without a leader, and when the place itself could not be seen', () => {
    expect([ask(3, ['2', '3'], false), ask(3, ['2', '3'], true, 'unknown')]).toEqual([false, false])
  })
})
