import { describe, expect, test } from 'vitest'
import { known } from '../../../src/model/fact.ts'
import type { FleetFacts } from '../../../src/model/facts.ts'
import { journalEntry } from '../builders.ts'
import { expanded, memberOf, minimal } from './cluster.ts'
import { seen, seenIn } from './judged.ts'
import { type Daemon, disks, factsOf, livingWorld, now } from './machines.ts'

const expansion = expanded()

function assessed(more: Readonly<Record<string, Daemon>> = {}) {
  return seen(expansion, livingWorld(expansion, more)).assessment
}

describe('the active NameNode hands over', () => {
  test('for itself and for its failover controller, to a standby that can take over', () => {
    const { handovers = {} } = assessed()
    expect(Object.keys(handovers)).toEqual(['hdfs-namenode-nn1', 'hdfs-zkfc-nn1'])
    for (const telling of Object.values(handovers)) {
      expect(telling).toMatchObject({
        host: 'm1',
        action: { verb: 'FailOver', from: 'nn1', to: 'nn2' },
        risk: 'leaderChange',
        guards: [
          { guard: 'NameNodeIs', state: 'active' },
          { guard: 'NameNodeIs', state: 'standby' },
        ],
      })
      expect(telling.waits).toBeUndefined()
    }
  })

  const cases: readonly (readonly [name: string, more: Readonly<Record<string, Daemon>>, why: string])[] = [
    ['in safe mode', { 'namenode-nn2': { safeMode: 'Safe mode is ON.' } }, 'Safe mode is ON'],
    ['stopped', { 'namenode-nn2': { unit: 'stopped' } }, 'nn2'],
    ['silent', { 'namenode-nn2': { rpc: 'timeout' } }, 'nn2'],
    ['that has read no edits for long', { 'namenode-nn2': { editsMs: 200_000 } }, 'has not read new edits'],
    ['that knows less than the DataNodes', { 'namenode-nn2': { futureBytes: 9 } }, 'does not know all blocks'],
    ['without its controller', { 'zkfc-nn2': { unit: 'stopped' } }, 'zkfc-nn2'],
    ['beside another active', { 'namenode-nn2': { says: 'active' } }, 'say that they are active'],
  ]
  test.each(cases)('not to a standby %s: it waits and says so', (_name, more, why) => {
    expect(assessed(more).handovers?.['hdfs-namenode-nn1']?.waits).toContain(why)
  })

  test('not while the controller of a third one does not answer, which is asked as well', () => {
    const members = [...minimal.nameNodes.members, { id: 'nn3', host: 'm3' }]
    const three = expanded({ ...minimal, nameNodes: { ...minimal.nameNodes, members } })
    const waits = (more: Readonly<Record<string, Daemon>>) =>
      seen(three, livingWorld(three, more)).assessment.handovers?.['hdfs-namenode-nn1']?.waits
    expect(waits({})).toBeUndefined()
    expect(waits({ 'zkfc-nn3': { unit: 'stopped' } })).toContain('a handover asks hdfs-zkfc-nn3 as well')
  })

  test('not for a controller that does not work: it has nothing to hand over with', () => {
    expect(Object.keys(assessed({ 'zkfc-nn1': { rpc: 'timeout' } }).handovers ?? {})).toEqual(['hdfs-namenode-nn1'])
  })

  test('while nobody is active nobody does', () => {
    expect(assessed({ 'namenode-nn1': { says: 'standby' } }).handovers).toEqual({})
  })
})

