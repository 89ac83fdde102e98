import { describe, expect, test } from 'vitest'
import { assessmentOf, member, members, quorumGroup } from '../../test/unit/builders.ts'
import type { Health } from '../model/health.ts'
import type { Group } from '../model/member.ts'
import { choose } from './budget.ts'

type Verdicts = Readonly<Record<string, Health['verdict']>>
const id = (number: number) => `zookeeper-${number}`

function chosen(
  group: Group,
  count: number,
  wanted: readonly number[],
  verdicts: Verdicts = {},
  leader?: number,
  waits: readonly number[] = [],
): { readonly now: readonly string[]; readonly held: readonly string[] } {
  const list = members(count)
  const choice = choose(
    group,
    list,
    wanted.map((number) => ({
      member: member(number),
      reason: 'stale',
      ...(waits.includes(number) ? { waits: 'it waits' } : {}),
    })),
    assessmentOf(list, verdicts, leader === undefined ? undefined : id(leader)),
  )
  return { now: choice.now.map(({ candidate, risk }) => `${candidate.member.id} ${risk}`), held: choice.held }
}
const workers = (count: number, breaker = 9): Group => ({
  name: 'servers',
  order: 1,
  budget: { kind: 'MaxUnavailable', count },
  breaker,
})

describe('a quorum', () => {
  test('gives up one of three, five or seven serving members at a time', () => {
    for (const count of [3, 5, 7]) {
      const all = Array.from({ length: count }, (_, index) => index + 1)
      expect(chosen(quorumGroup, count, all, {}, count).now).toEqual([`${id(1)} restart`])
    }
  })

  test('of three with one down gives up nobody: the margin is 0', () => {
    const choice = chosen(quorumGroup, 3, [1, 2], { [id(3)]: 'stopped' })
    expect(choice.now).toEqual([])
    expect(choice.held.join()).toContain(id(3))
  })

  test('of five with one host off for long still rolls: a margin of 1 is enough', () => {
    expect(chosen(quorumGroup, 5, [1, 2], { [id(5)]: 'unknown' }).now).toEqual([`${id(1)} restart`])
  })

  test('of five with two down gives up nobody', () => {
    const group = { ...quorumGroup, breaker: 2 }
    expect(chosen(group, 5, [1, 2], { [id(4)]: 'stopped', [id(5)]: 'stopped' }).now).toEqual([])
  })

  test('waits for a member that is on its way up, whatever the margin', () => {
    expect(chosen(quorumGroup, 7, [1], { [id(7)]: 'starting' }).now).toEqual([])
  })

  test('takes one that does not serve before all others, and at no cost', () => {
    expect(chosen(quorumGroup, 3, [1, 2, 3], { [id(3)]: 'unhealthy' }).now).toEqual([`${id(3)} restart`])
  })

  test('never takes one of which it is not known whether it serves', () => {
    const choice = chosen(quorumGroup, 3, [1], { [id(1)]: 'unknown' })
    expect(choice.now).toEqual([])
    expect(choice.held.join()).toContain('not known')
  })

  test('gives up its leader last, and says so', () => {
    expect(chosen(quorumGroup, 3, [1, 3], {}, 1).now).toEqual([`${id(3)} restart`])
    expect(chosen(quorumGroup, 3, [1], {}, 1).now).toEqual([`${id(1)} leaderChange`])
  })

  test('keeps its leader while another candidate only waits', () => {
    expect(chosen(quorumGroup, 3, [1, 3], {}, 1, [3])).toEqual({ now: [], held: ['it waits'] })
  })

  test('of one member takes it down as an outage', () => {
    expect(chosen(quorumGroup, 1, [1], {}, 1).now).toEqual([`${id(1)} outage`])
  })

  test('of two, on the way to three, takes one down as an outage, when the other runs', () => {
    expect(chosen(quorumGroup, 2, [1, 2], {}, 1).now).toEqual([`${id(2)} outage`])
    expect(chosen(quorumGroup, 2, [1], { [id(2)]: 'stopped' }, 1).now).toEqual([])
    expect(chosen(quorumGroup, 2, [1], { [id(2)]: 'unknown' }, 1).now).toEqual([])
  })

  test('of three that still run with a list of two: the same', () => {
    const list = members(3)
    const quorum = { voters: 3, serving: 3, majority: 2, margin: 0, pair: true } as const
    const choice = choose(quorumGroup, list, [{ member: member(1), reason: 'stale' }], {
      ...assessmentOf(list),
      quorum,
    })
    expect(choice.now).toMatchObject([{ risk: 'outage' }])
  })

  test('counts one that moves where it serves', () => {
    const list = members(3)
    const quorum = { voters: 3, serving: 2, majority: 2, margin: 1, standIns: 1 } as const
    const assessment = { ...assessmentOf(list, { [id(3)]: 'stopped' }), quorum }
    expect(choose(quorumGroup, list, [{ member: member(1), reason: 'stale' }], assessment).now).toHaveLength(1)
  })

  test('believes the lower of the two counts: the service’s and the members’', () => {
    const list = members(3)
    const assessment = { ...assessmentOf(list), quorum: { voters: 3, serving: 2, majority: 2, margin: 0 } }
    const candidates = [{ member: member(1), reason: 'stale' }]
    expect(choose(quorumGroup, list, candidates, assessment).now).toEqual([])
  })
})

