import { describe, expect, test } from 'vitest'
import { hdfsClusterStatus } from '../../../src/api/hdfs-status.ts'
import { expanded, minimal } from './cluster.ts'
import { seen, seenIn } from './judged.ts'
import {
  allowedWorld,
  bareWorld,
  type Daemon,
  disks,
  factsOf,
  livingWorld,
  now,
  type World,
  withDaemons,
} from './machines.ts'

const expansion = expanded()
const startSafeMode =
  'Safe mode is ON. The reported blocks 0 needs additional 12 blocks to reach the threshold 0.9990 of total blocks 12. The number of live datanodes 0 has reached the minimum number 0. Safe mode will be turned off automatically once the thresholds have been reached.'

function living(more: Readonly<Record<string, Daemon>> = {}): World {
  return livingWorld(expansion, more)
}

describe('how a member is', () => {
  const cases: readonly (readonly [name: string, word: string, more: Daemon, verdict: string])[] = [
    ['an active NameNode', 'namenode-nn1', {}, 'serving'],
    ['a standby', 'namenode-nn2', {}, 'serving'],
    ['one in the safe mode of its start', 'namenode-nn2', { safeMode: startSafeMode }, 'waiting'],
    ['one that loads its image', 'namenode-nn2', { says: 'loading' }, 'starting'],
    ['one without a state', 'namenode-nn2', { says: 'initializing' }, 'starting'],
    ['one that is just started', 'namenode-nn2', { web: 'refused', uptimeMs: 20_000 }, 'starting'],
    ['one whose web server is gone', 'namenode-nn2', { web: 'refused' }, 'unhealthy'],
    ['one whose answer was cut off', 'namenode-nn2', { web: 'garbled' }, 'unhealthy'],
    ['one whose RPC is frozen', 'namenode-nn2', { rpc: 'timeout' }, 'unhealthy'],
    ['one of another cluster', 'namenode-nn2', { cluster: 'CID-x' }, 'unhealthy'],
    ['one that systemd starts again', 'namenode-nn2', { unit: 'restarting' }, 'starting'],
    ['one that is stopped', 'namenode-nn2', { unit: 'stopped' }, 'stopped'],
    ['a journal', 'journalnode-m1', {}, 'serving'],
    ['a journal without its files', 'journalnode-m1', { disk: disks.empty }, 'unhealthy'],
    ['a journal whose files cannot be seen', 'journalnode-m1', { disk: { unseen: true } }, 'unknown'],
    ['a journal whose RPC is frozen', 'journalnode-m1', { rpc: 'timeout' }, 'unhealthy'],
    ['a failover controller', 'zkfc-nn1', {}, 'serving'],
    ['a controller that nobody reads', 'zkfc-nn1', { rpc: 'timeout' }, 'unhealthy'],
    ['a controller that waits for ZooKeeper', 'zkfc-nn1', { rpc: 'refused', uptimeMs: 5000 }, 'starting'],
    ['a DataNode', 'datanode-w1', {}, 'serving'],
    ['a DataNode that the standby misses', 'datanode-w1', { beats: { nn2: 31 } }, 'unhealthy'],
    ['a DataNode that has just come', 'datanode-w1', { beats: { nn1: 31, nn2: 31 }, uptimeMs: 60_000 }, 'starting'],
    ['a DataNode of another cluster', 'datanode-w1', { cluster: 'CID-x' }, 'unhealthy'],
    [
      'a DataNode before its first handshake',
      'datanode-w1',
      { cluster: '', beats: { nn1: 31, nn2: 31 }, uptimeMs: 5000 },
      'starting',
    ],
  ]
  test.each(cases)('%s', (_name, word, more, verdict) => {
    expect(seen(expansion, living({ [word]: more })).assessment.health[`hdfs-${word}`]?.verdict).toBe(verdict)
  })

  test('an unformatted journal serves as long as the cluster was not born', () => {
    expect(seen(expansion, allowedWorld(expansion)).assessment.health['hdfs-journalnode-m1']?.verdict).toBe('serving')
  })

  test('a DataNode waits when no NameNode serves, and is missed only by those that do', () => {
    const down: Daemon = { unit: 'stopped' }
    const verdict = (more: Readonly<Record<string, Daemon>>) =>
      seen(expansion, living(more)).assessment.health['hdfs-datanode-w1']?.verdict
    expect(verdict({ 'namenode-nn1': down, 'namenode-nn2': down })).toBe('waiting')
    expect(verdict({ 'namenode-nn2': down })).toBe('serving')
    expect(verdict({ 'namenode-nn2': { uptimeMs: 10_000 }, 'datanode-w1': { beats: { nn2: 31 } } })).toBe('starting')
  })

  test('a DataNode that beats to a NameNode that cannot be seen serves, as far as anybody knows', () => {
    const verdict = (beats: Readonly<Record<string, number>>) => {
      const world = living({ 'namenode-nn1': { unit: 'stopped' }, 'datanode-w1': { beats } })
      return seen(expansion, { ...world, unreachable: ['m2'] }).assessment.health['hdfs-datanode-w1']?.verdict
    }
    expect(verdict({ nn1: 31 })).toBe('serving')
    expect(verdict({ nn1: 31, nn2: 31 })).toBe('waiting')
  })

  test('NameNodes that list it by other addresses: its own word counts, whatever it calls them', () => {
    const others = { 'namenode-nn1': { listsOthers: true }, 'namenode-nn2': { listsOthers: true } } as const
    const verdict = (node: Daemon) =>
      seen(expansion, living({ ...others, 'datanode-w1': node })).assessment.health['hdfs-datanode-w1']?.verdict
    const named = { nn1: 'a.example', nn2: 'b.example' }
    expect(verdict({})).toBe('serving')
    expect(verdict({ calls: named })).toBe('serving')
    expect(verdict({ calls: { nn1: 'm1', nn2: 'b.example' } })).toBe('serving')
    expect(verdict({ calls: named, beats: { nn2: 31 } })).toBe('unhealthy')
    expect(verdict({ calls: { nn1: 'm1', nn2: 'b.example' }, beats: { nn2: 31 } })).toBe('unhealthy')
  })

  test('a cold start of a full file system: DataNodes may start on NameNodes that wait for them', () => {
    const safe: Daemon = { says: 'standby', safeMode: startSafeMode }
    const { health } = seen(expansion, living({ 'namenode-nn1': safe, 'namenode-nn2': safe })).assessment
    expect([health['hdfs-namenode-nn1']?.opens, health['hdfs-namenode-nn2']?.opens]).toEqual([true, true])
    const frozen: Daemon = { ...safe, rpc: 'timeout' }
    expect(
      seen(expansion, living({ 'namenode-nn1': frozen })).assessment.health['hdfs-namenode-nn1']?.opens,
    ).toBeUndefined()
  })
})

