import { describe, expect, test } from 'vitest'
import type { ExpandInput, StandingMember } from '../../../src/model/kind.ts'
import { expandInput, expansionOf, hostView, minimalSpec } from './ensemble.ts'

function started(id: number, host: string, more: Readonly<Record<string, string>> = {}): StandingMember {
  const record = { id: String(id), member: `zookeeper-${id}`, version: '3.8.4', ensemble: '1=m1,2=m2,3=m3', ...more }
  return { host, stem: `ironherd-default-zk-zookeeper-${id}`, record, seen: true }
}

const all = [started(1, 'm1'), started(2, 'm2'), started(3, 'm3')]
const members = (...places: readonly (readonly [id: number, host: string])[]) =>
  places.map(([id, host]) => ({ id, host }))

function expanded(spec: object, more: Partial<Omit<ExpandInput, 'object'>>) {
  const expansion = expansionOf(expandInput(minimalSpec({ ...spec }), more))
  return {
    places: expansion.members.map(({ id, host }) => `${id} ${host}`),
    leaving: expansion.leaving.map(({ member, successor }) => [member.id, member.host, successor]),
    refusals: expansion.refusals.map(({ code }) => code),
    servers: expansion.members[0]?.files[0]?.content.match(/^server\.\d+/gm),
  }
}

describe('an ensemble that stands, and a spec that says something else', () => {
  test('two more servers: the first of them comes first, and all are told of it', () => {
    const spec = { members: members([1, 'm1'], [2, 'm2'], [3, 'm3'], [4, 'm4'], [5, 'm5']) }
    const { places, servers, refusals } = expanded(spec, { standing: all })
    expect(places).toEqual(['zookeeper-1 m1', 'zookeeper-2 m2', 'zookeeper-3 m3', 'zookeeper-4 m4'])
    expect([servers?.length, refusals]).toEqual([4, []])
  })

  test('another host: the server there leaves, and its successor waits for that', () => {
    const { places, leaving } = expanded({ members: members([1, 'm1'], [2, 'm2'], [3, 'm6']) }, { standing: all })
    expect(places.at(-1)).toBe('zookeeper-3 m6')
    expect(leaving).toEqual([['zookeeper-3@m3', 'm3', 'zookeeper-3']])
  })

  test.each([
    ['growth from one', '1=m1', members([1, 'm1'], [2, 'm2'], [3, 'm3'])],
    ['two that change places', '1=m1,2=m2,3=m3', members([1, 'm2'], [2, 'm1'], [3, 'm3'])],
  ])('%s is refused, and what stands stays', (_name, ensemble, wanted) => {
    const standing = ensemble.split(',').map((place) => {
      const [id = '', host = ''] = place.split('=')
      return started(Number(id), host, { ensemble })
    })
    const { places, refusals } = expanded({ members: wanted }, { standing })
    expect(refusals).toEqual(['MembershipChangeUnsupported'])
    expect(
      places
        .map((place) => place.replace('zookeeper-', '').replace(' ', '='))
        .sort()
        .join(),
    ).toBe(ensemble)
  })

  test('a lost host: nobody is waited for there', () => {
    const hosts = Object.fromEntries(
      ['m1', 'm2', 'm3', 'm6'].map((name) => [
        name,
        { ...hostView(name, `10.0.0.${name.slice(1)}`), lost: name === 'm3' },
      ]),
    )
    const spec = { members: members([1, 'm1'], [2, 'm2'], [3, 'm6']) }
    const gone = all.map((one) => ({ ...one, seen: one.host !== 'm3' }))
    expect(expanded(spec, { hosts, standing: gone }).leaving).toEqual([])
    // It came back, and what it runs carries the id of another.
    expect(expanded(spec, { hosts, standing: all }).leaving).toEqual([['zookeeper-3@m3', 'm3', 'zookeeper-3']])
  })

  test('what is taken over from a host is told, whether or not its move has begun', () => {
    const spec = { members: members([1, 'm1'], [2, 'm2'], [3, 'm6']) }
    const takenOver = (standing: readonly StandingMember[]) =>
      expansionOf(expandInput(minimalSpec(spec), { standing })).takenOver
    const old = { member: 'zookeeper-3', host: 'm3' }
    expect(takenOver(all)).toEqual([old])
    // This process has not seen m3 yet: its server stands in the list of the others only.
    expect(takenOver(all.slice(0, 2))).toEqual([old])
    expect(takenOver([started(1, 'm1', { ensemble: '1=m1,2=m2,3=m6' })])).toEqual([])
    expect(expansionOf(expandInput(minimalSpec(), { standing: all })).takenOver).toEqual([])
  })

  test('a server that may have been started where nobody looked since is waited for', () => {
    const moved = { ensemble: '1=m1,2=m2,3=m6' }
    const spec = { members: members([1, 'm1'], [2, 'm2'], [3, 'm6']) }
    // By the records that are seen the move has not begun, and the spec says where it may have ended.
    const back = [started(1, 'm1', moved), started(3, 'm3')]
    const { leaving, places } = expanded(spec, { standing: back, unseen: ['m2', 'm6'] })
    expect([places.at(-1), leaving]).toEqual(['zookeeper-3 m3', [['zookeeper-3@m6', 'm6', 'zookeeper-3']]])
    expect(expanded(spec, { standing: back, unseen: ['m2'] }).leaving).toEqual([])
    // It was to be on m7 meanwhile, which no list says, and was perhaps started there.
    const lostHosts = Object.fromEntries(
      ['m1', 'm2', 'm3', 'm6', 'm7'].map((name) => [name, { ...hostView(name, name), lost: name === 'm3' }]),
    )
    const gone = all.map((one) => ({ ...one, seen: one.host !== 'm3' }))
    const twice = expanded(spec, { hosts: lostHosts, standing: gone, unseen: ['m7'] })
    expect(twice.leaving).toEqual([['zookeeper-3@m7', 'm7', 'zookeeper-3']])
    // One that is off where it is to be keeps nobody from starting.
    expect(expanded({}, { standing: all.slice(0, 2), unseen: ['m3'] }).leaving).toEqual([])
  })

  test('one server less: it leaves, and the others are told', () => {
    const { leaving, servers } = expanded({ members: members([1, 'm1']) }, { standing: all })
    expect([leaving, servers?.length]).toEqual([[['zookeeper-3', 'm3', undefined]], 2])
  })
})

