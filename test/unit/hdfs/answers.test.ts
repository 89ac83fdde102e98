import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { known, unknown } from '../../../src/model/fact.ts'
import { rpcReply } from '../../../src/services/hdfs-common/rpc.ts'
import { parseVersion, renderVersion } from '../../../src/services/hdfs-common/version-file.ts'
import { parseDataNode } from '../../../src/services/hdfs-datanode/answers.ts'
import { parseJournalNode } from '../../../src/services/hdfs-journalnode/answers.ts'
import { parseNameNode, parseSystem } from '../../../src/services/hdfs-namenode/answers.ts'
import { holdsAll, isInStep, parseJournalStatus } from '../../../src/services/hdfs-namenode/journal-status.ts'
import { parseSecondary } from '../../../src/services/hdfs-secondarynamenode/answers.ts'

function recorded(name: string): string {
  return readFileSync(join(import.meta.dirname, '../../cases/hdfs/answers', name), 'utf8')
}

function beans(...list: readonly object[]): string {
  return JSON.stringify({ beans: list })
}

function qjm(stream: string): string {
  return JSON.stringify([
    { manager: 'FileJournalManager(root=/data/dfs/nn)', stream: 'EditLogFileOutputStream(/data/dfs/nn/current/x)' },
    { manager: 'QJM to [10.9.0.1:8485, 10.9.0.2:8485, 10.9.0.3:8485]', stream, disabled: 'false', required: 'true' },
  ])
}

describe('how far the journals are', () => {
  const cases: readonly (readonly [name: string, report: string, txid: number, all: boolean, step: boolean])[] = [
    ['written', '10.9.0.1:8485 (Written txid 9)', 9, true, true],
    ['behind for a moment', '10.9.0.1:8485 (Written txid 8 (1 txns/15ms behind))', 8, false, true],
    ['behind for long', '10.9.0.1:8485 (Written txid 2 (70 txns/12000ms behind))', 2, false, false],
    [
      'out of step',
      '10.9.0.1:8485 (Written txid 2 (7 txns/9ms behind) (will try to re-sync on next segment))',
      2,
      false,
      false,
    ],
    [
      'out of step and not behind',
      '10.9.0.1:8485 (Written txid 9 (will try to re-sync on next segment))',
      9,
      false,
      false,
    ],
    ['never written', '10.9.0.1:8485 (Written txid 0 (never written)', 0, false, false],
    [
      'never written, out of step',
      '10.9.0.1:8485 (Written txid 0 (never written (will try to re-sync on next segment))',
      0,
      false,
      false,
    ],
    ['named by a resolver', 'm1/10.9.0.1:8485 (Written txid 9)', 9, true, true],
  ]
  test.each(cases)('%s', (_name, report, txid, all, step) => {
    const lags = parseJournalStatus(
      qjm(`Writing segment beginning at txid 1. \n${report}, 10.9.0.2:8485 (Written txid 9)`),
    )
    expect(lags?.map(({ at }) => at)).toEqual(['10.9.0.1:8485', '10.9.0.2:8485'])
    const [lag] = lags ?? []
    expect(lag && [lag.writtenTxid, holdsAll(lag), isInStep(lag)]).toEqual([txid, all, step])
  })

  test.each(['', '[]', '{}', 'nonsense', qjm('open for read'), '[null, 7]'])('nobody writes: %s', (text) => {
    expect(parseJournalStatus(text)).toBeUndefined()
  })
})

describe('a NameNode', () => {
  const status = {
    name: 'Hadoop:service=NameNode,name=NameNodeStatus',
    State: 'standby',
    LastHATransitionTime: 5,
    BytesWithFutureGenerationStamps: 0,
  }
  const info = {
    name: 'Hadoop:service=NameNode,name=NameNodeInfo',
    Safemode: '',
    ClusterId: 'CID-u1',
    SoftwareVersion: '3.4.2, r1',
    NameDirStatuses: '{"failed":{"/mnt/b":"IMAGE_AND_EDITS"},"active":{"/mnt/a":"IMAGE_AND_EDITS"}}',
  }

  test('says its state, its cluster and what it has given up', () => {
    expect(parseNameNode(beans(status, info))).toMatchObject({
      state: 'standby',
      clusterId: 'CID-u1',
      version: '3.4.2',
      failedDirs: ['/mnt/b'],
      futureBytes: 0,
      safeMode: '',
    })
  })

  test('without its beans it is loading', () => {
    expect(parseNameNode(beans({ name: 'Hadoop:service=NameNode,name=NameNodeActivity' }))).toEqual({
      state: 'loading',
    })
    expect(parseNameNode(beans(status))).toEqual({ state: 'loading' })
  })

  test('in a state that nobody knows it is neither active nor standby', () => {
    expect(parseNameNode(beans({ ...status, State: 'initializing' }, info))).toMatchObject({
      state: 'other',
      word: 'initializing',
    })
  })

  test.each(['', '<html>', '{"beans":[{"name":"Hadoop:service=NameNode,name=NameNodeSt', '[]', '{"beans":7}', 'null'])(
    'what is cut off or something else says nothing: %s',
    (body) => {
      expect([parseNameNode(body), parseSystem(body), parseDataNode(body), parseJournalNode(body, 'ns')]).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
      ])
    },
  )

  test('a count that is missing is not 0', () => {
    const system = parseSystem(
      beans({ name: 'Hadoop:service=NameNode,name=FSNamesystem', MissingBlocks: 0, UnderReplicatedBlocks: 3 }),
    )
    expect([system?.missing, system?.corrupt, system?.lowRedundancy, system?.live]).toEqual([
      0,
      undefined,
      3,
      undefined,
    ])
  })
})