describe('whether files can be written', () => {
  const blocked = expanded(minimal, {
    offers: { 'ZookeeperCluster/zk': { connect: '10.9.0.1:2181', available: false, why: 'no quorum' } },
  })
  const standby: Daemon = { says: 'standby' }
  const stopped: Daemon = { unit: 'stopped' }
  const nodes = { 'datanode-w1': stopped, 'datanode-w2': stopped, 'datanode-w3': stopped }
  const twoBehind = { m2: 'Written txid 1 (9 txns/20000ms behind)', m3: 'Written txid 0 (never written' }
  const cases: readonly (readonly [name: string, world: World, ok: boolean, reason: string])[] = [
    ['one is active', living(), true, 'LeaderServing'],
    ['one is active and a host is away', { ...living(), unreachable: ['m2'] }, true, 'LeaderServing'],
    ['nobody is', living({ 'namenode-nn1': standby }), false, 'NoLeader'],
    ['two are', living({ 'namenode-nn2': { says: 'active' } }), false, 'TwoLeaders'],
    [
      'the active is in safe mode',
      living({ 'namenode-nn1': { says: 'active', safeMode: startSafeMode } }),
      false,
      'SafeModeOn',
    ],
    ['the active is frozen', living({ 'namenode-nn1': { rpc: 'timeout' } }), false, 'NoLeader'],
    ['no DataNode reports', living(nodes), false, 'MembersNotServing'],
    ['most journals are behind', living({ 'namenode-nn1': { behind: twoBehind } }), false, 'NoQuorum'],
    [
      'most journals are down',
      living({ 'namenode-nn1': standby, 'journalnode-m1': stopped, 'journalnode-m2': stopped }),
      false,
      'NoQuorum',
    ],
    ['it was never born', bareWorld(expansion), false, 'MembersNotServing'],
  ]
  test.each(cases)('%s', (_name, world, ok, reason) => {
    const { available } = seen(expansion, world).assessment
    expect([available.ok, available.reason]).toEqual([ok, reason])
  })

  test('ZooKeeper is named when it is the cause', () => {
    expect(seen(blocked, livingWorld(blocked, { 'namenode-nn1': standby })).assessment.available.reason).toBe(
      'UpstreamNotReady',
    )
    expect(seen(blocked, livingWorld(blocked)).assessment.available.ok).toBe(true)
  })
})

