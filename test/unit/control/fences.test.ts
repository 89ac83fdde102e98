import { describe, expect, it } from 'vitest'
import { fenceUsers } from '../../../src/control/fence-users.ts'
import { fencing } from '../../../src/planner/fences.ts'
import { makePlan } from '../../../src/planner/steps.ts'
import { addHosts, createWorld, settle, type World } from './world.ts'

const fence = { host: 'm1', command: ['/usr/sbin/fence', '--off'], afterSeconds: 30 }
const moved = { hosts: ['m1', 'm2', 'm4'], leaves: ['m3'] }

/** A herd that moved from m3 to m4, and m3 out of reach since a moment ago. */
async function movedWorld(more: Readonly<Record<string, unknown>> = {}): Promise<World> {
  const world = createWorld()
  addHosts(world, 'm1', 'm2', 'm3', 'm4')
  world.engine.extra = (input) => {
    const { held, planned, problems, run } = fencing(input)
    const plan = makePlan([{ disruptive: true, steps: planned }])
    if (plan === undefined && problems.length === 0) return {}
    return { held, problems, ...(plan === undefined ? {} : { plan }), ...(run === undefined ? {} : { run }) }
  }
  declareFence(world, more)
  world.store.apply('HerdCluster', 'herd', moved)
  await settle(world, 'herd')
  await world.host('m3')
  await world.host('m3')
  expect(world.condition('m3', 'Fenced', 'Host')).toBe('False FenceNotNeeded')
  const { m3 } = world.machines
  if (m3 !== undefined) m3.unseen = { code: 'Unreachable', why: 'm3: no route' }
  world.clock += 6000
  await pass(world)
  return world
}

function declareFence(world: World, more: Readonly<Record<string, unknown>> = {}): void {
  const { spec } = world.store.get({ kind: 'Host', namespace: 'a', name: 'm3' }) ?? {}
  world.store.apply('Host', 'm3', { ...(spec as object), fence: { ...fence, ...more } })
}

async function pass(world: World, times = 1): Promise<void> {
  for (let round = 0; round < times; round++) {
    await world.host('m3')
    await world.cluster('herd')
    world.clock += 1500
  }
}

const fences = (world: World) => world.executed.filter(({ action }) => action.verb === 'Fence').map(({ host }) => host)
const isLost = (world: World) => world.decided.at(-1)?.fences?.m3 === undefined
const fenced = (world: World) => world.condition('m3', 'Fenced', 'Host')

