import { describe, expect, test } from 'vitest'
import { expandHdfs } from '../../../src/clusters/hdfs/expand.ts'
import { inquireHdfs } from '../../../src/clusters/hdfs/inquire.ts'
import { hdfsState } from '../../../src/clusters/hdfs/state.ts'
import { hearUpgrade } from '../../../src/clusters/hdfs/upgrade.ts'
import type { Expansion, StandingMember } from '../../../src/model/kind.ts'
import { judge, premisesOf } from '../../../src/planner/permits.ts'
import { sourceServes } from '../../../src/services/hdfs-namenode/premises.ts'
import { expanded, fileOf, hosts, inputOf, memberOf, minimal, refused, simple, standingOf } from './cluster.ts'
import { judged, seen, seenIn } from './judged.ts'
import { type Daemon, disks, factsOf, livingWorld, now, type World, withDaemons, withOneUnknown } from './machines.ts'

const heard = { upgrade: 'none' }
const before = expanded(simple)
const standing = standingOf(before)
/** The spec is highly available, and the file system that stands is simple. */
const prepared = expanded(minimal, { standing, heard })
const journals = ['journalnode-m1', 'journalnode-m2', 'journalnode-m3']

const never: Daemon = { unit: 'stopped', started: false, disk: disks.empty }
const serving: Daemon = { unit: 'running', started: true, disk: disks.empty }

function of(words: readonly string[], daemon: Daemon): Readonly<Record<string, Daemon>> {
  return Object.fromEntries(words.map((word) => [word, daemon]))
}

const ready: World = {
  ...livingWorld(prepared, {
    'namenode-nn1': { upgrade: 'none' },
    ...of(journals, serving),
    ...of(['namenode-nn2', 'zkfc-nn1', 'zkfc-nn2'], never),
  }),
  znode: 'absent',
}

/** Of NameNode nn1, which is to be one of several. */
function stopOf(expansion: Expansion, world: World) {
  const { repairs } = seen(expansion, world)
  return repairs.filter(({ cause, member }) => cause === 'HdfsBecomesHighlyAvailable' && member === 'hdfs-namenode-nn1')
}

