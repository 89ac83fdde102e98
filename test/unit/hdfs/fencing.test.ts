import { describe, expect, test } from 'vitest'
import type { ExpandInput, HostView } from '../../../src/model/kind.ts'
import { expanded, fileOf, hosts, memberOf, minimal, standingOf } from './cluster.ts'
import { seen } from './judged.ts'
import { type Daemon, livingWorld, now, type World } from './machines.ts'

const methods = [{ shell: { command: '/usr/local/sbin/off' } }]
const blocking = { ...minimal, fencing: { methods, fallback: 'Block' } }
const expansion = expanded(blocking)

function all(since: number): Readonly<Record<string, number>> {
  return Object.fromEntries(expansion.members.map(({ id }) => [id, since]))
}

const old = all(now - 3_600_000)

/** nn1 led, its host is gone, and nn2 has not taken over. */
function dead(more: Partial<World> = {}, daemons: Readonly<Record<string, Daemon>> = {}): World {
  return {
    ...livingWorld(expansion, { 'namenode-nn1': { says: 'standby' }, ...daemons }),
    unreachable: ['m1'],
    znode: 'stands',
    named: { breadcrumb: 'nn1' },
    ...more,
  }
}

const blocked = (world: World, since = old) =>
  seen(expansion, world, since).repairs.filter(({ cause }) => cause === 'HdfsFencingBlocked')

describe('a failover that waits for fencing', () => {
  test('is told with the NameNode to prove off, its host, and what to do', () => {
    const [repair, ...others] = blocked(dead())
    expect(others).toEqual([])
    expect(repair).toMatchObject({
      member: 'hdfs-zkfc-nn2',
      needsOff: { host: 'm1', member: 'hdfs-namenode-nn1' },
      refusedAs: 'FencingBlocked',
      actions: [],
    })
    expect(repair?.evidence).toMatch(/nn2 .* nn1.*m1 is off.*lifecycle: Lost on Host m1.*spec.fence/)
    expect(expansion.mayNeedOff).toEqual(['m1', 'm2'])
  })

  test('by whoever holds the lock for a moment, but for the dead one itself', () => {
    const locked = { znode: 'locked' } as const
    expect(blocked(dead({ ...locked, named: { breadcrumb: 'nn1', lock: 'nn2' } }))).toHaveLength(1)
    expect(blocked(dead({ ...locked, named: { breadcrumb: 'nn1', lock: 'nn1' } }))).toEqual([])
    expect(blocked(dead({ ...locked, named: { breadcrumb: 'nn1' } }))).toEqual([])
  })

  test('is not told before a takeover has had its time', () => {
    // 10 s of session, 20 s of health check, 15 s for the rest.
    expect(blocked(dead(), { ...old, 'hdfs-namenode-nn1': now - 44_000 })).toEqual([])
    expect(blocked(dead(), { ...old, 'hdfs-namenode-nn1': now - 45_000 })).toHaveLength(1)
  })

  const others: readonly (readonly [string, World])[] = [
    ['its host is seen, and it comes up', dead({ unreachable: [] })],
    ['nobody knows who led', dead({ named: {} })],
    ['another cluster led there', dead({ named: { breadcrumb: 'nn9' } })],
    ['there is no breadcrumb', dead({ znode: 'bare' })],
    ['ZooKeeper says nothing', dead({ znode: 'silent' })],
    ['nobody was asked', dead({ znode: 'unasked' })],
    ['the other is active', dead({}, { 'namenode-nn2': { says: 'active' } })],
    ['the other could not lead', dead({}, { 'zkfc-nn2': { unit: 'stopped' } })],
    ['all are out of sight', dead({ unreachable: ['m1', 'm2'] })],
  ]
  test.each(others)('is none while %s', (_name, world) => {
    expect(blocked(world)).toEqual([])
  })

  test('by one that does not come up on a host that is seen: a person brings it up, or has its machine off', () => {
    const down = dead({ unreachable: [] }, { 'namenode-nn1': { unit: 'stopped' } })
    const [repair] = blocked(down)
    expect(repair).toMatchObject({ refusedAs: 'FencingBlocked', actions: [] })
    expect([repair?.needsOff, repair?.refused]).toEqual([
      undefined,
      expect.stringMatching(/^bring nn1 up; or .*lifecycle: Lost on Host m1$/) as string,
    ])
  })

  test('is none where the journals alone are trusted', () => {
    const trusting = expanded({ ...minimal, fencing: { methods } })
    expect(seen(trusting, dead(), old).repairs.filter(({ needsOff }) => needsOff !== undefined)).toEqual([])
    expect(trusting.mayNeedOff).toEqual([])
  })

  test('by one that is seen and silent: that one is started anew, and lets itself be fenced', () => {
    const frozen = dead({ unreachable: [] }, { 'namenode-nn1': { rpc: 'timeout', web: 'timeout' } })
    const since = { ...old, 'hdfs-namenode-nn1': now - 60_000 }
    expect(seen(expansion, frozen, since).of('namenode-nn1')).toMatchObject([{ verbs: 'RestartUnit', when: 'now' }])
    const unled = { ...frozen, named: {} }
    expect(seen(expansion, unled, since).of('namenode-nn1')).toEqual([])
  })
})

