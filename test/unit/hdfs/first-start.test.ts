import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inquireHdfs } from '../../../src/clusters/hdfs/inquire.ts'
import { questionKey } from '../../../src/model/question.ts'
import { expanded, minimal } from './cluster.ts'
import { seen } from './judged.ts'
import { allowedWorld, bareWorld, type Daemon, disks, factsOf, now, type World, withDaemons } from './machines.ts'
import { type Kill, Paper } from './paper.ts'

const expansion = expanded()

function inquired(world: World) {
  return Object.keys(inquireHdfs(expansion, factsOf(expansion, { ...world, znode: 'unasked' }), now))
}

describe('a first start', () => {
  test('is allowed on every host at once, and what comes is shown', () => {
    const { of, repairs } = seen(expansion, bareWorld(expansion))
    expect(of('journalnode-m1')).toMatchObject([{ cause: 'HdfsFirstStart', verbs: 'MarkFirstStart', when: 'now' }])
    expect(of('datanode-w3')).toMatchObject([{ verbs: 'MarkFirstStart', when: 'now' }])
    expect(of('zkfc-nn2')).toMatchObject([{ verbs: 'MarkFirstStart', when: 'now' }])
    expect(of('zkfc-nn1').map(({ verbs, when }) => [verbs, when])).toEqual([
      ['MarkFirstStart', 'now'],
      ['FormatFailover', 'later'],
    ])
    expect(of('namenode-nn1').map(({ verbs, when }) => [verbs, when])).toEqual([
      ['MarkFirstStart', 'now'],
      ['FormatNameNode', 'later'],
    ])
    expect(of('namenode-nn2').map(({ verbs, when }) => [verbs, when])).toEqual([
      ['MarkFirstStart', 'now'],
      ['BootstrapStandby', 'later'],
    ])
    expect(repairs.every(({ holdsStart }) => holdsStart)).toBe(true)
    expect(repairs.filter(({ afterAllPrepared }) => afterAllPrepared === true)).toHaveLength(10)
  })

  test('asks ZooKeeper from the first NameNode, and nobody else', () => {
    expect(inquired(bareWorld(expansion))).toEqual(['m1'])
    expect(inquired(allowedWorld(expansion))).toEqual(['m1'])
    expect(inquired({ ...allowedWorld(expansion), unreachable: ['w1'] })).toEqual([])
  })

  test('waits without a word while ZooKeeper is on its way up', () => {
    const offers = { 'ZookeeperCluster/zk': { connect: '10.9.0.1:2181', available: false, why: 'no quorum' } }
    const waiting = expanded(minimal, { offers })
    expect(seen(waiting, { ...bareWorld(waiting), znode: 'unasked' }).of('namenode-nn1')[0]).toMatchObject({
      when: 'later',
      why: expect.stringContaining('no quorum') as string,
    })
    const foreign = withDaemons({ ...bareWorld(waiting), znode: 'unasked' }, { 'datanode-w1': { disk: disks.foreign } })
    expect(seen(waiting, foreign).of('namenode-nn1')[0]).toMatchObject({ when: 'refused' })
  })

  const refusals: readonly (readonly [name: string, world: World, why: string])[] = [
    ['a host is out of sight', { ...bareWorld(expansion), unreachable: ['w2'] }, 'w2 is off'],
    ['a znode is left', { ...bareWorld(expansion), znode: 'stands' }, 'delete it'],
    ['ZooKeeper says nothing', { ...bareWorld(expansion), znode: 'silent' }, 'does not answer'],
    ['nobody asked ZooKeeper', { ...bareWorld(expansion), znode: 'unasked' }, 'not asked|not looked'],
    [
      'a disk is not mounted',
      withDaemons(bareWorld(expansion), { 'journalnode-m2': { disk: { unmounted: true } } }),
      'nothing is mounted',
    ],
    ['somebody has data', withDaemons(bareWorld(expansion), { 'datanode-w1': { disk: disks.foreign } }), 'CID-other'],
  ]
  test.each(refusals)('is refused for all when %s', (_name, world, why) => {
    const { repairs, of, granted } = seen(expansion, world)
    for (const member of ['journalnode-m1', 'namenode-nn1', 'zkfc-nn2', 'datanode-w3']) {
      expect(of(member)[0]).toMatchObject({ when: 'refused', why: expect.stringMatching(why) as string })
    }
    expect(granted).toEqual([])
    expect(repairs.filter(({ permit }) => permit !== undefined).length).toBe(10)
  })

  test('moves a lock file aside before', () => {
    const { of } = seen(expansion, withDaemons(bareWorld(expansion), { 'namenode-nn2': { disk: disks.locked } }))
    expect(of('namenode-nn2')[0]?.verbs).toBe('MoveAside MarkFirstStart')
  })

  test('stops before that whom somebody has started himself, which waits for approval where stops do', () => {
    const { of, repairs } = seen(expansion, withDaemons(bareWorld(expansion), { 'datanode-w2': { unit: 'running' } }))
    expect(repairs.find(({ member }) => member === 'hdfs-datanode-w2')?.actions[0]?.risk).toBe('restart')
    expect(of('datanode-w2')).toMatchObject([{ verbs: 'StopUnit MarkFirstStart', when: 'now' }])
    expect(of('datanode-w1')).toMatchObject([{ verbs: 'MarkFirstStart', when: 'now' }])
  })

  test('formats once all journals serve, and not before', () => {
    expect(seen(expansion, allowedWorld(expansion)).granted).toEqual(['FormatNameNode hdfs-namenode-nn1'])
    const down = withDaemons(allowedWorld(expansion), { 'journalnode-m3': { unit: 'stopped' } })
    expect(seen(expansion, down).of('namenode-nn1')).toMatchObject([{ when: 'later', verbs: 'FormatNameNode' }])
  })

  test.each(['silent', 'unasked', 'stands', 'locked'] as const)('does not format while its znode is %s', (znode) => {
    const { of, granted, repairs } = seen(expansion, { ...allowedWorld(expansion), znode })
    expect([granted, of('namenode-nn1')[0]?.when]).toEqual([[], 'refused'])
    expect(repairs[0]?.refusedAs).toBe('FirstStartRefused')
  })

  test('never begins a format beside one that goes on', () => {
    const begun = withDaemons(allowedWorld(expansion), { 'namenode-nn1': { tool: true } })
    expect(seen(expansion, begun).of('namenode-nn1')).toMatchObject([{ when: 'later' }])
    const half = withDaemons(begun, {
      'namenode-nn1': { disk: disks.half },
      'journalnode-m1': { disk: disks.journalHalf },
    })
    const { repairs, of } = seen(expansion, half)
    expect(repairs.every(({ waits }) => waits !== undefined)).toBe(true)
    expect(of('journalnode-m1')[0]?.why).toContain('under way')
  })

  test('takes a half apart when nothing runs any more, and the journals down for it', () => {
    const half = withDaemons(allowedWorld(expansion), {
      'namenode-nn1': { disk: disks.half },
      'journalnode-m1': { disk: disks.journal },
      'journalnode-m2': { disk: disks.journalHalf },
    })
    const { of } = seen(expansion, half)
    expect(of('namenode-nn1')[0]).toMatchObject({ verbs: 'MoveAside', when: 'now' })
    expect(of('journalnode-m1')[0]).toMatchObject({ verbs: 'StopUnit MoveAside', when: 'now' })
    expect(of('journalnode-m2')[0]).toMatchObject({ verbs: 'StopUnit MoveAside', when: 'now' })
    expect(of('journalnode-m3')).toEqual([])
    const blind = seen(expansion, { ...half, unreachable: ['m2'] })
    expect(blind.granted).toEqual([])
    expect(blind.of('namenode-nn1')[0]?.when).toBe('refused')
  })

  test('looks at every place once more before it takes a half apart, when no tool runs any more', () => {
    const half = withDaemons(allowedWorld(expansion), { 'namenode-nn1': { disk: disks.half } })
    const asked = inquireHdfs(expansion, factsOf(expansion, half), now)
    expect(Object.keys(asked).sort()).toEqual(['m1', 'm2', 'm3', 'w1', 'w2', 'w3'])
    const texts = asked['m1']?.map(questionKey) ?? []
    expect(texts.filter((text) => text.includes('VERSION'))).toHaveLength(2)
    expect(texts.some((text) => text.startsWith('unit') || text.startsWith('http'))).toBe(false)
    expect(inquired(withDaemons(half, { 'namenode-nn1': { disk: disks.half, tool: true } }))).toEqual([])
    expect(inquired(withDaemons(half, { 'namenode-nn2': { tool: true } }))).toEqual([])
  })

  test('starts the first and lets the others wait, once it is formatted', () => {
    const journals: Readonly<Record<string, Daemon>> = Object.fromEntries(
      ['m1', 'm2', 'm3'].map((host) => [`journalnode-${host}`, { disk: disks.journal }]),
    )
    const world = withDaemons(allowedWorld(expansion), { ...journals, 'namenode-nn1': { disk: disks.formatted } })
    expect(seen(expansion, world).of('namenode-nn1')).toEqual([])
    expect(seen(expansion, world).of('namenode-nn2')).toMatchObject([{ when: 'later', verbs: 'BootstrapStandby' }])
    const ending = withDaemons(world, { 'namenode-nn1': { tool: true } })
    expect(seen(expansion, ending).of('namenode-nn1')).toMatchObject([{ when: 'later' }])
  })
})

