import { describe, expect, test } from 'vitest'
import { inquireHdfs } from '../../../src/clusters/hdfs/inquire.ts'
import type { HostView } from '../../../src/model/kind.ts'
import type { Action } from '../../../src/model/step.ts'
import { journalEntry } from '../builders.ts'
import { expanded, hosts, memberOf, minimal } from './cluster.ts'
import { seen } from './judged.ts'
import { type Daemon, disks, factsOf, livingWorld, now, type World } from './machines.ts'

const expansion = expanded()
const fiveSpec = {
  ...minimal,
  journalNodes: { hosts: ['m1', 'm2', 'm3', 'w1', 'w2'], editsDir: { mount: '/data', path: 'dfs/jn' } },
}
const five = expanded(fiveSpec)
const long = { since: now - 3_600_000 }

function living(more: Readonly<Record<string, Daemon>> = {}): World {
  return livingWorld(expansion, more)
}

function all(since: number): Readonly<Record<string, number>> {
  return Object.fromEntries(expansion.members.map(({ id }) => [id, since]))
}

const old = all(long.since)

function asks(world: World): readonly string[] {
  return Object.keys(inquireHdfs(expansion, factsOf(expansion, { ...world, znode: 'unasked' }), now))
}

test('a cluster that is well needs nothing, and ZooKeeper is not asked', () => {
  expect(seen(expansion, living(), old).repairs).toEqual([])
  expect(asks(living())).toEqual([])
})

