import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hdfsReferences } from '../../../src/clusters/hdfs/references.ts'
import type { Expansion } from '../../../src/model/kind.ts'
import { hasNoMargin } from '../../../src/planner/budget.ts'
import { expanded, fileOf, hosts, memberOf, minimal, refused, simple, specOf, standingOf } from './cluster.ts'
import { seen } from './judged.ts'
import { allowedWorld, bareWorld, type Daemon, disks, livingWorld, type World, withDaemons } from './machines.ts'
import { type Kill, Paper } from './paper.ts'

const expansion = expanded(simple)
/** The same when its machines remember that it was started, but for what else they would say. */
const recorded: Expansion = {
  ...expansion,
  members: expansion.members.map((member) => ({ ...member, rules: { ...member.rules, simple: 'true' } })),
}
const { nameNodes, secondary } = simple
const twoDirs = [...nameNodes.nameDirs, { mount: '/nfs', path: 'dfs/nn' }]

test('the simple form is one NameNode, its secondary and the DataNodes, and needs nobody else', () => {
  expect(expansion.members.map(({ id }) => id)).toEqual([
    'hdfs-namenode-nn1',
    'hdfs-datanode-w1',
    'hdfs-datanode-w2',
    'hdfs-datanode-w3',
    'hdfs-secondarynamenode-m2',
  ])
  expect(expansion.groups.map(({ name, order }) => [name, order])).toEqual([
    ['namenodes', 1],
    ['datanodes-workers', 3],
    ['secondarynamenode', 4],
  ])
  expect([expansion.upstream, expansion.refusals, expansion.mayNeedOff]).toEqual([[], [], []])
  expect(expanded({ ...simple, secondary: undefined }).members).toHaveLength(4)
  expect(hdfsReferences(specOf(simple)).hosts).toEqual(['m1', 'm2'])
})

test('its files know the file system by the name that it keeps, and of no journal and no failover', () => {
  const own = memberOf(expansion, 'hdfs-namenode-nn1')
  expect(fileOf(own, 'core-site.xml')).toContain('<value>hdfs://nameservice1</value>')
  const site = fileOf(own, 'hdfs-site.xml')
  expect(site).toContain('<name>dfs.ha.namenodes.nameservice1</name><value>nn1</value>')
  expect(site).toContain('<name>dfs.namenode.rpc-address.nameservice1.nn1</name><value>10.9.0.1:8020</value>')
  expect(site).not.toMatch(/shared\.edits|automatic-failover|zkfc/)
  // What it calls itself where it sends clients of WebHDFS to a DataNode.
  expect(site).toContain('<name>dfs.namenode.rpc-address.nameservice1</name><value>10.9.0.1:8020</value>')
  const clients = expansion.clientFiles?.files['hdfs-site.xml']
  expect(clients).toContain('ConfiguredFailoverProxyProvider')
})

test('its ids are those that a highly available one of the same object would have', () => {
  const [own] = expansion.members
  const [other] = expanded().members
  expect(own?.identity['clusterId']).toBe(other?.identity['clusterId'])
})

describe('specs of mixed forms', () => {
  const { members } = minimal.nameNodes
  const { journalNodes } = minimal
  test.each([
    ['two NameNodes', { nameNodes: { ...nameNodes, members } }, 'spec.nameNodes.members: 2 NameNodes: without'],
    [
      'ZooKeeper',
      { zookeeperRef: { name: 'zk' } },
      'spec.zookeeperRef: without spec.journalNodes there is no failover',
    ],
    ['a ZooKeeper of others', { zookeeperConnect: 'zk:2181' }, 'spec.zookeeperConnect: without spec.journalNodes'],
    ['fencing', { fencing: {} }, 'spec.fencing: without spec.journalNodes'],
    ['failover', { failover: { port: 8019 } }, 'spec.failover: without spec.journalNodes'],
    [
      'journals and one NameNode',
      { journalNodes, zookeeperRef: { name: 'zk' }, secondary: undefined },
      'spec.nameNodes.members: one NameNode: with spec.journalNodes name two',
    ],
    [
      'journals and no ZooKeeper',
      { journalNodes, nameNodes: { ...nameNodes, members }, secondary: undefined },
      'spec.zookeeperRef: give exactly one of',
    ],
    [
      'a secondary beside journals',
      { journalNodes, zookeeperRef: { name: 'zk' }, nameNodes: { ...nameNodes, members } },
      'spec.secondary: with spec.journalNodes a NameNode that stands by makes the checkpoints',
    ],
    ['a secondary nowhere', { secondary: { ...secondary, host: 'm9' } }, 'spec.secondary.host: there is no Host m9'],
    [
      'a checkpoint among the names',
      { secondary: { host: 'm1', checkpointDir: { mount: '/data', path: 'dfs/nn/checkpoint' } } },
      'hdfs-secondarynamenode-m1 on m1 would use /data/dfs/nn/checkpoint, which is, contains or lies in /data/dfs/nn',
    ],
    [
      'a checkpoint in a directory of the system',
      { secondary: { ...secondary, checkpointDir: { mount: '/', path: 'etc/snn' } } },
      'spec.secondary.checkpointDir: /etc/snn lies in /etc',
    ],
    [
      'the port of the NameNode',
      { secondary: { ...secondary, host: 'm1', port: 9870 } },
      'and by spec.secondary.port (SecondaryNameNode)',
    ],
    [
      'a key of its own',
      { secondary: { ...secondary, hdfsSite: { 'dfs.namenode.checkpoint.dir': '/x' } } },
      'checkpointDir',
    ],
    [
      'memory by an option',
      { secondary: { ...secondary, jvm: { options: ['-Xmx9g'] } } },
      'spec.secondary.jvm.options',
    ],
  ])('%s', (_, more, words) => {
    const found = refused({ ...simple, ...more }).map(({ message }) => message)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(words)
  })
})