describe('the list of those that are proven off', () => {
  const list = (more: Partial<ExpandInput> = {}) =>
    fileOf(memberOf(expanded(blocking, more), 'hdfs-zkfc-nn2'), 'proven-off')
      .split('\n')
      .slice(1)
  const lost = { ...hosts, m1: { ...(hosts['m1'] as HostView), lost: true } }

  test('names nobody, then those on hosts that are lost or fenced', () => {
    expect(list()).toEqual([''])
    expect(list({ hosts: lost })).toEqual(['nn1 10.9.0.1', ''])
  })

  test('does not name one whose host answers, whatever is said of that', () => {
    const standing = standingOf(expansion)
    expect(list({ hosts: lost, standing })).toEqual([''])
    const unseen = standing.map((one) => ({ ...one, seen: one.host !== 'm1' }))
    expect(list({ hosts: lost, standing: unseen })).toEqual(['nn1 10.9.0.1', ''])
  })

  test('is read at each fencing: its change restarts nobody', () => {
    const own = memberOf(expansion, 'hdfs-zkfc-nn1').files.filter(({ path }) => path.includes('proven-off'))
    expect(own.map(({ mode, restart }) => [mode, restart])).toEqual([
      ['750', false],
      ['640', false],
    ])
    const trusting = memberOf(expanded({ ...minimal, fencing: { methods } }), 'hdfs-zkfc-nn1')
    expect(trusting.files.filter(({ path }) => path.includes('proven-off'))).toEqual([])
  })

  test('is put right before anything is started on a machine that is seen again', () => {
    const back = { unreachable: [], named: {}, provenOff: { m2: '# all\nnn1 10.9.0.1\n' } }
    const { of } = seen(expansion, dead(back, { 'namenode-nn1': { unit: 'stopped' } }), old)
    expect(of('namenode-nn1')).toMatchObject([{ when: 'later' }])
    expect(of('namenode-nn1')[0]?.why).toContain('hdfs-zkfc-nn2')
    expect(of('zkfc-nn1')).toMatchObject([{ when: 'later' }])
    expect(of('namenode-nn2')).toEqual([])
    const right = seen(expansion, dead({ ...back, provenOff: { m2: '# all\n' } }), old)
    expect(right.of('namenode-nn1')).toEqual([])
  })

  test('counts as believed by whoever is out of sight, as long as its host is declared to be lost', () => {
    const world = dead({ unreachable: ['m2'], named: {} }, { 'namenode-nn1': { unit: 'stopped' } })
    const given = expanded(blocking, { hosts: lost })
    expect(seen(given, world, old).of('namenode-nn1')).toMatchObject([{ when: 'later' }])
    expect(seen(expansion, world, old).of('namenode-nn1')).toEqual([])
    const trusting = expanded({ ...minimal, fencing: { methods } }, { hosts: lost })
    expect(seen(trusting, world, old).of('namenode-nn1')).toEqual([])
  })
})