describe('a rolling change holds', () => {
  test('nobody while all is well', () => {
    expect(assessed().holds).toEqual({})
  })

  const cases: readonly (readonly [
    name: string,
    more: Readonly<Record<string, Daemon>>,
    group: string,
    why: string,
  ])[] = [
    ['journals while one is silent', { 'journalnode-m2': { rpc: 'timeout' } }, 'journalnodes', 'JournalBehind'],
    ['journals while one has no segment', { 'journalnode-m2': { written: 0 } }, 'journalnodes', 'journalnode-m2'],
    [
      'journals while one is out of step',
      { 'namenode-nn1': { behind: { m3: 'Written txid 7 (will try to re-sync on next segment)' } } },
      'journalnodes',
      'journalnode-m3',
    ],
    ['NameNodes while a controller is out', { 'zkfc-nn2': { unit: 'stopped' } }, 'namenodes', 'zkfc-nn2'],
    [
      'NameNodes without a majority of journals',
      { 'journalnode-m1': { unit: 'stopped' }, 'journalnode-m2': { written: 0 } },
      'namenodes',
      '1 of 3 journals',
    ],
    ['a controller while a NameNode starts', { 'namenode-nn2': { says: 'loading' } }, 'hdfs-zkfc-nn1', 'namenode-nn2'],
    [
      'that of another NameNode while one has lost its file system',
      { 'namenode-nn2': { unit: 'stopped', disk: disks.empty, secondDisk: disks.empty } },
      'hdfs-zkfc-nn1',
      'namenode-nn2',
    ],
    [
      'DataNodes while blocks are missing',
      { 'namenode-nn1': { missingBlocks: 2 } },
      'datanodes-workers',
      'UnderReplicated: 2 blocks are missing',
    ],
    [
      'DataNodes while nobody is active',
      { 'namenode-nn1': { says: 'standby' } },
      'datanodes-workers',
      'no NameNode is active',
    ],
    [
      'a DataNode that only waits, while no NameNode serves',
      { 'namenode-nn1': { unit: 'stopped' }, 'namenode-nn2': { unit: 'stopped' } },
      'hdfs-datanode-w1',
      'no NameNode serves',
    ],
    [
      'DataNodes while as many are out as blocks can bear',
      { 'datanode-w1': { unit: 'stopped' }, 'datanode-w2': { unit: 'stopped' } },
      'datanodes-workers',
      'datanode-w1, hdfs-datanode-w2',
    ],
  ]
  test.each(cases)('%s', (_name, more, group, why) => {
    expect(assessed(more).holds?.[group]).toContain(why)
  })

  test('no controller of a NameNode that has lost its file system: it may have to learn where another has come to', () => {
    const hold = (disk: NonNullable<Daemon['disk']>) =>
      assessed({ 'namenode-nn2': { unit: 'stopped', disk, secondDisk: disk } }).holds?.['hdfs-zkfc-nn2']
    expect(hold(disks.used)).toContain('namenode-nn2')
    expect(hold(disks.empty)).toBe(undefined)
  })

  test('no controller that does not work: it is restarted whatever NameNodes do', () => {
    const holds = assessed({ 'namenode-nn2': { says: 'loading' }, 'zkfc-nn1': { unit: 'stopped' } }).holds
    expect(holds?.['hdfs-zkfc-nn1']).toBe(undefined)
    expect(holds?.['hdfs-zkfc-nn2']).toContain('namenode-nn2')
  })

  test('no DataNode for one that was decommissioned and stopped, of which something is left on its host', () => {
    const stopped: Daemon = { unit: 'stopped' }
    const hold = (node: Daemon) =>
      assessed({ 'namenode-nn1': { deadNodes: 1 }, 'datanode-w1': node }).holds?.['datanodes-workers']
    expect(hold(stopped)).toContain('1 DataNodes are dead')
    expect(hold({ ...stopped, adminState: { nn1: 'Decommissioned' } })).toBe(undefined)
  })

  test('DataNodes of all groups together', () => {
    const groups = ['w1', 'w2', 'w3'].map((host) => ({ ...minimal.dataNodeGroups[0], name: host, hosts: [host] }))
    const raw = {
      ...minimal,
      hdfsSite: { 'dfs.replication': '2' },
      dataNodeGroups: groups.map(({ hostSelector: _, ...group }) => group),
    }
    const three = expanded(raw)
    const world = livingWorld(three, { 'datanode-w1': { unit: 'stopped' } })
    expect(Object.keys(seen(three, world).assessment.holds ?? {})).toEqual([
      'datanodes-w1',
      'datanodes-w2',
      'datanodes-w3',
    ])
  })
})

describe('a DataNode that the active hears of and a standby does not', () => {
  const half = (uptimeMs: number): Daemon => ({
    uptimeMs,
    adminState: { nn2: 'unlisted' },
    beats: { nn1: 1, nn2: 999 },
  })
  const hold = (more: Readonly<Record<string, Daemon>>) => assessed(more).holds?.['hdfs-datanode-w1']

  test('is not restarted as one that is of no use: the standby may hear of it in a moment', () => {
    const restarted = { 'namenode-nn2': { uptimeMs: 40_000 }, 'datanode-w1': half(3_600_000) }
    expect(assessed(restarted).health['hdfs-datanode-w1']?.verdict).toBe('starting')
    expect(hold(restarted)).toContain('hdfs-namenode-nn2 hear nothing of it')
  })

  test('is restarted when none ever does, and not while as many are out as blocks can bear', () => {
    const never = { 'datanode-w1': half(3_600_000), 'datanode-w2': half(3_600_000) }
    expect(assessed(never).health['hdfs-datanode-w1']?.verdict).toBe('unhealthy')
    expect(hold(never)).toBe(undefined)
    expect(hold({ ...never, 'namenode-nn1': { lowBlocks: 3 } })).toContain('3 blocks have fewer copies')
    const down: Daemon = { unit: 'stopped' }
    expect(hold({ ...never, 'datanode-w2': down, 'datanode-w3': down })).toContain('datanode-w2, hdfs-datanode-w3')
  })
})

