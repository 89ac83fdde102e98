import { describe, expect, test } from 'vitest'
import type { Expansion, HostView, StandingMember } from '../../../src/model/kind.ts'
import { expanded, fileOf, hosts, memberOf, minimal, refused, standingOf } from './cluster.ts'

export function spec(...places: readonly (readonly [id: string, host: string])[]) {
  const members = places.map(([id, host]) => ({ id, host }))
  return { ...minimal, nameNodes: { ...minimal.nameNodes, members } }
}

const standing = standingOf(expanded())
/** nn2 is to go from m2 to w1. */
const wanted = spec(['nn1', 'm1'], ['nn2', 'w1'])

function recordOf(from: Expansion, id: string): StandingMember {
  const found = standingOf(from).find(({ record }) => record['member'] === id)
  if (found === undefined) throw new Error(`no ${id}`)
  return found
}

function replacing(all: readonly StandingMember[], ...newer: readonly StandingMember[]): readonly StandingMember[] {
  const isOf = (a: StandingMember, b: StandingMember) => a.host === b.host && a.record['member'] === b.record['member']
  return [...all.filter((one) => !newer.some((other) => isOf(one, other))), ...newer]
}

function without(all: readonly StandingMember[], host: string, id: string): readonly StandingMember[] {
  return all.filter((one) => one.host !== host || one.record['member'] !== id)
}

const begun = expanded(wanted, { standing })
/** As records tell it, one after the other. */
const startedThere = replacing(standing, recordOf(begun, 'hdfs-namenode-nn2'))
const arriving = expanded(wanted, { standing: startedThere })
const othersTold = replacing(startedThere, recordOf(arriving, 'hdfs-zkfc-nn1'))
const elects = replacing(othersTold, recordOf(begun, 'hdfs-zkfc-nn2'), recordOf(arriving, 'hdfs-namenode-nn1'))
const ended = without(without(elects, 'm2', 'hdfs-namenode-nn2'), 'm2', 'hdfs-zkfc-nn2')

function place(expansion: Expansion, id: string): string {
  return memberOf(expansion, id).host
}

function lookedFor(expansion: Expansion, id: string): boolean {
  return fileOf(memberOf(expansion, id), 'hdfs-site.xml').includes('10.9.0.4:8020')
}

function lost(...names: readonly string[]): Readonly<Record<string, HostView>> {
  return Object.fromEntries(
    Object.entries(hosts).map(([name, view]) => [name, { ...view, lost: names.includes(name) }]),
  )
}

function unseenOn(all: readonly StandingMember[], host: string): readonly StandingMember[] {
  return all.map((one) => (one.host === host ? { ...one, seen: false } : one))
}

