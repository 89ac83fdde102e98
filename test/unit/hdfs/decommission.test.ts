import { describe, expect, test } from 'vitest'
import { known } from '../../../src/model/fact.ts'
import { knownNodes } from '../../../src/services/hdfs-namenode/nodes.ts'
import { journalEntry } from '../builders.ts'
import { expanded, fileOf, hosts, memberOf, minimal, standingOf } from './cluster.ts'
import { seen, seenIn } from './judged.ts'
import { type Daemon, disks, factsOf, livingWorld, now } from './machines.ts'

const [group] = minimal.dataNodeGroups
const { hostSelector: _, ...rest } = group ?? { hostSelector: undefined }
const two = { ...minimal, hdfsSite: { 'dfs.replication': '2' }, dataNodeGroups: [{ ...rest, hosts: ['w1', 'w2'] }] }
const three = { ...two, dataNodeGroups: [{ ...rest, hosts: ['w1', 'w2', 'w3'] }] }
/** w3 leaves. */
const leaving = expanded(two, { standing: standingOf(expanded(three)) })
const staying = expanded(three, { standing: standingOf(expanded(three)) })
const running: Daemon = { allowed: true, started: true, unit: 'running', disk: disks.blocks }
const inProgress = 'Decommission In Progress'

function assessed(w3: Daemon, more: Readonly<Record<string, Daemon>> = {}) {
  const world = livingWorld(leaving, more)
  return seen(leaving, { ...world, daemons: { ...world.daemons, 'datanode-w3': { ...running, ...w3 } } }).assessment
}

function states(nn1: string, nn2: string): Daemon {
  return { adminState: { nn1, nn2 } as NonNullable<Daemon['adminState']> }
}

describe('the hosts file of a NameNode', () => {
  test('has every DataNode that is declared, and who leaves as decommissioned, by address', () => {
    const lines = (address: string, state: string) => `{"hostName":"${address}","adminState":"${state}"}`
    const file = fileOf(memberOf(leaving, 'hdfs-namenode-nn2'), 'hosts.json')
    expect(JSON.parse(file)).toHaveLength(3)
    expect(file).toBe(
      `[\n${lines('10.9.0.4', 'NORMAL')},\n${lines('10.9.0.5', 'NORMAL')},\n${lines('10.9.0.6', 'DECOMMISSIONED')}\n]\n`,
    )
    const member = memberOf(leaving, 'hdfs-namenode-nn2')
    const path = member.files.find((one) => one.path.endsWith('/hosts.json'))
    expect(path?.restart).toBe(false)
    expect(fileOf(member, 'hdfs-site.xml')).toContain(path?.path)
  })

  test('has nobody who was on a host that is given up', () => {
    const { w3 } = hosts
    if (w3 === undefined) throw new Error('no host w3')
    const standing = standingOf(staying).map((one) => (one.host === 'w3' ? { ...one, seen: false } : one))
    const gone = expanded(two, { standing, hosts: { ...hosts, w3: { ...w3, lost: true } } })
    expect(fileOf(memberOf(gone, 'hdfs-namenode-nn1'), 'hosts.json')).not.toContain('10.9.0.6')
  })
})

describe('a DataNode that leaves', () => {
  test.each([
    ['nobody was told', states('In Service', 'In Service'), 'hdfs-namenode-nn1 says In Service', 'nn1'],
    ['the standby was not told', states(inProgress, 'In Service'), `nn1 says ${inProgress}`, 'nn2'],
    ['both are at it', states(inProgress, inProgress), `nn1 says ${inProgress}`, undefined],
    ['only the active has released it', states('Decommissioned', inProgress), `nn2 says ${inProgress}`, undefined],
    // It was out of sight when that one read the file last.
    ['the standby does not know it', states('Decommissioned', 'unlisted'), 'nn2 knows nothing of it', 'nn2'],
  ] as const)('stays while %s', (_name, w3, why, told) => {
    const { otherwise, released, tells } = assessed(w3)
    expect(otherwise?.['hdfs-datanode-w3']).toContain(why)
    expect(released).toEqual([])
    expect(tells?.member).toBe(told === undefined ? undefined : `hdfs-namenode-${told}`)
  })

  test('each NameNode is told by itself, at its own address', () => {
    expect(assessed(states('Decommissioned', 'In Service')).tells).toMatchObject({
      host: 'm2',
      risk: 'none',
      action: { verb: 'RefreshNodes', address: '10.9.0.2:8020' },
    })
  })

  test('is let go when every NameNode says that it is decommissioned, however the others are', () => {
    const { otherwise, released } = assessed(states('Decommissioned', 'Decommissioned'), {
      'datanode-w1': { unit: 'stopped' },
    })
    expect([otherwise, released]).toEqual([{}, ['hdfs-datanode-w3']])
  })

  test('stays while a NameNode is silent, and when too few others serve, which is said', () => {
    const silent = assessed(states('Decommissioned', 'Decommissioned'), { 'namenode-nn2': { web: 'timeout' } })
    expect(silent.otherwise?.['hdfs-datanode-w3']).toContain('nn2 does not say')
    const few = assessed(states(inProgress, inProgress), { 'datanode-w1': { unit: 'stopped' } })
    expect(few.otherwise?.['hdfs-datanode-w3']).toContain('blocks want 2 copies and 1 of the others serve')
  })

  test('and does not run is believed to be without blocks only when all blocks have all copies', () => {
    const down = { ...states('Decommissioned', 'Decommissioned'), unit: 'stopped' } as const
    expect(assessed(down).released).toEqual(['hdfs-datanode-w3'])
    for (const more of [{ missingBlocks: 1 }, { lowBlocks: 1 }]) {
      const found = assessed(down, { 'namenode-nn1': more })
      expect(found.otherwise?.['hdfs-datanode-w3']).toContain('calls it dead')
    }
  })
})

