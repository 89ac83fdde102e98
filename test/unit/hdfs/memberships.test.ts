import { describe, expect, test } from 'vitest'
import type { Expansion, HostView, StandingMember } from '../../../src/model/kind.ts'
import { expanded, fileOf, hosts, memberOf, minimal, refused, standingOf } from './cluster.ts'

function spec(places: string) {
  const members = places.split(' ').map((place) => {
    const [id, host] = place.split('@')
    return { id, host }
  })
  return { ...minimal, nameNodes: { ...minimal.nameNodes, members } }
}

const two = standingOf(expanded())
const three = 'nn1@m1 nn2@m2 nn3@w1'
const standing = standingOf(expanded(spec(three)))

function lost(...names: readonly string[]): Readonly<Record<string, HostView>> {
  return Object.fromEntries(
    Object.entries(hosts).map(([name, view]) => [name, { ...view, lost: names.includes(name) }]),
  )
}

function unseenOn(all: readonly StandingMember[], host: string): readonly StandingMember[] {
  return all.map((one) => (one.host === host ? { ...one, seen: false } : one))
}

/** Records of these members as they are in another expansion. */
function recorded(all: readonly StandingMember[], from: Expansion, ...ids: readonly string[]) {
  const newer = standingOf(from).filter(({ record }) => ids.includes(record['member'] ?? ''))
  return [...all.filter(({ record }) => !ids.includes(record['member'] ?? '')), ...newer]
}

function without(all: readonly StandingMember[], ...ids: readonly string[]): readonly StandingMember[] {
  return all.filter(({ record }) => !ids.includes(record['member'] ?? ''))
}

function names({ members }: Expansion): string {
  const own = members.filter(({ service }) => service === 'hdfs-namenode')
  return own.map(({ host, identity }) => `${identity['id']}@${host}`).join(' ')
}

function told(expansion: Expansion, id = 'hdfs-datanode-w2'): string {
  return (
    /<name>dfs.ha.namenodes.nameservice1<\/name><value>([^<]*)</.exec(
      fileOf(memberOf(expansion, id), 'hdfs-site.xml'),
    )?.[1] ?? ''
  )
}

function leaving({ leaving: all }: Expansion): string {
  return all
    .map(({ member, successor }) => `${member.id}${successor === undefined ? '' : ` for ${successor}`}`)
    .join(' ')
}

const arrives = (expansion: Expansion, id: string) => memberOf(expansion, id).rules?.['arrives'] === 'true'

