import { describe, expect, test } from 'vitest'
import { zookeeperCluster } from '../../../src/clusters/zookeeper/kind.ts'
import type { Assessment } from '../../../src/model/health.ts'
import type { Repair } from '../../../src/model/kind.ts'
import { judge } from '../../../src/planner/permits.ts'
import { expandInput, expansionOf, hostView, minimalSpec } from './ensemble.ts'
import { factsOf, grown, type Machine, now } from './machines.ts'

const three = expansionOf(expandInput(minimalSpec()))
const separate = expansionOf(expandInput(minimalSpec({ dataLogDir: { mount: '/log', path: 'zk' } })))
const single = expansionOf(expandInput(minimalSpec({ members: [{ id: 1, host: 'm1' }] })))

const follower = grown
const leader: Machine = { ...grown, says: 'leader' }
const stopped: Machine = { ...grown, unit: 'stopped' }
const emptied: Machine = { unit: 'stopped', allowed: true, started: true, markJournal: 'done' }

interface Found {
  readonly member: string
  readonly cause: string
  readonly verbs: string
  readonly granted: boolean | 'free'
  readonly disruptive: boolean
}

function repairsFor(
  machines: Readonly<Record<string, Machine>>,
  options: { readonly expansion?: typeof three; readonly since?: Readonly<Record<string, number>> } = {},
): { readonly assessment: Assessment; readonly repairs: readonly Repair[]; readonly found: readonly Found[] } {
  const expansion = options.expansion ?? three
  const facts = factsOf(expansion.members, machines)
  const assessment = zookeeperCluster.assess(expansion, facts, now)
  const repairs = zookeeperCluster.repairs(expansion, facts, assessment, now, options.since)
  const found = repairs.map(
    ({ member, cause, actions, permit, disruptive }): Found => ({
      member,
      cause,
      verbs: actions.map(({ action }) => action.verb).join(' '),
      granted: permit === undefined ? 'free' : judge(permit).granted,
      disruptive,
    }),
  )
  return { assessment, repairs, found }
}

function marks(member: string, verbs = 'MarkFirstStart', granted = true): Found {
  return { member, cause: 'ZookeeperFirstStart', verbs, granted, disruptive: false }
}

describe('first start of an ensemble', () => {
  test('every member is marked, and none may be started before', () => {
    const { repairs, found } = repairsFor({ m1: {}, m2: {}, m3: {} })
    expect(found).toEqual([marks('zookeeper-1'), marks('zookeeper-2'), marks('zookeeper-3')])
    expect(repairs.every((repair) => repair.holdsStart)).toBe(true)
  })

  test('once all are marked there is nothing that holds the starts', () => {
    const marked: Machine = { allowed: true, marker: true, markJournal: 'done' }
    expect(repairsFor({ m1: marked, m2: marked, m3: marked }).found).toEqual([])
  })

  test('a bring-up that was cut off after one mark goes on with all, and starts none', () => {
    const marked: Machine = { allowed: true, marker: true, markJournal: 'done' }
    const { repairs, found } = repairsFor({ m1: marked, m2: {}, m3: {} })
    expect(found.map((item) => [item.member, item.granted])).toEqual([
      ['zookeeper-1', true],
      ['zookeeper-2', true],
      ['zookeeper-3', true],
    ])
    expect(repairs.every((repair) => repair.holdsStart && repair.actions.length > 0)).toBe(true)
  })

  test('a record without a marker, cut off between the two writes, is marked once more', () => {
    const cut: Machine = { allowed: true, marker: false, markJournal: 'intent' }
    expect(repairsFor({ m1: cut, m2: {}, m3: {} }).found[0]).toEqual(marks('zookeeper-1'))
  })

  test('a host that cannot be seen refuses it for all', () => {
    const { found, repairs } = repairsFor({ m1: {}, m2: {}, m3: { unreachable: true } })
    expect(found.every((item) => item.granted === false)).toBe(true)
    expect(repairs.every((repair) => repair.refusedAs === 'FirstStartRefused')).toBe(true)
    expect(JSON.stringify(repairs[0]?.permit)).toContain('m3 is off')
  })

  test('an unmounted disk is not an empty one', () => {
    expect(repairsFor({ m1: {}, m2: {}, m3: { unmounted: true } }).found.every((item) => item.granted === false)).toBe(
      true,
    )
  })

  test('epoch files of a server that was started without the marker are moved aside first', () => {
    const left: Machine = { unit: 'running', says: 'notServing', tree: ['acceptedEpoch', 'currentEpoch'] }
    const { found } = repairsFor({ m1: left, m2: {}, m3: {} })
    expect(found[0]).toEqual(marks('zookeeper-1', 'StopUnit MoveAside MarkFirstStart'))
  })

  test('data of somebody else on one host stops the first start of all, and is left', () => {
    const { found, repairs } = repairsFor({ m1: { tree: ['snapshot.5', 'log.5'] }, m2: {}, m3: {} })
    expect(found.every((item) => item.granted === false)).toBe(true)
    expect(repairs.map((repair) => repair.refusedAs)).toEqual(['ForeignData', 'ForeignData', 'ForeignData'])
  })

  test('the marker stands beside the transaction logs, where the server looks for it', () => {
    const { repairs } = repairsFor({ m1: {}, m2: {}, m3: {} }, { expansion: separate })
    const action = repairs[0]?.actions.at(-1)?.action
    expect(action?.verb === 'MarkFirstStart' ? action.marker?.path : '').toBe('/log/zk/initialize')
  })
})

