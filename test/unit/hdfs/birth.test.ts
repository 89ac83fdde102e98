import { describe, expect, test } from 'vitest'
import { hdfsState } from '../../../src/clusters/hdfs/state.ts'
import type { Expansion } from '../../../src/model/kind.ts'
import { expanded, minimal } from './cluster.ts'
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
const twoDirs = expanded({
  ...minimal,
  nameNodes: {
    ...minimal.nameNodes,
    nameDirs: [
      { mount: '/data', path: 'dfs/nn' },
      { mount: '/nfs', path: 'dfs/nn' },
    ],
  },
})

function birth(world: World, of: Expansion = expansion) {
  return hdfsState(of, factsOf(of, world), now).birth
}

const journals: Readonly<Record<string, Daemon>> = Object.fromEntries(
  ['m1', 'm2', 'm3'].map((host) => [`journalnode-${host}`, { disk: disks.journal }]),
)
const formatted = { ...journals, 'namenode-nn1': { disk: disks.formatted, secondDisk: disks.formatted } }

describe('before anything was done', () => {
  test('bare hosts are unborn', () => {
    expect(birth(bareWorld(expansion)).state).toBe('unborn')
  })

  test('a lock file of a daemon that found nothing is no data', () => {
    expect(birth(withDaemons(bareWorld(expansion), { 'namenode-nn2': { disk: disks.locked } })).state).toBe('unborn')
  })

  const places: readonly (readonly [name: string, change: Readonly<Record<string, Daemon>>, state: string])[] = [
    ['a name directory of another cluster', { 'namenode-nn2': { disk: disks.foreign } }, 'foreign'],
    ['files of somebody in a name directory', { 'namenode-nn1': { disk: disks.stranger } }, 'foreign'],
    ['an image without VERSION', { 'namenode-nn1': { disk: disks.stripped } }, 'foreign'],
    ['a journal of another cluster', { 'journalnode-m3': { disk: disks.foreign } }, 'foreign'],
    ['blocks of another cluster', { 'datanode-w1': { disk: disks.foreign } }, 'foreign'],
    ['files of somebody in a data directory', { 'datanode-w3': { disk: disks.stranger } }, 'foreign'],
    ['VERSION of our id where no first start was allowed', { 'namenode-nn1': { disk: disks.half } }, 'foreign'],
    ['a disk that is not mounted', { 'datanode-w2': { disk: { unmounted: true } } }, 'open'],
    ['a name directory that cannot be read', { 'namenode-nn2': { disk: { unseen: true } } }, 'open'],
    ['a journal that cannot be read', { 'journalnode-m1': { disk: { unseen: true } } }, 'open'],
    ['VERSION that was written meanwhile', { 'namenode-nn1': { disk: { current: ['VERSION'] } } }, 'open'],
    ['blocks of our own id', { 'datanode-w1': { disk: disks.blocks } }, 'born'],
    ['a NameNode of our id that answers', { 'namenode-nn2': { unit: 'running', disk: disks.empty } }, 'born'],
    ['a record of a NameNode', { 'namenode-nn2': { started: true } }, 'born'],
    ['a record of a failover controller', { 'zkfc-nn1': { started: true } }, 'born'],
    ['a record of a DataNode', { 'datanode-w2': { started: true } }, 'born'],
    ['a record of a JournalNode alone', { 'journalnode-m2': { started: true } }, 'unborn'],
    [
      'a NameNode of another cluster at the address',
      { 'namenode-nn2': { unit: 'running', cluster: 'CID-other' } },
      'foreign',
    ],
  ]
  test.each(places)('%s: %s', (_name, change, state) => {
    expect(birth(withDaemons(bareWorld(expansion), change)).state).toBe(state)
  })

  test.each(['m1', 'm2', 'm3', 'w1', 'w2', 'w3'])('without %s in sight it is open', (host) => {
    expect(birth({ ...bareWorld(expansion), unreachable: [host] })).toMatchObject({ state: 'open' })
  })

  test('what others know of the past counts for more than empty disks', () => {
    const status = { hdfs: { clusterId: 'CID-u1' } }
    expect(birth(bareWorld(expansion), expanded(minimal, { status })).state).toBe('born')
  })

  test('a record of this object for a NameNode that is not declared any more', () => {
    const object = expansion.members[0]?.identity.object ?? ''
    const record = (role: string, owner = object) => JSON.stringify({ object: owner, role })
    const on = (text: string): World => ({
      ...bareWorld(expansion),
      records: { w2: { 'ironherd-data-files-hdfs-namenode-nn9': text } },
    })
    expect(birth(on(record('hdfs-namenode'))).state).toBe('born')
    expect(birth(on(record('hdfs-journalnode'))).state).toBe('unborn')
    expect(birth(on(record('hdfs-namenode', 'HdfsCluster/data/other'))).state).toBe('unborn')
  })

  test('hosts that had members and were not seen leave it open, and so does nobody having looked', () => {
    const rulesWith = (more: Readonly<Record<string, string>>, without: readonly string[] = []): Expansion => ({
      ...expansion,
      members: expansion.members.map((member) => ({
        ...member,
        rules: Object.fromEntries(
          Object.entries({ ...member.rules, ...more }).filter(([key]) => !without.includes(key)),
        ),
      })),
    })
    const world = bareWorld(expansion)
    expect(birth(world, rulesWith({ unseen: 'm9' })).state).toBe('open')
    expect(birth(world, rulesWith({ lost: 'm3' })).state).toBe('open')
    for (const key of ['born', 'unseen', 'lost']) expect(birth(world, rulesWith({}, [key])).state).toBe('open')
  })
})

