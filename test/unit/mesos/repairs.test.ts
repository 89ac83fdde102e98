import { describe, expect, test } from 'vitest'
import { mesos } from '../../../src/clusters/mesos/kind.ts'
import type { Expansion, Repair } from '../../../src/model/kind.ts'
import { judge } from '../../../src/planner/permits.ts'
import {
  expanded,
  flagsOf,
  formed,
  metricsOf,
  noLeader,
  now,
  recorded,
  refusedHttp,
  silentHttp,
  withMasters,
} from './fixture.ts'
import { agent, factsOf, follower, leader, type Machine, saying, stopped, wellSet } from './machines.ts'

const cluster = formed()
const fresh = expanded()
const long = (id: string) => ({ [id]: now - 3_600_000 })

interface Found {
  readonly member: string
  readonly cause: string
  readonly verbs: string
  /** refused: by the service's own word; waits: as that says; else what the permit comes to. */
  readonly may: 'free' | 'granted' | 'no permit' | 'refused' | 'waits'
  readonly disruptive: boolean
}

function found(repairs: readonly Repair[]): readonly Found[] {
  return repairs.map(({ actions, cause, disruptive, member, permit, refused, waits }) => ({
    member,
    cause,
    verbs: actions.map(({ action }) => action.verb).join(' '),
    may:
      refused !== undefined
        ? 'refused'
        : waits !== undefined
          ? 'waits'
          : permit === undefined
            ? 'free'
            : judge(permit).granted
              ? 'granted'
              : 'no permit',
    disruptive,
  }))
}

function repairsFor(
  machines: Readonly<Record<string, Machine>>,
  since: Readonly<Record<string, number>> = {},
  expansion: Expansion = cluster,
): readonly Repair[] {
  const facts = factsOf(expansion, { ...wellSet, ...machines })
  return mesos.repairs(expansion, facts, mesos.assess(expansion, facts, now), now, since)
}

const emptied: Machine = { unit: 'stopped', allowed: true }
const metrics = '/metrics/snapshot'
const behind = saying(follower, {
  [metrics]: metricsOf('nonleader-GET-metrics_snapshot', { 'registrar/log/recovered': 0 }),
})

describe('the first start of a set of masters', () => {
  const first = (machines: Readonly<Record<string, Machine>>) =>
    repairsFor({ m1: {}, m2: {}, m3: {}, w1: {}, w2: {}, w3: {}, ...machines }, {}, fresh)
  const marked: Machine = { allowed: true }

  test('is allowed for all masters at once, where every place is proven empty', () => {
    const repairs = first({})
    expect(found(repairs)).toEqual(
      ['m1', 'm2', 'm3'].map((host) => ({
        member: `mesos-master-${host}`,
        cause: 'MesosFirstStart',
        verbs: 'MarkFirstStart',
        may: 'granted',
        disruptive: false,
      })),
    )
    expect(repairs.every(({ afterAllPrepared, holdsStart }) => holdsStart && afterAllPrepared === true)).toBe(true)
  })

  test('holds nobody any more once all are allowed', () => {
    expect(first({ m1: marked, m2: marked, m3: marked })).toEqual([])
  })

  test('that was cut off goes on with all, and starts none', () => {
    expect(found(first({ m1: marked })).map(({ may }) => may)).toEqual(['granted', 'granted', 'granted'])
  })

  test.each([
    ['holds a registry that nobody knows of', { m3: { log: ['CURRENT'] } }, 'ForeignData'],
    ['is out of sight', { m3: { unreachable: true } }, 'FirstStartRefused'],
    ['is not mounted', { m3: { unmounted: true } }, 'FirstStartRefused'],
    ['has begun with others, and one has lost its disk', { m1: stopped, m2: stopped, m3: {} }, 'FirstStartRefused'],
  ] as const)('is refused to all while a place %s', (_, machines, code) => {
    const repairs = first(machines)
    expect(found(repairs).map(({ may }) => may)).toEqual(['no permit', 'no permit', 'no permit'])
    expect(repairs.map(({ refusedAs }) => refusedAs)).toEqual([code, code, code])
  })

  test('stops what somebody has started without being allowed', () => {
    expect(found(first({ m1: { ...behind, log: [], allowed: false } }))[0]?.verbs).toBe('StopUnit MarkFirstStart')
  })
})

