import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { known, unknown } from '../../../src/model/fact.ts'
import type { FleetFacts } from '../../../src/model/facts.ts'
import { judge, premisesOf } from '../../../src/planner/permits.ts'
import { expanded, simple } from './cluster.ts'
import { judged, seenIn } from './judged.ts'
import {
  allowedWorld,
  bareWorld,
  type Daemon,
  disks,
  factsOf,
  livingWorld,
  type World,
  withDaemons,
  withOneUnknown,
} from './machines.ts'

const expansion = expanded()

const never: Daemon = { unit: 'stopped', started: false }
const halved = withDaemons(allowedWorld(expansion), { 'namenode-nn1': { disk: disks.half } })

/** In each of them a verb of Hadoop is granted, or something is about to be. */
const worlds: Readonly<Record<string, World>> = {
  bare: bareWorld(expansion),
  allowed: allowedWorld(expansion),
  halved,
  wipedJournal: livingWorld(expansion, { 'journalnode-m3': { disk: disks.empty } }),
  wipedStandby: livingWorld(expansion, { 'namenode-nn2': { disk: disks.empty, unit: 'stopped' } }),
  noZnode: {
    ...livingWorld(expansion, { 'zkfc-nn1': never, 'zkfc-nn2': never, 'namenode-nn1': { says: 'standby' } }),
    znode: 'absent',
  },
}

const granted: Readonly<Record<string, readonly string[]>> = {
  bare: [],
  allowed: ['FormatNameNode hdfs-namenode-nn1'],
  halved: [],
  wipedJournal: ['SeedJournal hdfs-journalnode-m3'],
  wipedStandby: ['BootstrapStandby hdfs-namenode-nn2'],
  noZnode: ['FormatFailover hdfs-zkfc-nn1'],
}

describe('unknown is never absent', () => {
  test.each(Object.keys(worlds))('%s: nothing more is granted when any one answer is missing', (name) => {
    const facts = factsOf(expansion, worlds[name] ?? bareWorld(expansion))
    expect(seenIn(expansion, facts).granted).toEqual(granted[name])
    for (const [what, blind] of withOneUnknown(facts)) {
      const more = seenIn(expansion, blind).granted.filter((verb) => granted[name]?.includes(verb) !== true)
      expect([what, more]).toEqual([what, []])
    }
  })

  test('the format hangs on every host, every disk, every journal, the znode and the tools', () => {
    const facts = factsOf(expansion, allowedWorld(expansion))
    const free = [...withOneUnknown(facts)].flatMap(([what, blind]) =>
      seenIn(expansion, blind).granted.length > 0 ? [what.replace(/^[^:]+: /, '')] : [],
    )
    // What a daemon that is not started would say, a number in a directory that is empty, the record of a JournalNode, which is
    // older than a format, and one of several servers of ZooKeeper.
    const harmless =
      /^(unit ironherd-data-files-hdfs-(?!tool)|http|znode|file 64 .*\/seen_txid|file 16384 .*hdfs-journalnode)/
    expect(free.filter((what) => !harmless.test(what))).toEqual([])
    expect(free.some((what) => /8485/.test(what))).toBe(false)
    expect(free.some((what) => /tool/.test(what))).toBe(false)
  })

  const stem = 'ironherd-data-files-hdfs'
  const nn1 = 'http 10.9.0.1 9870 /jmx?qry=Hadoop:service=NameNode,name=NameNode*'
  const needed: Readonly<Record<string, readonly string[]>> = {
    noZnode: [
      `m1: unit ${stem}-zkfc-nn1.service`,
      `m2: unit ${stem}-zkfc-nn2.service`,
      `m1: unit ${stem}-tool.service`,
      `m2: unit ${stem}-tool.service`,
      `m1: ${nn1}`,
      `m2: ${nn1.replace('0.1', '0.2')}`,
    ],
    wipedJournal: [
      `m1: ${nn1}`,
      'm1: http 10.9.0.1 8020 /',
      'm2: http 10.9.0.2 8485 /',
      'm2: http 10.9.0.2 8480 /jmx?qry=Hadoop:service=JournalNode,name=Journal*',
      'm2: file 4096 /data/dfs/jn/nameservice1/current/VERSION',
      'm3: file 4096 /data/dfs/jn/nameservice1/current/VERSION',
      'm3: directory /data/dfs/jn/nameservice1',
      'm3: directory /data/dfs/jn/nameservice1/current',
      'm3: directory /data',
    ],
    wipedStandby: [
      `m1: ${nn1}`,
      'm1: http 10.9.0.1 8020 /',
      'm2: directory /data/dfs/nn',
      'm2: directory /data/dfs/nn/current',
      'm2: file 4096 /data/dfs/nn/current/VERSION',
      'm2: directory /data',
      `m1: unit ${stem}-tool.service`,
      `m2: unit ${stem}-tool.service`,
    ],
  }
  test.each(Object.keys(needed))('%s hangs on each of these', (name) => {
    const facts = factsOf(expansion, worlds[name] ?? bareWorld(expansion))
    const without = new Map(withOneUnknown(facts))
    for (const what of needed[name] ?? []) {
      const blind = without.get(what)
      expect([what, blind && seenIn(expansion, blind).granted]).toEqual([what, []])
    }
  })

  test('whatever else is out of sight, a cluster that lived is never formatted', () => {
    const places = Object.entries(factsOf(expansion, livingWorld(expansion))).flatMap(([host, fact]) =>
      fact.state === 'known' ? Object.keys(fact.value.answers).map((key) => [host, key] as const) : [],
    )
    fc.assert(
      fc.property(fc.subarray(places), fc.subarray(['m1', 'm2', 'm3', 'w1', 'w2', 'w3']), (blind, off) => {
        const facts: FleetFacts = Object.fromEntries(
          Object.entries(factsOf(expansion, livingWorld(expansion))).map(([host, fact]) => {
            if (off.includes(host) || fact.state !== 'known') return [host, unknown('Unreachable', `${host} is off`)]
            const missing = blind.flatMap(([at, key]) =>
              at === host ? [[key, unknown('ProbeFailed', `${host}: no`)] as const] : [],
            )
            const answers = { ...fact.value.answers, ...Object.fromEntries(missing) }
            return [host, known({ ...fact.value, answers })]
          }),
        )
        expect(seenIn(expansion, facts).granted).toEqual([])
      }),
      { numRuns: 100 },
    )
  })
})