describe('a simple file system that is to be highly available', () => {
  test('goes on as it is, beside what is made ready for it', () => {
    expect(prepared.refusals).toEqual([])
    expect(prepared.leaving.map(({ member }) => member.id)).toEqual(['hdfs-secondarynamenode-m2'])
    expect(prepared.members.map(({ id }) => id)).toEqual([
      ...before.members.map(({ id }) => id).filter((id) => !id.includes('secondary')),
      ...journals.map((word) => `hdfs-${word}`),
      'hdfs-zkfc-nn1',
      'hdfs-namenode-nn2',
      'hdfs-zkfc-nn2',
    ])
    const without = expanded({ ...simple, secondary: undefined }, { standing, heard })
    for (const { id, host } of before.members.filter(({ id: own }) => !own.includes('secondary'))) {
      const own = memberOf(prepared, id)
      expect([own.host, own.files, own.identity]).toEqual([
        host,
        memberOf(without, id).files,
        memberOf(without, id).identity,
      ])
    }
    expect(fileOf(memberOf(prepared, 'hdfs-journalnode-m3'), 'hdfs-site.xml')).toContain('qjournal://10.9.0.1:8485;')
  })

  test('is judged without them', () => {
    const { assessment } = seen(prepared, ready)
    expect([assessment.available.ok, assessment.leader, assessment.shortfalls, assessment.quorum]).toEqual([
      true,
      'hdfs-namenode-nn1',
      [],
      undefined,
    ])
    expect(assessment.otherwise).toEqual({
      'hdfs-secondarynamenode-m2': 'it makes the checkpoints until a NameNode stands by',
    })
    const order = Math.max(...prepared.groups.filter(({ name }) => name !== 'ahead').map((group) => group.order))
    expect(prepared.groups.find(({ name }) => name === 'ahead')?.order).toBeGreaterThan(order)
  })

  test('starts its JournalNodes, and nothing else of what comes', () => {
    const { of: repairsOf } = seen(
      prepared,
      withDaemons(ready, of(journals, { ...serving, unit: 'stopped', started: false })),
    )
    for (const word of journals) expect(repairsOf(word)).toEqual([])
    for (const word of ['namenode-nn2', 'zkfc-nn1', 'zkfc-nn2']) {
      expect(repairsOf(word)).toMatchObject([{ verbs: '', when: 'later' }])
    }
  })

  test('has its NameNode stopped in one step, with what it is from then on', () => {
    const [repair, second] = stopOf(prepared, ready)
    expect(second).toBe(undefined)
    expect(repair).toMatchObject({ disruptive: true, holdsStart: false })
    expect(repair?.actions.map(({ action, risk }) => [action.verb, risk])).toEqual([
      ['CopyImage', 'none'],
      ['DisableUnit', 'outage'],
    ])
    expect(repair?.evidence).toContain('nobody can read or write until')
    expect(repair?.becomes).toMatchObject({
      id: 'nn1',
      names: 'nn1@m1,nn2@m2',
      journals: '10.9.0.1:8485;10.9.0.2:8485;10.9.0.3:8485',
      initialises: 'true',
    })
    expect(repair?.becomes?.['simple']).toBe(undefined)
  })

  test.each<readonly [string, Readonly<Record<string, Daemon>>, string]>([
    ['its NameNode is in safe mode', { 'namenode-nn1': { safeMode: 'on' } }, 'hdfs-namenode-nn1 must serve'],
    ['its NameNode is down', { 'namenode-nn1': { unit: 'stopped' } }, 'hdfs-namenode-nn1 must serve'],
    ['it says nothing of an upgrade', { 'namenode-nn1': { upgrade: undefined as never } }, 'no rolling upgrade'],
    ['a rolling upgrade is under way', { 'namenode-nn1': { upgrade: 'prepared' } }, 'no rolling upgrade'],
    ['a directory has failed', { 'namenode-nn1': { failedDirs: ['/data/dfs/nn'] } }, 'all its directories'],
    ['blocks are missing', { 'namenode-nn1': { missingBlocks: 1 } }, '1 blocks are missing'],
    ['a DataNode is down', { 'datanode-w2': { unit: 'stopped' } }, 'hdfs-datanode-w2'],
    ['a JournalNode is down', { 'journalnode-m2': { unit: 'stopped' } }, 'JournalNodes must serve'],
    ['a journal cannot be seen', { 'journalnode-m2': { disk: { unseen: true } } }, 'journals must be empty'],
    ['a tool runs there', { 'namenode-nn1': { tool: true } }, 'a tool of Hadoop runs on m1'],
    ['a tool runs on the other host', { 'namenode-nn2': { tool: true } }, 'a tool of Hadoop runs on m2'],
    ['the other cannot be seen', { 'namenode-nn2': { disk: { unseen: true } } }, 'must have empty directories'],
    ['a lock stands there', { 'namenode-nn2': { disk: disks.locked } }, 'must have empty directories'],
    ['the other was started', { 'namenode-nn2': { started: true } }, 'must have empty directories'],
    ['a controller is not installed', { 'zkfc-nn1': { unit: 'missing' } }, 'hdfs-zkfc-nn1 on m1 must stand ready'],
  ])('waits, and nobody is asked, when %s', (_, more, words) => {
    const own = stopOf(prepared, withDaemons(ready, more))
    expect(own.map(({ actions, becomes }) => [actions, becomes])).toEqual([[[], undefined]])
    expect(own[0]?.waits).toContain(words)
  })

  test.each<readonly [string, World, string]>([
    ['ZooKeeper was not asked', { ...ready, znode: 'unasked' }, 'm2 was not asked'],
    ['ZooKeeper does not answer', { ...ready, znode: 'silent' }, 'does not answer'],
    ['the host of the other is out of sight', { ...ready, unreachable: ['m2'] }, 'm2'],
    ['the host of a DataNode is', { ...ready, unreachable: ['w1'] }, 'w1'],
  ])('waits when %s', (_, world, words) => {
    const [own] = stopOf(prepared, world)
    expect([own?.actions, own?.becomes]).toEqual([[], undefined])
    expect(own?.waits).toContain(words)
  })

  test('waits when the ensemble does not serve', () => {
    const offers = { 'ZookeeperCluster/zk': { connect: '10.9.0.1:2181', available: false, why: 'no quorum' } }
    const [own] = stopOf(expanded(minimal, { standing, heard, offers }), ready)
    expect(own?.waits).toContain('no quorum')
  })

  test.each<readonly [string, World, string]>([
    [
      'a journal is of another',
      withDaemons(ready, of(['journalnode-m2'], { ...serving, disk: disks.foreign })),
      'm2: ',
    ],
    [
      'a journal is of its own',
      withDaemons(ready, of(['journalnode-m2'], { ...serving, disk: disks.journalUsed })),
      'm2: ',
    ],
    [
      'something is in a journal',
      withDaemons(ready, of(['journalnode-m2'], { ...serving, disk: disks.stranger })),
      'notes',
    ],
    ['the other has names', withDaemons(ready, { 'namenode-nn2': { disk: disks.used } }), 'must be empty'],
    ['the other has those of another', withDaemons(ready, { 'namenode-nn2': { disk: disks.foreign } }), 'CID-other'],
    ['the znode stands', { ...ready, znode: 'stands' }, 'delete it'],
  ])('is refused, and nothing is stopped, when %s', (_, world, words) => {
    const [own] = stopOf(prepared, world)
    expect([own?.actions, own?.refusedAs]).toEqual([[], 'ConversionRefused'])
    expect(own?.refused).toContain(words)
  })

  test('asks ZooKeeper when its JournalNodes serve, and not before', () => {
    const asked = (world: World) => Object.keys(inquireHdfs(prepared, factsOf(prepared, world), now))
    expect(asked({ ...ready, znode: 'unasked' })).toEqual(['m2'])
    expect(asked(withDaemons(ready, { 'journalnode-m2': { unit: 'stopped' } }))).toEqual([])
  })

  const { members } = minimal.nameNodes
  const [first, second] = members
  const { m3 } = hosts
  test.each<readonly [string, object, object, string]>([
    [
      'another host',
      { nameNodes: { ...minimal.nameNodes, members: [{ ...first, host: 'm3' }, second] } },
      {},
      'name it there',
    ],
    [
      'another id',
      { nameNodes: { ...minimal.nameNodes, members: [{ ...first, id: 'a' }, second] } },
      {},
      'name it there',
    ],
    ['another version', { version: '3.4.1' }, {}, 'spec.version'],
    ['a rolling upgrade', {}, { heard: { upgrade: 'preparing' } }, 'rolling upgrade'],
    ['a lost host', {}, { hosts: { ...hosts, m3: { ...m3, lost: true } } }, 'm3'],
    ['a host that was not seen', {}, { unseen: ['m3'] }, 'm3'],
    ['no such ensemble', { zookeeperRef: { name: 'other' } }, {}, 'no ZookeeperCluster/other'],
    [
      'a port that is taken',
      { journalNodes: { ...minimal.journalNodes, hosts: ['w1', 'w2', 'm3'], ports: { rpc: 9866, http: 8480 } } },
      {},
      '9866',
    ],
    ['no such host', { journalNodes: { ...minimal.journalNodes, hosts: ['m1', 'm2', 'm9'] } }, {}, 'm9'],
  ])('is refused with %s, and everything is kept as it is', (_, raw, more, words) => {
    const expansion = expanded({ ...minimal, ...raw }, { standing, heard, ...more })
    expect(expansion.refusals.map(({ message }) => message).join()).toContain(words)
    expect(expansion.members.map(({ service }) => service).filter((one) => /journal|zkfc/.test(one))).toEqual([])
  })

  test('is refused without the record of its NameNode, which may write to journals already', () => {
    const others = standingOf(prepared).filter(({ record }) => record['role'] !== 'hdfs-namenode')
    const nodes = standing.filter(({ record }) => record['role'] === 'hdfs-datanode')
    for (const raw of [minimal, simple]) {
      const expansion = expanded(raw, { standing: [...nodes, ...others.filter(isJournal)], heard })
      expect(expansion.refusals.map(({ code }) => code)).toContain('ConversionRefused')
      expect(memberOf(expansion, 'hdfs-namenode-nn1').rules?.['simple']).toBe('false')
    }
  })

  test('is refused when records of NameNodes say both', () => {
    const other = standingOf(expanded()).filter(({ record }) => record['member'] === 'hdfs-namenode-nn2')
    for (const raw of [minimal, simple]) {
      const expansion = expanded(raw, { standing: [...standing, ...other], heard })
      expect(expansion.refusals.map(({ code }) => code)).toContain('ConversionRefused')
    }
  })

  test('stays simple when the spec is put back, and its JournalNodes leave', () => {
    const back = expanded(simple, { standing: [...standing, ...standingOf(prepared).filter(isJournal)], heard })
    expect(back.refusals).toEqual([])
    expect(back.members.map(({ id }) => id)).toEqual(before.members.map(({ id }) => id))
    expect(back.leaving.map(({ member }) => [member.id, member.dataDirectories])).toEqual(
      journals.map((word) => [`hdfs-${word}`, ['/data/dfs/jn']]),
    )
  })
})

