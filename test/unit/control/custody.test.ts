import { describe, expect, it } from 'vitest'
import { addHosts, createWorld, settle, step, type World } from './world.ts'

const hosts = ['m1', 'm2', 'm3']

/** A herd that an earlier leader has set up, and this one is to restart; what ran when, with who knew of this leader. */
async function takenOver(): Promise<{ readonly world: World; readonly known: string[][] }> {
  const world = createWorld()
  addHosts(world, ...hosts)
  world.store.apply('HerdCluster', 'herd', { hosts })
  await settle(world, 'herd')
  world.executed.length = 0
  Object.assign(world.context, { authority: { installation: 'here', epoch: 2 } })
  const known: string[][] = []
  const hands = { ...world.context.ports.hands }
  Object.assign(world.context.ports.hands, {
    execute: (...call: Parameters<typeof hands.execute>) => {
      known.push(hosts.filter((host) => world.machines[host]?.epoch === 2))
      return hands.execute(...call)
    },
  })
  world.engine.extra = ({ expansion }) => {
    const [first] = expansion.members
    if (first === undefined || world.executed.length > 0) return {}
    const wave = { disruptive: true, steps: [step(first, 'RestartUnit')] }
    return { plan: { hash: 'restart', waves: [wave] }, run: wave }
  }
  world.clock += 5000
  return { world, known }
}

describe('a new leader', () => {
  it('tells every machine that it sees of itself before it takes anybody down, so that a late script of the one before is refused', async () => {
    const { world, known } = await takenOver()
    await world.cluster('herd')
    expect(world.executed.map(({ action, host }) => [action.verb, host])).toEqual([['RestartUnit', 'm1']])
    expect(known).toEqual([hosts])
  })

  it('concludes nothing from what it saw before it had told a machine: that may have been half done', async () => {
    const { world } = await takenOver()
    const before = world.decided.length
    const looks = world.machines.m2?.looks ?? 0
    await world.cluster('herd')
    expect(world.machines.m2?.looks).toBe(looks + 2)
    expect(world.decided.slice(before).map(({ facts }) => facts.m2)).toMatchObject([
      { value: { custody: { installation: 'here', epoch: 2 } } },
    ])
  })

  it('takes nobody down while a script of the leader before runs on a machine, and says so', async () => {
    const { world } = await takenOver()
    const m2 = world.machines.m2
    if (m2 === undefined) throw new Error('no m2')
    m2.locked = true
    for (let pass = 0; pass < 3; pass++) {
      expect(await world.cluster('herd')).toMatchObject({ result: 'again' })
      world.clock += 1500
    }
    expect(world.executed).toEqual([])
    m2.locked = false
    await world.cluster('herd')
    expect(world.executed).toHaveLength(1)
  })

  it('is not held up by a machine on which the word is slow to arrive, and takes nobody down before it has', async () => {
    const { world } = await takenOver()
    const hands = { ...world.context.ports.hands }
    const arrived = Promise.withResolvers<void>()
    let sent = 0
    Object.assign(world.context.ports.hands, {
      claim: async (...call: Parameters<typeof hands.claim>) => {
        if (call[0].name === 'm2') sent++
        if (call[0].name === 'm2') await arrived.promise
        return hands.claim(...call)
      },
    })
    for (let pass = 0; pass < 2; pass++) {
      expect(await world.cluster('herd')).toMatchObject({ result: 'again' })
      world.clock += 2000
    }
    expect([world.executed.length, sent]).toEqual([0, 1])
    arrived.resolve()
    await world.cluster('herd')
    expect([world.executed.length, sent]).toEqual([1, 1])
  })

  it('is not held up by a machine that it cannot see: quorum and budget judge that', async () => {
    const { world } = await takenOver()
    if (world.machines.m3) world.machines.m3.unseen = { code: 'Unreachable', why: 'no route' }
    await world.cluster('herd')
    expect(world.executed).toHaveLength(1)
    expect(world.claimed).toEqual(['m1', 'm2'])
  })

  it('tells each machine once, and no machine that is nobody’s or another’s', async () => {
    const { world } = await takenOver()
    if (world.machines.m3) world.machines.m3.installation = 'elsewhere'
    world.machines.m2 = { machineId: 'id-m2', running: new Set(), installation: '', epoch: 0, looks: 0 }
    world.machines.m2.running.add('ironherd-herd.service')
    for (let pass = 0; pass < 20; pass++) {
      await world.cluster('herd')
      await world.host('m1')
      world.clock += 5000
    }
    expect(world.claimed).toEqual(['m1'])
  })

  it('ends when a machine knows a newer one', async () => {
    const { world } = await takenOver()
    Object.assign(world.context.ports.hands, {
      claim: () => Promise.resolve({ code: 'EpochSuperseded', why: 'm1: epoch 3' }),
    })
    await world.cluster('herd')
    expect(world.superseded).toBe('m1: epoch 3')
    expect(world.executed).toEqual([])
  })
})
