import { describe, expect, test } from 'vitest'
import type { StandingMember } from '../../../src/model/kind.ts'
import { expanded, hosts, memberOf, minimal, standingOf } from './cluster.ts'

const { journalNodes, nameNodes } = minimal
const [group] = minimal.dataNodeGroups
const twoDirs = [...nameNodes.nameDirs, { mount: '/nfs', path: 'dfs/nn' }]
const twoDisks = [...(group?.dataDirs ?? []), { mount: '/mnt/2', path: 'dfs/dn' }]
const standing = standingOf(expanded())

function refusals(raw: unknown, more: Parameters<typeof expanded>[1] = {}): readonly string[] {
  return expanded(raw, { standing, heard: { upgrade: 'none' }, ...more }).refusals.map(
    ({ code, message }) => `${code} ${message}`,
  )
}

describe('on a living file system', () => {
  test('nothing is refused while the spec stays', () => {
    expect(refusals(minimal)).toEqual([])
  })

  test.each([
    ['another order of NameNodes', { nameNodes: { ...nameNodes, members: nameNodes.members.toReversed() } }],
    ['another order of JournalNodes', { journalNodes: { ...journalNodes, hosts: ['m3', 'm1', 'm2'] } }],
    ['one name directory more', { nameNodes: { ...nameNodes, nameDirs: twoDirs } }],
    ['a version of the same line', { version: '3.4.1' }],
    ['a disk more', { dataNodeGroups: [{ ...group, dataDirs: twoDisks }] }],
    [
      'keys, memory and web ports',
      {
        hdfsSite: { 'dfs.replication': '2' },
        nameNodes: { ...nameNodes, ports: { http: 9999 }, jvm: { heap: '2g' } },
      },
    ],
    ['a NameNode more', { nameNodes: { ...nameNodes, members: [...nameNodes.members, { id: 'nn3', host: 'm3' }] } }],
    ['another group', { dataNodeGroups: [{ ...group, name: 'other' }] }],
    [
      'a DataNode less, which gives its blocks up first,',
      {
        dataNodeGroups: [{ ...group, hostSelector: undefined, hosts: ['w1', 'w2'] }],
        hdfsSite: { 'dfs.replication': '2' },
      },
    ],
  ])('%s is not refused', (_, more) => {
    expect(refusals({ ...minimal, ...more })).toEqual([])
  })

  test.each([
    [
      'a NameNode with another id',
      {
        nameNodes: {
          ...nameNodes,
          members: [
            { id: 'nn1', host: 'm1' },
            { id: 'b', host: 'm2' },
          ],
        },
      },
      'MembershipChangeUnsupported spec.nameNodes.members: b is to come to m2, where nn2 stands',
    ],
    [
      'other name directories',
      { nameNodes: { ...nameNodes, nameDirs: [{ mount: '/nfs', path: 'dfs/nn' }] } },
      'DataDirectoryChangeUnsupported spec.nameNodes.nameDirs: the names stand in /data/dfs/nn',
    ],
    [
      'another disk',
      { dataNodeGroups: [{ ...group, dataDirs: [{ mount: '/mnt/2', path: 'dfs/dn' }] }] },
      'DataDirectoryChangeUnsupported dataDirs of datanodes-workers: /data/dfs/dn of a living DataNode is left out',
    ],
    [
      'a version of another line',
      { version: '3.3.6' },
      'VersionChangeUnsupported spec.version: 3.3.6 is of an older line than 3.4.2, which runs',
    ],
    [
      'another ensemble',
      { zookeeperRef: undefined, zookeeperConnect: 'zk.example:2181' },
      'MembershipChangeUnsupported spec.zookeeperRef: the failover controllers that run elect by 10.9.0.1:2181',
    ],
    [
      'a DataNode less than a block has copies',
      { dataNodeGroups: [{ ...group, hostSelector: undefined, hosts: ['w1', 'w2'] }] },
      'DecommissionBlocked spec.dataNodeGroups: hdfs-datanode-w3 on w3 would leave',
    ],
    [
      'more copies than DataNodes',
      { hdfsSite: { 'dfs.replication': '4' } },
      'InvalidSpec spec.hdfsSite[dfs.replication]: 4 is more than the 3',
    ],
  ])('%s is refused, once, and says what to do', (_, more, words) => {
    const found = refusals({ ...minimal, ...more })
    expect(found.length).toBe(1)
    expect(found[0]).toContain(words)
    expect(found[0]).toMatch(/put the spec back|keep one of them|put it back|declare it again|declare more DataNodes/)
  })

  test.each([
    ['the nameservice', { nameservice: 'other' }, 'nameservice', 10],
    ['the port of the NameNodes', { nameNodes: { ...nameNodes, ports: { rpc: 9000 } } }, 'endpoint', 2],
    [
      'the directory of the journal',
      { journalNodes: { ...journalNodes, editsDir: { mount: '/nfs', path: 'jn' } } },
      'editsDir',
      3,
    ],
    ['the znode of the election', { failover: { zookeeperPath: '/other' } }, 'znode', 2],
  ])('%s stands in records and is kept for life', (_, more, key, times) => {
    const differing = expanded({ ...minimal, ...more }, { standing }).members.filter(({ changeable, id, identity }) => {
      const record = standing.find(({ record: one }) => one['member'] === id)?.record ?? {}
      return identity[key] !== record[key] && !changeable.includes(key)
    })
    expect(differing.length).toBe(times)
  })

  test('a host of a DataNode that is given up takes no other along', () => {
    const { w3 } = hosts
    if (w3 === undefined) throw new Error('no host w3')
    const lost = { ...hosts, w3: { ...w3, lost: true } }
    const unseen = standing.map((one) => (one.host === 'w3' ? { ...one, seen: false } : one))
    expect(refusals(minimal, { hosts: lost, standing: unseen })).toEqual([])
    // What runs there when it comes back is told like any other that is not declared.
    expect(refusals(minimal, { hosts: lost })[0]).toContain('DecommissionBlocked')
  })

  test('one that stands elsewhere is asked, too: it may be the active one', () => {
    const moved = {
      ...nameNodes,
      members: [
        { id: 'nn1', host: 'm1' },
        { id: 'nn2', host: 'm3' },
      ],
    }
    const { leaving, members } = expanded({ ...minimal, nameNodes: moved }, { standing })
    const told = leaving.map(({ member, successor }) => [member.id, member.host, successor])
    expect(told).toEqual([
      ['hdfs-namenode-nn2@m2', 'm2', 'hdfs-namenode-nn2'],
      ['hdfs-zkfc-nn2@m2', 'm2', 'hdfs-zkfc-nn2'],
    ])
    const before = memberOf(expanded(), 'hdfs-namenode-nn2')
    expect(leaving[0]?.member.probes).toEqual(expect.arrayContaining([...before.probes]))
    expect(leaving[0]?.member.dataDirectories).toEqual(before.dataDirectories)
    expect(members.some(({ host, id }) => id === 'hdfs-namenode-nn2' && host === 'm3')).toBe(true)
  })
})