test('a takeover that hangs is told as such', () => {
  const message = (znode: World['znode']) =>
    seen(expansion, { ...living({ 'namenode-nn1': { says: 'standby' } }), ...(znode === undefined ? {} : { znode }) })
      .assessment.available.message
  expect(message('locked')).toContain('could not fence')
  expect(message('stands')).not.toContain('fence')
})

describe('what stands between it and Ready', () => {
  const cases: readonly (readonly [name: string, more: Readonly<Record<string, Daemon>>, says: RegExp])[] = [
    ['missing blocks', { 'namenode-nn1': { missingBlocks: 2 } }, /2 blocks are missing/],
    [
      'a journal behind',
      { 'namenode-nn1': { behind: { m2: 'Written txid 1 (9 txns/20000ms behind)' } } },
      /journalnode-m2 is 20000 ms behind/,
    ],
    ['nobody who could take over', { 'zkfc-nn2': { unit: 'stopped' } }, /nobody could take over/],
    [
      'a directory that was given up',
      { 'namenode-nn2': { failedDirs: ['/data/dfs/nn'] } },
      /namenode-nn2 has given \/data\/dfs\/nn up/,
    ],
    [
      'a NameNode without room',
      { 'namenode-nn2': { disk: { ...disks.used, full: true } } },
      /namenode-nn2 has no room in \/data\/dfs\/nn/,
    ],
    [
      'a DataNode in a rack of before',
      { 'datanode-w1': { rack: '/old' } },
      /datanode-w1 is in \/default-rack, and in \/old by hdfs-namenode-nn1, which asks again when it is restarted/,
    ],
  ]
  test.each(cases)('%s', (_name, more, says) => {
    expect(seen(expansion, living(more)).assessment.shortfalls.join('; ')).toMatch(says)
  })

  test('a disk that its DataNode goes on without', () => {
    const [group] = minimal.dataNodeGroups
    const dataDirs = [...(group?.dataDirs ?? []), { mount: '/mnt/2', path: 'dfs/dn' }]
    const two = expanded({ ...minimal, dataNodeGroups: [{ ...group, dataDirs, failedVolumesTolerated: 1 }] })
    const world = livingWorld(two, { 'datanode-w2': { failedDirs: ['/mnt/2/dfs/dn'] } })
    expect(seen(two, world).assessment.shortfalls).toEqual([
      'hdfs-datanode-w2 does without /mnt/2/dfs/dn: its disk has failed, or was not there when it started',
    ])
  })

  test('another version than declared', () => {
    const members = expansion.members.map((member) => ({
      ...member,
      identity: { ...member.identity, version: '3.3.6' },
    }))
    const facts = factsOf(expansion, living())
    expect(seenIn({ ...expansion, members }, facts).assessment.shortfalls).toHaveLength(5)
  })

  test('nothing, when all is well', () => {
    expect(seen(expansion, living()).assessment.shortfalls).toEqual([])
  })
})