describe('after a first start was allowed', () => {
  test('empty everywhere: a format may come', () => {
    expect(birth(allowedWorld(expansion)).state).toBe('allowed')
  })

  test('on all but one host: not yet', () => {
    for (const word of ['datanode-w1', 'journalnode-m3', 'zkfc-nn2']) {
      expect(birth(withDaemons(allowedWorld(expansion), { [word]: { allowed: false } })).state).toBe('unborn')
    }
  })

  const halves: readonly (readonly [name: string, change: Readonly<Record<string, Daemon>>])[] = [
    ['VERSION in one name directory', { 'namenode-nn1': { disk: disks.half } }],
    ['VERSION in all, no journal', { 'namenode-nn1': { disk: disks.half, secondDisk: disks.half } }],
    [
      'one journal without paxos',
      { 'namenode-nn1': { disk: disks.half, secondDisk: disks.half }, 'journalnode-m1': { disk: disks.journalHalf } },
    ],
    ['all journals, no image', { ...formatted, 'namenode-nn1': { disk: disks.half, secondDisk: disks.half } }],
    [
      'an image in one of two directories',
      { ...formatted, 'namenode-nn1': { disk: disks.formatted, secondDisk: disks.half } },
    ],
    ['all of it but one journal', { ...formatted, 'journalnode-m2': { disk: disks.empty } }],
    ['all of it, and a journal without paxos', { ...formatted, 'journalnode-m2': { disk: disks.journalHalf } }],
    [
      'journals of an older format',
      { ...formatted, 'journalnode-m2': { disk: { ...disks.journal, namespace: '41' } } },
    ],
    ['the journals alone, the directories are gone', { ...journals }],
    ['a lock file', { 'namenode-nn1': { disk: disks.locked } }],
    [
      'the other NameNode holds a format',
      { ...journals, 'namenode-nn2': { disk: disks.formatted, secondDisk: disks.formatted } },
    ],
  ]
  test.each(halves)('%s: a half', (_name, change) => {
    expect(birth(withDaemons(allowedWorld(twoDirs), change), twoDirs).state).toBe('halved')
  })

  test('all of it and no sign of life: formatted', () => {
    expect(birth(withDaemons(allowedWorld(twoDirs), formatted), twoDirs).state).toBe('formatted')
    expect(birth(withDaemons(allowedWorld(expansion), formatted)).state).toBe('formatted')
  })

  const lives: readonly (readonly [name: string, change: Readonly<Record<string, Daemon>>])[] = [
    ['a journal has promised an epoch', { 'journalnode-m3': { disk: disks.journalUsed } }],
    ['edits in a name directory', { 'namenode-nn1': { disk: disks.used } }],
    ['a transaction above 0', { 'namenode-nn1': { disk: { ...disks.formatted, seenTxid: 1 } } }],
    ['the record of the NameNode', { 'namenode-nn1': { disk: disks.formatted, started: true } }],
  ]
  test.each(lives)('and %s: born, whatever else is out of sight', (_name, change) => {
    const world = withDaemons(allowedWorld(expansion), { ...formatted, ...change })
    expect(birth(world).state).toBe('born')
    expect(birth({ ...world, unreachable: ['w1', 'm2'] }).state).toBe('born')
  })

  test('a half whose use cannot be seen is not one', () => {
    const unread: Daemon = { disk: { ...disks.journal, unseen: true } }
    expect(birth(withDaemons(allowedWorld(expansion), { ...formatted, 'journalnode-m2': unread })).state).toBe('open')
  })
})

test('a cluster that works is born', () => {
  expect(birth(livingWorld(expansion)).state).toBe('born')
})