test.each([
  ['one of its own', {}, 'CID-u1'],
  ['that of the status', { status: { hdfs: { clusterId: 'CID-s' } } }, 'CID-s'],
])('the id of the file system is %s', (_, more, id) => {
  const { members, refusals: none } = expanded(minimal, more)
  expect(none).toEqual([])
  expect(new Set(members.map(({ identity }) => identity['clusterId']))).toEqual(new Set([id]))
})

test('an object that is applied anew finds its file system by the records', () => {
  const { members, refusals: none } = expanded(minimal, { standing, uid: 'u2' })
  expect(none).toEqual([])
  expect(new Set(members.map(({ identity, rules }) => `${identity['clusterId']} ${rules?.['clusterId']}`))).toEqual(
    new Set(['CID-u1 CID-u1']),
  )
})

test.each([
  ['status', standing, { hdfs: { clusterId: 'CID-x' } }, 'the status of the object of CID-x'],
  [
    'another member',
    standing.map(
      (one): StandingMember => (one.host === 'w2' ? { ...one, record: { ...one.record, clusterId: 'CID-x' } } : one),
    ),
    undefined,
    'hdfs-datanode-w2 on w2 of CID-x',
  ],
])('two file systems by records and %s are a stop', (_, records, status, words) => {
  const found = expanded(minimal, { standing: records, status }).refusals
  expect(found.map(({ code }) => code)).toEqual(['IdentityChanged'])
  expect(found[0]?.message).toContain(words)
})

test('without a record, and with hosts out of sight, nothing begins', () => {
  const [found] = expanded(minimal, { unseen: ['m1'] }).refusals
  expect([found?.code, found?.message]).toEqual(['FirstStartRefused', expect.stringContaining('m1')])
})