function isJournal({ record }: StandingMember): boolean {
  return record['role'] === 'hdfs-journalnode'
}

/** As the machines remember it when nn1 was stopped for it. */
const becomes = stopOf(prepared, ready)[0]?.becomes ?? {}
const stopped: readonly StandingMember[] = [
  ...standing.map((one) =>
    one.record['role'] === 'hdfs-namenode' ? { ...one, record: { member: 'hdfs-namenode-nn1', ...becomes } } : one,
  ),
  ...standingOf(prepared).filter(isJournal),
]
const filling = expanded(minimal, { standing: stopped, heard })
const copies = ['20270115T080000Z-0000000000000000000']
const down: World = {
  ...livingWorld(filling, {
    'namenode-nn1': { unit: 'stopped', disabled: true, copies },
    ...of(journals, serving),
    ...of(['namenode-nn2', 'zkfc-nn1', 'zkfc-nn2'], never),
  }),
  znode: 'absent',
}

const namespace = { cluster: 'CID-u1', namespace: '42', paxos: true } as const
/** What the tool leaves in a journal, from one moment to the next. */
const shares = {
  formatted: { ...namespace, current: ['committed-txid'] },
  promised: { ...namespace, current: ['last-promised-epoch'], promised: true },
  begun: { ...namespace, current: ['edits_inprogress_0000000000000000007', 'last-promised-epoch'], promised: true },
  earlier: { ...namespace, current: ['edits_0000000000000000001-0000000000000000006'], promised: true },
  whole: {
    ...namespace,
    current: [
      'edits_0000000000000000001-0000000000000000006',
      'edits_0000000000000000007-0000000000000000009',
      'last-promised-epoch',
    ],
    promised: true,
  },
} as const satisfies Readonly<Record<string, Daemon['disk']>>

