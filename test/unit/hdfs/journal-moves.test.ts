import { describe, expect, test } from 'vitest'
import { hearJournals } from '../../../src/clusters/hdfs/journal-heard.ts'
import type { Expansion, Heard, HostView, StandingMember } from '../../../src/model/kind.ts'
import { expanded, hosts, memberOf, minimal, standingOf } from './cluster.ts'
import { seen } from './judged.ts'
import { type Daemon, disks, factsOf, livingWorld } from './machines.ts'

const addresses = (names: string): readonly string[] =>
  names.split(' ').map((name) => `${hosts[name]?.serviceAddress ?? ''}:8485`)

const spec = (names: string) => ({ ...minimal, journalNodes: { ...minimal.journalNodes, hosts: names.split(' ') } })

/** NameNodes say that they write to these journals. */
function heard(...lists: readonly string[]): Heard {
  return Object.fromEntries(
    lists.flatMap((names, index) =>
      names === '' ? [] : [[`journals of nn${index + 1}`, addresses(names).join(';')] as const],
    ),
  )
}

/** All records of a cluster with these journals; NameNodes and controllers may have others. */
function records(all: string, more: Readonly<Record<string, string>> = {}): readonly StandingMember[] {
  return standingOf(expanded(spec(all))).map((one) => {
    const list = more[one.record['member']?.replace('hdfs-', '') ?? '']
    return list === undefined ? one : { ...one, record: { ...one.record, journals: addresses(list).join(';') } }
  })
}

function lost(...names: readonly string[]): Readonly<Record<string, HostView>> {
  return Object.fromEntries(
    Object.entries(hosts).map(([name, view]) => [name, { ...view, lost: names.includes(name) }]),
  )
}

function unseen(standing: readonly StandingMember[], ...names: readonly string[]): readonly StandingMember[] {
  return standing.map((one) => (names.includes(one.host) ? { ...one, seen: false } : one))
}

const journalsOf = ({ members }: Expansion): string =>
  members
    .filter(({ service }) => service === 'hdfs-journalnode')
    .map(({ host }) => host)
    .join(' ')

const listOf = (expansion: Expansion): string => memberOf(expansion, 'hdfs-namenode-nn1').identity['journals'] ?? ''