describe('a DataNode that was restarted a moment ago', () => {
  test('serves when it was heard since, not by what was heard of the process before', () => {
    const verdict = (uptimeMs: number) =>
      assessed({ 'datanode-w1': { uptimeMs, beats: { nn1: 8, nn2: 8 } } }).health['hdfs-datanode-w1']?.verdict
    expect([verdict(5000), verdict(12_000)]).toEqual(['starting', 'serving'])
  })
})

describe('a journal that would not take the next edit', () => {
  const world = livingWorld(expansion, { 'journalnode-m2': { written: 0 } })

  function at(ago: number, seen = world): FleetFacts {
    const facts = factsOf(expansion, seen)
    const m1 = facts['m1']
    if (m1?.state !== 'known') throw new Error('m1 was not seen')
    const name = memberOf(expansion, 'hdfs-namenode-nn1')
    const entry = journalEntry(name, { verb: 'RollEdits', phase: 'intent', at: now - ago })
    return { ...facts, m1: known({ ...m1.value, journal: [entry] }) }
  }

  test('is given a new segment by the active', () => {
    const { of } = seen(expansion, world)
    expect(of('namenode-nn1')).toMatchObject([{ cause: 'HdfsJournalBehind', verbs: 'RollEdits', when: 'now' }])
    expect(of('namenode-nn2')).toEqual([])
  })

  test('again only after a while', () => {
    expect(seenIn(expansion, at(10_000)).of('namenode-nn1')).toEqual([])
    expect(seenIn(expansion, at(31_000)).of('namenode-nn1')).toMatchObject([{ verbs: 'RollEdits' }])
  })

  test('at once when it was restarted after the last', () => {
    const anew = livingWorld(expansion, { 'journalnode-m2': { written: 0, uptimeMs: 5_000 } })
    expect(seenIn(expansion, at(10_000, anew)).of('namenode-nn1')).toMatchObject([{ verbs: 'RollEdits' }])
    expect(seenIn(expansion, at(4_000, anew)).of('namenode-nn1')).toEqual([])
  })

  test('not while it does not serve', () => {
    const down = livingWorld(expansion, { 'journalnode-m2': { written: 0, rpc: 'timeout' } })
    expect(seen(expansion, down).of('namenode-nn1')).toEqual([])
  })
})

describe('a standby that was restarted and waits for blocks of files that were removed', () => {
  const safeMode =
    'Safe mode is ON. The reported blocks 34 needs additional 2 blocks to reach the threshold 0.9990 of total blocks 36.'
  const waits = { 'namenode-nn2': { safeMode } }

  function onFirst(more: Readonly<Record<string, Daemon>> = {}): readonly object[] {
    return seen(expansion, livingWorld(expansion, { ...waits, ...more })).of('namenode-nn1')
  }

  test('is given the segment that is being written', () => {
    expect(onFirst()).toMatchObject([{ cause: 'HdfsStandbyBehind', verbs: 'RollEdits', when: 'now' }])
    expect(seen(expansion, livingWorld(expansion, waits)).of('namenode-nn2')).toEqual([])
  })

  test.each<[string, Readonly<Record<string, Daemon>>]>([
    ['the active misses blocks, too', { 'namenode-nn1': { missingBlocks: 2 } }],
    ['a DataNode has not reported to it yet', { 'datanode-w1': { adminState: { nn2: 'unlisted' } } }],
    [
      'a person has put it into safe mode',
      { 'namenode-nn2': { safeMode: 'Safe mode is ON. It was turned on manually.' } },
    ],
    [
      'it has all blocks and waits a moment more',
      { 'namenode-nn2': { safeMode: 'Safe mode will be turned off automatically soon.' } },
    ],
  ])('waits on when %s', (_why, more) => {
    expect(onFirst(more)).toEqual([])
  })
})