describe('a NameNode that is declared on another host', () => {
  test('is to be there, with its failover controller, and the old two make room', () => {
    expect(begun.refusals).toEqual([])
    expect([place(begun, 'hdfs-namenode-nn2'), place(begun, 'hdfs-zkfc-nn2')]).toEqual(['w1', 'w1'])
    expect(begun.leaving.map(({ member, successor }) => [member.id, successor])).toEqual([
      ['hdfs-namenode-nn2@m2', 'hdfs-namenode-nn2'],
      ['hdfs-zkfc-nn2@m2', 'hdfs-zkfc-nn2'],
    ])
    expect(begun.takenOver).toEqual([{ member: 'hdfs-namenode-nn2', host: 'm2' }])
  })

  test('is looked for at the old place by all others before it was started at the new one', () => {
    const others = begun.members.filter(({ id }) => !/^hdfs-(namenode|zkfc)-nn2$/.test(id))
    for (const { id } of others) expect([id, lookedFor(begun, id)]).toEqual([id, false])
    expect(lookedFor(begun, 'hdfs-namenode-nn2') && lookedFor(begun, 'hdfs-zkfc-nn2')).toBe(true)
    expect(begun.clientFiles?.files['hdfs-site.xml']).toContain('10.9.0.2:8020')
    expect(memberOf(begun, 'hdfs-namenode-nn1').identity['names']).toBe('nn1@m1,nn2@m2')
  })

  test('begins when the others are well, but for what is on its old host', () => {
    expect(begun.begins).toEqual(['hdfs-journalnode-m1', 'hdfs-journalnode-m3', 'hdfs-namenode-nn1', 'hdfs-zkfc-nn1'])
    const stayed = expanded(wanted, { standing, stays: true })
    expect([place(stayed, 'hdfs-namenode-nn2'), stayed.leaving, stayed.stages]).toEqual([
      'm2',
      [],
      ['NameNode nn2 moves from m2 to w1'],
    ])
  })

  test('is looked for at the new place by all from its start there on', () => {
    expect(arriving.begins).toBeUndefined()
    for (const { id } of arriving.members) expect([id, lookedFor(arriving, id)]).toEqual([id, true])
    expect(arriving.clientFiles?.files['hdfs-site.xml']).toContain('10.9.0.4:8020')
    // It runs with the same files as before: nothing restarts it.
    expect(memberOf(arriving, 'hdfs-namenode-nn2').files).toEqual(memberOf(begun, 'hdfs-namenode-nn2').files)
    expect(memberOf(arriving, 'hdfs-zkfc-nn2').files).toEqual(memberOf(begun, 'hdfs-zkfc-nn2').files)
  })

  test('arrives until its failover controller was started, and tells who runs with the old address', () => {
    const rules = (all: readonly StandingMember[]) => {
      const { arrives, unaware } = memberOf(expanded(wanted, { standing: all }), 'hdfs-zkfc-nn2').rules ?? {}
      return [arrives, unaware]
    }
    expect(rules(startedThere)).toEqual(['true', 'hdfs-zkfc-nn1'])
    expect(rules(othersTold)).toEqual(['true', ''])
    expect(rules(elects)).toEqual([undefined, undefined])
  })

  test('arrives also where a failover controller of before is left', () => {
    const back = expanded(spec(['nn1', 'm1'], ['nn2', 'm2']), { standing: unseenOn(elects, 'w1'), hosts: lost('w1') })
    const there = replacing(unseenOn(elects, 'w1'), recordOf(back, 'hdfs-namenode-nn2'))
    const { members } = expanded(spec(['nn1', 'm1'], ['nn2', 'm2']), { standing: there, hosts: lost('w1') })
    const { host, rules } = members.find(({ id }) => id === 'hdfs-zkfc-nn2') ?? {}
    expect([host, rules?.['arrives'], rules?.['unaware']]).toEqual(['m2', 'true', 'hdfs-zkfc-nn1'])
  })

  test('stands where others were told that it is, when only what is left at its old place is seen', () => {
    const seen = replacing(elects, recordOf(arriving, 'hdfs-namenode-nn1')).filter(({ host }) => host !== 'w1')
    const found = expanded(wanted, { standing: seen, unseen: ['w1'] })
    expect([place(found, 'hdfs-namenode-nn2'), found.refusals, lookedFor(found, 'hdfs-namenode-nn1')]).toEqual([
      'w1',
      [],
      true,
    ])
    const back = spec(['nn1', 'm1'], ['nn2', 'm2'])
    const { begins, members } = expanded(back, { standing: seen, hosts: lost('w1') })
    const { host, rules } = members.find(({ id }) => id === 'hdfs-zkfc-nn2') ?? {}
    expect([begins, host, rules?.['arrives']]).toEqual([undefined, 'm2', 'true'])
  })

  test('has moved when nothing is left of it at the old place', () => {
    const { begins, leaving, members, stages } = expanded(wanted, { standing: ended })
    expect([begins, leaving, stages]).toEqual([undefined, [], undefined])
    expect(members.filter(({ id, rules }) => rules?.['arrives'] !== undefined && id !== '')).toEqual([])
  })

  test('may go on to a third host, or back, when that has ended', () => {
    for (const host of ['w2', 'm2']) {
      const next = spec(['nn1', 'm1'], ['nn2', host])
      const now = (all: readonly StandingMember[]) => place(expanded(next, { standing: all }), 'hdfs-namenode-nn2')
      expect([startedThere, othersTold, elects, ended].map(now)).toEqual(['w1', 'w1', 'w1', host])
    }
    const { identity } = memberOf(
      expanded(spec(['nn1', 'm1'], ['nn2', 'w2']), { standing: ended }),
      'hdfs-namenode-nn2',
    )
    expect(identity['moves']).toBe('2')
  })

  test('goes where it is declared from a place that is lost, however far it had come there', () => {
    const next = spec(['nn1', 'm1'], ['nn2', 'w2'])
    for (const all of [startedThere, othersTold, elects]) {
      const found = expanded(next, { standing: unseenOn(all, 'w1'), hosts: lost('w1') })
      expect([place(found, 'hdfs-namenode-nn2'), found.begins]).toEqual(['w2', undefined])
    }
  })
})

