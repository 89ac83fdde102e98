import { describe, expect, it } from 'vitest'
import { Census } from '../../../src/control/census.ts'
import { dereference } from '../../../src/control/dereference.ts'
import { Machines } from '../../../src/control/machines.ts'
import { Places } from '../../../src/control/places.ts'
import { wakeOnChange } from '../../../src/control/wake.ts'
import { planner } from '../../../src/planner/planner.ts'
import { addHosts, createWorld, settle, type World } from './world.ts'

const stop = new AbortController().signal

function clusterOf(world: World, name: string) {
  const found = world.store.get({ kind: 'HerdCluster', namespace: 'a', name })
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}

/** `count` clusters, each on a host of its own. */
async function herds(count: number): Promise<World> {
  const world = createWorld()
  for (let at = 0; at < count; at++) {
    addHosts(world, `h${at}`)
    world.store.apply('HerdCluster', `c${at}`, { hosts: [`h${at}`] })
  }
  for (let at = 0; at < count; at++) await settle(world, `c${at}`)
  return world
}

describe('among many clusters', () => {
  it('a pass computes the claims of those on its own machines and of no others', async () => {
    const world = await herds(12)
    world.store.apply('HerdCluster', 'neighbour', { hosts: ['h3'] })
    await settle(world, 'neighbour')
    const asked: string[] = []
    const claimsOf: typeof planner.claimsOf = (object, ...rest) => {
      asked.push(object.name)
      return planner.claimsOf(object, ...rest)
    }
    Object.assign(world.context.ports.engine, { claimsOf })
    await world.cluster('c3')
    expect(new Set(asked)).toEqual(new Set(['c3', 'neighbour']))
  })

  it('the records of other clusters’ machines are not read', async () => {
    const world = await herds(6)
    const read: number[] = []
    const standingOf: typeof planner.standingOf = (object, records, seen) => {
      read.push(Object.keys(records).length)
      return planner.standingOf(object, records, seen)
    }
    Object.assign(world.context.ports.engine, { standingOf })
    await world.cluster('c3')
    expect(Math.max(...read)).toBeLessThanOrEqual(1)
  })

  it('what a host’s records say is in doubt from a start there to the next look', async () => {
    const world = await herds(1)
    const { records } = world.context.census
    world.machines.h0?.running.clear()
    world.clock += 5000
    await world.cluster('c0')
    expect(records.has('a/h0')).toBe(false)
    world.clock += 5000
    await world.cluster('c0')
    expect(records.has('a/h0')).toBe(true)
  })

  it('hosts are read anew for a pass only when one has changed', async () => {
    const world = await herds(2)
    const hostsNow = async () => {
      const found = await dereference(world.context, clusterOf(world, 'c0'), stop)
      if ('problems' in found) throw new Error('c0 is sound')
      return found.input.hosts
    }
    const before = await hostsNow()
    expect(await hostsNow()).toBe(before)
    addHosts(world, 'h9')
    expect(Object.keys(await hostsNow())).toEqual(['h0', 'h1', 'h9'])
    world.store.delete('Host', 'h9')
    expect(Object.keys(await hostsNow())).toEqual(['h0', 'h1'])
  })

  it('a process that begins wakes every object once, without looking for who refers to whom', async () => {
    const world = await herds(4)
    const woken: string[] = []
    wakeOnChange(world.context, ({ kind, name }) => woken.push(`${kind} ${name}`))
    const names = ['h0', 'h1', 'h2', 'h3'].map((name) => `Host ${name}`)
    expect(woken.sort()).toEqual(
      ['c0', 'c1', 'c2', 'c3']
        .map((name) => `HerdCluster ${name}`)
        .concat(names)
        .sort(),
    )
    addHosts(world, 'h2')
    expect(woken.slice(8)).toContain('HerdCluster c2')
  })
})

describe('the census', () => {
  it('forgets the members of a cluster that is gone, and those that left a host', async () => {
    const world = await herds(2)
    const { census } = world.context
    expect([census.membersOn('a', 'h0'), census.membersOn('b', 'h0')]).toEqual([1, 0])
    world.store.apply('HerdCluster', 'c0', { hosts: ['h1'] })
    await world.cluster('c0')
    expect([census.membersOn('a', 'h0'), census.membersOn('a', 'h1')]).toEqual([0, 2])
    census.forget('HerdCluster/a/c0')
    expect(census.membersOn('a', 'h1')).toBe(1)
  })

  it('tells claims on one machine to both of the Host objects that lead there', () => {
    const census = new Census(planner)
    const facts = { state: 'known', value: { machineId: 'box' } } as never
    const report = (name: string, host: string) => {
      const key = { kind: 'HerdCluster', namespace: name, name }
      const member = { id: name, host, ports: [{ port: 1, purpose: '', field: '' }] }
      const rest = { dataDirectories: [], files: [], unit: { name, path: '' } }
      const all = [{ ...member, ...rest }] as never
      census.report({ key, createdAt: '', members: all, disruptions: [], facts: { [host]: facts } })
      return key
    }
    report('one', 'h1')
    const two = report('two', 'h2')
    report('three', 'h1')
    const claims = census.claimsOfOthers(two, (_, [member]) => (member === undefined ? {} : { [member.host]: facts }))
    expect(new Set(claims.map(({ object }) => object.split('/')[2]))).toEqual(new Set(['one', 'three']))
  })
})

describe('what is found from both sides', () => {
  it('an owner that moves is found at its new places and at no old ones', () => {
    const places = new Places()
    places.put('a', new Set(['x', 'y']))
    places.put('b', new Set(['y']))
    places.put('a', new Set(['y', 'z']))
    expect([...places.at('x')]).toEqual([])
    expect([...places.at('y')].sort()).toEqual(['a', 'b'])
    places.put('a', new Set())
    expect([[...places.at('y')], [...places.at('z')], [...places.of('a')]]).toEqual([['b'], [], []])
  })

  it('of several Host objects for one machine the oldest is the elder of all others, until it is forgotten', () => {
    const machines = new Machines()
    const host = (name: string, creationTimestamp: string) =>
      ({ metadata: { namespace: 'a', name, creationTimestamp }, spec: {} }) as never
    machines.see(host('young', '2026-03-01T00:00:00Z'), 'box')
    machines.see(host('old', '2026-01-01T00:00:00Z'), 'box')
    machines.see(host('middle', '2026-02-01T00:00:00Z'), 'box')
    machines.see(host('other', '2025-01-01T00:00:00Z'), 'elsewhere')
    expect(machines.elderOf('a/young')?.host).toBe('a/old')
    expect(machines.elderOf('a/old')).toBeUndefined()
    machines.see(host('old', '2026-01-01T00:00:00Z'), 'a new disk')
    expect(machines.elderOf('a/young')?.host).toBe('a/middle')
    machines.forget('a/middle')
    expect(machines.elderOf('a/young')).toBeUndefined()
  })
})
