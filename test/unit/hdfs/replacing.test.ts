import { describe, expect, test } from 'vitest'
import type { HostView } from '../../../src/model/kind.ts'
import { expanded, hosts, minimal, standingOf } from './cluster.ts'
import { seen } from './judged.ts'
import { type Daemon, disks, livingWorld, type World } from './machines.ts'

const members = [
  { id: 'nn1', host: 'm1' },
  { id: 'nn2', host: 'w1' },
]
const wanted = { ...minimal, nameNodes: { ...minimal.nameNodes, members } }
const standing = standingOf(expanded())
/** nn2 is to go from m2 to w1. */
const moving = expanded(wanted, { standing })
const there = standingOf(moving).filter(({ record }) => record['member'] === 'hdfs-namenode-nn2')
/** It was started there; the others were not restarted yet. */
const arriving = expanded(wanted, { standing: [...standing, ...there] })

const up: Daemon = { allowed: true, started: true, unit: 'running' }
const old: Readonly<Record<string, Daemon>> = {
  'namenode-nn2@m2': { ...up, disk: disks.used, says: 'standby' },
  'zkfc-nn2@m2': up,
}
const bare: Readonly<Record<string, Daemon>> = { 'namenode-nn2': {}, 'zkfc-nn2': {} }
const copied: Daemon = { disk: disks.copied }

function worldOf(more: Readonly<Record<string, Daemon>>, expansion = moving): World {
  const world = livingWorld(expansion)
  return { ...world, daemons: { ...world.daemons, ...bare, ...old, ...more } }
}

describe('the old pair of a NameNode that moves', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, Daemon>>, namenode: string, zkfc: string])[] = [
    ['has no copy yet', {}, 'no copy of the file system', 'no copy of the file system'],
    ['has a copy', { 'namenode-nn2': copied }, 'hdfs-zkfc-nn2@m2 is stopped first', 'may go'],
    [
      'has a copy and the old controller is off',
      { 'namenode-nn2': copied, 'zkfc-nn2@m2': { ...up, unit: 'stopped', disabled: true } },
      'may go',
      'gone',
    ],
    [
      'has a copy and the old controller would be started by systemd',
      { 'namenode-nn2': copied, 'zkfc-nn2@m2': { ...up, unit: 'stopped' } },
      'hdfs-zkfc-nn2@m2 is stopped first',
      'may go',
    ],
    [
      'has a copy and nobody is active',
      { 'namenode-nn2': copied, 'namenode-nn1': { ...up, disk: disks.used, says: 'standby' } },
      'not exactly one NameNode is active',
      'not exactly one NameNode is active',
    ],
    [
      'has a copy and two are active',
      { 'namenode-nn2': copied, 'namenode-nn2@m2': { ...up, disk: disks.used, says: 'active' } },
      'not exactly one NameNode is active',
      'not exactly one NameNode is active',
    ],
    [
      'has a copy and its controller could not be written',
      { 'namenode-nn2': copied, 'zkfc-nn2': { unit: 'missing' } },
      'hdfs-zkfc-nn2 is not ready on w1',
      'hdfs-zkfc-nn2 is not ready on w1',
    ],
  ]
  test.each(cases)('when the new one %s', (_name, more, namenode, zkfc) => {
    const { otherwise = {}, released = [] } = seen(moving, worldOf(more)).assessment
    const said = (id: string) => otherwise[id] ?? (released.includes(id) ? 'may go' : 'gone')
    expect(said('hdfs-namenode-nn2@m2')).toContain(namenode)
    expect(said('hdfs-zkfc-nn2@m2')).toContain(zkfc)
  })

  const led = {
    'namenode-nn1': { ...up, disk: disks.used },
    'namenode-nn2@m2': { ...up, disk: disks.used, says: 'active' },
  } as const

  test('hands over when it leads, before the new one copies', () => {
    const { assessment, of } = seen(moving, worldOf(led))
    expect(assessment.leader).toBe('hdfs-namenode-nn2@m2')
    expect(assessment.available.ok).toBe(true)
    expect(assessment.tells).toMatchObject({
      host: 'm2',
      member: 'hdfs-namenode-nn2@m2',
      action: { verb: 'FailOver', from: 'nn2', to: 'nn1' },
      risk: 'leaderChange',
    })
    expect(assessment.tells?.waits).toBeUndefined()
    expect(assessment.otherwise?.['hdfs-zkfc-nn2@m2']).toContain('is active there, and hands over first')
    expect(of('namenode-nn2')).toMatchObject([{ verbs: 'BootstrapStandby', when: 'later' }])
  })

  test('leads on while nobody can take over', () => {
    const { tells } = seen(moving, worldOf({ ...led, 'zkfc-nn1': { ...up, unit: 'stopped' } })).assessment
    expect(tells?.waits).toContain('zkfc-nn1')
  })

  test('is not told to where it has handed over', () => {
    expect(seen(moving, worldOf({})).assessment.tells).toBeUndefined()
  })
})