describe('on a living file system', () => {
  const standing = standingOf(expansion)
  const heard = { upgrade: 'none' }
  const ofLiving = (raw: unknown): readonly string[] =>
    expanded(raw, { standing, heard }).refusals.map(({ code, message }) => `${code} ${message}`)

  test.each([
    ['nothing', {}],
    ['keys', { hdfsSite: { 'dfs.x': '1' } }],
    ['a name directory more', { nameNodes: { ...nameNodes, nameDirs: twoDirs } }],
    ['a version of the same line', { version: '3.4.1' }],
    ['no secondary', { secondary: undefined }],
    ['a secondary elsewhere', { secondary: { ...secondary, host: 'm3' } }],
    ['another checkpoint directory', { secondary: { ...secondary, checkpointDir: { mount: '/nfs', path: 'snn' } } }],
  ])('%s is not refused', (_, more) => {
    expect(ofLiving({ ...simple, ...more })).toEqual([])
  })

  test.each([
    [
      'a NameNode on another host',
      { ...simple, nameNodes: { ...nameNodes, members: [{ id: 'nn1', host: 'm3' }] } },
      'MembershipChangeUnsupported spec.nameNodes.members: nn1 is to move from m1 to m3, and nobody else has the names',
    ],
    [
      'a NameNode with another id',
      { ...simple, nameNodes: { ...nameNodes, members: [{ id: 'a', host: 'm1' }] } },
      'MembershipChangeUnsupported spec.nameNodes.members: nn1 is to go from m1, which is the only one of a simple file system',
    ],
    [
      'other name directories',
      { ...simple, nameNodes: { ...nameNodes, nameDirs: [{ mount: '/nfs', path: 'dfs/nn' }] } },
      'DataDirectoryChangeUnsupported spec.nameNodes.nameDirs',
    ],
    [
      'a version of another line',
      { ...simple, version: '3.5.0' },
      'VersionChangeUnsupported spec.version: this release changes the version of a simple HDFS within one line',
    ],
  ])('%s: refused, once, and nobody is made anew for it', (_, raw, words) => {
    const found = ofLiving(raw)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(words)
    expect(found[0]).toMatch(/put the spec back|keep one of them/)
    const { members } = expanded(raw, { standing, heard })
    expect(members.map(({ service }) => service).filter((service) => /journal|zkfc/.test(service))).toEqual([])
    expect(members.filter(({ service }) => service === 'hdfs-namenode').map(({ host }) => host)).toEqual(['m1'])
  })

  test('one that was started to be highly available is never made simple, however far it came', () => {
    const all = standingOf(expanded())
    for (const records of [all, all.filter(({ record }) => record['role'] === 'hdfs-journalnode')]) {
      const [problem] = refused(simple, { standing: records })
      expect(problem?.code).toBe('MembershipChangeUnsupported')
      expect(problem?.message).toMatch(/was started for a highly available file system.*put journalNodes.*back/)
    }
  })

  test('the form that stands is known from any one record', () => {
    for (const record of standing) {
      const { members } = expanded(minimal, { standing: [record], heard })
      expect(memberOf({ ...expansion, members }, 'hdfs-namenode-nn1').identity['simple']).toBe('nn1@m1')
    }
  })

  test('a secondary that is declared no more, or elsewhere, leaves', () => {
    const gone = expanded({ ...simple, secondary: undefined }, { standing, heard })
    expect(gone.leaving.map(({ member }) => [member.id, member.dataDirectories])).toEqual([
      ['hdfs-secondarynamenode-m2', ['/data/dfs/snn']],
    ])
    const moved = expanded({ ...simple, secondary: { ...secondary, host: 'm3' } }, { standing, heard })
    expect(moved.leaving.map(({ member }) => member.id)).toEqual(['hdfs-secondarynamenode-m2'])
    expect(memberOf(moved, 'hdfs-secondarynamenode-m3').host).toBe('m3')
  })
})