describe('a host that is lost', () => {
  const gone = unseenOn(standing, 'm2')

  test('waits for nobody, and its NameNode for no proof', () => {
    const found = expanded(wanted, { standing: gone, hosts: lost('m2') })
    expect([found.begins, found.leaving, place(found, 'hdfs-namenode-nn2')]).toEqual([undefined, [], 'w1'])
  })

  test('is believed off by the other controllers until the NameNode was started elsewhere', () => {
    const raw = { ...wanted, fencing: { fallback: 'Block', methods: [{ shell: { command: 'false' } }] } }
    const found = expanded(raw, { standing: gone, hosts: lost('m2') })
    expect(fileOf(memberOf(found, 'hdfs-zkfc-nn1'), 'proven-off')).toContain('nn2 10.9.0.2\n')
    expect(found.mayNeedOff).toEqual(['m1', 'm2'])
  })

  test('is known by what the others were told, when no record of it was seen', () => {
    const found = expanded(wanted, { standing: standing.filter(({ host }) => host !== 'm2'), hosts: lost('m2') })
    expect(memberOf(found, 'hdfs-namenode-nn1').identity['names']).toBe('nn1@m1,nn2@m2')
    expect(place(found, 'hdfs-namenode-nn2')).toBe('w1')
  })
})

test('one whose old host was not seen since ironherd runs may run there', () => {
  const records = standing.filter(({ host }) => host !== 'm2')
  const { leaving } = expanded(wanted, { standing: records, unseen: ['m2'] })
  expect(leaving.map(({ member, successor }) => [member.id, successor])).toEqual([
    ['hdfs-namenode-nn2@m2', 'hdfs-namenode-nn2'],
    ['hdfs-zkfc-nn2@m2', 'hdfs-zkfc-nn2'],
  ])
})

describe('of several at once', () => {
  const both = spec(['nn1', 'w2'], ['nn2', 'w1'])

  test('one moves, and the other after it', () => {
    const found = expanded(both, { standing })
    expect([place(found, 'hdfs-namenode-nn1'), place(found, 'hdfs-namenode-nn2')]).toEqual(['w2', 'm2'])
    expect(found.stages).toEqual(['NameNode nn2 moves from m2 to w1'])
  })

  test('one whose host is lost comes first', () => {
    const found = expanded(both, { standing: unseenOn(standing, 'm2'), hosts: lost('m2') })
    expect([place(found, 'hdfs-namenode-nn1'), place(found, 'hdfs-namenode-nn2')]).toEqual(['m1', 'w1'])
  })

  test('the second begins when the first has ended', () => {
    const second = (all: readonly StandingMember[]) => place(expanded(both, { standing: all }), 'hdfs-namenode-nn1')
    expect([startedThere, othersTold, elects, ended].map(second)).toEqual(['m1', 'm1', 'm1', 'w2'])
  })
})

describe('is refused by name', () => {
  test.each([
    [
      'that two change places',
      spec(['nn1', 'm2'], ['nn2', 'm1']),
      {},
      'nn1 is to move from m1 to m2, where nn2 stands',
    ],
    ['a place that another leaves', spec(['nn1', 'm2'], ['nn2', 'w1']), {}, 'to m2, where nn2 stands'],
    ['a host that is lost', wanted, { hosts: lost('w1') }, 'to w1, whose Host has lifecycle: Lost'],
    ['a host that was not seen', wanted, { unseen: ['w1'] }, 'to w1, which cannot be seen'],
    [
      'a host while another is out of sight to which it may have gone',
      wanted,
      { unseen: ['w2'] },
      'and w2 cannot be seen, where it may have been started already',
    ],
  ])('%s', (_name, raw, more, words) => {
    const found = expanded(raw, { standing, ...more })
    expect(found.refusals.map(({ code }) => code)).toContain('MembershipChangeUnsupported')
    expect(found.refusals.map(({ message }) => message).join('\n')).toContain(words)
    expect([place(found, 'hdfs-namenode-nn1'), place(found, 'hdfs-namenode-nn2')]).toEqual(['m1', 'm2'])
  })

  test('a NameNode whose Host object is gone', () => {
    const { m2: _, ...others } = hosts
    const found = refused(wanted, { standing, hosts: others }).find(({ message }) => message.includes('nn2'))
    expect([found?.code, found?.message]).toEqual([
      'HostNotFound',
      expect.stringContaining('NameNode nn2 stands on m2'),
    ])
  })
})