describe('the new NameNode', () => {
  test('copies from the one that is active, while the old one runs', () => {
    expect(seen(moving, worldOf({})).granted).toEqual(['BootstrapStandby hdfs-namenode-nn2'])
  })

  test('copies nothing over the data of another cluster', () => {
    const { granted, of } = seen(moving, worldOf({ 'namenode-nn2': { disk: disks.foreign } }))
    expect([granted, of('namenode-nn2')[0]?.when]).toEqual([[], 'refused'])
  })

  test('copies nothing where a disk is not mounted', () => {
    const { granted } = seen(moving, worldOf({ 'namenode-nn2': { disk: { unmounted: true } } }))
    expect(granted).toEqual([])
  })

  test('is not started while nobody else is active: the breadcrumb may have the old address', () => {
    const of = (says: 'active' | 'standby') =>
      seen(moving, worldOf({ 'namenode-nn2': copied, 'namenode-nn1': { ...up, disk: disks.used, says } })).of(
        'namenode-nn2',
      )
    expect(of('active')).toEqual([])
    expect(of('standby')).toMatchObject([{ cause: 'HdfsNameNodeMoves', when: 'later' }])
  })
})

describe('the znode of the election is gone meanwhile', () => {
  const gone: Readonly<Record<string, Daemon>> = { 'namenode-nn2': copied, 'zkfc-nn1': { ...up, unit: 'stopped' } }
  const without = (more: Partial<World>, daemons: Readonly<Record<string, Daemon>> = {}) =>
    seen(moving, { ...worldOf({ ...gone, ...daemons }), znode: 'absent', ...more })
  const off: Daemon = { ...up, unit: 'stopped', disabled: true }

  test('it is not made while the old controller runs, or is out of sight', () => {
    expect(without({}).granted).toEqual([])
    expect(without({ unreachable: ['m2'] }, { 'zkfc-nn2@m2': off }).granted).toEqual([])
    expect(without({}, { 'zkfc-nn2@m2': off }).granted).toEqual(['FormatFailover hdfs-zkfc-nn1'])
  })

  test('the old controller has nothing to elect below, and may go', () => {
    const nobody: Daemon = { ...up, disk: disks.used, says: 'standby' }
    expect(without({}, { 'namenode-nn1': nobody }).assessment.released).toEqual(['hdfs-zkfc-nn2@m2'])
  })
})

