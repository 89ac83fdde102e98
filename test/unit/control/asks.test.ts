import { describe, expect, it } from 'vitest'
import type { ClusterPlanStatus } from '../../../src/api/cluster-plan.ts'
import type { Action } from '../../../src/model/step.ts'
import { makePlan, makeStep } from '../../../src/planner/steps.ts'
import { addHosts, createWorld, settle, type World } from './world.ts'

const planKey = { kind: 'ClusterPlan', namespace: 'a', name: 'herdcluster-herd' }
const tool = { home: '/h', config: '/c', user: 'u', group: 'u', unit: 't.service', timeoutSeconds: 9 }
const action: Action = { verb: 'RollUpgrade', tool, what: 'finalize', from: '1', to: '2' }

/** A settled herd of which a person is asked one thing, until that was done. */
async function asked(): Promise<World> {
  const world = createWorld()
  addHosts(world, 'm1', 'm2', 'm3')
  world.store.apply('HerdCluster', 'herd', { hosts: ['m1', 'm2', 'm3'] })
  await settle(world, 'herd')
  world.executed.length = 0
  const step = makeStep('m1', 'herd-m1', action, 'all run 2', { risk: 'destructive' })
  world.engine.extra = () => {
    if (world.executed.length > 0) return {}
    const wave = { disruptive: true, steps: [step] }
    const plan = makePlan([wave])
    return plan === undefined ? {} : { plan, run: wave }
  }
  return world
}

async function passes(world: World, count: number): Promise<void> {
  for (let pass = 0; pass < count; pass++) {
    await world.cluster('herd')
    world.clock += 1500
  }
}

const plan = ({ store }: World) => store.get(planKey)?.status as ClusterPlanStatus | undefined

function approve({ store }: World, hash: string | undefined): void {
  const { spec } = store.get(planKey) ?? {}
  store.apply('ClusterPlan', planKey.name, { ...(spec as object), approve: hash })
}

describe('what a person is asked about the service as it runs', () => {
  it('is not done without him, whatever the policy; the cluster is Ready, and says how to approve', async () => {
    const world = await asked()
    await passes(world, 4)
    expect(world.executed).toEqual([])
    expect(plan(world)).toMatchObject({ stepCount: 1, risk: 'destructive' })
    expect(world.condition('herd', 'Ready')).toBe('True AllMembersServing')
    expect(world.condition('herd', 'UpToDate')).toBe('False UpgradeAwaitsFinalize')
    const said = world.status('herd').conditions?.find(({ type }) => type === 'UpToDate')?.message ?? ''
    expect(said).toContain('all run 2')
    expect(said).toContain(`-p '{"spec":{"approve":"${plan(world)?.hash ?? ''}"}}'`)
  })

  it('is not done by another hash, and once by its own', async () => {
    const world = await asked()
    await passes(world, 2)
    approve(world, 'f'.repeat(64))
    await passes(world, 3)
    expect(world.executed).toEqual([])
    approve(world, plan(world)?.hash)
    await passes(world, 1)
    expect(world.condition('herd', 'UpToDate')).toBe('False Converging')
    await passes(world, 5)
    expect(world.executed.map((step) => step.action.verb)).toEqual(['RollUpgrade'])
    expect(world.condition('herd', 'UpToDate')).toBe('True Settled')
  })

  it('waits without a write in each pass', async () => {
    const world = await asked()
    await passes(world, 3)
    const before = [world.store.statusWrites, world.store.events.length]
    await passes(world, 8)
    expect([world.store.statusWrites, world.store.events.length]).toEqual(before)
  })
})