describe('a group with MaxUnavailable', () => {
  test('gives up as many as it allows', () => {
    expect(chosen(workers(2), 6, [1, 2, 3, 4]).now).toHaveLength(2)
  })

  test('counts those that are down for whatever cause', () => {
    expect(chosen(workers(2), 6, [1, 2, 3], { [id(6)]: 'unknown' }).now).toEqual([`${id(1)} restart`])
    expect(chosen(workers(2), 6, [1], { [id(5)]: 'stopped', [id(6)]: 'waiting' }).now).toEqual([])
  })

  test('takes those of one failure domain at a time, and those of the next when these serve again', () => {
    const list = members(6).map((one, index) => ({ ...one, domain: index % 2 === 0 ? 'r1' : 'r2' }))
    const candidates = list.map((one) => ({ member: one, reason: 'stale' }))
    const taken = (verdicts: Verdicts = {}): readonly string[] =>
      choose(workers(3), list, candidates, assessmentOf(list, verdicts)).now.map(({ candidate }) => candidate.member.id)
    expect(taken()).toEqual([id(1), id(3), id(5)])
    expect(taken({ [id(4)]: 'starting' })).toEqual([id(4), id(2), id(6)])
    expect(taken({ [id(1)]: 'unhealthy', [id(2)]: 'stopped' })).toEqual([id(1), id(2)])
    expect(taken({ [id(2)]: 'unknown' })).toEqual([id(1), id(3)])
  })

  test('asks nothing of those whose failure domain is not known', () => {
    const list = members(3).map((one, index) => (index === 1 ? one : { ...one, domain: `r${String(index)}` }))
    const candidates = list.map((one) => ({ member: one, reason: 'stale' }))
    const { now } = choose(workers(3), list, candidates, assessmentOf(list))
    expect(now.map(({ candidate }) => candidate.member.id)).toEqual([id(1), id(2)])
  })

  test('restarts no more idle ones in one wave either', () => {
    const idle = { [id(1)]: 'unhealthy', [id(2)]: 'unhealthy', [id(3)]: 'unhealthy' } as const
    expect(chosen(workers(2), 6, [1, 2, 3], idle).now).toHaveLength(2)
  })
})

describe('the breaker', () => {
  test('opens when more members than it allows are unhealthy or unknown, and names them', () => {
    const choice = chosen(workers(3, 1), 6, [1, 2], { [id(1)]: 'unhealthy', [id(6)]: 'unknown' })
    expect(choice.now).toEqual([])
    expect(choice.held.join()).toMatch(/^BreakerOpen: 2 of 6.*zookeeper-1.*zookeeper-6/)
  })

  test('stays shut at its number', () => {
    expect(chosen(workers(3, 2), 6, [1], { [id(1)]: 'unhealthy', [id(6)]: 'unknown' }).now).toHaveLength(1)
  })
})