describe('the next change', () => {
  const change = (places: ReturnType<typeof members>, more: Partial<Omit<ExpandInput, 'object'>> = {}) =>
    expansionOf(expandInput(minimalSpec({ members: places }), { standing: all, ...more }))
  const three = members([1, 'm1'], [2, 'm2'], [3, 'm3'])
  const more = members([4, 'm4'], [5, 'm5'])

  test('rests on all that stay where they are', () => {
    expect(change(three).begins).toBeUndefined()
    expect(change([...three, ...more]).begins).toEqual(['zookeeper-1', 'zookeeper-2', 'zookeeper-3'])
    expect(change(members([1, 'm1'], [2, 'm2'], [3, 'm6'])).begins).toEqual(['zookeeper-1', 'zookeeper-2'])
  })

  test('is not held up by anybody once most run with it, nor when it replaces what is lost', () => {
    const four = { ensemble: '1=m1,2=m2,3=m3,4=m4' }
    const begun = [...all, started(4, 'm4', four)]
    expect(change([...three, ...more], { standing: begun }).begins).toEqual([
      'zookeeper-1',
      'zookeeper-2',
      'zookeeper-3',
    ])
    const most = [started(1, 'm1'), started(2, 'm2', four), started(3, 'm3', four), started(4, 'm4', four)]
    expect(change([...three, ...more], { standing: most }).begins).toBeUndefined()
    const hosts = Object.fromEntries(
      ['m1', 'm2', 'm3', 'm6'].map((name) => [name, { ...hostView(name, name), lost: name === 'm3' }]),
    )
    expect(change(members([1, 'm1'], [2, 'm2'], [3, 'm6']), { hosts }).begins).toBeUndefined()
  })

  test('is left for later when it is asked to stay', () => {
    const { begins, leaving, members: servers } = change(members([1, 'm1'], [2, 'm2'], [3, 'm6']), { stays: true })
    expect([begins, leaving, servers.map(({ host }) => host)]).toEqual([undefined, [], ['m1', 'm2', 'm3']])
  })
})