function brought(kills: readonly Kill[], passes: number): Paper {
  const paper = new Paper(expansion, kills)
  for (let pass = 0; pass < passes && !paper.isDone(); pass += 1) paper.pass()
  return paper
}

describe('from bare hosts to a file system', () => {
  test('without a kill there is one format', () => {
    const paper = brought([], 12)
    expect([paper.isDone(), paper.formats, paper.wrongs]).toEqual([true, 1, []])
    expect(paper.daemons['namenode-nn2']?.disk?.namespace).toBe(paper.daemons['namenode-nn1']?.disk?.namespace)
  })

  test.each([true, false])('killed before each single write, the tool goes on: %s', (toolGoesOn) => {
    for (let at = 1; at <= 45; at += 1) {
      const paper = brought([{ at, toolGoesOn }], 40)
      expect([at, paper.isDone(), paper.wrongs]).toEqual([at, true, []])
      expect(paper.formats).toBeLessThanOrEqual(2)
      const spaces = Object.entries(paper.daemons).flatMap(([word, { disk }]) =>
        /^(namenode|journalnode)/.test(word) ? [disk?.namespace] : [],
      )
      expect(new Set(spaces).size).toBe(1)
    }
  })

  test('killed again and again', () => {
    const kill = fc.record({ at: fc.integer({ min: 1, max: 120 }), toolGoesOn: fc.boolean() })
    fc.assert(
      fc.property(fc.array(kill, { maxLength: 8 }), (kills) => {
        const paper = brought(kills, 120)
        expect([paper.isDone(), paper.wrongs]).toEqual([true, []])
      }),
      { numRuns: 40 },
    )
  })
})