const filled = of(journals, { ...serving, disk: shares.whole })

/** It was started with its journals. */
const led = stopped.map((one) => {
  const { initialises: _, ...record } = one.record
  return one.record['role'] === 'hdfs-namenode' ? { ...one, record } : one
})

describe('a NameNode that was stopped to write to journals', () => {
  test('is what its record says, and started by no boot', () => {
    expect(filling.refusals).toEqual([])
    const own = memberOf(filling, 'hdfs-namenode-nn1')
    expect([own.unit.enabled, own.identity['simple'], own.rules?.['initialises']]).toEqual([false, undefined, 'true'])
    expect(memberOf(filling, 'hdfs-namenode-nn2').unit.enabled).toBe(true)
    expect(filling.leaving.map(({ member }) => member.id)).toEqual(['hdfs-secondarynamenode-m2'])
  })

  test('leaves the DataNodes with the files that they have', () => {
    for (const id of ['hdfs-datanode-w1', 'hdfs-datanode-w2', 'hdfs-datanode-w3']) {
      expect(memberOf(filling, id).files).toEqual(memberOf(before, id).files)
      expect(fileOf(memberOf(expanded(minimal, { standing: led, heard }), id), 'hdfs-site.xml')).toContain('nn1,nn2')
    }
  })

  test('is not started while one journal alone holds them', () => {
    const world = withDaemons(down, {
      ...of(journals, { ...serving, disk: shares.begun }),
      'journalnode-m3': { ...serving, disk: shares.whole },
    })
    const { of: repairsOf } = seen(filling, world)
    expect(repairsOf('namenode-nn1')).toMatchObject([{ when: 'later' }])
    for (const word of journals) expect(repairsOf(word)).toMatchObject([{ verbs: 'StopUnit MoveAside', when: 'now' }])
  })

  test('is left as it is when one of several directories is lost', () => {
    const nameDirs = [...minimal.nameNodes.nameDirs, { mount: '/nfs', path: 'dfs/nn' }]
    const raw = { ...minimal, nameNodes: { ...minimal.nameNodes, nameDirs } }
    const two = expanded(raw, { standing: stopped, heard })
    const { granted, of: repairsOf } = seen(two, withDaemons(down, { 'namenode-nn1': { secondDisk: disks.empty } }))
    expect(granted).toEqual([])
    const [own] = repairsOf('namenode-nn1')
    expect(own?.when).toBe('refused')
    expect(own?.why).toContain('NamesWhole is not so')
  })

  test('is never simple again', () => {
    const [problem] = refused(simple, { standing: stopped, heard })
    expect(problem?.code).toBe('MembershipChangeUnsupported')
    expect(problem?.message).toMatch(/hdfs-(namenode-nn1|journalnode-\w+) was started for a highly available/)
  })

  test('has its edits put into the empty journals, and nobody else does anything', () => {
    const { assessment, granted, of: repairsOf, repairs } = seen(filling, down)
    expect(granted).toEqual(['InitializeSharedEdits hdfs-namenode-nn1'])
    expect(repairs.filter((repair) => repair.permit !== undefined)).toHaveLength(1)
    for (const word of ['namenode-nn2', 'zkfc-nn1', 'zkfc-nn2'])
      expect(repairsOf(word)).toMatchObject([{ when: 'later' }])
    for (const word of journals) expect(repairsOf(word)).toEqual([])
    expect(assessment.available).toMatchObject({ ok: false, reason: 'NoLeader' })
  })

  test('is copied first, where no copy of its newest image stands', () => {
    for (const other of [[], ['20270115T080000Z-0000000000000000003'], ['notes']]) {
      const { of: repairsOf } = seen(filling, withDaemons(down, { 'namenode-nn1': { copies: other } }))
      expect(repairsOf('namenode-nn1')).toMatchObject([{ verbs: 'CopyImage', when: 'now' }])
    }
  })

  test.each<readonly [string, Readonly<Record<string, Daemon>>]>([
    ['all journals hold them', filled],
    ['a majority holds them', { ...filled, 'journalnode-m3': { ...serving, disk: shares.begun } }],
    [
      'its last segment was begun and not noted',
      {
        'namenode-nn1': {
          disk: { ...disks.used, current: [...disks.used.current, 'edits_0000000000000000010-0000000000000000010'] },
        },
        ...of(journals, {
          ...serving,
          disk: {
            ...shares.whole,
            current: [...shares.whole.current, 'edits_0000000000000000010-0000000000000000010'],
          },
        }),
      },
    ],
    [
      'a majority does, and one cannot be seen',
      { ...filled, 'journalnode-m3': { ...serving, disk: { unseen: true } } },
    ],
  ])('is started when %s', (_, more) => {
    const { granted, of: repairsOf } = seen(filling, withDaemons(down, more))
    expect(granted).toEqual(['FormatFailover hdfs-zkfc-nn1'])
    expect(repairsOf('namenode-nn1')).toEqual([])
  })

  test.each(['formatted', 'promised', 'begun', 'earlier'] as const)(
    'has a journal that is only %s moved aside, and then all of it again',
    (share) => {
      const world = withDaemons(down, of(['journalnode-m2'], { ...serving, disk: shares[share] }))
      const { granted, of: repairsOf } = seen(filling, world)
      expect(granted).toEqual([])
      expect(repairsOf('journalnode-m2')).toMatchObject([{ verbs: 'StopUnit MoveAside', when: 'now' }])
      expect(repairsOf('namenode-nn1')).toMatchObject([{ when: 'later' }])
      const beside = seen(filling, withDaemons(world, { 'namenode-nn1': { tool: true } }))
      expect(beside.of('journalnode-m2')).toMatchObject([{ when: 'later' }])
      const led = seen(filling, withDaemons(world, { 'namenode-nn1': { unit: 'running', says: 'standby' } }))
      expect(led.of('journalnode-m2')).toMatchObject([{ when: 'refused' }])
    },
  )

  test.each<readonly [string, Daemon['disk']]>([
    ['of another cluster', disks.foreign],
    ['of another format', { ...shares.whole, namespace: '43' }],
    ['written by a NameNode', { ...shares.whole, promised: 2 }],
    ['newer', { ...shares.whole, current: ['edits_0000000000000000010-0000000000000000012'] }],
    ['newer, and open', { ...shares.whole, current: ['edits_inprogress_0000000000000000010'] }],
    ['nobody knows whose', disks.stripped],
    ['not to be seen', { unseen: true }],
    ['of an epoch that cannot be read', { ...shares.whole, promised: Number.NaN }],
  ])('is not started, and nothing is moved aside or filled, while a journal is %s', (_, disk) => {
    const others = of(['journalnode-m1', 'journalnode-m3'], serving)
    const { granted, repairs } = seen(
      filling,
      withDaemons(down, { ...others, 'journalnode-m2': { ...serving, disk } as Daemon }),
    )
    expect(granted).toEqual([])
    expect(repairs.flatMap(({ actions, member }) => (member.includes('journal') ? actions : []))).toEqual([])
    const own = repairs.find(({ member }) => member === 'hdfs-namenode-nn1')
    expect(own === undefined ? '' : judged(own).when).toBe('refused')
    expect(own?.holdsStart).toBe(true)
  })

  test.each<readonly [string, World, string]>([
    [
      'another NameNode holds something',
      withDaemons(down, { 'namenode-nn2': { disk: disks.used } }),
      'NameNodesStopped',
    ],
    ['another NameNode runs', withDaemons(down, { 'namenode-nn2': { unit: 'running' } }), 'NameNodesStopped'],
    ['its host is out of sight', { ...down, unreachable: ['m2'] }, 'is not known'],
    ['a directory is lost', withDaemons(down, { 'namenode-nn1': { disk: { ...disks.used, current: [] } } }), ''],
    ['a directory cannot be seen', withDaemons(down, { 'namenode-nn1': { disk: { unseen: true } } }), 'NamesWhole'],
  ])('is left as it is when %s', (_, world, words) => {
    const { granted, repairs } = seen(filling, world)
    expect(granted).toEqual([])
    const own = repairs.find(({ member }) => member === 'hdfs-namenode-nn1')
    expect([own?.holdsStart, own === undefined ? '' : judged(own).when]).toEqual([true, 'refused'])
    if (own !== undefined) expect(judged(own).why).toContain(words)
  })

  test('is stopped again when somebody starts it before, and its controllers are', () => {
    const world = withDaemons(down, {
      'namenode-nn1': { unit: 'running', says: 'active' },
      'zkfc-nn1': { unit: 'running' },
    })
    const { granted, of: repairsOf } = seen(filling, world)
    expect(granted).toEqual([])
    expect(repairsOf('namenode-nn1')).toMatchObject([{ verbs: 'StopUnit', when: 'now' }])
    expect(repairsOf('zkfc-nn1')).toMatchObject([{ verbs: 'StopUnit', when: 'now' }])
    expect(repairsOf('namenode-nn2')).toMatchObject([{ when: 'later' }])
  })

  test('looks at the journals once more when no tool runs on it', () => {
    const facts = factsOf(filling, down)
    expect(Object.keys(inquireHdfs(filling, facts, now))).toContain('m3')
  })
})