describe('until all know a NameNode on its new host', () => {
  const started: Readonly<Record<string, Daemon>> = {
    'namenode-nn2': { ...up, disk: disks.used, says: 'standby' },
    'namenode-nn2@m2': { ...up, unit: 'stopped', disabled: true },
    'zkfc-nn2@m2': { ...up, unit: 'stopped', disabled: true },
  }
  /** DataNodes that run with the old address: the new NameNode does not hear of them. */
  const unheard: Daemon = { ...up, disk: disks.blocks, adminState: { nn2: 'unlisted' }, beats: { nn1: 1 } }
  const nodes = { 'datanode-w1': unheard, 'datanode-w2': unheard, 'datanode-w3': unheard }

  function inTransit(more: Readonly<Record<string, Daemon>> = {}, expansion = arriving) {
    return seen(expansion, worldOf({ ...started, ...more }, expansion))
  }

  test('its failover controller is not started', () => {
    expect(inTransit().of('zkfc-nn2')).toMatchObject([
      { when: 'later', why: 'hdfs-zkfc-nn1 must be restarted with its new address first' },
    ])
    const told = standingOf(arriving).filter(({ record }) => record['member'] === 'hdfs-zkfc-nn1')
    const others = standing.filter(({ record }) => record['member'] !== 'hdfs-zkfc-nn1')
    const next = expanded(wanted, { standing: [...others, ...told, ...there] })
    expect(inTransit(nodes, next).of('zkfc-nn2')[0]?.why).toContain('the DataNodes at 10.9.0.4:9864, 10.9.0.5:9864')
    const safe = { 'namenode-nn2': { ...started['namenode-nn2'], safeMode: 'Safe mode is ON.' } }
    expect(inTransit(safe, next).of('zkfc-nn2')[0]?.why).toContain('Safe mode is ON')
    expect(inTransit({}, next).of('zkfc-nn2')).toEqual([])
    const released: Daemon = { ...unheard, adminState: { nn1: 'Decommissioned', nn2: 'unlisted' } }
    const leaving = { ...nodes, 'datanode-w3': released }
    expect(inTransit(leaving, next).of('zkfc-nn2')[0]?.why).toMatch(/ 10.9.0.4:9864, 10.9.0.5:9864 do not report/)
  })

  test('its failover controller is started when the only other NameNode is given up', () => {
    const told = standingOf(arriving).filter(({ record }) => record['member'] === 'hdfs-zkfc-nn1')
    const others = standing.filter(({ record }) => record['member'] !== 'hdfs-zkfc-nn1')
    const all = [...others, ...told, ...there].map((one) => ({ ...one, seen: one.host !== 'm1' }))
    const lost = { ...hosts, m1: { ...hosts['m1'], lost: true } as HostView }
    const of = (more: Readonly<Record<string, Daemon>>, given = lost) => {
      const next = expanded(wanted, { standing: all, hosts: given })
      return seen(next, { ...worldOf({ ...started, ...more }, next), unreachable: ['m1'], znode: 'stands' }).of(
        'zkfc-nn2',
      )
    }
    expect(of({})).toEqual([])
    expect(of({}, hosts as typeof lost)).toMatchObject([{ when: 'later' }])
    expect(of(nodes)[0]?.why).toContain('the DataNodes at 10.9.0.4:9864')
  })

  test('its failover controller is started when the only other NameNode has lost the names and is down', () => {
    const told = standingOf(arriving).filter(({ record }) => record['member'] === 'hdfs-zkfc-nn1')
    const others = standing.filter(({ record }) => record['member'] !== 'hdfs-zkfc-nn1')
    const next = expanded(wanted, { standing: [...others, ...told, ...there] })
    const down: Daemon = { unit: 'stopped', disk: disks.empty }
    const at = (other: Daemon, more: Readonly<Record<string, Daemon>> = {}) => {
      const all = { ...started, ...more, 'namenode-nn1': other }
      const { assessment, of } = seen(next, { ...worldOf(all, next), znode: 'stands' })
      return [of('zkfc-nn2')[0]?.why ?? '', assessment.holds?.['hdfs-datanode-w1'] ?? '']
    }
    expect(at(down)).toEqual(['', ''])
    expect(at({ ...down, disk: disks.used })[0]).toContain('another NameNode must be active first')
    expect(at({ ...down, unit: 'running' })[0]).toContain('another NameNode must be active first')
    const deaf = at(down, nodes)
    expect(deaf).toEqual([expect.stringContaining('the DataNodes at 10.9.0.4:9864'), ''])
    expect(at({ ...down, disk: disks.used }, nodes)[1]).toContain('no NameNode serves yet')
  })

  test('DataNodes that it does not hear of serve those that they know', () => {
    const { health } = inTransit(nodes).assessment
    expect(health['hdfs-datanode-w2']?.verdict).toBe('serving')
  })

  test('no journal is restarted, and the active not without a handover', () => {
    const { handovers = {}, holds = {} } = inTransit().assessment
    expect(holds['journalnodes']).toContain('hdfs-namenode-nn2 is known on its new host')
    expect(holds['namenodes']).toContain('hdfs-zkfc-nn2')
    expect(handovers['hdfs-namenode-nn1']?.waits).toContain('zkfc-nn2')
  })

  test('the controller of the active is restarted as it is when no other runs, and not before', () => {
    expect(Object.keys(inTransit().assessment.handovers ?? {})).toEqual(['hdfs-namenode-nn1'])
    const other = inTransit({ 'zkfc-nn2@m2': up }).assessment.handovers ?? {}
    expect(Object.keys(other)).toEqual(['hdfs-namenode-nn1', 'hdfs-zkfc-nn1'])
    expect(arriving.groups.find(({ name }) => name === 'zkfcs')?.budget).toEqual({ kind: 'MaxUnavailable', count: 2 })
  })
})
