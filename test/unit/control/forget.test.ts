import { describe, expect, it } from 'vitest'
import type { ClusterPlanStatus } from '../../../src/api/cluster-plan.ts'
import { departures } from '../../../src/planner/departures.ts'
import { makePlan } from '../../../src/planner/steps.ts'
import { addHosts, createWorld, settle, type World } from './world.ts'

const hosts = ['m1', 'm2', 'm3']
const planKey = { kind: 'ClusterPlan', namespace: 'a', name: 'herdcluster-herd' }

async function herd(): Promise<World> {
  const world = createWorld()
  addHosts(world, ...hosts)
  world.store.apply('HerdCluster', 'herd', { hosts, deletionPolicy: 'Stop' })
  await settle(world, 'herd')
  return world
}

function sight(world: World, host: string, seen: boolean): void {
  const machine = world.machines[host]
  if (machine === undefined) throw new Error(`no ${host}`)
  if (seen) delete machine.unseen
  else machine.unseen = { code: 'Unreachable', why: `${host}: no route` }
  world.clock += 5000
}

const planOf = ({ store }: World): ClusterPlanStatus | undefined => {
  const plan = store.get(planKey)
  return plan === undefined ? undefined : (plan.status ?? {})
}
const shown = (world: World) => planOf(world)?.steps?.map(({ host, member, verb }) => `${host} ${verb} ${member}`)
const exists = (world: World) => world.store.objects.has('HerdCluster/a/herd')
const told = (world: World) =>
  world.store.events.filter(({ reason }) => reason === 'Forgotten').map(({ message }) => message)

function approve(world: World, hash = planOf(world)?.hash): void {
  const plan = world.store.get(planKey)
  world.store.apply('ClusterPlan', planKey.name, { ...(plan?.spec as object), approve: hash })
}

describe('a deleted cluster of which a host is out of sight', () => {
  async function deleted(): Promise<World> {
    const world = await herd()
    sight(world, 'm3', false)
    world.store.delete('HerdCluster', 'herd')
    await settle(world, 'herd')
    return world
  }

  it('shows what would be forgotten and what that means, and waits', async () => {
    const world = await deleted()
    expect(shown(world)).toEqual(['m3 Forget herd-m3'])
    const [step] = planOf(world)?.steps ?? []
    expect(step).toMatchObject({ target: 'ironherd-herd.service', risk: 'destructive' })
    expect(step?.reason).toContain('ironherd-herd.service runs on there')
    const { conditions = [] } = world.status('herd')
    const message = conditions.find(({ type }) => type === 'Deleting')?.message
    expect(message).toContain('kubectl patch clusterplan herdcluster-herd')
    expect(message).toContain(`1 step (risk destructive) waits for approval (${step?.reason ?? ''})`)
    expect([world.machines.m1?.running.size, exists(world)]).toEqual([0, true])
  })

  it('lets go once that is approved, tells it, and touches nothing there', async () => {
    const world = await deleted()
    approve(world)
    await settle(world, 'herd')
    expect([exists(world), world.machines.m3?.running.size]).toEqual([false, 1])
    expect(told(world)).toEqual([expect.stringContaining('herd-m3 on m3 is forgotten: m3: no route')])
    expect(world.executed.filter(({ host }) => host === 'm3').map(({ action }) => action.verb)).toEqual(['StartUnit'])
  })

  it('goes on waiting for another host that is lost after it was read', async () => {
    const world = await herd()
    sight(world, 'm3', false)
    sight(world, 'm2', false)
    world.store.delete('HerdCluster', 'herd')
    await world.cluster('herd')
    sight(world, 'm2', true)
    await world.cluster('herd')
    const { hash } = planOf(world) ?? {}
    sight(world, 'm2', false)
    world.machines.m1?.running.add('ironherd-herd.service')
    approve(world, hash)
    await settle(world, 'herd')
    expect([exists(world), shown(world)]).toEqual([true, ['m2 Forget herd-m2', 'm3 Forget herd-m3']])
    expect(told(world)).toEqual([])
  })

  it('is released as ever when the host is seen before it was approved', async () => {
    const world = await deleted()
    const { hash } = planOf(world) ?? {}
    sight(world, 'm3', true)
    approve(world, hash)
    await settle(world, 'herd')
    expect([exists(world), world.machines.m3?.running.size, told(world)]).toEqual([false, 0, []])
  })

  it('under Retain has no plan', async () => {
    const world = await deleted()
    world.store.apply(
      'HerdCluster',
      'herd',
      { hosts, deletionPolicy: 'Retain' },
      { deletionTimestamp: 'now', finalizers: ['ironherd.io/release'] },
    )
    await world.cluster('herd')
    expect([exists(world), world.store.get(planKey)]).toEqual([false, undefined])
  })
})

describe('a member that left a living cluster, on a host out of sight', () => {
  async function left(planPolicy = 'Automatic'): Promise<World> {
    const world = await herd()
    world.engine.extra = (input) => {
      const { forgets, problems } = departures(input, false)
      const wave = { disruptive: false, steps: forgets }
      const plan = makePlan([wave])
      return plan === undefined ? { problems } : { problems, plan, run: wave }
    }
    sight(world, 'm3', false)
    world.store.apply('HerdCluster', 'herd', { hosts: ['m1', 'm2'], gone: ['m3'], planPolicy })
    await settle(world, 'herd')
    return world
  }

  it.each(['Automatic', 'ApproveDisruptive', 'ApproveAll'])('is shown under %s, and waits', async (policy) => {
    const world = await left(policy)
    expect(shown(world)).toEqual(['m3 Forget herd-old-m3'])
    expect(world.condition('herd', 'Ready')).toBe('True AllMembersServing')
    const { message = '' } = world.store.events.find(({ message: text }) => text.includes('cannot be stopped')) ?? {}
    expect(message).toContain('ClusterPlan')
    expect(told(world)).toEqual([])
  })

  it('is not waited for any more once that is approved, also by a process that begins anew', async () => {
    const world = await left()
    approve(world)
    await settle(world, 'herd')
    expect(told(world)).toHaveLength(1)
    expect([planOf(world), world.status('herd').hosts]).toEqual([undefined, ['m1', 'm2']])
    expect(world.decided.at(-1)?.expansion.leaving).toEqual([])
    expect(world.store.events.filter(({ reason }) => reason === 'StepFailed')).toEqual([])
  })

  it('leaves like any other when its host is seen again', async () => {
    const world = await left()
    approve(world)
    await settle(world, 'herd')
    sight(world, 'm3', true)
    await settle(world, 'herd')
    expect(world.decided.at(-1)?.expansion.leaving.map(({ member }) => member.id)).toEqual(['herd-old-m3'])
    sight(world, 'm3', false)
    await settle(world, 'herd')
    expect([shown(world), told(world).length]).toEqual([['m3 Forget herd-old-m3'], 1])
  })

  it('is not forgotten by an old approval, nor while the cluster is paused', async () => {
    const world = await left()
    approve(world, 'a'.repeat(64))
    await settle(world, 'herd')
    expect(told(world)).toEqual([])
    world.store.apply('HerdCluster', 'herd', { hosts: ['m1', 'm2'], gone: ['m3'], paused: true })
    approve(world)
    await settle(world, 'herd')
    expect(told(world)).toEqual([])
  })
})