describe('the filling of journals', () => {
  const facts = factsOf(filling, down)
  const verb = 'InitializeSharedEdits'

  test('hangs on all that was seen of NameNodes, journals, controllers and tools', () => {
    const free = [...withOneUnknown(facts)].flatMap(([what, blind]) =>
      seenIn(filling, blind).granted.length > 0 ? [what] : [],
    )
    // DataNodes, ZooKeeper, HTTP but of the journals, which serve, first starts, the secondary, and of which
    // transaction the last edits are, by which only what was filled is judged.
    const harmless =
      /^w\d|: (http .* \/jmx|http 10.9.0.\d 80[12]|unit .*-(datanode|journalnode|secondary)|znode|file 16384 |file .*first-start|directory .*\/jn$|file .*proven-off|file .*seen_txid|.*dfs\/snn|directory \/$)/
    expect(free.filter((what) => !harmless.test(what))).toEqual([])
  })

  test('is refused without any one of what the judge asks for', () => {
    const repair = seenIn(filling, facts).repairs.find(
      ({ permit }) => permit?.rule === 'Proven' && permit.verb === verb,
    )
    if (repair?.permit?.rule !== 'Proven') throw new Error('nobody asks for it')
    const { evidence } = repair.permit
    expect(evidence.map(({ premise }) => premise).sort()).toEqual([...premisesOf[verb]].sort())
    for (const piece of evidence) {
      const rest = evidence.filter((other) => other !== piece)
      expect(judge({ rule: 'Proven', verb, evidence: rest }).granted).toBe(false)
      for (const state of ['unknown', 'disproven'] as const) {
        expect(judge({ rule: 'Proven', verb, evidence: [...rest, { ...piece, state }] }).granted).toBe(false)
      }
    }
  })
})

