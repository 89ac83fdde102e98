import { describe, expect, test } from 'vitest'
import { zookeeperCluster } from '../../../src/clusters/zookeeper/kind.ts'
import type { Assessment } from '../../../src/model/health.ts'
import { expandInput, expansionOf, minimalSpec } from './ensemble.ts'
import { factsOf, grown, type Machine, now } from './machines.ts'

const three = expansionOf(expandInput(minimalSpec()))
const leader: Machine = { ...grown, says: 'leader' }

function assessed(machines: Readonly<Record<string, Machine>>): Assessment {
  return zookeeperCluster.assess(three, factsOf(three.members, machines), now)
}

function verdicts(assessment: Assessment): readonly (string | undefined)[] {
  return ['zookeeper-1', 'zookeeper-2', 'zookeeper-3'].map((id) => assessment.health[id]?.verdict)
}

describe('the margin of five servers', () => {
  const places = [1, 2, 3, 4, 5].map((id) => ({ id, host: `m${id}` }))
  const five = expansionOf(expandInput(minimalSpec({ members: places })))
  const text = five.members[0]?.identity.ensemble ?? ''

  /** The fifth is not well; `list`: what all were started with, by their records. */
  function margin(list: string, fifth: Machine): number | undefined {
    const facts = factsOf(five.members, { m1: leader, m2: grown, m3: grown, m4: grown, m5: fifth })
    const known = Object.entries(facts).map(([host, fact]) => {
      const stem = `ironherd-default-zk-zookeeper-${host.slice(1)}`
      const records = { [stem]: JSON.stringify({ ensemble: list }) }
      return [host, fact.state === 'known' ? { ...fact, value: { ...fact.value, records } } : fact] as const
    })
    return zookeeperCluster.assess(five, Object.fromEntries(known), now).quorum?.margin
  }

  test('in a change there is none while one is down: which list its peers run with is not certain', () => {
    const ill = { ...grown, says: 'notServing' } as const
    expect(margin(text, ill)).toBe(1)
    expect(margin(text.replace('5=m5', '5=m6'), ill)).toBe(0)
    expect(margin(text.replace('5=m5', '5=m6'), grown)).toBe(2)
  })

  test('one out of sight is not known to be down, and may be lost', () => {
    expect(margin(text.replace('5=m5', '5=m6'), { unreachable: true })).toBe(1)
  })
})

describe('what the servers say of their ensemble', () => {
  test('a leader with two followers in step is available, and nothing falls short', () => {
    const assessment = assessed({ m1: grown, m2: leader, m3: grown })
    expect(assessment).toMatchObject({
      leader: 'zookeeper-2',
      available: { ok: true, reason: 'Quorate' },
      quorum: { voters: 3, serving: 3, margin: 1 },
      shortfalls: [],
    })
  })

  test('one host off: available, unknown, margin nought', () => {
    const assessment = assessed({ m1: { ...leader, syncedFollowers: 1 }, m2: grown, m3: { unreachable: true } })
    expect(assessment).toMatchObject({ available: { ok: true }, quorum: { margin: 0 } })
    expect(verdicts(assessment)).toEqual(['serving', 'serving', 'unknown'])
  })

  test('two hosts off: no quorum, and the third waits for them', () => {
    const alone: Machine = { ...grown, says: 'notServing' }
    const assessment = assessed({ m1: alone, m2: { unreachable: true }, m3: { unreachable: true } })
    expect(assessment).toMatchObject({ available: { ok: false, reason: 'NoQuorum' }, quorum: { margin: -2 } })
    expect(verdicts(assessment)).toEqual(['waiting', 'unknown', 'unknown'])
    expect(assessment.leader).toBeUndefined()
  })

  test('a leader that was cut off and does not know it yet is no second leader', () => {
    const stale: Machine = { ...leader, syncedFollowers: 0 }
    const assessment = assessed({ m1: stale, m2: { ...leader, syncedFollowers: 1 }, m3: grown })
    expect(assessment).toMatchObject({ leader: 'zookeeper-2', available: { ok: true } })
    expect(assessment.shortfalls).toContainEqual(expect.stringContaining('zookeeper-1 says that it leads, too'))
  })

  test('a leader without a majority in step does not make an ensemble available', () => {
    const assessment = assessed({
      m1: { ...leader, syncedFollowers: 0 },
      m2: { ...grown, unit: 'stopped' },
      m3: { ...grown, unit: 'stopped' },
    })
    expect(assessment.available).toMatchObject({ ok: false, reason: 'NoQuorum' })
  })

  test('followers without a leader serve nobody', () => {
    expect(assessed({ m1: grown, m2: grown, m3: grown }).available).toMatchObject({ ok: false, reason: 'NoLeader' })
  })

  test('a follower that still fetches what it lacks is a shortfall', () => {
    const assessment = assessed({ m1: { ...leader, syncedFollowers: 1 }, m2: grown, m3: grown })
    expect(assessment.shortfalls).toEqual(['zookeeper-1 leads with 1 followers in step, 2 answer'])
  })

  test.each([
    ['a young process that does not listen yet', { ...grown, says: 'refused', uptimeMs: 5000 }, 'starting'],
    ['an old one that does not listen', { ...grown, says: 'refused' }, 'unhealthy'],
    ['a frozen one', { ...grown, says: 'timeout' }, 'unhealthy'],
    ['one that is electing just after its start', { ...grown, says: 'notServing', uptimeMs: 5000 }, 'starting'],
    ['one that the others do without', { ...grown, says: 'notServing' }, 'unhealthy'],
    ['one between two restarts by systemd', { ...grown, unit: 'restarting' }, 'starting'],
    ['a stopped one', { ...grown, unit: 'stopped' }, 'stopped'],
  ] as const)('%s', (_, machine, verdict) => {
    expect(verdicts(assessed({ m1: { ...leader, syncedFollowers: 1 }, m2: grown, m3: machine }))[2]).toBe(verdict)
  })

  test('software of another version than declared is told', () => {
    const other = expansionOf(expandInput(minimalSpec({ version: '3.9.3' })))
    const facts = factsOf(other.members, { m1: leader, m2: grown, m3: grown })
    expect(zookeeperCluster.assess(other, facts, now).shortfalls).toHaveLength(3)
  })
})