describe('a JournalNode that lost its journal', () => {
  const wiped = { 'journalnode-m3': { disk: disks.empty } }

  test('is stopped and gets its identity back while the others hold everything', () => {
    const { of, repairs } = seen(expansion, living(wiped))
    expect(of('journalnode-m3')).toMatchObject([
      {
        cause: 'HdfsJournalWiped',
        verbs: 'StopUnit SeedJournal',
        when: 'now',
        why: expect.stringContaining('in step') as string,
      },
    ])
    const seed = repairs
      .flatMap(({ actions }) => actions.map(({ action }) => action))
      .find(({ verb }) => verb === 'SeedJournal')
    expect(seed as Extract<Action, { verb: 'SeedJournal' }>).toMatchObject({
      directory: '/data/dfs/jn/nameservice1',
      version: 'cTime=1795250000000\nclusterID=CID-u1\nlayoutVersion=-67\nnamespaceID=42\nstorageType=NAME_NODE\n',
      owner: 'hdfs',
    })
    expect(repairs[0]).toMatchObject({ disruptive: false, holdsStart: true, fetchesData: true })
  })

  test('what is left without VERSION goes aside first', () => {
    const left = { 'journalnode-m3': { disk: { current: ['edits_inprogress_0000000000000000007'] } } }
    expect(seen(expansion, living(left)).of('journalnode-m3')[0]).toMatchObject({
      verbs: 'StopUnit MoveAside SeedJournal',
      when: 'now',
    })
  })

  const refusals: readonly (readonly [name: string, more: Readonly<Record<string, Daemon>>])[] = [
    ['another is behind', { 'namenode-nn1': { behind: { m2: 'Written txid 6 (1 txns/3ms behind)' } } }],
    [
      'another is out of step',
      { 'namenode-nn1': { behind: { m2: 'Written txid 7 (will try to re-sync on next segment)' } } },
    ],
    ['another was never written', { 'namenode-nn1': { behind: { m2: 'Written txid 0 (never written' } } }],
    ['another has promised less', { 'journalnode-m2': { epoch: 0 } }],
    ['another does not answer', { 'journalnode-m2': { rpc: 'timeout' } }],
    ['another is stopped', { 'journalnode-m2': { unit: 'stopped' } }],
    ['another is of another format', { 'journalnode-m2': { disk: { ...disks.journalUsed, namespace: '43' } } }],
    ['nobody is active', { 'namenode-nn1': { says: 'standby' } }],
    ['the active one does not answer', { 'namenode-nn1': { rpc: 'timeout' } }],
    ['two are active', { 'namenode-nn2': { says: 'active' } }],
    ['another was restarted, and takes nothing before the next segment', { 'journalnode-m2': { written: 0 } }],
    ['the other NameNode says nothing', { 'namenode-nn2': { web: 'timeout' } }],
  ]
  test.each(refusals)('waits when %s', (_name, more) => {
    const world = living({ ...wiped, ...more })
    expect(seen(expansion, world, old).granted).toEqual([])
    expect(seen(expansion, world, old).of('journalnode-m3')[0]).toMatchObject({
      cause: 'HdfsJournalWiped',
      when: 'refused',
    })
  })

  test('waits for a NameNode whose host is out of sight, which may lead by now, and not for one on a host that is given up', () => {
    const away = { ...livingWorld(five, { 'journalnode-w1': { disk: disks.empty } }), unreachable: ['m2'] }
    expect(seen(five, away, old).granted).toEqual([])
    const given = expanded(fiveSpec, { hosts: { ...hosts, m2: { ...hosts['m2'], lost: true } as HostView } })
    expect(seen(given, away, old).granted).toEqual(['SeedJournal hdfs-journalnode-w1'])
  })

  test('is told of itself by those whose word lets it come back', () => {
    const odd = { ...disks.journalUsed, namespace: '43' }
    const mixed = { 'journalnode-w1': { disk: disks.empty }, 'journalnode-w2': { disk: odd, epoch: 0 } }
    expect(seen(five, livingWorld(five, mixed), old).granted).toEqual(['SeedJournal hdfs-journalnode-w1'])
  })

  test('one at a time', () => {
    const both = { 'journalnode-w1': { disk: disks.empty }, 'journalnode-w2': { disk: disks.empty } }
    const { of, granted } = seen(five, livingWorld(five, both))
    expect(granted).toEqual(['SeedJournal hdfs-journalnode-w1'])
    expect(of('journalnode-w2')).toMatchObject([{ when: 'later' }])
  })

  test('when no majority holds anything, nobody is given anything', () => {
    const two = { 'journalnode-m3': { disk: disks.empty }, 'journalnode-m2': { disk: disks.empty } }
    const { repairs, granted, assessment } = seen(expansion, living({ ...two, 'namenode-nn1': { says: 'standby' } }))
    expect(granted).toEqual([])
    expect(repairs.map(({ cause, refusedAs, actions }) => [cause, refusedAs, actions.length])).toEqual([
      ['HdfsJournalsLost', 'DataLost', 0],
      ['HdfsJournalsLost', 'DataLost', 0],
    ])
    expect(assessment.available.reason).toBe('DataLost')
  })

  test('out of sight is not lost', () => {
    const world = { ...living({ 'journalnode-m3': { disk: disks.empty } }), unreachable: ['m2'] }
    expect(seen(expansion, world).of('journalnode-m3')).toMatchObject([{ cause: 'HdfsJournalWiped', when: 'refused' }])
  })
})

