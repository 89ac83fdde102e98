import { describe, expect, test } from 'vitest'
import { hearCopy, heardCopy } from '../../../src/clusters/hdfs/copies.ts'
import type { Expansion, Heard, HostView } from '../../../src/model/kind.ts'
import { expanded, hosts, memberOf, minimal, standingOf } from './cluster.ts'
import { seen } from './judged.ts'
import { type Daemon, factsOf, livingWorld } from './machines.ts'

const members = [
  { id: 'nn1', host: 'm1' },
  { id: 'nn2', host: 'm2' },
  { id: 'nn3', host: 'w1' },
]
const three = { ...minimal, nameNodes: { ...minimal.nameNodes, members } }
const moved = { ...minimal, nameNodes: { ...minimal.nameNodes, members: [members[0], { id: 'nn2', host: 'w1' }] } }
const journals = { ...minimal, journalNodes: { ...minimal.journalNodes, hosts: ['m1', 'm2', 'w1'] } }
const standing = standingOf(expanded())
const without: Heard = {
  copied: '',
  'journals of nn1': '10.9.0.1:8485;10.9.0.2:8485;10.9.0.3:8485',
  'journals of nn2': '10.9.0.1:8485;10.9.0.2:8485;10.9.0.3:8485',
}

describe.each([
  ['a NameNode that comes', three, standing],
  ['a NameNode that leaves', minimal, standingOf(expanded(three))],
  ['a NameNode that moves', moved, standing],
  ['a journal that comes', journals, standing],
])('before %s', (_name, spec, all) => {
  const due = expanded(spec, { standing: all, heard: without })
  const ids = (expansion: typeof due) => expansion.members.map(({ host, id }) => `${id}@${host}`).sort()

  test('an image is copied, when all are well on whom the change rests, and nobody comes or goes', () => {
    const stands = all.map(({ host, record }) => `${record['member']}@${host}`).sort()
    expect([ids(due), due.leaving]).toEqual([stands, []])
    expect(due.begins?.length).toBeGreaterThan(0)
    expect(due.stages?.length).toBeGreaterThan(0)
    const { tells } = seen(due, livingWorld(due)).assessment
    expect(tells).toMatchObject({ member: 'hdfs-namenode-nn1', action: { verb: 'CopyImage' }, risk: 'none' })
    expect(tells?.guards).toEqual([{ guard: 'NameNodeIs', address: '10.9.0.1', port: 9870, state: 'active' }])
  })

  test('none is copied while they are not well, but whether there is one is looked at', () => {
    const stayed = expanded(spec, { standing: all, heard: without, stays: true })
    expect(memberOf(stayed, 'hdfs-namenode-nn1').rules?.['copies']).toBe('ask')
    expect(seen(stayed, livingWorld(stayed)).assessment.tells).toBeUndefined()
  })

  test('it begins once there is one, which goes on being looked at', () => {
    const begun = expanded(spec, { standing: all, heard: { ...without, copied: 'true' } })
    expect(ids(begun)).not.toEqual(ids(due))
    expect(memberOf(begun, 'hdfs-namenode-nn1').rules?.['copies']).toBe('ask')
  })
})

/** When its hosts were looked at. */
function livingNow(expansion: Expansion): number {
  const [found = 0] = Object.values(factsOf(expansion, livingWorld(expansion))).flatMap((fact) =>
    fact.state === 'known' ? [fact.value.lookedAt] : [],
  )
  return found
}

describe('a copy', () => {
  const due = expanded(three, { standing, heard: without })
  const heardIn = (more: Readonly<Record<string, Daemon>>, found = due) => {
    return heardCopy(hearCopy(found, factsOf(found, livingWorld(found, more))))
  }

  test('is heard of when it was made less than an hour ago', () => {
    const old = '20200101T000000Z-0000000000000000042'
    const now = new Date(livingNow(due))
    const name = (before: number) =>
      `${new Date(now.getTime() - before).toISOString().replace(/[-:]|\.\d+/g, '')}-0000000000000000042`
    expect(heardIn({ 'namenode-nn2': { copies: [old, name(3_000_000)] } })).toBe(true)
    expect(heardIn({ 'namenode-nn2': { copies: [old, name(4_000_000)] } })).toBe(false)
    expect(heardIn({})).toBe(false)
  })

  test('is heard of where the active was that goes to another host', () => {
    const away = { ...minimal, nameNodes: { ...minimal.nameNodes, members: [{ id: 'nn1', host: 'w1' }, members[1]] } }
    const begun = expanded(away, { standing, heard: { ...without, copied: 'true' } })
    const now = new Date(livingNow(begun)).toISOString().replace(/[-:]|\.\d+/g, '')
    const before = begun.leaving.map(({ member }) => member).filter(({ id }) => id === 'hdfs-namenode-nn1@m1')
    const all = { ...begun, members: [...begun.members, ...before] }
    const facts = (copies: readonly string[]) => factsOf(all, livingWorld(all, { 'namenode-nn1@m1': { copies } }))
    expect(heardCopy(hearCopy(begun, facts([`${now}-0000000000000000042`])))).toBe(true)
    expect(heardCopy(hearCopy(begun, facts([])))).toBe(false)
  })

  test('is not looked for when nothing changes', () => {
    const settled = expanded(minimal, { standing, heard: {} })
    expect(memberOf(settled, 'hdfs-namenode-nn1').rules?.['copies']).toBeUndefined()
  })
})

describe('nothing waits for a copy', () => {
  const lost = { ...hosts, m2: { ...hosts['m2'], lost: true } as HostView }
  const gone = standing.map((one) => ({ ...one, seen: one.host !== 'm2' }))

  test('when a NameNode is lost, and another takes its place', () => {
    for (const spec of [moved, { ...three, nameNodes: { ...three.nameNodes, members: [members[0], members[2]] } }]) {
      const found = expanded(spec, { standing: gone, hosts: lost, heard: { copied: '' } })
      expect(found.members.filter(({ host }) => host === 'w1').map(({ service }) => service)).toContain('hdfs-namenode')
    }
  })

  test('when a journal is lost, nor on the way from one list to the next', () => {
    const wanted = { ...minimal, journalNodes: { ...minimal.journalNodes, hosts: ['m1', 'm3', 'w1'] } }
    const own = ({ members: all }: ReturnType<typeof expanded>) =>
      all.filter(({ service }) => service === 'hdfs-journalnode').map(({ host }) => host)
    expect(own(expanded(wanted, { standing: gone, hosts: lost, heard: without }))).toEqual(['m1', 'm3'])
    const even = '10.9.0.1:8485;10.9.0.3:8485'
    const next = gone.map((one) =>
      one.record['journals'] === undefined ? one : { ...one, record: { ...one.record, journals: even } },
    )
    const heard = { copied: '', 'journals of nn1': even }
    expect(own(expanded(wanted, { standing: next, hosts: lost, heard }))).toEqual(['m1', 'm3', 'w1'])
  })
})
