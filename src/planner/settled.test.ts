import { describe, expect, test } from 'vitest'
import { assessmentOf, expansionOf, fleet, machine, members, repairOf, stale } from '../../test/unit/builders.ts'
import type { Health } from '../model/health.ts'
import type { Expansion, Repair } from '../model/kind.ts'
import { unsettled } from './settled.ts'

const three = members(3)
const begins = three.map(({ id }) => id)

interface Scene {
  readonly more?: Partial<Expansion>
  readonly repairs?: readonly Repair[]
  readonly leader?: string
  /** The third runs with what is to come. */
  readonly begun?: boolean
}

function found(verdict: Health['verdict'], { begun = false, leader, more, repairs = [] }: Scene = {}) {
  const expansion = expansionOf(three, { begins, ...more })
  const [, , third] = three
  const hosts = third === undefined || begun ? {} : { m3: machine([third], { changes: stale(third) }) }
  return unsettled(expansion, fleet(three, hosts), assessmentOf(three, { 'zookeeper-3': verdict }, leader), repairs)
}

describe('a stage of a change', () => {
  test('is begun when all on whom it rests serve', () => {
    expect(found('serving')).toEqual([])
  })

  test.each(['stopped', 'starting', 'waiting', 'unhealthy', 'unknown'] as const)('not while one is %s', (verdict) => {
    expect(found(verdict)).toEqual([`zookeeper-3 is ${verdict} (it is ${verdict})`])
  })

  test('not while one that serves has lost its data', () => {
    const repairs = three.slice(0, 1).map((member) => repairOf(member, { evidence: 'it lost its data' }))
    expect(found('serving', { repairs })).toEqual(['it lost its data'])
  })

  test('whatever those are of whom it does not ask', () => {
    expect(found('stopped', { more: { begins: ['zookeeper-1', 'zookeeper-2'] } })).toEqual([])
  })

  test('goes on when one is on its way up with what is to come, and is taken back when it does not come up', () => {
    expect(found('starting', { begun: true })).toEqual([])
    expect(found('unhealthy', { begun: true })).toHaveLength(1)
  })

  test('goes on when that one looks for a leader where it is to move', () => {
    const leaving = three.slice(0, 1).map((member) => ({ member: { ...member, id: 'old' }, successor: member.id }))
    expect(found('unhealthy', { begun: true, leader: 'old', more: { leaving } })).toEqual([])
    expect(found('unhealthy', { begun: false, leader: 'old', more: { leaving } })).toHaveLength(1)
    expect(found('stopped', { begun: true, leader: 'old', more: { leaving } })).toHaveLength(1)
  })
})