describe('a DataNode whose host is in maintenance', () => {
  const { w3 } = hosts
  if (w3 === undefined) throw new Error('no host w3')
  const resting = expanded(three, {
    standing: standingOf(staying),
    hosts: { ...hosts, w3: { ...w3, maintenance: true } },
  })
  const told = (w3: Daemon) => seen(resting, livingWorld(resting, { 'datanode-w3': { ...running, ...w3 } })).assessment

  test('is in the hosts file as such, and every NameNode is told', () => {
    expect(fileOf(memberOf(resting, 'hdfs-namenode-nn1'), 'hosts.json')).toContain(
      '{"hostName":"10.9.0.6","adminState":"IN_MAINTENANCE"}',
    )
    const entering = 'Entering Maintenance'
    expect(told(states('In Service', 'In Service')).tells?.member).toBe('hdfs-namenode-nn1')
    expect(told(states(entering, 'In Service')).tells?.member).toBe('hdfs-namenode-nn2')
    expect(told(states(entering, entering)).tells).toBeUndefined()
    expect(told(states('In Maintenance', 'In Maintenance')).tells).toBeUndefined()
  })

  test('and that is off needs not be told of again and again', () => {
    expect(told({ ...states('In Service', 'In Service'), unit: 'stopped' }).tells).toBeUndefined()
  })

  test('is counted while it holds the only live copy of a block, and when its host may be switched off', () => {
    const own = (w3: Daemon) => (told(w3).own?.['hdfs']?.['dataNodes'] ?? {}) as Readonly<Record<string, number>>
    expect(own(states('Entering Maintenance', 'In Service'))).toMatchObject({
      enteringMaintenance: 1,
      inMaintenance: 0,
    })
    expect(own(states('In Maintenance', 'In Service'))).toMatchObject({ enteringMaintenance: 0, inMaintenance: 1 })
  })

  test('is in service again when the host is', () => {
    const world = livingWorld(staying, { 'datanode-w3': { ...running, ...states('In Maintenance', 'In Service') } })
    expect(seen(staying, world).assessment.tells?.reason).toMatch(/says In Maintenance of .*is not in maintenance/)
  })
})

describe('a DataNode that is declared', () => {
  function told(w3: Daemon) {
    const world = livingWorld(staying, { 'datanode-w3': w3 })
    return seen(staying, world)
  }

  test('and new is started when every NameNode knows it; until then they are told', () => {
    const fresh: Daemon = { allowed: true, started: false, unit: 'stopped', disk: disks.empty }
    for (const [nn1, nn2, name] of [
      ['unlisted', 'unlisted', 'nn1'],
      ['In Service', 'unlisted', 'nn2'],
    ] as const) {
      const { assessment, of } = told({ ...fresh, ...states(nn1, nn2) })
      expect(assessment.tells?.member).toBe(`hdfs-namenode-${name}`)
      expect(of('datanode-w3')).toMatchObject([{ when: 'later', why: 'every NameNode must be told of it first' }])
    }
    const { assessment, of } = told(fresh)
    expect([assessment.tells, of('datanode-w3')]).toEqual([undefined, []])
  })

  test('again is in service again', () => {
    expect(told(states(inProgress, 'In Service')).assessment.tells?.reason).toContain(`says ${inProgress} of`)
  })

  test('is told of again only after a while', () => {
    const facts = factsOf(staying, livingWorld(staying, { 'datanode-w3': states(inProgress, 'In Service') }))
    const m1 = facts['m1']
    if (m1?.state !== 'known') throw new Error('m1 was not seen')
    const name = memberOf(staying, 'hdfs-namenode-nn1')
    const at = (ago: number) => {
      const journal = [journalEntry(name, { verb: 'RefreshNodes', phase: 'intent', at: now - ago })]
      return seenIn(staying, { ...facts, m1: known({ ...m1.value, journal }) }).assessment.tells?.member
    }
    expect([at(10_000), at(31_000)]).toEqual([undefined, 'hdfs-namenode-nn1'])
  })
})

test('a NameNode that does not list the dead leaves open by which file it acts: nobody is told, held back or let go by it', () => {
  expect(knownNodes({}, undefined)).toBeUndefined()
  expect(knownNodes(undefined, {})).toBeUndefined()
  expect(
    knownNodes({ 'w1:9866': { infoAddr: '10.9.0.4:9864', adminState: 'In Service', lastContact: 1 } }, {}),
  ).toEqual([{ names: ['w1', '10.9.0.4'], live: true, admin: 'In Service', lastContactSeconds: 1 }])
})