describe('unknown is never absent in the simple form', () => {
  const small = expanded(simple)
  const stem = 'ironherd-data-files-hdfs'

  test('the format hangs on every host, every disk and the tool, and nothing is granted before or after', () => {
    const granted = (world: World) => seenIn(small, factsOf(small, world)).granted
    expect([granted(bareWorld(small)), granted(livingWorld(small))]).toEqual([[], []])
    const facts = factsOf(small, allowedWorld(small))
    expect(seenIn(small, facts).granted).toEqual(['FormatNameNode hdfs-namenode-nn1'])
    const free = [...withOneUnknown(facts)].flatMap(([what, blind]) =>
      seenIn(small, blind).granted.length > 0 ? [what] : [],
    )
    const harmless = new RegExp(`: (unit ${stem}-(?!tool)|http|file 64 .*/seen_txid)`)
    expect(free.filter((what) => !harmless.test(what))).toEqual([])
  })
})

describe('each premise counts', () => {
  const scenes = {
    FormatNameNode: 'allowed',
    BootstrapStandby: 'wipedStandby',
    FormatFailover: 'noZnode',
    SeedJournal: 'wipedJournal',
  } as const

  // InitializeSharedEdits, which is of a conversion alone, is asked about in conversion.test.ts.
  test.each(Object.keys(scenes) as readonly (keyof typeof scenes)[])(
    '%s is refused without any one of what the judge asks for',
    (verb) => {
      const world = worlds[scenes[verb]] ?? bareWorld(expansion)
      const repair = seenIn(expansion, factsOf(expansion, world)).repairs.find(
        ({ permit }) => permit?.rule === 'Proven' && permit.verb === verb,
      )
      if (repair?.permit?.rule !== 'Proven') throw new Error(`nobody asks for ${verb}`)
      const { evidence } = repair.permit
      expect(judged(repair).when).toBe('now')
      expect(premisesOf[verb].every((premise) => evidence.some((piece) => piece.premise === premise))).toBe(true)
      for (const piece of evidence) {
        const rest = evidence.filter((other) => other !== piece)
        for (const state of ['unknown', 'disproven'] as const) {
          expect(judge({ rule: 'Proven', verb, evidence: [...rest, { ...piece, state }] }).granted).toBe(false)
        }
      }
    },
  )
})
