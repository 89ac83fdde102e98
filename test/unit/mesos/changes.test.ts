import { describe, expect, test } from 'vitest'
import { mesos } from '../../../src/clusters/mesos/kind.ts'
import { isTaken } from '../../../src/services/mesos-agent/changes.ts'
import { expanded, formed, hosts, inputOf, memberOf, rawSpec, standingOf, withAgents, withMasters } from './fixture.ts'

const before = expanded(rawSpec, { heard: { formed: 'true' } })
const standing = standingOf(before.members)

describe('a change of attributes and resources', () => {
  const identity = { attributes: 'rack:r1', resources: 'cpus:2;licences:1;ports:[31000-31100]' }

  test.each([
    ['nothing', {}, true],
    ['an attribute more (recording 34)', { attributes: 'rack:r1;zone:z1' }, true],
    ['another value (recording 33)', { attributes: 'rack:r2' }, false],
    ['an attribute less', { attributes: '' }, false],
    ['more (recording 37)', { resources: 'cpus:4;licences:1;ports:[31000-31100]' }, true],
    ['less (recording 38)', { resources: 'cpus:1;licences:1;ports:[31000-31100]' }, false],
    ['a wider range', { resources: 'cpus:2;licences:1;ports:[30000-32000]' }, true],
    ['a narrower range', { resources: 'cpus:2;licences:1;ports:[31000-31050]' }, false],
    ['ranges in one', { resources: 'cpus:2;licences:1;ports:[1-5, 30000-40000]' }, true],
    ['a range for a number', { resources: 'cpus:[1-9];licences:1;ports:[31000-31100]' }, false],
    ['a resource less', { resources: 'cpus:2;ports:[31000-31100]' }, false],
    ['one of their own more', { resources: 'cpus:2;gold:{a};licences:1;ports:[31000-31100]' }, true],
    ['a reserved part of one that is named', { resources: 'cpus(ads):1;cpus:2;licences:1;ports:[31000-31100]' }, true],
    ['one that Mesos had found out itself', { resources: 'cpus:2;licences:1;mem:1024;ports:[31000-31100]' }, false],
  ])('%s', (_, change, taken) => {
    expect(isTaken(identity, { ...identity, ...change })).toBe(taken)
  })

  test('a set is taken as it is, or not at all', () => {
    expect(isTaken({ resources: 'gold:{a}' }, { resources: 'gold:{a,b}' })).toBe(false)
  })
})

describe('an agent that runs', () => {
  const changeable = (raw: unknown) => memberOf(expanded(raw, { standing }), 'mesos-agent-w1').changeable
  const more = { attributes: { rack: '$(failureDomain)', zone: 'z1', tier: 'a' } }

  test('keeps its identity with what Mesos takes, if that is asked for', () => {
    expect(changeable(withAgents(more))).toContain('attributes')
    expect(changeable(withAgents({ ...more, reconfigurationPolicy: 'equal' }))).not.toContain('attributes')
    expect(changeable(withAgents({ attributes: { rack: 'r9', zone: 'z1' } }))).not.toContain('attributes')
  })

  test.each([
    ['port', { port: 5052 }],
    ['work directory', { workDir: { mount: '/data', path: 'other' } }],
    ['role of what it offers', { defaultRole: 'ads' }],
  ])('does not keep it with another %s', (_, change) => {
    const old = memberOf(before, 'mesos-agent-w1')
    const next = memberOf(expanded(withAgents(change), { standing }), 'mesos-agent-w1')
    const differing = Object.keys(next.identity).filter((key) => next.identity[key] !== old.identity[key])
    expect(differing).toHaveLength(1)
    expect(next.changeable).not.toContain(differing[0])
  })
})

describe('members that are not declared any more', () => {
  const codes = (raw: unknown, past: Parameters<typeof expanded>[1] = {}) =>
    expanded(raw, { standing, ...past }).refusals.map(({ code, host }) => `${code} ${host ?? ''}`)

  test('are not stopped yet: that is refused by name', () => {
    expect(codes(withAgents({ hostSelector: undefined, hosts: ['w1', 'w2'] }))).toEqual([
      'MembershipChangeUnsupported w3',
    ])
    expect(codes(withMasters({ hosts: ['m1', 'm2', 'm4'] }))).toEqual(['MembershipChangeUnsupported m3'])
    expect(codes(rawSpec)).toEqual([])
  })

  test('are no matter any more on a host that is given up, unless it is seen again', () => {
    const lost = {
      ...hosts,
      w3: { name: 'w3', serviceAddress: '127.0.0.14', advertisedAddress: '127.0.0.14', labels: {}, lost: true },
    }
    const two = withAgents({ hostSelector: undefined, hosts: ['w1', 'w2'] })
    const unseen = standing.map((one) => (one.host === 'w3' ? { ...one, seen: false } : one))
    expect(codes(two, { hosts: lost, standing: unseen })).toEqual([])
    expect(codes(two, { hosts: lost })).toEqual(['MembershipChangeUnsupported w3'])
  })

  test('may come: an agent as it likes, a master not to a set that lives', () => {
    const five = expanded(withMasters({ hosts: ['m1', 'm2', 'm3', 'm4', 'm5'] }), { standing })
    const master = memberOf(five, 'mesos-master-m1')
    expect(master.changeable).not.toContain('masters')
    expect(master.identity['masters']).toBe('m1,m2,m3,m4,m5')
    // Judged by the set that stands, until another may.
    expect(JSON.parse(master.rules?.['flags'] ?? '')).toMatchObject({ quorum: '2' })
    expect(master.rules?.['voters']).toBe('3')
  })
})

describe('whether an empty registry may be begun', () => {
  const word = (past: Parameters<typeof expanded>[1]) =>
    memberOf(expanded(rawSpec, past), 'mesos-master-m1').files.find(({ path }) => path.endsWith('/start.env'))

  test('is read at each start from a file that restarts nobody', () => {
    expect(word({})?.content).toContain('IRONHERD_START=--log_auto_initialize\n')
    expect(word({})?.restart).toBe(false)
  })

  test.each([
    ['a leader has had its registry', { heard: { formed: 'true' } }],
    ['a record says so', { standing }],
    ['the status says so', { status: { mesos: { formed: true } } }],
    ['members were on hosts that nobody has seen', { unseen: ['m1'] }],
  ])('is denied when %s', (_, past) => {
    expect(word(past)?.content).toContain('IRONHERD_START=--no-log_auto_initialize\n')
  })

  test('is not denied by masters that were started, and never had one', () => {
    expect(word({ standing: standingOf(expanded().members) })?.content).toContain(
      'IRONHERD_START=--log_auto_initialize\n',
    )
  })

  test('stands in the records of a set that has', () => {
    expect(memberOf(formed(), 'mesos-master-m1').identity['formed']).toBe('true')
    expect(memberOf(expanded(), 'mesos-master-m1').identity['formed']).toBeUndefined()
  })

  test('is not asked while nothing but a host out of sight could tell', () => {
    expect(expanded(rawSpec, { unseen: ['m1'] }).refusals.map(({ code }) => code)).toEqual(['FirstStartRefused'])
  })
})

test('frameworks are offered the very URL that masters and agents have', () => {
  expect(mesos.offer?.(inputOf(rawSpec))).toMatchObject({ connect: 'zk://127.0.0.1:2181/mesos', available: false })
  expect(mesos.offer?.(inputOf({ ...rawSpec, zookeeperRef: { name: 'other' } })).connect).toBe('')
})
