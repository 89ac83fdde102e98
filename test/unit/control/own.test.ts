// What one kind has and no other: its part of status, its gauges, the file for its clients, a canary that the leader alone can bear.
import { describe, expect, it, vi } from 'vitest'
import { SourceError } from '../../../src/control/store.ts'
import type { Resource } from '../../../src/model/object.ts'
import { addHosts, createWorld, settle, type World } from './world.ts'

const spec = { hosts: ['m1', 'm2', 'm3'] }

async function settledWorld(more: object = {}, says: World['says'] = {}): Promise<World> {
  const world = createWorld()
  addHosts(world, 'm1', 'm2', 'm3')
  world.says = says
  world.store.apply('HerdCluster', 'herd', { ...spec, ...more })
  await settle(world, 'herd')
  return world
}

function object(world: World): Resource | undefined {
  return world.store.get({ kind: 'HerdCluster', namespace: 'a', name: 'herd' })
}

function own(world: World): unknown {
  return (object(world)?.status as { readonly herd?: unknown } | undefined)?.herd
}

async function gauge(world: World, name: string): Promise<string | undefined> {
  const { text } = await world.context.metrics.render()
  return text.split('\n').find((line) => line.startsWith(`${name}{`))
}

describe("a kind's own part of status", () => {
  it('says what the last pass saw, and costs nothing while it stays the same', async () => {
    const world = await settledWorld({}, { own: { herd: { id: 'i1', sheep: 3 } } })
    expect(own(world)).toEqual({ id: 'i1', sheep: 3 })
    const { statusWrites } = world.store
    for (let round = 0; round < 5; round++) {
      world.says = { own: { herd: { sheep: 3, id: 'i1' } } }
      await world.cluster('herd')
      world.clock += 5000
    }
    expect(world.store.statusWrites).toBe(statusWrites)
    world.says = { own: { herd: { id: 'i1', sheep: 4 } } }
    await world.cluster('herd')
    expect(own(world)).toEqual({ id: 'i1', sheep: 4 })
    expect(world.store.statusWrites).toBe(statusWrites + 1)
  })

  it('goes when nothing of it is known, but for what is lasting', async () => {
    const world = await settledWorld({}, { own: { herd: { id: 'i1', sheep: 3 } } })
    world.says = {}
    await world.cluster('herd')
    expect(own(world)).toEqual({ id: 'i1' })
    world.says = { own: { herd: { sheep: 5, id: undefined } } }
    await world.cluster('herd')
    expect(own(world)).toEqual({ id: 'i1', sheep: 5 })
  })

  it('keeps what is lasting though the hosts say something else, until a person writes another into the status', async () => {
    const world = await settledWorld({}, { own: { herd: { id: 'i1', sheep: 3 } } })
    const restored = async (id: string): Promise<unknown> => {
      const standing = object(world)
      if (standing === undefined) throw new Error('no object')
      const status = { ...(standing.status as object), herd: { id } }
      world.store.objects.set('HerdCluster/a/herd', { ...standing, status })
      for (let round = 0; round < 3; round++) {
        await world.cluster('herd')
        world.clock += 5000
      }
      return own(world)
    }
    expect(await restored('i2')).toEqual({ id: 'i2', sheep: 3 })
    world.context.memory.forget('HerdCluster/a/herd')
    expect(await restored('i2')).toEqual({ id: 'i2', sheep: 3 })
    expect(await restored('i1')).toEqual({ id: 'i1', sheep: 3 })
  })

  it('is not there at all for a kind that says nothing', async () => {
    const world = await settledWorld()
    expect(object(world)?.status).not.toHaveProperty('herd')
  })

  it('keeps what is lasting through a spec that cannot work, another leader, and a deletion that waits', async () => {
    const world = await settledWorld({ deletionPolicy: 'Stop' }, { own: { herd: { id: 'i1', sheep: 3 } } })
    world.says = {}
    world.context.memory.forget('HerdCluster/a/herd')
    world.store.apply('HerdCluster', 'herd', { ...spec, hosts: ['none'] })
    await world.cluster('herd')
    expect(own(world)).toEqual({ id: 'i1' })
    world.store.apply('HerdCluster', 'herd', { ...spec, deletionPolicy: 'Stop' })
    Object.assign(world.machines.m2 ?? {}, { unseen: { code: 'Unreachable', why: 'm2: no route' } })
    world.store.delete('HerdCluster', 'herd')
    world.clock += 5000
    await world.cluster('herd')
    expect(world.condition('herd', 'Deleting')).toMatch(/^True/)
    expect(own(world)).toEqual({ id: 'i1' })
  })

  it('is kept of what could not be written yet, and is no part of another object under the same name', async () => {
    const world = await settledWorld()
    const writes = vi.spyOn(world.store, 'writeStatus').mockRejectedValue(new SourceError('it is away'))
    world.says = { own: { herd: { id: 'i1' } } }
    await world.cluster('herd')
    world.says = {}
    await world.cluster('herd')
    expect(own(world)).toBeUndefined()
    writes.mockRestore()
    await world.cluster('herd')
    expect(own(world)).toEqual({ id: 'i1' })
    const standing = object(world)
    if (standing === undefined) throw new Error('no object')
    world.store.objects.set('HerdCluster/a/herd', {
      ...standing,
      metadata: { ...standing.metadata, uid: 'another' },
      status: {},
    })
    world.clock += 10_000
    await world.cluster('herd')
    expect(world.condition('herd', 'Ready')).toBe('True AllMembersServing')
    expect(own(world)).toBeUndefined()
  })
})