describe('the list of journals goes from one to another', () => {
  type Case = readonly [
    what: string,
    wanted: string,
    standing: readonly StandingMember[],
    heard: Heard,
    now: string,
    more?: Readonly<Record<string, HostView>>,
  ]
  const both = (names: string): Heard => heard(names, names)
  const cases: readonly Case[] = [
    ['nothing changes', 'm1 m2 m3', records('m1 m2 m3'), both('m1 m2 m3'), 'm1 m2 m3'],
    ['one moves: first it comes', 'm1 m2 w1', records('m1 m2 m3'), both('m1 m2 m3'), 'm1 m2 w1 m3'],
    ['then the other goes', 'm1 m2 w1', records('m1 m2 m3', all('m1 m2 m3 w1')), both('m1 m2 m3 w1'), 'm1 m2 w1'],
    ['two move: one at a time', 'm1 w1 w2', records('m1 m2 m3'), both('m1 m2 m3'), 'm1 w1 m2 m3'],
    ['three become five', 'm1 m2 m3 w1 w2', records('m1 m2 m3'), both('m1 m2 m3'), 'm1 m2 m3 w1'],
    ['five become three', 'm1 m2 m3', records('m1 m2 m3 w1 w2'), both('m1 m2 m3 w1 w2'), 'm1 m2 m3 w2'],
    [
      'one is lost: it goes first',
      'm1 m2 w1',
      unseen(records('m1 m2 m3'), 'm3'),
      both('m1 m2 m3'),
      'm1 m2',
      lost('m3'),
    ],
    [
      'then the new one comes',
      'm1 m2 w1',
      unseen(records('m1 m2 m3', all('m1 m2')), 'm3'),
      both('m1 m2'),
      'm1 m2 w1',
      lost('m3'),
    ],
    ['no NameNode says what it runs with', 'm1 m2 w1', records('m1 m2 m3'), {}, 'm1 m2 m3'],
    ['one of them does not', 'm1 m2 w1', records('m1 m2 m3'), heard('m1 m2 m3', ''), 'm1 m2 m3'],
    [
      'one runs ahead of its record',
      'm1 m3 w1',
      records('m1 m2 m3', all('m1 m2 m3 w1')),
      heard('m1 m2 m3 w1', 'm1 m2 w1'),
      'm1 m3 w1 m2',
    ],
    [
      'it has begun: the controllers know of it',
      'm1 m2 w1',
      records('m1 m2 m3', { 'zkfc-nn1': 'm1 m2 m3 w1', 'zkfc-nn2': 'm1 m2 m3 w1' }),
      heard('m1 m2 m3', ''),
      'm1 m2 w1 m3',
    ],
    [
      'the journal that comes knows of it',
      'm1 m2 w1',
      [
        ...records('m1 m2 m3'),
        ...standingOf(expanded(spec('m1 m2 w1'), { standing: records('m1 m2 m3'), heard: both('m1 m2 m3') })).filter(
          ({ record }) => record['member'] === 'hdfs-journalnode-w1',
        ),
      ],
      heard('m1 m2 m3', ''),
      'm1 m2 w1 m3',
    ],
    ['what has left says nothing of it', 'm1 m2 w1', [...records('m1 m2 m3', all('m1 m2'))], both('m1 m2'), 'm1 m2 w1'],
    [
      'it has begun, and the spec is put back',
      'm1 m2 m3',
      records('m1 m2 m3', { 'zkfc-nn1': 'm1 m2 m3 w1', 'namenode-nn2': 'm1 m2 m3 w1' }),
      both('m1 m2 m3'),
      'm1 m2 m3',
    ],
    [
      'it has begun, and another is wanted',
      'm1 m2 w2',
      records('m1 m2 m3', { 'namenode-nn2': 'm1 m2 m3 w1' }),
      heard('m1 m2 m3', 'm1 m2 m3 w1'),
      'm1 m2 m3',
    ],
  ]
  test.each(cases.map(([what, ...rest]) => ({ what, rest })))(
    '$what',
    ({ rest: [wanted, standing, said, now, view = hosts] }) => {
      const found = expanded(spec(wanted), { standing, heard: said, hosts: view })
      expect([found.refusals, journalsOf(found)]).toEqual([[], now])
      expect(listOf(found)).toBe(addresses(now).join(';'))
    },
  )

  /** NameNodes and their controllers run with this list. */
  function all(names: string): Readonly<Record<string, string>> {
    return { 'namenode-nn1': names, 'namenode-nn2': names, 'zkfc-nn1': names, 'zkfc-nn2': names }
  }

  test('journals are not kept from their restart while something of a NameNode is left where it was before', () => {
    const standing = records('m1 m2 m3')
    const left = standing.filter(({ record }) => record['id'] === 'nn2').map((one) => ({ ...one, host: 'w3' }))
    const passes = (all: readonly StandingMember[], more: Readonly<Record<string, HostView>> = hosts) => {
      const found = expanded(spec('m1 m2 m3 w1 w2'), { standing: all, heard: both('m1 m2 m3'), hosts: more })
      return memberOf(found, 'hdfs-namenode-nn1').rules?.['journalsPass']
    }
    expect([passes(standing), passes([...standing, ...left])]).toEqual(['true', undefined])
    expect(passes([...standing, ...unseen(left, 'w3')], lost('w3'))).toBe('true')
  })

  test('begins when all who stand are well, says what comes, and is kept back while it must', () => {
    const input = { standing: records('m1 m2 m3'), heard: both('m1 m2 m3') }
    const found = expanded(spec('m1 m2 w1'), input)
    expect(found.begins?.filter((id) => id.includes('journal'))).toEqual([
      'hdfs-journalnode-m1',
      'hdfs-journalnode-m2',
      'hdfs-journalnode-m3',
    ])
    expect(found.stages).toEqual(['the NameNodes write no more to the journal 10.9.0.3:8485'])
    const stayed = expanded(spec('m1 m2 w1'), { ...input, stays: true })
    expect([journalsOf(stayed), stayed.stages?.length, stayed.begins]).toEqual(['m1 m2 m3', 2, undefined])
  })

  test('a journal leaves when the others have had time to fetch what they lack', () => {
    const standing = records('m1 m2 m3', all('m1 m2 m3 w1'))
    const said = { ...both('m1 m2 m3 w1'), 'young journals': 'hdfs-journalnode-w1' }
    const found = expanded(spec('m1 m2 w1'), { standing, heard: said })
    expect([journalsOf(found), found.held?.[0]]).toEqual([
      'm1 m2 w1 m3',
      expect.stringContaining('hdfs-journalnode-w1 have not run for long enough'),
    ])
  })

  test('a majority that is lost changes no list', () => {
    const standing = unseen(records('m1 m2 m3'), 'm2', 'm3')
    const found = expanded(spec('m1 w1 w2'), { standing, heard: both('m1 m2 m3'), hosts: lost('m2', 'm3') })
    expect([journalsOf(found), found.held?.[0]]).toEqual([
      'm1 m2 m3',
      expect.stringContaining('only 1 are not lost, and 2 are needed'),
    ])
  })

  test('a NameNode that is to move waits meanwhile', () => {
    const standing = records('m1 m2 m3', { 'zkfc-nn1': 'm1 m2 m3 w1' })
    const members = [
      { id: 'nn1', host: 'm1' },
      { id: 'nn2', host: 'w2' },
    ]
    const raw = { ...spec('m1 m2 w1'), nameNodes: { ...minimal.nameNodes, members } }
    expect(memberOf(expanded(raw, { standing, heard: both('m1 m2 m3') }), 'hdfs-namenode-nn2').host).toBe('m2')
  })

  const refusals: readonly (readonly [string, unknown, Parameters<typeof expanded>[1], string])[] = [
    ['on Hadoop 2', { ...spec('m1 m2 w1'), version: '2.10.2' }, {}, 'Hadoop 2'],
    [
      'while one is declared by name',
      spec('m1 m2 w1'),
      { hosts: { ...hosts, w1: { ...(hosts['w1'] as HostView), serviceAddress: 'w1.example' } } },
      'w1.example',
    ],
    [
      'away from a Host that is gone',
      spec('m1 m2 w1'),
      { hosts: Object.fromEntries(Object.entries(hosts).filter(([name]) => name !== 'm3')) },
      'no Host is known',
    ],
    [
      'from lists that are more than a step apart',
      spec('m1 m2 w1'),
      { standing: records('m1 m2 m3', { 'namenode-nn2': 'm1 m2 w1' }) },
      'more than one step apart',
    ],
  ]
  test.each(refusals)('not %s', (_what, raw, more, words) => {
    const found = expanded(raw, { standing: records('m1 m2 m3'), heard: both('m1 m2 m3'), ...more })
    expect(found.refusals).toMatchObject([
      { code: 'MembershipChangeUnsupported', message: expect.stringContaining(words) as string },
    ])
  })
})