describe('a member without its data', () => {
  test('is not held while a majority of the others serves, and gets no marker', () => {
    const { found } = repairsFor({ m1: leader, m2: follower, m3: emptied })
    expect(found).toEqual([
      { member: 'zookeeper-3', cause: 'ZookeeperDataWiped', verbs: '', granted: true, disruptive: false },
    ])
  })

  test('waits while fewer than a majority of the others serve: the history of lost writes', () => {
    const { found, repairs } = repairsFor({ m1: emptied, m2: { unreachable: true }, m3: stopped })
    expect(found).toEqual([
      { member: 'zookeeper-1', cause: 'ZookeeperDataWiped', verbs: '', granted: false, disruptive: false },
    ])
    expect(repairs[0]?.holdsStart).toBe(true)
  })

  test('a reinstalled host without any record comes back the same way, never by a first start', () => {
    expect(repairsFor({ m1: leader, m2: follower, m3: {} }).found).toEqual([
      { member: 'zookeeper-3', cause: 'ZookeeperDataWiped', verbs: '', granted: true, disruptive: false },
    ])
  })

  test('leftover epochs and a stray marker are moved aside before it starts', () => {
    const left: Machine = { tree: ['currentEpoch'], marker: true }
    expect(repairsFor({ m1: leader, m2: follower, m3: left }).found[0]?.verbs).toBe('MoveAside MoveAside')
  })

  test('one that is fetching the data is left to do so, and is told as without', () => {
    const fetching: Machine = {
      ...emptied,
      unit: 'running',
      says: 'notServing',
      tree: ['currentEpoch'],
      uptimeMs: 2000,
    }
    const without = { member: 'zookeeper-3', cause: 'ZookeeperDataWiped', verbs: '', granted: true, disruptive: false }
    expect(repairsFor({ m1: leader, m2: follower, m3: fetching }).found).toEqual([without])
    // One that never gets there is restarted like any other.
    const { found } = repairsFor({
      m1: { ...leader, syncedFollowers: 1 },
      m2: follower,
      m3: { ...fetching, uptimeMs: 600_000 },
    })
    expect(found.map(({ cause }) => cause)).toEqual(['ZookeeperDataWiped', 'ZookeeperNotJoining'])
  })

  test('one whose files were deleted under it is stopped, as a disruption', () => {
    const haunted: Machine = { ...grown, tree: [] }
    const { tree: _, ...gone } = haunted
    expect(repairsFor({ m1: leader, m2: follower, m3: gone }).found).toEqual([
      { member: 'zookeeper-3', cause: 'ZookeeperDataWiped', verbs: 'StopUnit', granted: true, disruptive: true },
    ])
  })

  test('a leader whose files were deleted under it is stopped when a majority is in step with it', () => {
    const { tree: _, ...gone } = leader
    const found = (syncedFollowers: number) =>
      repairsFor({ m1: { ...gone, syncedFollowers }, m2: follower, m3: follower }).found
    const stop = { member: 'zookeeper-1', cause: 'ZookeeperDataWiped', verbs: 'StopUnit', disruptive: true }
    expect(found(2)).toEqual([{ ...stop, granted: true }])
    expect(found(1)).toEqual([{ ...stop, granted: false }])
  })

  test('a leader whose files were deleted under it still hands out what it has', () => {
    const spec = minimalSpec({ members: [1, 2, 3, 4, 5].map((id) => ({ id, host: `m${id}` })) })
    const hosts = Object.fromEntries([1, 2, 3, 4, 5].map((id) => [`m${id}`, hostView(`m${id}`, `10.0.0.${id}`)]))
    const expansion = expansionOf(expandInput(spec, { hosts }))
    const bare: Machine = { ...leader, tree: [], syncedFollowers: 3 }
    const machines = { m1: follower, m2: follower, m3: follower, m4: emptied, m5: bare }
    expect(repairsFor(machines, { expansion }).found.find(({ member }) => member === 'zookeeper-4')?.granted).toBe(true)
  })

  test('one that runs without its files is not restarted, for whatever reason, while the others could not replace it', () => {
    const { tree: _, ...gone } = { ...follower, says: 'notServing' as const }
    const { repairs } = repairsFor({ m1: gone, m2: stopped, m3: { ...follower, says: 'notServing' } })
    const [held] = repairs.filter(({ member }) => member === 'zookeeper-1')
    expect([held?.cause, held?.holdsStart, held?.actions]).toEqual(['ZookeeperDataWiped', true, []])
    expect(held?.permit === undefined || judge(held.permit).granted).toBe(false)
  })

  test('one that has just begun to serve is not taken for one whose files were deleted', () => {
    const { tree: _, ...young } = { ...grown, uptimeMs: 5000 }
    expect(repairsFor({ m1: leader, m2: follower, m3: young }).found.map(({ verbs }) => verbs)).toEqual([''])
  })

  test('an ensemble that serves is never marked for a first start, whatever was deleted under it', () => {
    const bare = (says: 'leader' | 'follower'): Machine => ({ unit: 'running', says })
    const { found } = repairsFor({ m1: bare('leader'), m2: bare('follower'), m3: bare('follower') })
    expect(found.map((item) => [item.cause, item.granted])).toEqual(Array(3).fill(['ZookeeperDataWiped', false]))
  })

  test('when the files of two are deleted under them, none is stopped', () => {
    const { tree: _, ...gone } = follower
    const { found } = repairsFor({ m1: leader, m2: gone, m3: gone })
    expect(found.map((item) => item.granted)).toEqual([false, false])
  })

  test('a single server whose files were deleted under it is never stopped', () => {
    const { tree: _, ...gone } = leader
    const { found } = repairsFor({ m1: { ...gone, syncedFollowers: 0 } }, { expansion: single })
    expect(found.map((item) => item.granted)).toEqual([false])
  })

  test('a member that was marked and never started is trusted to be empty', () => {
    const marked: Machine = { allowed: true, marker: true, markJournal: 'done' }
    expect(repairsFor({ m1: leader, m2: follower, m3: marked }).found).toEqual([])
  })

  test('logs without a snapshot are moved aside, since it would not start with them', () => {
    const half: Machine = { ...stopped, tree: ['log.1'] }
    expect(repairsFor({ m1: leader, m2: follower, m3: half }).found[0]?.verbs).toBe('MoveAside')
  })

  test('a snapshot whose log directory is gone would vote with less than was acknowledged', () => {
    const whole: Machine = { ...grown, tree: ['snapshot.0', 'currentEpoch'], logTree: ['log.1'] }
    const { logTree: _, ...half } = { ...whole, unit: 'stopped' as const }
    const { found } = repairsFor({ m1: { ...whole, says: 'leader' }, m2: whole, m3: half }, { expansion: separate })
    expect(found).toEqual([
      { member: 'zookeeper-3', cause: 'ZookeeperDataWiped', verbs: 'MoveAside', granted: true, disruptive: false },
    ])
  })

  test('all of them wiped is never a first start, but data lost', () => {
    const { found, assessment, repairs } = repairsFor({ m1: emptied, m2: emptied, m3: emptied })
    expect(found.map((item) => [item.cause, item.granted])).toEqual(Array(3).fill(['ZookeeperDataWiped', false]))
    expect(assessment.available.reason).toBe('DataLost')
    expect(repairs[0]?.refusedAs).toBe('DataLost')
  })

  test('one wiped and one out of sight is not called lost while a majority may hold the data', () => {
    const { assessment } = repairsFor({ m1: emptied, m2: { ...stopped }, m3: { unreachable: true } })
    expect(assessment.available.reason).toBe('NoQuorum')
  })

  test('one that serves and whose records are gone is none with the data of somebody else, as long as it serves', () => {
    const unrecorded: Machine = { ...follower, allowed: false, started: false }
    expect(repairsFor({ m1: leader, m2: follower, m3: unrecorded }).found).toEqual([])
    const { repairs } = repairsFor({ m1: leader, m2: follower, m3: { ...unrecorded, unit: 'stopped' } })
    expect(repairs.map(({ refusedAs }) => refusedAs)).toEqual(['ForeignData'])
  })

  test('data of somebody else in a living ensemble is not started', () => {
    const { found, repairs } = repairsFor({ m1: leader, m2: follower, m3: { tree: ['snapshot.9'] } })
    expect(found.map((item) => [item.cause, item.verbs, item.granted])).toEqual([['ZookeeperForeignData', '', false]])
    expect(repairs[0]?.refusedAs).toBe('ForeignData')
  })
})