describe('a NameNode that lost its directories', () => {
  const wiped = { 'namenode-nn2': { disk: disks.empty } }

  test('is stopped, and copies from the active', () => {
    const { of, repairs } = seen(expansion, living({ 'namenode-nn2': { disk: disks.empty, unit: 'stopped' } }))
    expect(of('namenode-nn2')).toMatchObject([{ cause: 'HdfsStandbyWiped', verbs: 'BootstrapStandby', when: 'now' }])
    expect(repairs[0]).toMatchObject({ holdsStart: true, disruptive: false, fetchesData: true })
  })

  test('and serves on from its memory: it counts as taken down', () => {
    const { of, repairs } = seen(expansion, living(wiped))
    expect(of('namenode-nn2')).toMatchObject([{ verbs: 'StopUnit BootstrapStandby', when: 'now' }])
    expect(repairs[0]?.disruptive).toBe(true)
  })

  test('what is left goes aside, and it copies in a later pass', () => {
    for (const disk of [disks.stripped, disks.half, disks.locked]) {
      const { of, granted } = seen(expansion, living({ 'namenode-nn2': { disk, unit: 'stopped' } }))
      expect([of('namenode-nn2')[0]?.verbs, of('namenode-nn2')[0]?.when, granted]).toEqual(['MoveAside', 'now', []])
    }
  })

  const refusals: readonly (readonly [name: string, more: Readonly<Record<string, Daemon>>])[] = [
    ['the other is stopped', { 'namenode-nn1': { unit: 'stopped' } }],
    ['the other does not answer', { 'namenode-nn1': { rpc: 'timeout' } }],
    ['the other knows less than its DataNodes', { 'namenode-nn1': { futureBytes: 10 } }],
    ['most journals are down', { 'journalnode-m1': { unit: 'stopped' }, 'journalnode-m2': { unit: 'stopped' } }],
    [
      'most journals are out of step',
      {
        'namenode-nn1': {
          behind: {
            m2: 'Written txid 7 (will try to re-sync on next segment)',
            m3: 'Written txid 3 (4 txns/20000 ms behind)',
          },
        },
      },
    ],
    [
      'most journals hold nothing',
      { 'journalnode-m1': { disk: disks.empty }, 'journalnode-m2': { disk: disks.empty } },
    ],
  ]
  test.each(refusals)('stays as it is when %s', (_name, more) => {
    const { granted, of } = seen(
      expansion,
      living({ 'namenode-nn2': { disk: disks.empty, unit: 'stopped' }, ...more }),
      old,
    )
    expect(granted).toEqual([])
    expect(of('namenode-nn2')[0]).toMatchObject({ cause: 'HdfsStandbyWiped', when: 'refused' })
  })

  test('waits for whoever is on its way to lead, and for a tool that goes on', () => {
    const gone: Daemon = { disk: disks.empty, unit: 'stopped' }
    for (const other of [
      { says: 'standby' },
      { says: 'loading' },
      { says: 'standby', safeMode: 'Safe mode is ON.' },
    ] as const) {
      const { of } = seen(expansion, living({ 'namenode-nn2': gone, 'namenode-nn1': other }), old)
      expect(of('namenode-nn2')).toMatchObject([{ when: 'later', verbs: 'BootstrapStandby' }])
    }
    const copying = seen(expansion, living({ 'namenode-nn2': { ...gone, tool: true } }))
    expect(copying.of('namenode-nn2')).toMatchObject([
      { when: 'later', why: expect.stringContaining('tool of Hadoop') as string },
    ])
  })

  test('a journal that is a little behind does not matter', () => {
    const behind = { 'namenode-nn1': { behind: { m2: 'Written txid 6 (1 txns/3 ms behind)' } } }
    const gone: Daemon = { disk: disks.empty, unit: 'stopped' }
    expect(seen(expansion, living({ 'namenode-nn2': gone, ...behind })).granted).toEqual([
      'BootstrapStandby hdfs-namenode-nn2',
    ])
  })

  describe('whose copy fails', () => {
    const half: Daemon = { disk: disks.half, unit: 'stopped' }
    const line = (phase: 'intent' | 'failed' | 'done', ago: number) =>
      journalEntry(memberOf(expansion, 'hdfs-namenode-nn2'), {
        verb: 'BootstrapStandby',
        phase,
        at: now - ago,
        detail: '1 exit 2, no other NameNode could be reached: timeout',
      })
    const after = (...agos: readonly number[]) =>
      seen(expansion, {
        ...living({ 'namenode-nn2': half }),
        journals: { m2: agos.flatMap((ago) => [line('intent', ago + 5_000), line('failed', ago)]) },
      }).of('namenode-nn2')

    test('keeps its half, and tries again ever later, in ten minutes at last', () => {
      expect(after(1_000)).toMatchObject([{ when: 'later' }])
      expect(after(31_000)).toMatchObject([{ verbs: 'MoveAside', when: 'now' }])
      expect(after(100_000, 31_000)).toMatchObject([{ when: 'later' }])
      expect(after(100_000, 61_000)).toMatchObject([{ when: 'now' }])
      const many = Array.from({ length: 8 }, (_, index) => 5_000_000 - index * 600_000)
      expect(after(...many, 590_000)).toMatchObject([{ when: 'later' }])
      expect(after(...many, 600_000)).toMatchObject([{ when: 'now' }])
    })

    test('says what failed, how often, and when it is tried again', () => {
      const [found] = after(100_000, 1_000)
      expect(found?.why).toBe(
        `BootstrapStandby failed 2 times on m2, and is tried again at ${new Date(now + 59_000).toISOString()}; it said: exit 2, no other NameNode could be reached: timeout`,
      )
    })

    test('does not count what failed before one that succeeded, or was cut off', () => {
      const journals = { m2: [line('failed', 2_000), line('done', 1_500), line('intent', 1_000)] }
      expect(seen(expansion, { ...living({ 'namenode-nn2': half }), journals }).of('namenode-nn2')).toMatchObject([
        { verbs: 'MoveAside', when: 'now' },
      ])
    })
  })

  test('and all of them did: nothing is ever formatted again', () => {
    const none: Daemon = { disk: disks.empty, unit: 'stopped' }
    const { repairs, granted, assessment } = seen(
      expansion,
      living({ 'namenode-nn1': none, 'namenode-nn2': none }),
      old,
    )
    expect(granted).toEqual([])
    expect(
      repairs.map(({ cause, refusedAs, actions, keepsAsItIs }) => [cause, refusedAs, actions.length, keepsAsItIs]),
    ).toEqual([
      ['HdfsNamesLost', 'DataLost', 0, true],
      ['HdfsNamesLost', 'DataLost', 0, true],
    ])
    expect(assessment.available.reason).toBe('DataLost')
  })

  test('one is out of sight: they are not lost', () => {
    const world = { ...living({ 'namenode-nn2': { disk: disks.empty, unit: 'stopped' } }), unreachable: ['m1'] }
    const { of, assessment } = seen(expansion, world, old)
    expect(of('namenode-nn2')).toMatchObject([{ cause: 'HdfsStandbyWiped', when: 'refused' }])
    expect(assessment.available.reason).toBe('NoLeader')
  })

  test('and leads: another takes over first, and without one nobody touches it', () => {
    const bare = { 'namenode-nn1': { disk: disks.empty } }
    expect(seen(expansion, living(bare)).of('namenode-nn1')).toMatchObject([
      { cause: 'HdfsActiveWiped', verbs: 'FailOver', when: 'now' },
    ])
    for (const other of [{ safeMode: 'Safe mode is ON.' }, { unit: 'stopped' }, { editsMs: 600_000 }] as const) {
      const { repairs, of } = seen(expansion, living({ ...bare, 'namenode-nn2': other }))
      expect(of('namenode-nn1')).toMatchObject([{ cause: 'HdfsActiveWiped', verbs: '', when: 'refused' }])
      expect(repairs.find(({ member }) => member === 'hdfs-namenode-nn1')?.refusedAs).toBe('DataLost')
    }
    const alone = living({ ...bare, 'zkfc-nn2': { unit: 'stopped' } })
    expect(seen(expansion, alone).of('namenode-nn1')[0]?.when).toBe('refused')
  })
})