describe('while the NameNodes go to a list with one more', () => {
  const begins = expanded(spec('m1 m2 w1'), { standing: records('m1 m2 m3'), heard: heard('m1 m2 m3', 'm1 m2 m3') })
  const told = records('m1 m2 m3', { 'zkfc-nn2': 'm1 m2 m3 w1' })
  const four = expanded(spec('m1 m2 w1'), { standing: told, heard: heard('m1 m2 m3', 'm1 m2 m3') })
  const bare: Daemon = { unit: 'stopped', started: false, disk: disks.empty }
  const seeded: Daemon = { unit: 'running', started: true, disk: disks.journal, written: 0 }
  const old = ['m1', 'm2', 'm3']
  const active: Daemon = { unit: 'running', disk: disks.used, says: 'active', journals: old }
  const standby: Daemon = { unit: 'running', disk: disks.used, says: 'standby', journals: old }

  function inTransit(w1: Daemon, more: Readonly<Record<string, Daemon>> = {}) {
    const world = livingWorld(four, { 'namenode-nn1': active, 'namenode-nn2': standby, ...more })
    return seen(four, { ...world, daemons: { ...world.daemons, 'journalnode-w1': w1 } })
  }

  test('it is seeded when a majority of the list before is in step', () => {
    expect(inTransit(bare).granted).toEqual(['SeedJournal hdfs-journalnode-w1'])
    const late = 'Written txid 5 (2 txns/900 ms behind)'
    expect(inTransit(bare, { 'namenode-nn1': { ...active, behind: { m2: late } } }).granted).toHaveLength(1)
    expect(inTransit(bare, { 'namenode-nn1': { ...active, behind: { m2: late, m3: late } } }).granted).toEqual([])
  })

  test('one of the list before that is wiped waits for a majority of both lists', () => {
    const wiped = { 'journalnode-m1': { unit: 'running', disk: disks.empty } as const }
    expect(inTransit(seeded, wiped).granted).toEqual([])
  })

  test('no NameNode is restarted before a record tells of it', () => {
    const all = { 'namenode-nn1': active, 'namenode-nn2': standby, 'journalnode-w1': seeded }
    const { holds } = seen(begins, livingWorld(begins, all)).assessment
    expect(holds?.['namenodes']).toContain('a record tells first')
  })

  test('nor before it serves', () => {
    expect(inTransit(bare).assessment.holds?.['namenodes']).toContain('hdfs-journalnode-w1 must serve')
    const { handovers = {}, holds = {} } = inTransit(seeded).assessment
    expect(holds['namenodes']).toBeUndefined()
    expect(handovers['hdfs-namenode-nn1']?.action).toMatchObject({ verb: 'FailOver', to: 'nn2' })
  })

  test('no other journal is restarted while another list comes after this one', () => {
    expect(inTransit(seeded).assessment.holds?.['journalnodes']).toContain(
      'another list of journals comes after this one',
    )
  })

  test('nor with the last list before all of them run with it', () => {
    const passed = {
      'namenode-nn2': 'm1 m2 m3 w1',
      'namenode-nn1': 'm1 m2 m3 w1',
      'zkfc-nn1': 'm1 m2 w1',
      'zkfc-nn2': 'm1 m2 m3 w1',
    }
    const last = expanded(spec('m1 m2 w1'), { standing: records('m1 m2 m3', passed), heard: heard('m1 m2 m3 w1', '') })
    const before = { says: 'active', journals: ['m1', 'm2', 'm3', 'w1'] } as const
    const hold = (more: Readonly<Record<string, Daemon>>) =>
      seen(last, livingWorld(last, more)).assessment.holds?.['journalnodes']
    expect(hold({ 'namenode-nn1': before })).toContain('hdfs-namenode-nn1 must be restarted first')
    expect(hold({})).toBeUndefined()
  })

  test('the margin is the least of both lists', () => {
    expect(inTransit(seeded).assessment.quorum).toMatchObject({ voters: 4, serving: 4, margin: 1 })
    expect(inTransit(bare).assessment.quorum).toMatchObject({ voters: 4, serving: 3, margin: 0 })
    const down = { 'journalnode-m1': { unit: 'stopped', disk: disks.journalUsed } as const }
    expect(inTransit(seeded, down).assessment.quorum).toMatchObject({ voters: 4, serving: 3, margin: 0 })
    // What is written is written by the list before.
    expect(inTransit(bare, down).assessment.available.ok).toBe(true)
    expect(inTransit(bare, down).assessment.quorum).toMatchObject({ voters: 4, serving: 2, margin: -1 })
  })
})

describe('what is heard of the journals', () => {
  const expansion = expanded()
  const said = (more: Readonly<Record<string, Daemon>> = {}) =>
    hearJournals(expansion, factsOf(expansion, livingWorld(expansion, more)))

  test('is the list of each NameNode, active or not, by its own word', () => {
    expect(said({ 'namenode-nn2': { journals: ['m1', 'm2'] } })).toEqual(heard('m1 m2 m3', 'm1 m2'))
    expect(said({ 'namenode-nn2': { unit: 'stopped' } })).toEqual(heard('m1 m2 m3', ''))
  })

  test('and which journals run for less than it takes to fetch what they lack, or are not seen to run', () => {
    expect(said({ 'journalnode-m2': { uptimeMs: 100_000 }, 'journalnode-m3': { unit: 'stopped' } })).toMatchObject({
      'young journals': 'hdfs-journalnode-m2, hdfs-journalnode-m3',
    })
  })
})