describe('a NameNode that is declared beside those that stand', () => {
  const wanted = spec(three)
  const begun = expanded(wanted, { standing: two })
  const started = recorded(two, begun, 'hdfs-namenode-nn3')
  const next = expanded(wanted, { standing: started })

  test('is to come, when all others are well', () => {
    expect([names(begun), begun.refusals, begun.leaving]).toEqual([three, [], []])
    expect(begun.begins).toEqual([
      ...['m1', 'm2', 'm3'].map((host) => `hdfs-journalnode-${host}`),
      ...['namenode-nn1', 'namenode-nn2', 'zkfc-nn1', 'zkfc-nn2'].map((id) => `hdfs-${id}`),
    ])
    const stayed = expanded(wanted, { standing: two, stays: true })
    expect([names(stayed), stayed.stages]).toEqual(['nn1@m1 nn2@m2', ['NameNode nn3 comes to w1']])
  })

  test('is known to nobody else before it was started, and to all from then on', () => {
    expect([told(begun), told(begun, 'hdfs-zkfc-nn1'), told(begun, 'hdfs-namenode-nn3')]).toEqual([
      'nn1,nn2',
      'nn1,nn2',
      'nn1,nn2,nn3',
    ])
    expect([told(next), told(next, 'hdfs-zkfc-nn1')]).toEqual(['nn1,nn2,nn3', 'nn1,nn2,nn3'])
    expect(memberOf(next, 'hdfs-namenode-nn3').files).toEqual(memberOf(begun, 'hdfs-namenode-nn3').files)
    expect([begun, next].map(({ clientFiles }) => clientFiles?.files['hdfs-site.xml']?.includes('nn3'))).toEqual([
      false,
      true,
    ])
  })

  test('arrives until its failover controller was started, whatever the others were told', () => {
    expect([begun, next].map((one) => arrives(one, 'hdfs-zkfc-nn3'))).toEqual([true, true])
    expect(memberOf(next, 'hdfs-zkfc-nn3').rules?.['unaware']).toBe('hdfs-zkfc-nn1,hdfs-zkfc-nn2')
    const pairs = ['nn1', 'nn2'].flatMap((id) => [`hdfs-namenode-${id}`, `hdfs-zkfc-${id}`])
    const all = expanded(wanted, { standing: recorded(started, next, ...pairs) })
    expect([arrives(all, 'hdfs-zkfc-nn3'), memberOf(all, 'hdfs-zkfc-nn3').rules?.['unaware']]).toEqual([true, ''])
    const elects = recorded(recorded(started, next, ...pairs), begun, 'hdfs-zkfc-nn3')
    const ended = expanded(wanted, { standing: elects })
    expect([arrives(ended, 'hdfs-zkfc-nn3'), ended.begins, ended.stages]).toEqual([false, undefined, undefined])
  })

  test('can be asked before the active is told, whose handover asks all', () => {
    const known = recorded(started, next, 'hdfs-namenode-nn2', 'hdfs-zkfc-nn2')
    const unaware = (all: readonly StandingMember[], heard: Readonly<Record<string, string>>) =>
      memberOf(expanded(wanted, { standing: all, heard }), 'hdfs-zkfc-nn3').rules?.['unaware']
    expect([unaware(known, { active: 'nn1' }), unaware(known, {})]).toEqual(['', 'hdfs-zkfc-nn1'])
    expect(unaware(started, { active: 'nn1' })).toBe('hdfs-zkfc-nn1,hdfs-zkfc-nn2')
  })

  test('comes alone: a fourth waits until all know it', () => {
    const four = spec(`${three} nn4@w2`)
    const found = expanded(four, { standing: two })
    expect([names(found), found.stages]).toEqual([three, ['NameNode nn4 comes to w2']])
    expect(names(expanded(four, { standing: started }))).toBe(three)
    expect(names(expanded(four, { standing }))).toBe(`${three} nn4@w2`)
  })

  test('that is taken back before others were told is forgotten by them at once, and leaves', () => {
    const back = expanded(minimal, { standing: started })
    expect([names(back), told(back), leaving(back)]).toEqual(['nn1@m1 nn2@m2', 'nn1,nn2', 'hdfs-namenode-nn3'])
  })

  test('that is taken back when all controllers know it is known until it has left', () => {
    const known = recorded(started, next, 'hdfs-zkfc-nn1', 'hdfs-zkfc-nn2')
    const back = expanded(minimal, { standing: known })
    expect([names(back), told(back), leaving(back)]).toEqual(['nn1@m1 nn2@m2', 'nn1,nn2,nn3', 'hdfs-namenode-nn3'])
  })

  test('waits for nobody who is lost', () => {
    const gone = expanded(wanted, { standing: unseenOn(two, 'm2'), hosts: lost('m2') })
    expect([names(gone), gone.begins?.filter((id) => /m2|nn2/.test(id))]).toEqual([three, []])
  })
})