describe("a kind's own gauges", () => {
  it('are there while they are known, and go with the object', async () => {
    const world = await settledWorld({}, { figures: { ironherd_hdfs_blocks_missing: 0, ironherd_hdfs_safe_mode: 1 } })
    expect(await gauge(world, 'ironherd_hdfs_blocks_missing')).toBe(
      'ironherd_hdfs_blocks_missing{namespace="a",cluster="herd"} 0',
    )
    world.says = { figures: { ironherd_hdfs_safe_mode: 0 } }
    await world.cluster('herd')
    expect(await gauge(world, 'ironherd_hdfs_blocks_missing')).toBeUndefined()
    expect(await gauge(world, 'ironherd_hdfs_safe_mode')).toMatch(/ 0$/)
    world.store.delete('HerdCluster', 'herd')
    for (let round = 0; round < 3; round++) await world.cluster('herd')
    expect(object(world)).toBeUndefined()
    expect(await gauge(world, 'ironherd_hdfs_safe_mode')).toBeUndefined()
  })

  it('count each time that another leads, and neither a gap nor the same one again', async () => {
    const world = await settledWorld({}, { leader: 'herd-m1' })
    const changes = (): Promise<string | undefined> => gauge(world, 'ironherd_cluster_leader_changes_total')
    for (const leader of ['herd-m1', '', 'herd-m1']) {
      world.says = leader === '' ? {} : { leader }
      await world.cluster('herd')
    }
    expect(await changes()).toBeUndefined()
    world.says = {}
    await world.cluster('herd')
    world.says = { leader: 'herd-m2' }
    await world.cluster('herd')
    expect(await changes()).toBe(
      'ironherd_cluster_leader_changes_total{kind="HerdCluster",namespace="a",cluster="herd"} 1',
    )
    // The next process knows from the status who led.
    world.context.memory.forget('HerdCluster/a/herd')
    world.says = { leader: 'herd-m3' }
    await world.cluster('herd')
    expect(await changes()).toMatch(/ 2$/)
  })
})

describe('a canary that the leader alone can bear', () => {
  it('goes by way of nobody else, and not while nobody leads', async () => {
    const world = await settledWorld({ led: true })
    expect(world.canary.by).toEqual([])
    expect(world.condition('herd', 'Ready')).toBe('False CanaryPending')
    for (const leader of ['herd-m2', 'herd-m3']) {
      world.says = { leader }
      await world.cluster('herd')
      world.clock += 121_000
    }
    await world.cluster('herd')
    expect(world.canary.by).toEqual(['m2', 'm3', 'm3'])
    expect(world.condition('herd', 'Ready')).toBe('True AllMembersServing')
  })
})

describe('the file for clients', () => {
  it('is written once, anew when it is to be another, and put back within a minute', async () => {
    const world = await settledWorld({ clients: 'one' })
    const data = (): unknown => world.store.configMaps.get('a/herd-client')?.data
    expect(data()).toEqual({ 'site.xml': 'one' })
    const { configMapWrites } = world.store
    expect(configMapWrites).toBe(1)
    world.store.apply('HerdCluster', 'herd', { ...spec, clients: 'two' })
    await world.cluster('herd')
    expect(data()).toEqual({ 'site.xml': 'two' })
    world.store.configMaps.set('a/herd-client', { owner: 'herd', data: {} })
    world.clock += 61_000
    await world.cluster('herd')
    expect(data()).toEqual({ 'site.xml': 'two' })
  })

  it('is left alone where it is somebody else’s, which is told until it is not', async () => {
    const world = createWorld()
    addHosts(world, 'm1', 'm2', 'm3')
    world.store.configMaps.set('a/herd-client', { owner: 'somebody', data: { a: 'b' } })
    world.store.apply('HerdCluster', 'herd', { ...spec, clients: 'one' })
    await settle(world, 'herd')
    expect(world.store.configMaps.get('a/herd-client')?.data).toEqual({ a: 'b' })
    expect(world.condition('herd', 'Ready')).toBe('False ForeignConfigMap')
    expect(world.condition('herd', 'Available')).toBe('True Quorate')
    world.store.configMaps.delete('a/herd-client')
    world.clock += 61_000
    await settle(world, 'herd')
    expect(world.condition('herd', 'Ready')).toBe('True AllMembersServing')
  })

  it('is not written for a cluster that is paused, nor where none is wanted', async () => {
    const paused = await settledWorld({ clients: 'one', paused: true })
    const plain = await settledWorld()
    expect([paused.store.configMapWrites, plain.store.configMapWrites]).toEqual([0, 0])
  })

  it('does not keep a pass from its work while the API server is away', async () => {
    const world = await settledWorld()
    world.store.apply('HerdCluster', 'herd', { ...spec, clients: 'one' })
    world.machines.m2?.running.clear()
    const writes = vi.spyOn(world.store, 'applyConfigMap').mockRejectedValue(new SourceError('it is away'))
    await world.cluster('herd')
    expect(world.executed.at(-1)?.host).toBe('m2')
    writes.mockRestore()
    world.clock += 61_000
    await world.cluster('herd')
    expect(world.store.configMaps.get('a/herd-client')?.data).toEqual({ 'site.xml': 'one' })
  })
})