describe('its own status', () => {
  const own = (world: World) => seen(expansion, world).assessment.own?.['hdfs']

  test('is of the form that the API knows, and is the same in the next pass', () => {
    const status = own(living())
    expect(status).toEqual({
      clusterId: 'CID-u1',
      namespaceId: '42',
      blockPoolId: 'BP-1-10.9.0.1-1',
      active: 'nn1',
      safeMode: 'Off',
      dataNodes: { live: 3, dead: 0, stale: 0, decommissioning: 0, enteringMaintenance: 0, inMaintenance: 0 },
      blocks: { missing: 0, corrupt: 0, lowRedundancy: 0 },
      journal: { epoch: 1, inStep: 3 },
      capacity: { totalGiB: 300, usedPercent: 10 },
      lastCheckpoint: new Date(Math.floor((now - 600_000) / 60_000) * 60_000).toISOString(),
    })
    expect(hdfsClusterStatus.shape.hdfs.safeParse(status).success).toBe(true)
  })

  test('says nothing of blocks while nobody is active, and keeps who it is', () => {
    expect(own(living({ 'namenode-nn1': { says: 'standby' } }))).toEqual({
      clusterId: 'CID-u1',
      namespaceId: '42',
      blockPoolId: 'BP-1-10.9.0.1-1',
      journal: { epoch: 1 },
    })
  })

  test('why it is in safe mode is told without the numbers that change', () => {
    const safe = (count: string) =>
      own(living({ 'namenode-nn1': { says: 'active', safeMode: startSafeMode.replace('12', count) } }))
    expect(safe('12')).toEqual(safe('7'))
    expect(safe('12')?.['safeMode']).toBe('On')
  })

  test('has no id before there is one, and never one that no host confirms', () => {
    expect(own(bareWorld(expansion))).toEqual({})
    const lied = withDaemons(living(), {
      'namenode-nn1': { cluster: 'CID-x', disk: disks.foreign },
      'namenode-nn2': { cluster: 'CID-x', disk: disks.foreign },
    })
    expect(own(lied)?.['clusterId']).toBeUndefined()
  })
})

describe('its gauges', () => {
  test('are true, or are not there', () => {
    const { figures } = seen(expansion, living()).assessment
    expect(figures).toMatchObject({
      ironherd_hdfs_namenode_active: 1,
      ironherd_hdfs_safe_mode: 0,
      ironherd_hdfs_datanodes_live: 3,
      ironherd_hdfs_blocks_missing: 0,
      ironherd_hdfs_journal_lag_transactions: 0,
      ironherd_hdfs_journal_epoch: 1,
    })
    const without = seen(expansion, living({ 'namenode-nn1': { says: 'standby' } })).assessment.figures
    expect(without).toEqual({ ironherd_hdfs_namenode_active: 0, ironherd_hdfs_journal_epoch: 1 })
    const blind = seen(expansion, { ...living(), unreachable: ['m1', 'm2', 'm3'] }).assessment.figures
    expect(blind).toEqual({})
    // An active one may be where nobody can look.
    const half = seen(expansion, { ...living(), unreachable: ['m1'] }).assessment.figures
    expect(half?.ironherd_hdfs_namenode_active).toBeUndefined()
  })
})

test('the quorum is that of the journals, by who writes to them', () => {
  const quorum = (world: World) => seen(expansion, world).assessment.quorum
  expect(quorum(living())).toMatchObject({ voters: 3, serving: 3, margin: 1 })
  expect(quorum(living({ 'namenode-nn1': { behind: { m3: 'Written txid 0 (never written' } } }))).toMatchObject({
    serving: 2,
    margin: 0,
  })
  expect(quorum(living({ 'journalnode-m3': { unit: 'stopped' } }))).toMatchObject({ serving: 2 })
  // A few transactions in flight are no lag.
  expect(quorum(living({ 'namenode-nn1': { behind: { m3: 'Written txid 6 (1 txns/4ms behind)' } } }))).toMatchObject({
    serving: 3,
  })
  // One that was restarted takes nothing before the next segment, and the active knows that only when it has tried.
  expect(quorum(living({ 'journalnode-m3': { written: 0 } }))).toMatchObject({ serving: 2, margin: 0 })
  const nobody = living({ 'namenode-nn1': { says: 'standby' }, 'journalnode-m3': { written: 0 } })
  expect(quorum(nobody)).toMatchObject({ serving: 3 })
})
