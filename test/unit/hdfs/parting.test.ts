import { describe, expect, test } from 'vitest'
import type { HostView } from '../../../src/model/kind.ts'
import { expanded, hosts, minimal, standingOf } from './cluster.ts'
import { seen } from './judged.ts'
import { type Daemon, disks, livingWorld, type World } from './machines.ts'

function spec(...places: readonly (readonly [id: string, host: string])[]) {
  const members = places.map(([id, host]) => ({ id, host }))
  return { ...minimal, nameNodes: { ...minimal.nameNodes, members } }
}

const three = spec(['nn1', 'm1'], ['nn2', 'm2'], ['nn3', 'w1'])
const standing = standingOf(expanded(three))
/** nn1 is to leave m1. */
const parting = expanded(spec(['nn2', 'm2'], ['nn3', 'w1']), { standing, heard: { active: 'nn2' } })

const up: Daemon = { allowed: true, started: true, unit: 'running' }
const off: Daemon = { ...up, unit: 'stopped', disabled: true }
const name = (says: 'active' | 'standby'): Daemon => ({ ...up, disk: disks.used, says })
const led: Readonly<Record<string, Daemon>> = {
  'namenode-nn1': name('standby'),
  'zkfc-nn1': up,
  'namenode-nn2': name('active'),
  'namenode-nn3': name('standby'),
}
const leads = { 'namenode-nn1': name('active'), 'namenode-nn2': name('standby') }

function world(more: Readonly<Record<string, Daemon>> = {}, rest: Partial<World> = {}): World {
  const living = livingWorld(parting)
  return { ...living, ...rest, daemons: { ...living.daemons, ...led, ...more } }
}

describe('a NameNode that is declared no more', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, Daemon>>, namenode: string, zkfc: string])[] = [
    ['the others serve', {}, 'hdfs-zkfc-nn1 is stopped first', 'may go'],
    ['its controller is off', { 'zkfc-nn1': off }, 'may go', 'gone'],
    ['it leads', leads, 'nn1 is active there, and hands over first', 'nn1 is active there, and hands over first'],
    ['nobody leads', { 'namenode-nn2': name('standby') }, 'not exactly one', 'not exactly one'],
    ['another leads beside it', { 'namenode-nn1': name('active') }, 'not exactly one', 'not exactly one'],
    [
      'nobody could take over from the one that leads',
      { 'namenode-nn3': { ...name('standby'), safeMode: 'Safe mode is ON.' } },
      'nobody could take over',
      'nobody could take over',
    ],
    [
      'the other one has no controller that works',
      { 'zkfc-nn3': off },
      'nobody could take over',
      'nobody could take over',
    ],
    [
      'a journal would not take the next edit',
      { 'journalnode-m3': { ...up, disk: disks.journalUsed, written: 0 } },
      'JournalBehind',
      'JournalBehind',
    ],
  ]
  test.each(cases)('when %s', (_name, more, namenode, zkfc) => {
    const { otherwise = {}, released = [] } = seen(parting, world(more)).assessment
    const said = (id: string) => otherwise[id] ?? (released.includes(id) ? 'may go' : 'gone')
    expect(said('hdfs-namenode-nn1')).toContain(namenode)
    expect(said('hdfs-zkfc-nn1')).toContain(zkfc)
  })

  test('stays when the host of one that could take over is out of sight', () => {
    const { otherwise = {} } = seen(parting, world({}, { unreachable: ['w1'] })).assessment
    expect(otherwise['hdfs-zkfc-nn1']).toContain('nobody could take over')
  })

  test('hands over to one that stays when it leads, and leads as long as nobody can take over', () => {
    const { available, leader, tells } = seen(parting, world(leads)).assessment
    expect([available.ok, leader]).toEqual([true, 'hdfs-namenode-nn1'])
    expect(tells).toMatchObject({ host: 'm1', action: { verb: 'FailOver', from: 'nn1', to: 'nn2' } })
    expect(tells?.waits).toBeUndefined()
    const nobody = { ...leads, 'zkfc-nn2': off, 'zkfc-nn3': off }
    expect(seen(parting, world(nobody)).assessment.tells?.waits).toContain('zkfc-nn2')
  })

  test('counts as one that may be active when it is out of sight', () => {
    const wiped = { 'namenode-nn3': { ...up, unit: 'stopped', disk: {} } } as const
    expect(seen(parting, world(wiped)).granted).toEqual(['BootstrapStandby hdfs-namenode-nn3'])
    expect(seen(parting, world(wiped, { unreachable: ['m1'] })).granted).toEqual([])
  })

  test('is gone, and no DataNode is restarted before a controller knows that', () => {
    const left = standing.filter(({ record }) => !/-nn1$/.test(record['member'] ?? ''))
    const wanted = spec(['nn2', 'm2'], ['nn3', 'w1'])
    const next = expanded(wanted, { standing: left, heard: { active: 'nn2' } })
    const holds = (all: typeof left) => {
      const found = expanded(wanted, { standing: all, heard: { active: 'nn2' } })
      return seen(found, livingWorld(found)).assessment.holds?.['datanodes-workers']
    }
    expect(holds(left)).toBe('a failover controller is told first who has left')
    const told = standingOf(next).filter(({ record }) => record['member'] === 'hdfs-zkfc-nn3')
    expect(holds([...left.filter(({ record }) => record['member'] !== 'hdfs-zkfc-nn3'), ...told])).toBeUndefined()
  })
})