test('a cold start with all data in place needs no repair', () => {
  expect(repairsFor({ m1: stopped, m2: stopped, m3: stopped }).found).toEqual([])
})

describe('a server that runs and does not do its work', () => {
  const frozen: Machine = { ...grown, says: 'timeout' }
  const restart = { member: 'zookeeper-3', verbs: 'RestartUnit', granted: 'free', disruptive: true }

  test('is not restarted for a moment of silence', () => {
    const machines = { m1: leader, m2: follower, m3: frozen }
    expect(repairsFor(machines, { since: { 'zookeeper-3': now - 19_000 } }).found).toEqual([])
    expect(repairsFor(machines, { since: {} }).found).toEqual([])
  })

  test('is restarted when the silence has lasted', () => {
    const { found } = repairsFor({ m1: leader, m2: follower, m3: frozen }, { since: { 'zookeeper-3': now - 20_000 } })
    expect(found).toEqual([{ ...restart, cause: 'ZookeeperSilent' }])
  })

  test('without a memory, the leader testifies that it has dropped the server', () => {
    const dropped = repairsFor({ m1: { ...leader, syncedFollowers: 1 }, m2: follower, m3: frozen })
    expect(dropped.found).toEqual([{ ...restart, cause: 'ZookeeperSilent' }])
    expect(repairsFor({ m1: leader, m2: follower, m3: frozen }).found).toEqual([])
  })

  test('that finds no quorum is waiting, and a restart is of no use', () => {
    const alone: Machine = { ...grown, says: 'notServing' }
    const { found, assessment } = repairsFor(
      { m1: { unreachable: true }, m2: stopped, m3: alone },
      { since: { 'zookeeper-3': now - 900_000 } },
    )
    expect(found).toEqual([])
    expect(assessment.health['zookeeper-3']?.verdict).toBe('waiting')
  })

  test('that does not join a quorum of the others is restarted after a minute', () => {
    const apart: Machine = { ...grown, says: 'notServing' }
    const machines = { m1: { ...leader, syncedFollowers: 1 }, m2: follower, m3: apart }
    expect(repairsFor(machines, { since: { 'zookeeper-3': now - 59_000 } }).found).toEqual([])
    const { found } = repairsFor(machines, { since: { 'zookeeper-3': now - 60_000 } })
    expect(found).toEqual([{ ...restart, cause: 'ZookeeperNotJoining' }])
  })
})