describe('an ensemble that is told its list while it runs', () => {
  const membershipChanges = { by: 'Reconfig', superSecretRef: { name: 'zk', key: 'super' } }
  const secrets = { zk: { super: 'hunter2' } }
  const told = all.map((one) => ({ ...one, record: { ...one.record, changesBy: 'Reconfig' } }))
  const change = (spec: object, standing: readonly StandingMember[]) =>
    expansionOf(expandInput(minimalSpec({ membershipChanges, ...spec }), { standing, secrets }))
  const five = { members: members([1, 'm1'], [2, 'm2'], [3, 'm3'], [4, 'm4'], [5, 'm5']) }

  test('gets another file of its list, which restarts nobody; what is started is the same', () => {
    const restarting = (spec: object, standing: readonly StandingMember[]) =>
      change(spec, standing)
        .members.slice(0, 3)
        .map(({ files }) => files.filter(({ restart }) => restart))
    expect(restarting(five, told)).toEqual(restarting({}, told))
    const list = change(five, told).members[0]?.files.find(({ path }) => path.endsWith('/servers.cfg'))
    expect(list?.content.match(/^server\.\d/gm)).toEqual(['server.1', 'server.2', 'server.3', 'server.4'])
    expect(list?.restart).toBe(false)
  })

  test('has no password in what it would show, and none in a unit', () => {
    const { members: servers } = change({}, told)
    const open = servers.map(({ files, ...rest }) => ({ ...rest, files: files.filter(({ secret }) => !secret) }))
    expect(JSON.stringify(open)).not.toMatch(/superDigest/)
    expect(JSON.stringify(servers)).not.toContain('hunter2')
  })

  test('a server that moves leaves the list first, and comes back at its new place', () => {
    const moved = { members: members([1, 'm1'], [2, 'm2'], [3, 'm6']) }
    const first = change(moved, told)
    expect(first.members.map(({ host }) => host)).toEqual(['m1', 'm2'])
    expect(first.leaving).toMatchObject([{ member: { id: 'zookeeper-3', host: 'm3' } }])
    expect(first.stages).toEqual(['server 3 is added on m6'])
    const without = told.map((one, at) => (at < 2 ? { ...one, record: { ...one.record, ensemble: '1=m1,2=m2' } } : one))
    const second = change(moved, without)
    expect(second.members.map(({ host }) => host)).toEqual(['m1', 'm2', 'm6'])
    expect(second.leaving).toMatchObject([{ member: { host: 'm3' }, successor: 'zookeeper-3' }])
  })

  test('one that is to be told from now on is restarted with the other files first, before anybody comes or goes', () => {
    const { begins, members: servers } = change(five, all)
    expect([begins, servers.map(({ host }) => host)]).toEqual([undefined, ['m1', 'm2', 'm3']])
    expect(servers[0]?.files[0]?.restart).toBe(true)
  })

  test('is told for good: whoever knows its list from its start only does not join those that were told another', () => {
    const [refusal] = change({ membershipChanges: undefined }, told).refusals
    expect(refusal).toMatchObject({ code: 'MembershipChangeUnsupported', field: 'spec.membershipChanges.by' })
    expect(change({}, all).refusals).toEqual([])
  })
})

describe('changes that are refused', () => {
  test('a server that is to begin on a host that was given up; one that is there already is none', () => {
    const hosts = Object.fromEntries(
      ['m1', 'm2', 'm3', 'm6'].map((name) => [name, { ...hostView(name, name), lost: name === 'm6' }]),
    )
    const moves = { members: members([1, 'm1'], [2, 'm2'], [3, 'm6']) }
    expect(expanded(moves, { standing: all, hosts }).refusals).toEqual(['MembershipChangeUnsupported'])
    const lost = { ...hosts, m3: { ...hostView('m3', 'm3'), lost: true } }
    expect(expanded({}, { standing: all, hosts: lost }).refusals).toEqual([])
  })

  test('an older line, which may not read the data; an older release of the line is none', () => {
    const newer = all.map((one) => ({ ...one, record: { ...one.record, version: '3.9.3' } }))
    expect(expanded({}, { standing: newer }).refusals).toEqual(['VersionChangeUnsupported'])
    const sameLine = all.map((one) => ({ ...one, record: { ...one.record, version: '3.8.9' } }))
    expect(expanded({}, { standing: sameLine }).refusals).toEqual([])
  })

  test('other servers under a release that loses writes then', () => {
    const spec = { version: '3.6.1', members: members([1, 'm1'], [2, 'm2'], [3, 'm6']) }
    const old = all.map((one) => ({ ...one, record: { ...one.record, version: '3.6.1' } }))
    expect(expanded(spec, { standing: old }).refusals).toEqual(['MembershipChangeUnsupported'])
    expect(expanded({ ...spec, version: '3.6.2' }, { standing: old }).refusals).toEqual([])
  })

  test('a first start, when it may be no first one', () => {
    expect(expanded({}, { unseen: ['m8', 'm9'] }).refusals).toEqual(['FirstStartRefused'])
    expect(expanded({}, { unseen: ['m9'], standing: all }).refusals).toEqual([])
  })

  test('a host of the running ensemble whose Host object is gone is a problem, not a server less', () => {
    const spec = { members: members([1, 'm1'], [2, 'm2'], [3, 'm6']) }
    const stranger = all.map((one) => ({ ...one, record: { ...one.record, ensemble: '1=m1,2=m2,3=m3,4=m9' } }))
    expect(() => expansionOf(expandInput(minimalSpec({ ...spec }), { standing: stranger }))).toThrow(/m9/)
  })
})