describe('a NameNode that comes beside others', () => {
  const two = standingOf(expanded())
  const begun = expanded(three, { standing: two })
  const there = standingOf(begun).filter(({ record }) => record['member'] === 'hdfs-namenode-nn3')
  const comes = expanded(three, { standing: [...two, ...there] })
  const waits: Daemon = { ...up, unit: 'stopped', started: false }

  function coming(more: Readonly<Record<string, Daemon>> = {}, found = comes, rest: Partial<World> = {}) {
    const living = livingWorld(found, { 'zkfc-nn3': waits, ...more })
    return seen(found, { ...living, ...rest })
  }

  test('copies from the one that is active', () => {
    const bare: Daemon = { unit: 'stopped', started: false, disk: {} }
    expect(coming({ 'namenode-nn3': bare }, begun).granted).toEqual(['BootstrapStandby hdfs-namenode-nn3'])
  })

  test('has no failover controller before all others know it', () => {
    expect(coming().of('zkfc-nn3')).toMatchObject([
      { when: 'later', why: 'hdfs-zkfc-nn1, hdfs-zkfc-nn2 must be restarted with its new address first' },
    ])
  })

  test('keeps no other from being restarted for it, but journals', () => {
    const { handovers = {}, holds = {} } = coming().assessment
    expect([holds['namenodes'], holds['zkfcs'], holds['journalnodes']]).toEqual([
      undefined,
      undefined,
      'nobody could take over before hdfs-namenode-nn3 is known on its new host',
    ])
    // There is another to take over.
    expect(Object.keys(handovers)).toEqual(['hdfs-namenode-nn1', 'hdfs-zkfc-nn1'])
    expect(handovers['hdfs-zkfc-nn1']?.waits).toBeUndefined()
    expect(coming({ 'zkfc-nn2': { ...up, unit: 'stopped' } }).assessment.holds?.['namenodes']).toContain('zkfc-nn2')
  })

  test('beside one that is alone, since the host of the other is lost, is made known by a restart without a handover', () => {
    const lost = { ...hosts, m2: { ...hosts['m2'], lost: true } as HostView }
    const all = [...two, ...there].map((one) => ({ ...one, seen: one.host !== 'm2' }))
    const found = expanded(three, { standing: all, hosts: lost })
    const handovers = (given: typeof found) =>
      Object.keys(coming({}, given, { unreachable: ['m2'] }).assessment.handovers ?? {})
    expect(handovers(found)).toEqual(['hdfs-namenode-nn1'])
    expect(handovers(comes)).toEqual(['hdfs-namenode-nn1', 'hdfs-zkfc-nn1'])
  })
})