describe('one of two name directories', () => {
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
  const lost = (id: 'nn1' | 'nn2', more: Daemon = {}) =>
    seen(twoDirs, livingWorld(twoDirs, { [`namenode-${id}`]: { secondDisk: disks.empty, ...more } })).of(
      `namenode-${id}`,
    )

  test('is taken up again by a restart of a standby', () => {
    expect(lost('nn2')).toMatchObject([{ cause: 'HdfsNameDirLost', verbs: 'RestartUnit', when: 'now' }])
  })

  test('the active hands over first', () => {
    expect(lost('nn1')).toMatchObject([{ verbs: 'FailOver', when: 'now' }])
  })

  test('is done once the process has it again, though VERSION comes with the next checkpoint', () => {
    expect(lost('nn2', { secondDisk: { beside: ['in_use.lock'], current: [] } })).toEqual([])
  })

  test('that was given up is taken up again, as long as its disk takes anything', () => {
    expect(lost('nn2', { secondDisk: disks.used, failedDirs: ['/nfs/dfs/nn'] })).toMatchObject([
      { verbs: 'RestartUnit' },
    ])
  })

  test('of two formats: it is left to a person', () => {
    const otherFormat = { ...disks.used, namespace: '43' }
    expect(lost('nn2', { secondDisk: otherFormat, unit: 'stopped' })).toMatchObject([
      { cause: 'HdfsIdentityChanged', verbs: '', when: 'refused' },
    ])
  })

  test('that is not mounted is waited for', () => {
    expect(lost('nn2', { secondDisk: { unmounted: true } })).toEqual([])
  })
})