describe('a first start of the simple form', () => {
  test('is allowed on every host at once, the format only then', () => {
    const { of, granted } = seen(expansion, bareWorld(expansion))
    expect(granted).toEqual([])
    expect(of('namenode-nn1').map(({ verbs, when }) => [verbs, when])).toEqual([
      ['MarkFirstStart', 'now'],
      ['FormatNameNode', 'later'],
    ])
    expect(of('secondarynamenode-m2')).toMatchObject([{ verbs: 'MarkFirstStart', when: 'now' }])
    expect(seen(expansion, allowedWorld(expansion)).granted).toEqual(['FormatNameNode hdfs-namenode-nn1'])
  })

  const ours = { ...disks.blocks }
  test.each<readonly [string, World, string]>([
    ['a host is out of sight', { ...bareWorld(expansion), unreachable: ['w2'] }, 'w2 is off'],
    ['that of the secondary is', { ...bareWorld(expansion), unreachable: ['m2'] }, 'm2 is off'],
    [
      'a disk is not mounted',
      withDaemons(bareWorld(expansion), { 'datanode-w1': { disk: { unmounted: true } } }),
      'nothing is mounted',
    ],
    ['somebody has data', withDaemons(bareWorld(expansion), { 'datanode-w1': { disk: disks.foreign } }), 'CID-other'],
    [
      'there is a checkpoint of another',
      withDaemons(bareWorld(expansion), { 'secondarynamenode-m2': { disk: disks.foreign } }),
      'CID-other',
    ],
  ])('is refused for all when %s', (_, world, why) => {
    for (const begun of [world, { ...world, daemons: { ...allowedWorld(expansion).daemons, ...changedIn(world) } }]) {
      const { granted, repairs } = seen(expansion, begun)
      expect(granted).toEqual([])
      expect(repairs.some(({ permit }) => JSON.stringify(permit ?? '').includes(why))).toBe(true)
    }
  })

  /** Daemons of a world that are not bare. */
  function changedIn({ daemons }: World): Readonly<Record<string, Daemon>> {
    return Object.fromEntries(Object.entries(daemons).filter(([, daemon]) => daemon.disk !== undefined))
  }

  test.each<readonly [string, Readonly<Record<string, Daemon>>]>([
    ['blocks', { 'datanode-w2': { disk: ours } }],
    ['a checkpoint', { 'secondarynamenode-m2': { disk: disks.checkpoint } }],
    ['the record of the secondary', { 'secondarynamenode-m2': { started: true } }],
    ['the record of the NameNode', { 'namenode-nn1': { started: true } }],
  ])('%s of it, alone, says that it lived: it is never formatted again', (_, more) => {
    const { granted, repairs, assessment } = seen(expansion, withDaemons(allowedWorld(expansion), more))
    expect(granted).toEqual([])
    expect(repairs.find(({ member }) => member === 'hdfs-namenode-nn1')?.refusedAs).toBe('DataLost')
    expect(assessment.available.reason).toBe('DataLost')
  })

  function brought(kills: readonly Kill[], passes: number, of: Expansion = recorded): Paper {
    const paper = new Paper(of, kills)
    for (let pass = 0; pass < passes && !paper.isDone(); pass += 1) paper.pass()
    return paper
  }

  test('ends in one file system, whenever ironherd is killed and whatever its tool does then', () => {
    expect([brought([], 8).isDone(), brought([], 8).formats]).toEqual([true, 1])
    for (const toolGoesOn of [true, false]) {
      for (let at = 1; at <= 22; at += 1) {
        const paper = brought([{ at, toolGoesOn }], 30)
        expect([at, paper.isDone(), paper.wrongs]).toEqual([at, true, []])
      }
    }
    const kill = fc.record({ at: fc.integer({ min: 1, max: 60 }), toolGoesOn: fc.boolean() })
    fc.assert(
      fc.property(fc.array(kill, { maxLength: 6 }), (kills) => {
        const paper = brought(kills, 80)
        expect([paper.isDone(), paper.wrongs]).toEqual([true, []])
      }),
      { numRuns: 30 },
    )
  })
})