describe('a server that moves to another host', () => {
  const standing = [1, 2, 3].map((id) => ({
    host: `m${id}`,
    stem: `ironherd-default-zk-zookeeper-${id}`,
    record: { id: String(id), member: `zookeeper-${id}`, version: '3.8.4', ensemble: '1=m1,2=m2,3=m3' },
    seen: true,
  }))
  const members = [
    { id: 1, host: 'm1' },
    { id: 2, host: 'm4' },
    { id: 3, host: 'm3' },
  ]
  const moving = expansionOf(expandInput(minimalSpec({ members }), { standing }))

  function judged(expansion: typeof moving, machines: Readonly<Record<string, Machine>>) {
    const everybody = [...expansion.members, ...expansion.leaving.map(({ member }) => member)]
    const facts = factsOf(everybody, machines)
    const assessment = zookeeperCluster.assess(expansion, facts, now)
    const repairs = zookeeperCluster.repairs(expansion, facts, assessment, now)
    const granted = (id: string) => {
      const permit = repairs.find(({ member }) => member === id)?.permit
      return permit === undefined ? undefined : judge(permit).granted
    }
    return { assessment, repairs, granted }
  }

  test('counts where it still serves: another that lost its data comes back, and one can be restarted', () => {
    const { assessment, granted } = judged(moving, { m1: leader, m2: follower, m3: emptied })
    expect(granted('zookeeper-3')).toBe(true)
    expect(assessment.quorum).toMatchObject({ serving: 1, standIns: 1, margin: 0 })
  })

  test('does not vouch for itself on its new host', () => {
    const { granted } = judged(moving, { m1: leader, m2: follower, m3: emptied })
    expect(granted('zookeeper-2')).toBe(false)
  })

  test('and is the only one: it stays where its data is', () => {
    const alone = expansionOf(
      expandInput(minimalSpec({ members: [{ id: 1, host: 'm4' }] }), {
        standing: standing.slice(0, 1).map((one) => ({ ...one, record: { ...one.record, ensemble: '1=m1' } })),
      }),
    )
    expect(alone.members.map(({ host }) => host)).toEqual(['m1'])
    expect(judged(alone, { m1: leader }).repairs).toEqual([])
  })
})

test('data that turns up beside the marker of a first start is of somebody else: a start takes the marker away', () => {
  const marked: Machine = { allowed: true, marker: true, markJournal: 'done' }
  const { repairs } = repairsFor({ m1: { ...marked, tree: ['snapshot.0'] }, m2: marked, m3: marked })
  expect(repairs.find(({ member }) => member === 'zookeeper-1')?.refusedAs).toBe('ForeignData')
})