describe('a NameNode that is declared no more', () => {
  const wanted = spec('nn2@m2 nn3@w1')
  const active = { active: 'nn2' }
  const begun = expanded(wanted, { standing, heard: active })
  const own = ['hdfs-namenode-nn1', 'hdfs-zkfc-nn1']
  const left = without(standing, ...own)

  test('leaves when all others are well, and is kept alive until then', () => {
    expect([names(begun), leaving(begun)]).toEqual(['nn2@m2 nn3@w1', own.join(' ')])
    expect(begun.begins).toEqual([
      ...['m2', 'm3'].map((host) => `hdfs-journalnode-${host}`),
      ...['namenode-nn2', 'namenode-nn3', 'zkfc-nn2', 'zkfc-nn3'].map((id) => `hdfs-${id}`),
    ])
    const stayed = expanded(wanted, { standing, heard: active, stays: true })
    expect([names(stayed), leaving(stayed), stayed.stages]).toEqual([three, '', ['NameNode nn1 leaves m1']])
  })

  test('is looked for by all others until nothing is left of it, in the order that they know', () => {
    for (const all of [standing, without(standing, 'hdfs-zkfc-nn1'), without(standing, 'hdfs-namenode-nn1')])
      expect(told(expanded(wanted, { standing: all, heard: active }))).toBe('nn1,nn2,nn3')
    expect(told(expanded(wanted, { standing: left, heard: active }))).toBe('nn2,nn3')
  })

  test('does not come up again when a part of it has gone', () => {
    const half = expanded(wanted, { standing: without(standing, 'hdfs-zkfc-nn1'), heard: active, stays: true })
    expect([names(half), leaving(half)]).toEqual(['nn2@m2 nn3@w1', 'hdfs-namenode-nn1'])
  })

  test('is looked for until another is active, and no more once a controller runs without it', () => {
    for (const heard of [{}, { active: 'nn1' }])
      expect(told(expanded(wanted, { standing: left, heard }))).toBe('nn1,nn2,nn3')
    const next = expanded(wanted, { standing: left, heard: active })
    const begin = recorded(left, next, 'hdfs-zkfc-nn3')
    expect(told(expanded(wanted, { standing: begin, heard: {} }))).toBe('nn2,nn3')
  })

  test('is forgotten by a controller before any DataNode', () => {
    const untold = (all: readonly StandingMember[]) =>
      memberOf(expanded(wanted, { standing: all, heard: active }), 'hdfs-namenode-nn2').rules?.['untold']
    const next = expanded(wanted, { standing: left, heard: active })
    const first = recorded(left, next, 'hdfs-zkfc-nn3')
    expect([standing, left, first].map(untold)).toEqual([undefined, 'true', undefined])
  })

  test('that is declared again on the way comes when all others run without it', () => {
    const again = spec(three)
    expect(names(expanded(again, { standing: left, heard: active }))).toBe(three)
    const next = expanded(wanted, { standing: left, heard: active })
    const first = recorded(left, next, 'hdfs-zkfc-nn3')
    const later = expanded(again, { standing: first, heard: active })
    expect([names(later), told(later), later.stages]).toEqual([
      'nn2@m2 nn3@w1',
      'nn2,nn3',
      ['NameNode nn1 comes to m1'],
    ])
    const all = recorded(left, next, 'hdfs-zkfc-nn2', 'hdfs-zkfc-nn3', 'hdfs-namenode-nn2', 'hdfs-namenode-nn3')
    const found = expanded(again, { standing: all, heard: active })
    expect([names(found), told(found)]).toEqual([three, 'nn2,nn3'])
    expect(memberOf(found, 'hdfs-namenode-nn1').identity['moves']).toBe('1')
  })

  test('is not waited for on a lost host, but for another that is active', () => {
    const gone = unseenOn(standing, 'm1')
    const found = (heard: Readonly<Record<string, string>>) =>
      expanded(wanted, { standing: gone, hosts: lost('m1'), heard })
    expect([names(found(active)), leaving(found(active)), told(found(active))]).toEqual([
      'nn2@m2 nn3@w1',
      '',
      'nn2,nn3',
    ])
    expect([found(active).begins, told(found({}))]).toEqual([undefined, 'nn1,nn2,nn3'])
  })

  test('on a lost host leaves no other alone, and is forgotten when whoever comes could be elected', () => {
    const gone = unseenOn(two, 'm1')
    const found = (all: readonly StandingMember[]) =>
      expanded(wanted, { standing: all, hosts: lost('m1'), heard: active })
    expect([names(found(gone)), told(found(gone))]).toEqual(['nn2@m2 nn3@w1', 'nn1,nn2'])
    const started = recorded(gone, found(gone), 'hdfs-namenode-nn3')
    expect([told(found(started)), told(found(started), 'hdfs-namenode-nn3')]).toEqual(['nn1,nn2,nn3', 'nn1,nn2,nn3'])
    const known = recorded(started, found(started), 'hdfs-namenode-nn2', 'hdfs-zkfc-nn2')
    expect(told(found(known))).toBe('nn1,nn2,nn3')
    expect(told(found(recorded(known, found(known), 'hdfs-zkfc-nn3')))).toBe('nn2,nn3')
  })

  test('may run on a host that nobody has seen', () => {
    const found = expanded(wanted, { standing: without(standing, ...own), unseen: ['m1'], heard: active })
    expect([told(found), leaving(found)]).toEqual(['nn1,nn2,nn3', own.join(' ')])
    const four = expanded(spec('nn2@m2 nn3@w1 nn4@w3'), { standing: left, unseen: ['m1'], heard: active })
    expect([names(four), four.stages]).toEqual(['nn2@m2 nn3@w1', ['NameNode nn4 comes to w3']])
  })

  test('whose Host object is gone is a stop, until a controller runs without it', () => {
    const { m1: _, ...others } = hosts
    const journals = { ...wanted, journalNodes: { ...wanted.journalNodes, hosts: ['m2', 'm3', 'w2'] } }
    const rest = left.filter(({ host }) => host !== 'm1')
    expect(refused(journals, { standing: rest, hosts: others, heard: {} }).map(({ code }) => code)).toContain(
      'HostNotFound',
    )
  })

  test('before anybody was ever elected stays a part of the first start', () => {
    const first = standing.filter(({ record }) => record['role'] !== 'hdfs-zkfc')
    expect(names(expanded(wanted, { standing: first, stays: true }))).toBe(three)
  })
})