test('a NameNode with more edits than a listing holds is whole', () => {
  const edits = Array.from({ length: 199 }, (_, index) => `edits_${String(index).padStart(19, '0')}`)
  const busy: Daemon = { disk: { ...disks.used, current: edits } }
  const { assessment, of } = seen(expansion, living({ 'namenode-nn1': { disk: disks.empty }, 'namenode-nn2': busy }))
  expect(of('namenode-nn1')).toMatchObject([{ verbs: 'FailOver', when: 'now' }])
  expect(assessment.own?.['hdfs']?.['namespaceId']).toBe('42')
})

describe('what is not ours', () => {
  test.each([
    ['namenode-nn2', disks.foreign, 'IdentityChanged'],
    ['namenode-nn2', disks.otherFormat, 'IdentityChanged'],
    ['journalnode-m2', disks.foreign, 'IdentityChanged'],
    ['journalnode-m2', { ...disks.journalUsed, namespace: '43' }, 'IdentityChanged'],
    ['datanode-w2', disks.foreign, 'ForeignData'],
    ['datanode-w2', disks.stranger, 'ForeignData'],
  ] as const)('%s is held and left', (word, disk, code) => {
    const { repairs, of } = seen(expansion, living({ [word]: { disk, unit: 'stopped' } }), old)
    expect(of(word)).toMatchObject([{ verbs: '', when: 'refused' }])
    expect(repairs.find(({ member }) => member === `hdfs-${word}`)).toMatchObject({
      refusedAs: code,
      holdsStart: true,
      keepsAsItIs: true,
    })
  })

  test('what is left of the own blocks without VERSION goes aside, when the DataNode does not serve', () => {
    const left: Daemon = { disk: { current: ['BP-1-10.9.0.1-1'] }, unit: 'restarting' }
    const of = (more: Daemon, world: World = living({ 'datanode-w2': { ...left, ...more } })) =>
      seen(expansion, world).of('datanode-w2')[0]
    expect(of({})).toMatchObject({ cause: 'HdfsDataDirLost', when: 'now' })
    expect(of({})?.verbs).toContain('MoveAside')
    const refused = { cause: 'HdfsForeignData', when: 'refused' }
    expect(of({ disk: { current: ['BP-1-10.9.0.1-1', 'BP-9-10.9.9.9-9'] } })).toMatchObject(refused)
    expect(of({ disk: { current: ['BP-1-10.9.0.1-1'], beside: ['photos'] } })).toMatchObject(refused)
    expect(of({ started: false })).toMatchObject(refused)
    expect(of({ unit: 'running' })).toMatchObject(refused)
    const nobody = living({ 'datanode-w2': left, 'namenode-nn1': { says: 'standby' } })
    expect(of({}, nobody)).toMatchObject(refused)
    const missing = living({ 'datanode-w2': left, 'namenode-nn1': { missingBlocks: 2 } })
    expect(of({}, missing)).toMatchObject({ cause: 'HdfsDataDirLost', when: 'later' })
  })

  test('one slow answer of a DataNode that goes on without VERSION is not its end', () => {
    const slow = living({ 'datanode-w2': { disk: { current: ['BP-1-10.9.0.1-1'] }, web: 'timeout' } })
    const { assessment, of } = seen(expansion, slow, { ...old, 'hdfs-datanode-w2': now })
    expect(assessment.health['hdfs-datanode-w2']?.verdict).toBe('unhealthy')
    expect(of('datanode-w2').map(({ verbs }) => verbs)).not.toContain('StopUnit MoveAside')
    const [lasting] = seen(expansion, slow, { ...old, 'hdfs-datanode-w2': now - 120_000 }).repairs
    expect(lasting).toMatchObject({ cause: 'HdfsDataDirLost', disruptive: true })
  })

  test('a foreign directory without blocks goes aside', () => {
    const { of } = seen(expansion, living({ 'datanode-w2': { disk: disks.foreignBare, unit: 'restarting' } }))
    expect(of('datanode-w2')).toMatchObject([{ cause: 'HdfsForeignData', verbs: 'StopUnit MoveAside', when: 'now' }])
  })

  test('a directory that tells of nobody is looked at again while its DataNode is on its way up', () => {
    const young = { disk: disks.stranger, unit: 'running', uptimeMs: 59_000 } as const
    const of = (daemon: Daemon) => seen(expansion, living({ 'datanode-w2': daemon })).of('datanode-w2')
    expect(of(young)).toEqual([])
    expect(of({ ...young, uptimeMs: 61_000 })).toMatchObject([{ cause: 'HdfsForeignData' }])
    expect(of({ ...young, disk: disks.foreign })).toMatchObject([{ cause: 'HdfsForeignData' }])
  })

  test('a NameNode that was never started there holds data of somebody', () => {
    const { repairs } = seen(
      expansion,
      living({ 'namenode-nn2': { disk: disks.foreign, unit: 'stopped', started: false } }),
    )
    expect(repairs[0]).toMatchObject({ refusedAs: 'ForeignData' })
  })

  test('one that says so itself is told, and not restarted', () => {
    const { of, assessment } = seen(expansion, living({ 'namenode-nn2': { cluster: 'CID-other' } }), old)
    expect(of('namenode-nn2')).toMatchObject([{ cause: 'HdfsIdentityChanged', verbs: '' }])
    expect(assessment.health['hdfs-namenode-nn2']?.verdict).toBe('unhealthy')
  })
})