test('what is not started yet has no word on a rolling upgrade', () => {
  expect(hearUpgrade(prepared, factsOf(prepared, ready))).toEqual({ upgrade: 'none' })
})

describe('the other NameNode', () => {
  const leading = expanded(minimal, { standing: led, heard })

  test('is none that could take over until the DataNodes know it', () => {
    expect(memberOf(leading, 'hdfs-namenode-nn1').unit.enabled).toBe(true)
    expect(memberOf(leading, 'hdfs-namenode-nn2').rules?.['arrives']).toBe('true')
    expect(memberOf(leading, 'hdfs-namenode-nn1').rules?.['arrives']).toBe(undefined)
    const told = led.map((one) => {
      const { simple: _, ...record } = one.record
      return { ...one, record }
    })
    expect(memberOf(expanded(minimal, { standing: told, heard }), 'hdfs-namenode-nn2').rules?.['arrives']).toBe(
      undefined,
    )
  })

  test('copies from nobody before one writes to the journals', () => {
    const world = withDaemons(down, { 'namenode-nn1': { unit: 'running', says: 'standby' }, ...of(journals, serving) })
    const view = hdfsState(leading, factsOf(leading, world), now)
    const [, other] = view.names
    if (other === undefined) throw new Error('no nn2')
    for (const journalsOf of [view.journals, []]) {
      expect(sourceServes(other, { ...view, journals: journalsOf }).state).toBe('disproven')
    }
  })

  test('a first start is no conversion', () => {
    const all = standingOf(expanded())
    const some = all.filter(({ record }) => !['hdfs-zkfc-nn2'].includes(record['member'] ?? ''))
    expect(memberOf(expanded(minimal, { standing: some, heard }), 'hdfs-namenode-nn2').rules?.['arrives']).toBe(
      undefined,
    )
  })
})

test('nothing of it is asked or told of a file system that was made highly available', () => {
  const input = inputOf(minimal, { standing: standingOf(expanded()), heard })
  const expansion = expandHdfs(input)
  if ('problems' in expansion) throw new Error('refused')
  expect(expansion.members.some(({ rules }) => rules?.['ahead'] === 'true' || rules?.['initialises'] === 'true')).toBe(
    false,
  )
  expect(expansion.groups.some(({ name }) => name === 'ahead')).toBe(false)
})