test('of several changes whoever comes is before whoever moves, and that before whoever goes', () => {
  const found = expanded(spec('nn2@m3 nn4@w2'), { standing: two, heard: { active: 'nn1' } })
  expect([names(found), found.stages]).toEqual([
    'nn1@m1 nn2@m2 nn4@w2',
    ['NameNode nn2 moves from m2 to m3', 'NameNode nn1 leaves m1'],
  ])
})

describe('is refused by name', () => {
  test.each([
    ['an id where another stands', 'nn1@m1 nn3@m2', {}, 'nn3 is to come to m2, where nn2 stands'],
    ['other ids for all', 'a@m1 b@m2', {}, 'a is to come to m1, where nn1 stands'],
    ['a host that is lost', three, { hosts: lost('w1') }, 'nn3 is to come to w1, whose Host has lifecycle: Lost'],
    ['a host that was not seen', three, { unseen: ['w1'] }, 'nn3 is to come to w1, which cannot be seen'],
  ])('%s', (_name, places, more, words) => {
    const found = expanded(spec(places), { standing: two, ...more })
    expect(found.refusals.map(({ code }) => code)).toContain('MembershipChangeUnsupported')
    expect(found.refusals.map(({ message }) => message).join('\n')).toContain(words)
    expect(names(found)).toBe('nn1@m1 nn2@m2')
  })

  test('another id with Hadoop 2, which has two', () => {
    const old = { version: '2.10.2' }
    const found = expanded(
      { ...spec('nn1@m1 nn3@w1'), ...old },
      { standing: standingOf(expanded({ ...minimal, ...old })) },
    )
    expect(found.refusals[0]?.message).toContain('nn3 is to come to w1, and Hadoop 2 has no more than two')
  })

  test('a change while the version goes from one line to another', () => {
    const heard = { upgrade: 'started', active: 'nn2' }
    const found = expanded(spec('nn2@m2 nn3@w1'), { standing, heard })
    expect(found.refusals.map(({ message }) => message).join('\n')).toContain(
      'a NameNode comes, leaves, or is on its way',
    )
  })
})