describe('a daemon that does not answer', () => {
  const frozen: Daemon = { rpc: 'timeout', web: 'timeout' }
  const cases: readonly (readonly [word: string, more: Daemon, ms: number, cause: string])[] = [
    ['namenode-nn1', frozen, 180_000, 'HdfsNameNodeSilent'],
    ['namenode-nn2', frozen, 60_000, 'HdfsNameNodeSilent'],
    ['journalnode-m2', frozen, 60_000, 'HdfsJournalNodeSilent'],
    ['zkfc-nn2', frozen, 30_000, 'HdfsZkfcNotElecting'],
    ['datanode-w1', { web: 'timeout', beats: { nn1: 500, nn2: 500 } }, 120_000, 'HdfsDataNodeAbsent'],
  ]
  test.each(cases)('%s is restarted when that has lasted', (word, more, ms, cause) => {
    const world = living({ [word]: more })
    const since = { ...old, [`hdfs-${word}`]: now - ms }
    expect(seen(expansion, world, since).of(word)).toMatchObject([{ cause, verbs: 'RestartUnit', when: 'now' }])
    expect(seen(expansion, world, { ...since, [`hdfs-${word}`]: now - ms + 1 }).of(word)).toEqual([])
    expect(seen(expansion, world).of(word)).toEqual([])
  })

  test('a frozen active is restarted sooner when another has taken over', () => {
    const taken = living({ 'namenode-nn1': frozen, 'namenode-nn2': { says: 'active' } })
    const since = { ...old, 'hdfs-namenode-nn1': now - 60_000 }
    expect(seen(expansion, taken, since).of('namenode-nn1')[0]?.verbs).toBe('RestartUnit')
  })

  test('two that say that they are active: the older one is started anew when it does not notice', () => {
    const both = (ms: number, lock?: string): World => ({
      ...living({
        'namenode-nn1': { says: 'active', lastTransition: now - 600_000 },
        'namenode-nn2': { says: 'active', lastTransition: now - ms },
      }),
      znode: 'locked',
      named: { breadcrumb: 'nn2', ...(lock === undefined ? {} : { lock }) },
    })
    const { of, repairs } = seen(expansion, both(25_000, 'nn2'), old)
    expect(of('namenode-nn1')).toMatchObject([{ cause: 'HdfsTwoActive', verbs: 'RestartUnit', when: 'now' }])
    expect(repairs).toHaveLength(1)
    expect(seen(expansion, both(24_999, 'nn2'), old).repairs).toEqual([])
    // By the lock the clocks are wrong, or nobody knows.
    expect(seen(expansion, both(25_000, 'nn1'), old).repairs).toEqual([])
    expect(seen(expansion, both(25_000), old).repairs).toEqual([])
    expect(asks(both(25_000))).toEqual(['m1'])
  })

  test('a NameNode whose web server alone is silent is left', () => {
    const { of, assessment } = seen(expansion, living({ 'namenode-nn2': { web: 'timeout' } }), old)
    expect(of('namenode-nn2')).toEqual([])
    expect(assessment.health['hdfs-namenode-nn2']?.verdict).toBe('unhealthy')
  })

  test('a NameNode that loads its image is left, however long it takes', () => {
    const { of, assessment } = seen(expansion, living({ 'namenode-nn2': { says: 'loading' } }), old)
    expect(of('namenode-nn2')).toEqual([])
    expect(assessment.health['hdfs-namenode-nn2']?.verdict).toBe('starting')
  })

  test('a DataNode that the active does not hear of, and not one that only the standby misses', () => {
    const mute = (beats: Readonly<Record<string, number>>) =>
      seen(expansion, living({ 'datanode-w1': { beats } }), old).of('datanode-w1')
    expect(mute({ nn1: 500, nn2: 500 })).toMatchObject([{ cause: 'HdfsDataNodeAbsent' }])
    expect(mute({ nn2: 500 })).toEqual([])
    expect(seen(expansion, living({ 'datanode-w1': { web: 'timeout' } }), old).of('datanode-w1')).toEqual([])
  })
})