test('a DataNode says how it stands with each NameNode', () => {
  const body = beans({
    name: 'Hadoop:service=DataNode,name=DataNodeInfo',
    ClusterId: 'CID-u1',
    VolumeInfo: '{"/data/dfs/dn":{"freeSpace":1}}',
    BPServiceActorInfo:
      '[{"NamenodeAddress":"10.9.0.1:8020","ActorState":"RUNNING","LastHeartbeat":"2"},{"ActorState":"CONNECTING"}]',
  })
  expect(parseDataNode(body)).toMatchObject({
    clusterId: 'CID-u1',
    volumes: ['/data/dfs/dn'],
    actors: [
      { at: '10.9.0.1:8020', state: 'RUNNING', heartbeatAge: 2 },
      { at: '', state: 'CONNECTING', heartbeatAge: undefined },
    ],
  })
})

test('a journal has no bean before its first use', () => {
  const info = { name: 'Hadoop:service=JournalNode,name=JournalNodeInfo' }
  const journal = { name: 'Hadoop:service=JournalNode,name=Journal-ns', LastPromisedEpoch: 3 }
  expect(parseJournalNode(beans(info), 'ns')?.promisedEpoch).toBeUndefined()
  expect(parseJournalNode(beans(info, journal), 'ns')?.promisedEpoch).toBe(3)
  expect(parseJournalNode(beans(info, journal), 'other')?.promisedEpoch).toBeUndefined()
  const unformatted = { ...journal, LastPromisedEpoch: -1 }
  expect(parseJournalNode(beans(info, unformatted), 'ns')?.promisedEpoch).toBeUndefined()
})

describe('a port of RPC', () => {
  const question = { ask: 'http', address: '10.9.0.1', port: 8020, path: '/' } as const
  const sentence = 'It looks like you are making an HTTP request to a Hadoop IPC port. This is not the correct port'
  test.each([
    ['answers', { outcome: 'answered', status: 404, body: sentence }, 'alive'],
    ['belongs to somebody else', { outcome: 'answered', status: 404, body: 'not found' }, 'silent'],
    ['is taken, and nobody reads', { outcome: 'timeout', status: 0, body: '' }, 'silent'],
    ['is not there', { outcome: 'refused', status: 0, body: '' }, 'deaf'],
  ] as const)('%s', (_name, answer, state) => {
    expect(rpcReply(question, known(answer)).state).toBe(state)
  })

  test('of a host that is out of sight is not known', () => {
    expect(rpcReply(question, unknown('Unreachable', 'm1 is off'))).toEqual({ state: 'unseen', evidence: 'm1 is off' })
  })
})

describe('VERSION', () => {
  const text =
    '#Sat Nov 21 10:00:00 UTC 2026\nnamespaceID=42\nclusterID=CID-u1\ncTime=1795250000000\nstorageType=JOURNAL_NODE\nlayoutVersion=-67\n'

  test('is the same whenever it was written, and can be written again', () => {
    const version = parseVersion(text)
    const later = parseVersion(text.replace('10:00:00', '11:11:11'))
    expect(version?.values).toEqual(later?.values)
    expect(version && parseVersion(renderVersion(version.values))).toEqual(version)
    expect(version && renderVersion(version.values)).toBe(
      'cTime=1795250000000\nclusterID=CID-u1\nlayoutVersion=-67\nnamespaceID=42\nstorageType=JOURNAL_NODE\n',
    )
  })

  test('a colon in a value is written with a backslash, as Properties.store does', () => {
    const version = parseVersion('clusterID=CID\\:a\nstorageType=NAME_NODE\n')
    expect(version?.clusterId).toBe('CID:a')
    expect(version && renderVersion(version.values)).toContain('clusterID=CID\\:a\n')
  })

  test.each(['', 'clusterID=CID-u1\n', 'storageType=NAME_NODE\n', '\u0000\u0000', 'clusterID\nstorageType\n'])(
    'is none: %j',
    (body) => {
      expect(parseVersion(body)).toBeUndefined()
    },
  )
})