describe('a master whose copy of the registry is gone', () => {
  const lost = { cause: 'MesosRegistryLost', disruptive: false } as const

  test('is started when a majority of the others votes and one of them leads', () => {
    expect(found(repairsFor({ m1: emptied }))).toEqual([
      { member: 'mesos-master-m1', verbs: '', may: 'granted', ...lost },
    ])
    const [repair] = repairsFor({ m1: emptied })
    expect([repair?.holdsStart, repair?.keepsAsItIs, repair?.fetchesData]).toEqual([true, true, true])
  })

  test.each([
    ['nobody leads', { m2: { ...follower }, m3: follower }],
    ['another is down', { m3: stopped }],
    ['another cannot be seen', { m3: { unreachable: true } }],
    [
      'another runs with another quorum',
      { m3: saying(follower, { '/flags': flagsOf('nonleader-GET-flags', { quorum: '1' }) }) },
    ],
  ] as const)('is not started while %s', (_, machines) => {
    const [repair] = found(repairsFor({ m1: emptied, ...machines }))
    expect(repair).toMatchObject({ member: 'mesos-master-m1', may: 'no permit' })
  })

  test('and that still votes from memory is stopped, as a restart is, and then filled', () => {
    expect(found(repairsFor({ m1: { ...follower, log: [] } }))).toEqual([
      { member: 'mesos-master-m1', cause: 'MesosRegistryLost', verbs: 'StopUnit', may: 'granted', disruptive: true },
    ])
  })

  test('and that still votes from memory does not count for itself', () => {
    const [repair] = found(repairsFor({ m1: { ...follower, log: [] }, m3: stopped }))
    expect(repair).toMatchObject({ member: 'mesos-master-m1', may: 'no permit' })
  })

  test('and whose disk was not seen is not started, and nothing is asked of anybody', () => {
    expect(found(repairsFor({ m1: { ...stopped, unmounted: true } }))).toEqual([
      { member: 'mesos-master-m1', cause: 'MesosRegistryUnseen', verbs: '', may: 'waits', disruptive: false },
    ])
  })

  test('alone, as the only master, is a matter of a person', () => {
    const one = formed(withMasters({ hosts: ['m1'] }))
    const repairs = repairsFor({ m1: emptied }, {}, one)
    expect(found(repairs)).toMatchObject([{ may: 'refused' }])
    expect(repairs[0]?.refusedAs).toBe('DataLost')
    expect(repairs[0]?.refused).toContain('no master has a copy')
  })
})

describe('a master whose copy does not come to count', () => {
  const id = 'mesos-master-m1'

  test('is stopped and emptied, beyond a minute, when the others can fill it', () => {
    expect(repairsFor({ m1: behind }, { [id]: now - 59_000 })).toEqual([])
    expect(repairsFor({ m1: behind })).toEqual([])
    expect(found(repairsFor({ m1: behind }, long(id)))).toEqual([
      { member: id, cause: 'MesosRegistryLost', verbs: 'StopUnit MoveAside', may: 'granted', disruptive: false },
    ])
  })

  test('beside another is left as it is: a person copies the one that is whole (recordings 06, 13)', () => {
    const since = { ...long(id), ...long('mesos-master-m3') }
    const repairs = repairsFor({ m1: behind, m3: behind }, since)
    expect(found(repairs).map(({ may, verbs }) => [may, verbs])).toEqual([
      ['refused', ''],
      ['refused', ''],
    ])
    expect(repairs[0]?.refused).toContain(
      'only mesos-master-m2 on m2 may have the registry: stop all masters, copy /data/mesos/master/replicated_log',
    )
    const facts = factsOf(cluster, { ...wellSet, m1: behind, m3: behind })
    expect(mesos.assess(cluster, facts, now).available.reason).toBe('DataLost')
  })

  test('beside one that cannot be seen is not called lost', () => {
    const repairs = repairsFor({ m1: behind, m3: { unreachable: true } }, long(id))
    expect(found(repairs)).toMatchObject([{ member: id, may: 'no permit' }])
  })

  test('leads: it ends by itself, and nothing is done (recording 04)', () => {
    const empty = metricsOf('leader-GET-metrics_snapshot', { 'registrar/log/recovered': 0 })
    const elected = saying(leader, {
      [metrics]: empty,
      '/registrar(1)/registry': recorded('nonleader-GET-registrar_1_registry'),
    })
    expect(repairsFor({ m2: elected }, long('mesos-master-m2'))).toEqual([])
  })
})