describe('a simple HDFS that lives', () => {
  const living = (more: Readonly<Record<string, Daemon>> = {}): World => livingWorld(recorded, more)

  test('is well with what it has', () => {
    const { assessment, repairs } = seen(recorded, living())
    expect(repairs).toEqual([])
    expect([assessment.available.ok, assessment.leader, assessment.shortfalls]).toEqual([true, 'hdfs-namenode-nn1', []])
    expect([assessment.quorum, assessment.handovers]).toEqual([undefined, {}])
    expect(assessment.holds?.['namenodes']).toBe(undefined)
    expect(assessment.health['hdfs-secondarynamenode-m2']?.verdict).toBe('serving')
    expect(assessment.own?.['hdfs']).toMatchObject({ active: 'nn1', clusterId: 'CID-u1' })
    expect(assessment.own?.['hdfs']?.['journal']).toBe(undefined)
  })

  test('is restarted for new files as an outage, which is told', () => {
    const { assessment } = seen(recorded, living())
    const [group] = expansion.groups
    const names = expansion.members.filter((member) => member.group === group?.name)
    expect(group === undefined ? undefined : hasNoMargin(group, names, assessment)).toBe(true)
  })

  test('is restarted for a directory that it lost of several, and nobody is asked to take over', () => {
    const two = expanded({ ...simple, nameNodes: { ...nameNodes, nameDirs: twoDirs } })
    const [repair] = seen(two, livingWorld(two, { 'namenode-nn1': { secondDisk: disks.empty } })).repairs
    expect(repair).toMatchObject({ cause: 'HdfsNameDirLost', disruptive: true })
    expect(repair?.actions.map(({ action, risk }) => [action.verb, risk])).toEqual([['RestartUnit', 'outage']])
    expect(repair?.waits).toBe(undefined)
  })

  test('is not restarted into nothing: the directory that is left is one that it has given up', () => {
    const two = expanded({ ...simple, nameNodes: { ...nameNodes, nameDirs: twoDirs } })
    const failedDirs = ['/data/dfs/nn']
    const [repair] = seen(two, livingWorld(two, { 'namenode-nn1': { secondDisk: disks.empty, failedDirs } })).repairs
    expect(repair?.waits).toContain('none of the directories in which it writes')
  })

  test('has lost its names with all its directories: a person is told of the copy, and nothing is done', () => {
    for (const unit of ['stopped', 'restarting'] as const) {
      const { repairs, assessment, granted } = seen(recorded, living({ 'namenode-nn1': { unit, disk: disks.empty } }))
      const own = repairs.filter(({ member }) => member === 'hdfs-namenode-nn1')
      expect(own.map(({ cause, actions, refusedAs }) => [cause, actions, refusedAs])).toEqual([
        ['HdfsNamesLost', [], 'DataLost'],
      ])
      const copy = /the secondary on m2 has the image of transaction 6 in \/data\/dfs\/snn\/current, made at 20\d\d-.*Z/
      expect(own[0]?.refused).toMatch(copy)
      expect(assessment.available).toMatchObject({ ok: false, reason: 'DataLost' })
      expect(assessment.available.message).toMatch(copy)
      expect(granted).toEqual([])
    }
  })

  test.each<readonly [string, World, string]>([
    ['out of sight', { ...living(), unreachable: ['m2'] }, 'could not be seen: m2 is off'],
    ['empty', living({ 'secondarynamenode-m2': { disk: disks.empty } }), 'has no image in /data/dfs/snn: it is empty'],
    ['of another', living({ 'secondarynamenode-m2': { disk: disks.foreign } }), 'has no image in /data/dfs/snn'],
  ])('says so when the copy is %s', (_, world, words) => {
    const lost = withDaemons(world, { 'namenode-nn1': { unit: 'stopped', disk: disks.empty } })
    expect(seen(recorded, lost).assessment.available.message).toContain(words)
  })

  test('is told to save its names, when it still has them in memory alone', () => {
    const [repair] = seen(recorded, living({ 'namenode-nn1': { disk: disks.empty } })).repairs
    expect(repair).toMatchObject({ cause: 'HdfsActiveWiped', actions: [], refusedAs: 'DataLost' })
    expect(repair?.refused).toContain('nobody can take over (there is no other NameNode): enter safe mode and save')
  })

  describe('is not started from a directory that knows less than the last checkpoint', () => {
    const newer = { ...disks.checkpoint, current: ['fsimage_0000000000000000090'] }
    const ofDisk = (disk: Daemon['disk'], more: Daemon = { unit: 'stopped' }) =>
      seen(
        recorded,
        living({
          'namenode-nn1': { ...more, ...(disk === undefined ? {} : { disk }) },
          'secondarynamenode-m2': { disk: newer },
        }),
      ).repairs

    test('the one that is left is old', () => {
      const [repair] = ofDisk(disks.used)
      expect(repair).toMatchObject({ cause: 'HdfsNamesOutdated', refusedAs: 'DataLost', holdsStart: true })
      expect(repair?.evidence).toContain('nothing newer than transaction 7')
      expect(repair?.evidence).toContain('image of transaction 90')
    })

    test.each<readonly [string, Daemon['disk'], Daemon]>([
      ['it runs', disks.used, {}],
      ['somebody has started it', disks.used, { says: 'loading' }],
      ['it has heard of what came after', { ...disks.used, seenTxid: 91 }, { unit: 'stopped' }],
      [
        'a person has put that image there',
        { ...disks.used, current: newer.current, seenTxid: 0 },
        { unit: 'running' },
      ],
    ])('not when %s', (_, disk, more) => {
      expect(ofDisk(disk, more)).toEqual([])
    })
  })

  test('is not started when nobody remembers that it was simple: its newest edits may be in journals', () => {
    const down = { unit: 'stopped' } as const
    const [repair] = seen(expansion, living({ 'namenode-nn1': down })).repairs
    expect(repair).toMatchObject({ cause: 'HdfsFormUnknown', refusedAs: 'ForeignData', actions: [], holdsStart: true })
    expect(repair?.evidence).toMatch(
      /put journalNodes back; .* start ironherd-data-files-hdfs-namenode-nn1.service yourself/,
    )
    expect(seen(expansion, living()).repairs).toEqual([])
    // One record of any of its daemons is enough.
    const [record] = standingOf(expansion).filter(({ record: one }) => one['role'] === 'hdfs-datanode')
    const known = expanded(simple, { standing: record === undefined ? [] : [record], heard: { upgrade: 'none' } })
    expect(seen(known, livingWorld(known, { 'namenode-nn1': down })).repairs).toEqual([])
  })

  test('has its NameNode started when that is down, and restarted when it is frozen for minutes', () => {
    expect(seen(recorded, living({ 'namenode-nn1': { unit: 'stopped' } })).repairs).toEqual([])
    const frozen = living({ 'namenode-nn1': { rpc: 'timeout', web: 'timeout' } })
    const since = (ms: number) => ({ 'hdfs-namenode-nn1': 1_800_000_000_000 - ms })
    expect(seen(recorded, frozen, since(100_000)).of('namenode-nn1')).toEqual([])
    expect(seen(recorded, frozen, since(200_000)).of('namenode-nn1')).toMatchObject([{ cause: 'HdfsNameNodeSilent' }])
  })
})