describe('the fence of a host', () => {
  it('is run once it was out of reach for long enough, and not before', async () => {
    const world = await movedWorld()
    await pass(world, 18)
    expect(fences(world)).toEqual([])
    world.clock += 5000
    await pass(world, 5)
    expect([fences(world), fenced(world)]).toEqual([['m1'], 'True FenceSucceeded'])
    const { message = '' } = world.store.events.find(({ reason }) => reason === 'FenceSucceeded') ?? {}
    expect(message).toContain('m1')
    const { text } = await world.context.metrics.render()
    expect(text).toContain('ironherd_host_fenced{namespace="a",host="m3"} 1')
    expect(text).toContain('ironherd_steps_total{verb="Fence",result="done"} 1')
  })

  it('is not run on a host in maintenance', async () => {
    const world = await movedWorld()
    const { spec } = world.store.get({ kind: 'Host', namespace: 'a', name: 'm3' }) ?? {}
    world.store.apply('Host', 'm3', { ...(spec as object), lifecycle: 'Maintenance' })
    world.clock += 60_000
    await pass(world, 5)
    expect(fences(world)).toEqual([])
  })

  it('counts the time from the last moment at which the host was seen', async () => {
    const world = await movedWorld()
    await pass(world, 12)
    const { m3 } = world.machines
    delete m3?.unseen
    world.clock += 5000
    await pass(world)
    if (m3 !== undefined) m3.unseen = { code: 'ConnectionLost', why: 'm3: silent' }
    await pass(world, 15)
    expect(fences(world)).toEqual([])
  })

  it('makes the host count as lost, and ends when something answers there', async () => {
    const world = await movedWorld()
    world.clock += 60_000
    await pass(world, 4)
    const view = world.store.get({ kind: 'Host', namespace: 'a', name: 'm3' })
    expect([fenced(world), isFencedHost(view?.status)]).toEqual(['True FenceSucceeded', true])
    const { m3 } = world.machines
    if (m3 !== undefined) m3.unseen = { code: 'HostKeyChanged', why: 'm3 shows another key' }
    await pass(world, 3)
    expect(fenced(world)).toBe('False FenceNotNeeded')
  })

  it('stands for a process that begins anew, and after the fence has left the spec', async () => {
    const world = await movedWorld()
    world.clock += 60_000
    await pass(world, 4)
    world.context.memory.forget('Host/a/m3')
    const { spec } = world.store.get({ kind: 'Host', namespace: 'a', name: 'm3' }) ?? {}
    world.store.apply('Host', 'm3', { ...(spec as object), fence: undefined })
    await pass(world, 3)
    expect([fences(world), fenced(world)]).toEqual([['m1'], 'True FenceSucceeded'])
  })

  it('that fails is told on both, is not run again in this outage, and is when its spec is changed', async () => {
    const world = await movedWorld()
    const { m1 } = world.machines
    if (m1 !== undefined) m1.broken = true
    world.clock += 60_000
    await pass(world, 40)
    if (m1 !== undefined) m1.broken = false
    await pass(world, 40)
    expect([fences(world), fenced(world), isLost(world)]).toEqual([[], 'Unknown FenceFailed', false])
    expect(world.store.events.map(({ object, reason }) => `${object} ${reason}`)).toEqual(
      expect.arrayContaining(['herd FenceFailed', 'm3 FenceFailed']),
    )
    declareFence(world, { timeoutSeconds: 50 })
    await pass(world, 4)
    expect([fences(world), fenced(world)]).toEqual([['m1'], 'True FenceSucceeded'])
  })

  it('whose answer is lost proves nothing, unless the journal of its runner says that it was done', async () => {
    const world = await movedWorld()
    const { m1 } = world.machines
    if (m1 === undefined) throw new Error('no m1')
    m1.mute = true
    world.clock += 60_000
    await pass(world, 10)
    expect([fences(world), fenced(world)]).toEqual([['m1'], 'Unknown FenceFailed'])
    const step = world.executed.find(({ action }) => action.verb === 'Fence')?.id ?? ''
    const phase = 'done'
    const line = { epoch: 1, object: 'HerdCluster/a/herd', member: '', verb: 'Fence', step, detail: '', phase } as const
    m1.journal = [{ ...line, at: world.clock - 600_000 }]
    await pass(world, 3)
    expect(fenced(world)).toBe('Unknown FenceFailed')
    m1.journal = [{ ...line, at: world.clock - 10_000 }]
    await pass(world, 3)
    expect([fences(world), fenced(world)]).toEqual([['m1'], 'True FenceSucceeded'])
  })

  it('is not run while another object declares something there, or is reached through it', async () => {
    const world = await movedWorld()
    world.store.apply('HerdCluster', 'other', { hosts: ['m3'] })
    world.clock += 60_000
    await pass(world, 4)
    expect([fences(world), world.condition('herd', 'UpToDate')]).toEqual([[], 'False FenceWaits'])
    world.store.objects.delete('HerdCluster/a/other')
    world.store.apply('Host', 'm5', { address: 'm5.lab', ssh: { ...ssh, bastionRef: { name: 'm3' } } })
    await pass(world, 4)
    expect(fences(world)).toEqual([])
    world.store.objects.delete('Host/a/m5')
    await pass(world, 4)
    expect(fences(world)).toEqual(['m1'])
  })

  it('gets its secret on its standard input; without the Secret it is not run, and says so', async () => {
    const world = await movedWorld({ stdinSecretRef: { name: 'bmc', key: 'login' } })
    world.clock += 60_000
    await pass(world, 4)
    expect(fences(world)).toEqual([])
    expect(world.store.events.map(({ reason }) => reason)).toContain('SecretNotFound')
    world.store.secrets.set('a/bmc', { login: 'password=hunter2' })
    world.clock += 60_000
    await pass(world, 4)
    expect([fences(world), world.inputs]).toEqual([['m1'], ['password=hunter2']])
    expect(JSON.stringify([...world.store.objects.values(), world.store.events, world.executed])).not.toContain(
      'hunter2',
    )
  })

  it('does not run on the host itself', async () => {
    const world = await movedWorld({ host: 'm3' })
    world.clock += 60_000
    await pass(world, 4)
    expect([fences(world), world.condition('herd', 'UpToDate')]).toEqual([[], 'False FenceFailed'])
  })
})

const ssh = { user: 'root', privateKeySecretRef: { name: 'ssh', key: 'key' }, hostKeys: [] }

function isFencedHost(status: unknown): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: readonly { type: string; status: string }[] }
  return conditions.some(({ type, status: said }) => type === 'Fenced' && said === 'True')
}

describe('who has something on a host out of reach', () => {
  const m3 = { kind: 'Host', namespace: 'a', name: 'm3' }
  const why = (world: World) => fenceUsers(world.context, m3).map(({ against, name }) => [name, against])

  it('can do without it when its last pass did not see it and it does its work', async () => {
    const world = createWorld()
    addHosts(world, 'm1', 'm2', 'm3')
    world.store.apply('HerdCluster', 'herd', { hosts: ['m1', 'm2', 'm3'] })
    expect(why(world)).toEqual([['HerdCluster herd', 'it was not looked at yet since this process leads']])
    await settle(world, 'herd')
    expect(why(world)).toEqual([['HerdCluster herd', 'herd-m3 is not known to be out of sight']])
    if (world.machines.m3 !== undefined) world.machines.m3.unseen = { code: 'Unreachable', why: 'm3: no route' }
    world.clock += 6000
    await world.cluster('herd')
    expect(why(world)).toEqual([['HerdCluster herd', undefined]])
    world.machines.m2?.running.clear()
    world.clock += 6000
    await world.cluster('herd')
    expect(why(world)).toEqual([['HerdCluster herd', 'it is not available without it (NoQuorum)']])
  })
})