describe('a master that does not start, by its last words', () => {
  const line = (words: string) => `E20261120 10:55:17.758915 16773 replica.cpp:774] EXIT with status 1: ${words}`
  const damaged: Machine = {
    ...stopped,
    lines: [
      line('Failed to recover the log: Corruption: CURRENT points to a non-existent file: NotFound: MANIFEST-000002'),
    ],
  }

  test('since its copy is damaged, is emptied when the others can fill it (recording 14)', () => {
    expect(found(repairsFor({ m1: damaged }))).toEqual([
      {
        member: 'mesos-master-m1',
        cause: 'MesosRegistryLost',
        verbs: 'StopUnit MoveAside',
        may: 'granted',
        disruptive: false,
      },
    ])
    expect(found(repairsFor({ m1: damaged, m3: stopped }))).toMatchObject([{ may: 'no permit' }])
    const both = repairsFor({ m1: damaged, m3: damaged })
    expect(both.map(({ refusedAs }) => refusedAs)).toEqual(['DataLost', 'DataLost'])
  })

  test('since another holds its files, is none of that (recording 48)', () => {
    const locked = line('Failed to recover the log: IO error: lock LOCK: Resource temporarily unavailable')
    expect(repairsFor({ m1: { ...stopped, lines: [locked] } })).toEqual([])
  })
})

describe('a master that runs and does not do its work', () => {
  const deaf = saying(follower, { [metrics]: refusedHttp })
  const silent = saying(follower, { [metrics]: silentHttp })
  const id = 'mesos-master-m1'
  const other = (machine: Machine, name: 'leader' | 'nonleader') =>
    saying(machine, { '/flags': flagsOf(`${name}-GET-flags`, { quorum: '1' }) })

  test('is restarted when nobody listens, or when it is silent and another one leads', () => {
    const expected = [{ member: id, cause: 'MesosMasterSilent', verbs: 'RestartUnit', may: 'free', disruptive: true }]
    expect(found(repairsFor({ m1: deaf }, long(id)))).toEqual(expected)
    expect(found(repairsFor({ m1: silent }, long(id)))).toEqual(expected)
    expect(repairsFor({ m1: deaf })).toEqual([])
    expect(repairsFor({ m1: silent, m2: stopped }, long(id))).toEqual([])
  })

  test('is restarted when it has another quorum than the set', () => {
    expect(found(repairsFor({ m1: other(follower, 'nonleader') }))).toEqual([
      { member: id, cause: 'MesosOtherFlags', verbs: 'RestartUnit', may: 'free', disruptive: true },
    ])
  })

  test('is not, while another has one, too: a person compares them first (recording 08)', () => {
    const repairs = repairsFor({ m1: other(follower, 'nonleader'), m2: other(leader, 'leader') })
    expect(found(repairs).map(({ may }) => may)).toEqual(['refused', 'refused'])
    expect(repairs.map(({ holdsStart, refusedAs }) => [holdsStart, refusedAs])).toEqual([
      [true, 'QuorumsDiffer'],
      [true, 'QuorumsDiffer'],
    ])
  })
})

describe('an agent', () => {
  const id = 'mesos-agent-w1'
  const unregistered = saying(agent, { [metrics]: metricsOf('agent-GET-metrics_snapshot', { 'slave/registered': 0 }) })
  const restarted = (cause: string) => [{ member: id, cause, verbs: 'RestartUnit', may: 'free', disruptive: true }]

  test('that is not registered with a leader that serves is restarted after the time that it takes by itself', () => {
    expect(repairsFor({ w1: unregistered }, { [id]: now - 89_000 })).toEqual([])
    expect(found(repairsFor({ w1: unregistered }, long(id)))).toEqual(restarted('MesosAgentNotRegistered'))
  })

  test('is left alone while nobody leads, and while the leader waits for it (recordings 18, 57)', () => {
    expect(repairsFor({ w1: unregistered, m2: stopped }, long(id))).toEqual([])
    const after = recorded('leader-with-recovered-agent-GET-slaves')
    const list = { ...after, body: after.body.replaceAll('127.0.8.14', '127.0.0.12') }
    expect(
      repairsFor({ w1: unregistered, m2: saying(leader, { '/slaves': list }) }, long(id)).map(({ member }) => member),
    ).not.toContain(id)
  })

  test('that does not answer, or is another than the one that is meant, is restarted', () => {
    expect(found(repairsFor({ w1: saying(agent, { [metrics]: refusedHttp }) }, long(id)))).toEqual(
      restarted('MesosAgentSilent'),
    )
    const flags = { outcome: 'answered', status: 200, body: '{"flags":{"port":"5052"}}' } as const
    expect(found(repairsFor({ w1: saying(agent, { '/flags': flags }) }))).toEqual(restarted('MesosAgentFlags'))
  })
})

test('without ZooKeeper nothing is mended: masters and agents come back by themselves (recordings 20 to 25)', () => {
  const dry = formed(undefined, { available: false })
  const out = saying(behind, { '/slaves': noLeader })
  const machines = { m1: out, m2: out, m3: out, w1: saying(agent, { [metrics]: refusedHttp }) }
  const since = Object.fromEntries(dry.members.map((member) => [member.id, now - 3_600_000]))
  expect(repairsFor(machines, since, dry)).toEqual([])
})