describe('the secondary', () => {
  const ofIt = (daemon: Daemon, names: Daemon = {}, sinceMs = 0) => {
    const world = livingWorld(recorded, { 'secondarynamenode-m2': daemon, 'namenode-nn1': names })
    return seen(recorded, world, { 'hdfs-secondarynamenode-m2': 1_800_000_000_000 - sinceMs })
  }

  test.each<readonly [string, Daemon, string]>([
    ['runs', {}, 'serving'],
    ['does not listen yet', { web: 'refused', uptimeMs: 5000 }, 'starting'],
    ['listens no more', { web: 'refused' }, 'unhealthy'],
    ['answers something else', { web: 'garbled' }, 'unhealthy'],
    ['is stopped', { unit: 'stopped' }, 'stopped'],
  ])('%s', (_, daemon, verdict) => {
    expect(ofIt(daemon).assessment.health['hdfs-secondarynamenode-m2']?.verdict).toBe(verdict)
  })

  test('is restarted when it is silent for a minute', () => {
    expect(ofIt({ web: 'timeout' }, {}, 30_000).repairs).toEqual([])
    expect(ofIt({ web: 'timeout' }, {}, 90_000).of('secondarynamenode-m2')).toMatchObject([
      { cause: 'HdfsSecondarySilent', verbs: 'RestartUnit', when: 'now' },
    ])
  })

  const hours = (count: number): number => count * 3_600_000
  test('is missed when there was no checkpoint for three periods, and restarted', () => {
    const up = { uptimeMs: hours(30) }
    const { assessment, of } = ofIt(up, { ...up, checkpointMs: hours(4) })
    expect(assessment.shortfalls.join()).toMatch(/hdfs-secondarynamenode-m2 has made no checkpoint since .*: its log/)
    expect(of('secondarynamenode-m2')).toMatchObject([{ cause: 'HdfsCheckpointStale', verbs: 'RestartUnit' }])
  })

  test.each<readonly [string, Daemon, Daemon]>([
    ['it has just come', { uptimeMs: 60_000 }, { uptimeMs: hours(30), checkpointMs: hours(4) }],
    ['the NameNode has just come', { uptimeMs: hours(30) }, { checkpointMs: hours(4) }],
    ['that is in safe mode', { uptimeMs: hours(30) }, { uptimeMs: hours(30), checkpointMs: hours(4), safeMode: 'on' }],
    ['two periods have passed', { uptimeMs: hours(30) }, { uptimeMs: hours(30), checkpointMs: hours(2.9) }],
  ])('is not missed when %s', (_, daemon, names) => {
    const { assessment, of } = ofIt(daemon, names)
    expect([assessment.shortfalls, of('secondarynamenode-m2')]).toEqual([[], []])
  })

  test.each([
    ['1800', '1800'],
    ['30m', '1800'],
    [' 2h ', '7200'],
    ['often', '3600'],
  ])('its period is what Hadoop makes of %j', (text, seconds) => {
    const hdfsSite = { 'dfs.namenode.checkpoint.period': text }
    expect(memberOf(expanded({ ...simple, hdfsSite }), 'hdfs-secondarynamenode-m2').rules?.['periodSeconds']).toBe(
      seconds,
    )
    const own = { hdfsSite: { 'dfs.namenode.checkpoint.period': '60' }, secondary: { ...secondary, hdfsSite } }
    expect(memberOf(expanded({ ...simple, ...own }), 'hdfs-secondarynamenode-m2').rules?.['periodSeconds']).toBe(
      seconds,
    )
  })

  test('its NameNode knows when checkpoints come, and of its other keys nothing', () => {
    const hdfsSite = { 'dfs.namenode.checkpoint.period': '30m', 'dfs.namenode.checkpoint.check.period': '5' }
    const own = memberOf(expanded({ ...simple, secondary: { ...secondary, hdfsSite } }), 'hdfs-namenode-nn1')
    const site = fileOf(own, 'hdfs-site.xml')
    expect(site).toContain('<name>dfs.namenode.checkpoint.period</name><value>30m</value>')
    expect(site).not.toContain('check.period')
  })

  test('is not started over the image of another, nor over what is nobody knows whose', () => {
    const never = { unit: 'stopped', started: false } as const
    expect(ofIt({ ...never, disk: disks.foreign }).of('secondarynamenode-m2')).toMatchObject([
      { cause: 'HdfsForeignData', when: 'refused' },
    ])
    expect(ofIt({ ...never, disk: disks.stripped }).of('secondarynamenode-m2')).toMatchObject([{ when: 'refused' }])
  })

  test('goes on with what it was making when it was cut off', () => {
    expect(ofIt({ unit: 'stopped', disk: disks.stripped }).repairs).toEqual([])
    expect(ofIt({ unit: 'stopped', disk: disks.empty }).repairs).toEqual([])
  })
})

test('Hadoop 2 has another port for it, and needs no second NameNode', () => {
  const old = expanded({ ...simple, version: '2.10.2' })
  expect(memberOf(old, 'hdfs-secondarynamenode-m2').ports.map(({ port }) => port)).toEqual([50090])
  expect(fileOf(memberOf(old, 'hdfs-secondarynamenode-m2'), 'hadoop-env.sh')).toContain('HADOOP_SECONDARYNAMENODE_OPTS')
})

test('hosts by name go as they are given', () => {
  const { m2 } = hosts
  if (m2 === undefined) throw new Error('no host')
  const named = expanded(simple, { hosts: { ...hosts, m2: { ...m2, serviceAddress: 'm2.example' } } })
  const site = fileOf(memberOf(named, 'hdfs-secondarynamenode-m2'), 'hdfs-site.xml')
  expect(site).toContain('<name>dfs.namenode.secondary.http-address</name><value>m2.example:9868</value>')
})