describe('the election', () => {
  const nobody = { 'namenode-nn1': { says: 'standby' } } as const
  const down = { 'zkfc-nn1': { unit: 'stopped', exit: 3 }, 'zkfc-nn2': { unit: 'stopped', exit: 3 } } as const
  const never = {
    'zkfc-nn1': { unit: 'stopped', started: false },
    'zkfc-nn2': { unit: 'stopped', started: false },
    ...nobody,
  } as const

  test('its znode is made once, on the host that asked, when nobody elects', () => {
    const { of, granted } = seen(expansion, { ...living(never), znode: 'absent' })
    expect(granted).toEqual(['FormatFailover hdfs-zkfc-nn1'])
    expect(of('zkfc-nn2')).toMatchObject([{ when: 'later' }])
    expect(asks(living(never))).toEqual(['m1'])
  })

  test('before the first start of the controllers it must be seen', () => {
    for (const znode of ['silent', 'unasked'] as const) {
      const { of, granted } = seen(expansion, { ...living(never), znode })
      expect([granted, of('zkfc-nn1')[0]?.when, of('zkfc-nn2')[0]?.when]).toEqual([[], 'later', 'later'])
    }
    expect(seen(expansion, { ...living(never), znode: 'stands' }).repairs).toEqual([])
  })

  test('its znode is gone: all controllers are stopped, then it is made anew', () => {
    const running = seen(expansion, { ...living(nobody), znode: 'absent' })
    expect(running.of('zkfc-nn1')).toMatchObject([{ cause: 'HdfsZnodeGone', verbs: 'StopUnit', when: 'now' }])
    expect(running.granted).toEqual([])
    expect(asks(living({ ...down }))).toEqual(['m1'])
    expect(seen(expansion, { ...living(down), znode: 'absent' }).granted).toEqual(['FormatFailover hdfs-zkfc-nn1'])
  })

  test.each([
    ['a controller is out of sight', { ...living(down), unreachable: ['m2'] }],
    ['a controller comes and goes', living({ ...down, 'zkfc-nn2': { unit: 'restarting', exit: 3 } })],
    ['a NameNode says nothing', living({ ...down, 'namenode-nn2': { web: 'timeout' } })],
    ['two are active', living({ ...down, 'namenode-nn2': { says: 'active' } })],
    ['a tool runs', living({ ...down, 'namenode-nn2': { tool: true } })],
  ] as const)('its znode is not made while %s', (_name, world) => {
    expect(seen(expansion, { ...world, znode: 'absent' }, old).granted).toEqual([])
  })

  test('its znode is made while a NameNode loads its image, and waits for one that does not answer yet', () => {
    const loading = living({ ...down, 'namenode-nn2': { says: 'loading' } })
    expect(seen(expansion, { ...loading, znode: 'absent' }).granted).toEqual(['FormatFailover hdfs-zkfc-nn1'])
    const young = living({ ...down, 'namenode-nn2': { web: 'refused', uptimeMs: 3000 } })
    expect(seen(expansion, { ...young, znode: 'absent' }).of('zkfc-nn1')).toMatchObject([{ when: 'later' }])
  })

  test('without a breadcrumb the controller of the active comes first', () => {
    const { of } = seen(expansion, { ...living(down), znode: 'bare' })
    expect(of('zkfc-nn1')).toEqual([])
    expect(of('zkfc-nn2')).toMatchObject([{ when: 'later' }])
    const leading = living({ 'zkfc-nn2': { unit: 'stopped' } })
    expect(seen(expansion, { ...leading, znode: 'bare' }).of('zkfc-nn2')).toEqual([])
  })

  test('and as long as nobody knows of one while that controller is on its way up', () => {
    const coming = living({ 'zkfc-nn1': { rpc: 'refused', uptimeMs: 5000 }, 'zkfc-nn2': { unit: 'stopped' } })
    expect(asks(coming)).toEqual(['m1'])
    expect(seen(expansion, { ...coming, znode: 'unasked' }).of('zkfc-nn2')).toMatchObject([{ when: 'later' }])
    expect(seen(expansion, { ...coming, znode: 'stands' }).of('zkfc-nn2')).toEqual([])
  })

  test('nobody holds the lock though all are well: the controllers are restarted, but not for a moment', () => {
    const world: World = { ...living(nobody), znode: 'stands' }
    expect(asks(living(nobody))).toEqual(['m1'])
    expect(seen(expansion, world, old).of('zkfc-nn1')).toMatchObject([
      { cause: 'HdfsZkfcNotElecting', verbs: 'RestartUnit' },
    ])
    expect(seen(expansion, world, all(now - 70_000)).of('zkfc-nn1')).toEqual([])
    expect(seen(expansion, { ...world, znode: 'locked' }, old).repairs).toEqual([])
    const turned = living({ 'namenode-nn1': { says: 'standby', lastTransition: now - 20_000 } })
    expect(seen(expansion, { ...turned, znode: 'stands' }, old).repairs).toEqual([])
  })

  test('without ZooKeeper nobody is restarted, and nobody is asked', () => {
    const offers = { 'ZookeeperCluster/zk': { connect: '10.9.0.1:2181', available: false, why: 'no quorum' } }
    const blocked = expanded(minimal, { offers })
    const world = livingWorld(blocked, { ...nobody, 'zkfc-nn2': { rpc: 'timeout' } })
    expect(seen(blocked, { ...world, znode: 'silent' }, old).repairs).toEqual([])
    expect(inquireHdfs(blocked, factsOf(blocked, world), now)).toEqual({})
  })
})
