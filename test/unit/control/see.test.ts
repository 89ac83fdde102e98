import { expect, it } from 'vitest'
import { Census } from '../../../src/control/census.ts'
import { Looks } from '../../../src/control/looks.ts'
import { addHosts, createWorld, settle } from './world.ts'

it('a first pass, which expands twice, looks once at each machine, also when one of them is slow', async () => {
  const world = createWorld()
  addHosts(world, 'm1', 'm2')
  world.store.apply('HerdCluster', 'herd', { hosts: ['m1', 'm2'] })
  await settle(world, 'herd')
  const { engine, looker } = world.context.ports
  const slow: typeof looker = {
    look: async (target, ...rest) => {
      const facts = await looker.look(target, ...rest)
      if (target.name === 'm2') world.clock += 10_000
      return facts
    },
  }
  const looks = new Looks({ looker: slow, now: () => world.clock, concurrency: 8, deadlineMs: 1000 })
  Object.assign(world.context, { census: new Census(engine), looks })
  const before = [world.machines.m1?.looks ?? 0, world.machines.m2?.looks ?? 0]
  await world.cluster('herd')
  expect([world.machines.m1?.looks, world.machines.m2?.looks]).toEqual(before.map((count) => count + 1))
})

it('nothing is looked at or done for a cluster on a host in maintenance, and all of it again afterwards', async () => {
  const world = createWorld()
  addHosts(world, 'm1', 'm2')
  world.store.apply('HerdCluster', 'herd', { hosts: ['m1', 'm2'] })
  await settle(world, 'herd')
  const { spec } = world.store.get({ kind: 'Host', namespace: 'a', name: 'm2' }) ?? {}
  const is = (lifecycle: string) => world.store.apply('Host', 'm2', { ...(spec as object), lifecycle })
  is('Maintenance')
  world.machines.m2?.running.clear()
  const [looks, steps] = [world.machines.m2?.looks, world.executed.length]
  world.clock += 10_000
  await settle(world, 'herd')
  expect([world.machines.m2?.looks, world.executed.length]).toEqual([looks, steps])
  expect(world.condition('herd', 'Ready')).toBe('Unknown InMaintenance')
  for (let pass = 0; pass < 2; pass++) await world.host('m2')
  expect(world.condition('m2', 'Managed', 'Host')).toBe('False InMaintenance')
  is('Active')
  await settle(world, 'herd')
  expect(world.executed.length).toBeGreaterThan(steps)
  expect(world.condition('herd', 'Ready')).toBe('True AllMembersServing')
})

it('what the services say themselves decides in the same pass how their members are to be, with one look', async () => {
  const world = createWorld()
  addHosts(world, 'm1', 'm2')
  world.store.apply('HerdCluster', 'herd', { hosts: ['m1', 'm2'] })
  await settle(world, 'herd')
  for (const version of ['2.0.0', '3.0.0']) {
    world.words = { version }
    world.clock += 10_000
    const before = world.machines.m2?.looks ?? 0
    await world.cluster('herd')
    expect([world.status('herd').version, world.machines.m2?.looks]).toEqual([version, before + 1])
  }
})

it('what waits for its next stage is neither Ready nor up to date, though there is nothing to do, and says for what', async () => {
  const world = createWorld()
  addHosts(world, 'm1')
  world.store.apply('HerdCluster', 'herd', { hosts: ['m1'] })
  await settle(world, 'herd')
  const said = () => ['Ready', 'UpToDate', 'Degraded'].map((type) => world.condition('herd', type))
  expect(said()).toEqual(['True AllMembersServing', 'True Settled', 'False AllMembersServing'])
  world.words = { held: 'the next list is not begun yet' }
  world.clock += 10_000
  await settle(world, 'herd')
  expect(said()).toEqual(['False Converging', 'False Converging', 'False AllMembersServing'])
})