describe('what real daemons said', () => {
  test('an active NameNode', () => {
    const report = parseNameNode(recorded('namenode-active-3.4.2.json'))
    expect(report).toMatchObject({
      state: 'active',
      lastTransition: 1795302297617,
      futureBytes: 0,
      safeMode: '',
      clusterId: 'CID-test',
      blockPoolId: 'BP-570913616-192.0.2.11-1795302203515',
      version: '3.4.2',
      failedDirs: [],
      upgrade: 'none',
    })
    if (report === undefined || report.state === 'loading') throw new Error('it says nothing')
    expect(report.journals?.map((lag) => [lag.at, lag.writtenTxid, holdsAll(lag)])).toEqual([
      ['192.0.2.11:8485', 44, true],
      ['192.0.2.12:8485', 44, true],
      ['192.0.2.13:8485', 44, true],
    ])
    expect(report.live['192.0.2.12:9864']).toEqual({ lastContactSeconds: 1, rack: '/default-rack' })
  })

  test.each([
    ['namenode-standby-3.4.2.json', 'standby', /^$/],
    ['namenode-standby-safe-mode-3.4.2.json', 'standby', /needs additional 5 blocks/],
    ['namenode-standby-safe-mode-extension-3.4.2.json', 'standby', /In safe mode extension/],
    ['namenode-active-safe-mode-by-a-person-3.4.2.json', 'active', /turned on manually/],
  ])('%s', (name, state, safeMode) => {
    const report = parseNameNode(recorded(name))
    expect(report).toMatchObject({ state, safeMode: expect.stringMatching(safeMode) as string })
    const writes = report !== undefined && report.state !== 'loading' && report.journals !== undefined
    expect(writes).toBe(state === 'active')
  })

  test('a NameNode that loads', () => {
    expect(parseNameNode(recorded('namenode-initializing-3.4.2.json'))).toEqual({ state: 'loading' })
  })

  test('the figures of an active one and of a standby', () => {
    expect(parseSystem(recorded('fsnamesystem-active-3.4.2.json'))).toEqual({
      missing: 0,
      corrupt: 0,
      lowRedundancy: 0,
      live: 3,
      dead: 0,
      stale: 0,
      decommissioning: 0,
      capacityTotal: 1623319044096,
      capacityUsed: 147670,
      lastCheckpoint: 1795302593450,
      sinceEditsLoaded: 0,
    })
    expect(parseSystem(recorded('fsnamesystem-standby-3.4.2.json'))?.sinceEditsLoaded).toBe(56459)
  })

  test.each([
    ['journalnode-unused-3.4.2.json', undefined],
    ['journalnode-formatted-3.4.2.json', 0],
    ['journalnode-in-use-3.4.2.json', 1],
  ])('%s', (name, epoch) => {
    expect(parseJournalNode(recorded(name), 'ns')?.promisedEpoch).toBe(epoch)
  })

  test('a DataNode, which calls the NameNodes as its hosts file does', () => {
    expect(parseDataNode(recorded('datanode-3.4.2.json'))).toEqual({
      clusterId: 'CID-test',
      version: '3.4.2',
      volumes: ['/data/dn/1', '/data/dn/2'],
      actors: [
        { at: 'm1:8020', state: 'RUNNING', heartbeatAge: 1 },
        { at: 'm2:8020', state: 'RUNNING', heartbeatAge: 1 },
      ],
    })
  })

  test('a SecondaryNameNode, and one that has made no checkpoint yet', () => {
    const text = recorded('secondarynamenode-3.4.2.json')
    expect(parseSecondary(text)).toEqual({ version: '3.4.2', lastCheckpoint: 1795344074550 })
    const fresh = text.replace('1795344074550', '0')
    expect(parseSecondary(fresh)).toEqual({ version: '3.4.2', lastCheckpoint: undefined })
    expect([parseSecondary('{"beans":[]}'), parseSecondary('<html>')]).toEqual([undefined, undefined])
  })

  test.each([
    ['VERSION-namenode-3.4.2.txt', 'NAME_NODE', '1625925582', 'BP-570913616-192.0.2.11-1795302203515'],
    ['VERSION-journalnode-3.4.2.txt', 'JOURNAL_NODE', '1625925582', ''],
    ['VERSION-datanode-3.4.2.txt', 'DATA_NODE', '', ''],
  ])('%s', (name, storageType, namespaceId, blockPoolId) => {
    expect(parseVersion(recorded(name))).toMatchObject({ clusterId: 'CID-test', storageType, namespaceId, blockPoolId })
  })
})
