import { describe, expect, it } from 'vitest'
import { addHosts, createWorld, settle, step, type World } from './world.ts'

const spec = { hosts: ['m1', 'm2', 'm3'] }

async function settledWorld(): Promise<World> {
  const world = createWorld()
  addHosts(world, 'm1', 'm2', 'm3')
  world.store.apply('HerdCluster', 'herd', spec)
  await settle(world, 'herd')
  return world
}

describe('a pass over a cluster', () => {
  it('sets the finalizer before it touches anything', async () => {
    const world = createWorld()
    addHosts(world, 'm1', 'm2', 'm3')
    world.store.apply('HerdCluster', 'herd', spec)
    await world.cluster('herd')
    expect(world.store.get({ kind: 'HerdCluster', namespace: 'a', name: 'herd' })?.metadata.finalizers).toEqual([
      'ironherd.io/release',
    ])
    expect([world.executed.length, world.machines.m1?.looks]).toEqual([0, 0])
  })

  it('brings a cluster to Ready, tells so once, and then writes nothing any more', async () => {
    const world = await settledWorld()
    expect(world.condition('herd', 'Ready')).toBe('True AllMembersServing')
    expect(world.condition('herd', 'Available')).toBe('True Quorate')
    expect(world.condition('herd', 'UpToDate')).toBe('True Settled')
    expect(world.condition('herd', 'Progressing')).toBe('False Settled')
    expect(world.condition('herd', 'Degraded')).toBe('False AllMembersServing')
    expect(world.status('herd')).toMatchObject({ members: { desired: 3, healthy: 3 }, version: '1.0.0' })
    const { statusWrites, events } = world.store
    const count = events.length
    const started = world.executed.length
    for (let round = 0; round < 20; round++) {
      expect(await world.cluster('herd')).toMatchObject({ result: 'again' })
      world.clock += 5000
    }
    expect(world.store.statusWrites).toBe(statusWrites)
    expect(events).toHaveLength(count)
    expect(world.executed).toHaveLength(started)
    expect(started).toBe(3)
  })

  it('is not Ready before a small write has come back, and not while one fails', async () => {
    const world = createWorld()
    addHosts(world, 'm1', 'm2', 'm3')
    world.store.apply('HerdCluster', 'herd', spec)
    world.canary.ok = false
    await settle(world, 'herd')
    expect(world.condition('herd', 'Ready')).toBe('False CanaryFailed')
    expect(world.condition('herd', 'Available')).toBe('True Quorate')
    world.canary.ok = true
    world.clock += 10_000
    await settle(world, 'herd')
    expect(world.condition('herd', 'Ready')).toBe('True AllMembersServing')
    const runs = world.canary.runs
    world.canary.ok = false
    world.clock += 121_000
    await settle(world, 'herd')
    expect(world.canary.runs).toBeGreaterThan(runs)
    expect(world.condition('herd', 'Ready')).toBe('False CanaryFailed')
  })

  it('starts a member that stopped, and tells what was wrong, who mended it and when', async () => {
    const world = await settledWorld()
    world.machines.m2?.running.clear()
    world.clock += 5000
    await world.cluster('herd')
    expect(world.condition('herd', 'Ready')).toBe('False MembersNotServing')
    expect(world.condition('herd', 'Remediating')).toBe('True Repairing')
    expect(world.status('herd').unhealthy).toMatchObject([{ member: 'herd-m2', verdict: 'stopped' }])
    await settle(world, 'herd')
    expect(world.condition('herd', 'Ready')).toBe('True AllMembersServing')
    const [repair] = world.status('herd').repairs ?? []
    expect(repair).toMatchObject({ member: 'herd-m2', by: 'ironherd', cause: 'UnitStopped' })
    const repaired = world.store.events.filter(({ reason }) => reason === 'Repaired')
    expect(repaired.map(({ message }) => message.includes('herd-m2 on m2'))).toContain(true)
    const { text } = await world.context.metrics.render()
    expect(text).toMatch(
      /ironherd_repairs_total\{kind="HerdCluster",namespace="a",cluster="herd",cause="UnitStopped",by="ironherd"\} \d/,
    )
    expect(text).toMatch(/ironherd_drift_total\{kind="HerdCluster",verb="StartUnit"\} 1/)
  })

  it('waits for a machine on which another cluster is being worked, and calls that no failure', async () => {
    const world = await settledWorld()
    const machine = world.machines.m2
    if (machine === undefined) throw new Error('no m2')
    machine.running.clear()
    machine.locked = true
    for (let pass = 0; pass < 5; pass++) {
      world.clock += 1000
      const result = await world.cluster('herd')
      expect(result).toMatchObject({ result: 'again' })
      expect(result.result === 'again' && result.afterMs).toBeLessThanOrEqual(world.context.timing.busyMs * 1.1)
    }
    expect(world.store.events.filter(({ reason }) => reason === 'HostLocked')).toEqual([])
    machine.locked = false
    world.clock += 1000
    await settle(world, 'herd')
    expect(world.condition('herd', 'Ready')).toBe('True AllMembersServing')
  })

  it('says that it lost sight when no host answers, keeps no last values, and touches nothing', async () => {
    const world = await settledWorld()
    const before = world.executed.length
    for (const machine of Object.values(world.machines)) machine.unseen = { code: 'Unreachable', why: 'no route' }
    world.clock += 5000
    await world.cluster('herd')
    expect(world.condition('herd', 'Ready')).toBe('Unknown LostSight')
    expect(world.condition('herd', 'Available')).toBe('Unknown LostSight')
    expect(world.executed).toHaveLength(before)
    const { text } = await world.context.metrics.render()
    expect(text).not.toContain('ironherd_member_up{')
    expect(text).toContain(
      'ironherd_member_known{kind="HerdCluster",namespace="a",cluster="herd",member="herd-m1",host="m1"} 0',
    )
    expect(text).toContain('type="Ready",status="Unknown"} 1')
  })

  it('names the host that is out of sight and stays Available', async () => {
    const world = await settledWorld()
    if (world.machines.m3) world.machines.m3.unseen = { code: 'HostKeyChanged', why: 'm3: another key' }
    world.clock += 5000
    await world.cluster('herd')
    expect(world.condition('herd', 'Ready')).toBe('Unknown HostKeyChanged')
    expect(world.condition('herd', 'Available')).toBe('True Quorate')
    expect(world.condition('herd', 'Degraded')).toBe('True MembersNotServing')
  })

  it('does nothing while it is paused, and goes on looking and telling', async () => {
    const world = await settledWorld()
    const before = world.executed.length
    world.store.apply('HerdCluster', 'herd', { ...spec, paused: true })
    world.machines.m1?.running.clear()
    world.clock += 5000
    await settle(world, 'herd')
    expect(world.executed).toHaveLength(before)
    expect(world.condition('herd', 'Paused')).toBe('True Paused')
    expect(world.condition('herd', 'Degraded')).toBe('True MembersNotServing')
    expect(world.condition('herd', 'UpToDate')).toBe('False Paused')
  })

  it('touches nothing and looks at nothing when the spec cannot work, and tells the problem once', async () => {
    const world = createWorld()
    addHosts(world, 'm1')
    world.store.apply('HerdCluster', 'herd', { hosts: ['m1', 'nowhere'] })
    await settle(world, 'herd')
    expect(world.condition('herd', 'Ready')).toBe('False HostNotFound')
    expect(world.executed).toEqual([])
    expect(world.machines.m1?.looks).toBe(0)
    expect(world.store.events.filter(({ reason }) => reason === 'HostNotFound')).toHaveLength(1)
    world.store.apply('HerdCluster', 'bad', { hosts: 'm1' })
    await world.cluster('bad')
    expect(await world.cluster('bad')).toMatchObject({ result: 'terminal' })
    expect(world.condition('bad', 'Ready')).toBe('False InvalidSpec')
  })

  it('remembers where it stands when its spec cannot work any more: whoever takes over knows it from there only', async () => {
    const world = await settledWorld()
    const hosts = () => (world.store.list('HerdCluster')[0]?.status as { readonly hosts?: unknown } | undefined)?.hosts
    const before = hosts()
    expect(before).toEqual(['m1', 'm2', 'm3'])
    world.store.apply('HerdCluster', 'herd', { ...spec, hosts: ['nowhere'] })
    await settle(world, 'herd')
    expect([world.condition('herd', 'Ready'), hosts()]).toEqual(['False HostNotFound', before])
  })

  it('tries a failed step again only after a growing time, while others go on', async () => {
    const world = createWorld()
    addHosts(world, 'm1', 'm2', 'm3')
    if (world.machines.m1) world.machines.m1.broken = true
    world.store.apply('HerdCluster', 'herd', spec)
    await world.cluster('herd')
    await world.cluster('herd')
    expect(world.executed.map(({ host }) => host)).toEqual(['m2', 'm3'])
    world.clock += 1500
    await world.cluster('herd')
    expect(world.condition('herd', 'Ready')).toBe('False DiskFull')
    expect(world.store.events.filter(({ reason }) => reason === 'DiskFull')).not.toEqual([])
    if (world.machines.m1) world.machines.m1.broken = false
    await world.cluster('herd')
    expect(world.executed).toHaveLength(2)
    world.clock += 1500
    await settle(world, 'herd')
    expect(world.condition('herd', 'Ready')).toBe('True AllMembersServing')
  })

  it('tells of the step that failed, not of those that were skipped for it', async () => {
    const world = createWorld()
    addHosts(world, 'm1', 'm2', 'm3')
    world.store.apply('HerdCluster', 'herd', spec)
    world.context.ports.hands.execute = async (wave) =>
      wave.steps.flatMap((step) => [
        { step, result: 'skipped', detail: 'it waited', code: 'DigestMismatch', durationMs: 0 },
        { step, result: 'failed', detail: 'the archive is another one', code: 'DigestMismatch', durationMs: 0 },
      ])
    for (let pass = 0; pass < 3; pass++) await world.cluster('herd')
    const message = world.store.events.find(({ reason }) => reason === 'DigestMismatch')?.message ?? ''
    expect(message).toContain('the archive is another one')
  })

  it('goes on mending while the API server is down, and catches its status up afterwards', async () => {
    const world = await settledWorld()
    const secrets = world.store.secrets.get('a/ssh') ?? {}
    world.store.down = true
    // As the store does it: what was read before goes on being used.
    world.store.secret = async () => secrets
    world.machines.m1?.running.clear()
    world.clock += 5000
    await settle(world, 'herd')
    expect(world.machines.m1?.running.size).toBe(1)
    world.store.down = false
    world.clock += 10_000
    await world.cluster('herd')
    expect(world.status('herd').repairs).toMatchObject([{ member: 'herd-m1' }, {}, {}, {}])
  })

  it('goes on counting a member as down that it took down on a machine which it does not see any more', async () => {
    const world = await settledWorld()
    world.store.apply('HerdCluster', 'other', spec)
    await settle(world, 'other')
    await settle(world, 'herd')
    const restart = (name: string) => {
      world.engine.extra = ({ expansion, object }) => {
        if (object.name !== name) return {}
        const wave = { disruptive: true, steps: expansion.members.slice(0, 1).map((one) => step(one, 'RestartUnit')) }
        return { plan: { hash: 'h', waves: [wave] }, run: wave }
      }
    }
    restart('herd')
    await world.cluster('herd')
    const [m1] = Object.values(world.machines)
    if (m1 === undefined) throw new Error('no machine')
    // The next look of the one that was taken down fails; that of the other cluster comes through.
    m1.unseen = { code: 'ConnectionLost', why: 'm1: lost' }
    world.engine.extra = () => ({})
    await world.cluster('herd')
    delete m1.unseen
    const before = world.executed.length
    restart('other')
    world.clock += 5000
    await world.cluster('other')
    expect(world.executed).toHaveLength(before)
  })

  it('takes nobody down on what it saw long ago, and looks again', async () => {
    const world = await settledWorld()
    const before = world.executed.length
    let pauseMs = 60_000
    world.engine.extra = ({ expansion }) => {
      // The process is stopped between its look and its act.
      world.clock += pauseMs
      const steps = expansion.members.slice(0, 1).map((member) => step(member, 'RestartUnit'))
      const wave = { disruptive: true, steps }
      return { plan: { hash: 'h', waves: [wave] }, run: wave }
    }
    world.clock += 5000
    await world.cluster('herd')
    expect(world.executed).toHaveLength(before)
    pauseMs = 0
    world.clock += 5000
    await world.cluster('herd')
    expect(world.executed).toHaveLength(before + 1)
  })

  it('does nothing for a spec that was changed while it looked, and does the new one’s next', async () => {
    const world = await settledWorld()
    const before = world.executed.length
    world.machines.m1?.running.clear()
    const change = () => world.store.apply('HerdCluster', 'herd', { ...spec, paused: true })
    world.engine.extra = () => {
      change()
      return {}
    }
    world.clock += 5000
    await world.cluster('herd')
    expect(world.executed).toHaveLength(before)
    delete world.engine.extra
    await settle(world, 'herd')
    expect(world.executed).toHaveLength(before)
    world.store.apply('HerdCluster', 'herd', spec)
    await settle(world, 'herd')
    expect(world.executed).toHaveLength(before + 1)
  })

  it('does nothing once leadership is in doubt, and stops for good when a machine has seen a newer leader', async () => {
    const world = await settledWorld()
    const before = world.executed.length
    world.machines.m1?.running.clear()
    world.held = false
    world.clock += 5000
    await world.cluster('herd')
    expect(world.executed).toHaveLength(before)
    world.held = true
    world.context.ports.hands.execute = async (wave) =>
      wave.steps.map((one) => ({
        step: one,
        result: 'skipped',
        detail: 'epoch 9',
        code: 'EpochSuperseded',
        durationMs: 0,
      }))
    await world.cluster('herd')
    expect(world.superseded).toBe('epoch 9')
  })

  it('leaves a machine alone that another installation keeps', async () => {
    const world = createWorld()
    addHosts(world, 'm1', 'm2', 'm3')
    if (world.machines.m2) world.machines.m2.installation = 'elsewhere'
    world.store.apply('HerdCluster', 'herd', spec)
    await settle(world, 'herd')
    expect(world.executed.map(({ host }) => host)).toEqual(['m1', 'm3'])
    expect(world.condition('herd', 'Ready')).toBe('False ManagedByAnother')
  })

  it('works through only one of two Hosts that lead to the same machine', async () => {
    const world = createWorld()
    addHosts(world, 'm1', 'm2', 'm3')
    if (world.machines.m2) world.machines.m2.machineId = 'id-m1'
    world.store.apply('HerdCluster', 'herd', spec)
    await settle(world, 'herd')
    expect(world.condition('herd', 'Ready')).toMatch(/DuplicateMachine$/)
    await world.host('m2')
    world.clock += 10_000
    await world.host('m2')
    await world.host('m1')
    await world.host('m1')
    expect(world.condition('m2', 'Reachable', 'Host')).toBe('False DuplicateMachine')
    expect(world.condition('m1', 'Reachable', 'Host')).toBe('True Reached')
  })

  it('knows the younger of two Hosts in the very pass that sees the machine for the first time', async () => {
    const world = createWorld()
    addHosts(world, 'm1', 'm2')
    if (world.machines.m1) world.machines.m1.machineId = 'id-m2'
    world.store.apply('Host', 'm1', world.store.get({ kind: 'Host', namespace: 'a', name: 'm1' })?.spec, {
      creationTimestamp: '2026-03-01T00:00:00Z',
    })
    world.store.apply('HerdCluster', 'herd', { ...spec, hosts: ['m1', 'm2'] })
    await settle(world, 'herd')
    expect(world.decided[0]?.facts['m1']).toMatchObject({ state: 'unknown', code: 'DuplicateMachine' })
  })

  it('lets the younger of two Hosts of one machine go, since nobody stands on it', async () => {
    const world = createWorld()
    addHosts(world, 'm1', 'm2')
    const records = { 'a-herd-m1': JSON.stringify({ object: 'HerdCluster/a/herd', member: 'herd-m1' }) }
    for (const machine of Object.values(world.machines)) Object.assign(machine, { machineId: 'id-m1', records })
    for (const host of ['m2', 'm1', 'm2', 'm1', 'm2']) {
      world.clock += 10_000
      await world.host(host)
    }
    const isThere = (): boolean => true
    const standing = world.context.census.records.standingOf(
      { kind: 'HerdCluster', namespace: 'a', name: 'herd' },
      isThere,
      isThere,
    )
    expect(standing.map(({ host }) => host)).toEqual(['m1'])
  })
})

describe('two clusters on the same machines', () => {
  it('act only when each has been seen once, and see each other’s claims', async () => {
    const world = createWorld()
    addHosts(world, 'm1', 'm2', 'm3')
    world.store.apply('HerdCluster', 'herd', spec)
    world.store.apply('HerdCluster', 'other', spec, { creationTimestamp: '2026-03-01T00:00:00Z' })
    await world.cluster('herd')
    await world.cluster('herd')
    expect(world.executed).toEqual([])
    await world.cluster('other')
    await world.cluster('other')
    await world.cluster('herd')
    expect(world.executed).not.toEqual([])
    const claims = world.decided.findLast(({ object }) => object.name === 'other')?.claims ?? []
    expect(claims).toContainEqual({
      machine: 'id-m1',
      host: 'm1',
      object: 'HerdCluster/a/herd',
      createdAt: '2026-01-01T00:00:00Z',
      what: { kind: 'port', port: 1000, purpose: 'client', field: 'spec.port', member: 'herd-m1' },
    })
  })

  it('share one look at a machine', async () => {
    const world = await settledWorld()
    world.store.apply('HerdCluster', 'other', spec)
    await settle(world, 'other')
    world.clock += 10_000
    await world.cluster('herd')
    const before = world.machines.m1?.looks ?? 0
    await Promise.all([world.cluster('herd'), world.cluster('other'), world.host('m1')])
    expect(world.machines.m1?.looks).toBe(before)
    world.clock += 10_000
    await Promise.all([world.cluster('herd'), world.cluster('other')])
    expect(world.machines.m1?.looks).toBe(before + 1)
  })

  it('are never both told that they may take a member down on one machine', async () => {
    const world = await settledWorld()
    world.store.apply('HerdCluster', 'other', spec)
    await settle(world, 'other')
    await settle(world, 'herd')
    const running: string[] = []
    let most = 0
    world.context.ports.hands.execute = async (wave, { object }) => {
      running.push(object.name)
      most = Math.max(most, running.length)
      await new Promise((resolve) => setTimeout(resolve, 20))
      running.splice(running.indexOf(object.name), 1)
      return wave.steps.map((one) => ({ step: one, result: 'done', detail: '', durationMs: 1 }))
    }
    world.engine.extra = ({ expansion }) => {
      const steps = expansion.members.slice(0, 1).map((member) => step(member, 'RestartUnit'))
      const wave = { disruptive: true, steps }
      return { plan: { hash: 'x', waves: [wave] }, run: wave }
    }
    await Promise.all([world.cluster('herd'), world.cluster('other')])
    expect(most).toBe(1)
  })
})

describe('deletion', () => {
  it('under Retain lets the object go and touches nothing', async () => {
    const world = await settledWorld()
    const before = world.executed.length
    world.store.delete('HerdCluster', 'herd')
    expect(await world.cluster('herd')).toEqual({ result: 'nothing' })
    expect(world.store.objects.has('HerdCluster/a/herd')).toBe(false)
    expect(world.executed).toHaveLength(before)
    await world.cluster('herd')
    expect((await world.context.metrics.render()).text).not.toContain('cluster="herd",member')
  })

  it('under Stop stops what runs, waits for a host that is out of sight, and then lets go', async () => {
    const world = await settledWorld()
    world.store.apply('HerdCluster', 'herd', { ...spec, deletionPolicy: 'Stop' })
    if (world.machines.m3) world.machines.m3.unseen = { code: 'Unreachable', why: 'no route' }
    world.store.delete('HerdCluster', 'herd')
    world.clock += 5000
    await settle(world, 'herd')
    expect(world.condition('herd', 'Deleting')).toBe('True ReleaseWaits')
    expect([world.machines.m1?.running.size, world.machines.m3?.running.size]).toEqual([0, 1])
    delete world.machines.m3?.unseen
    await settle(world, 'herd')
    expect(world.machines.m3?.running.size).toBe(0)
    expect(world.store.objects.has('HerdCluster/a/herd')).toBe(false)
  })

  it('stops nothing of an object that was let go of and made anew while it looked, and lets go only while it leads', async () => {
    const world = await settledWorld()
    world.store.apply('HerdCluster', 'herd', { ...spec, deletionPolicy: 'Stop' })
    world.store.delete('HerdCluster', 'herd')
    const { looker } = world.context.ports
    const look = looker.look.bind(looker)
    const before = world.executed.length
    world.context.ports.looker.look = async (...asked) => {
      world.store.objects.delete('HerdCluster/a/herd')
      world.store.apply('HerdCluster', 'herd', spec)
      return look(...asked)
    }
    world.clock += 5000
    await world.cluster('herd')
    expect(world.executed).toHaveLength(before)
    world.context.ports.looker.look = look
    await settle(world, 'herd')
    world.store.apply('HerdCluster', 'herd', { ...spec, deletionPolicy: 'Stop' })
    world.store.delete('HerdCluster', 'herd')
    for (const machine of Object.values(world.machines)) machine.running.clear()
    world.held = false
    world.clock += 5000
    await world.cluster('herd')
    expect(world.store.objects.has('HerdCluster/a/herd')).toBe(true)
    world.held = true
    await settle(world, 'herd')
    expect(world.store.objects.has('HerdCluster/a/herd')).toBe(false)
  })

  it('of an object in use is held, names the users, and goes on keeping it', async () => {
    const world = await settledWorld()
    world.store.apply('HerdCluster', 'user', { hosts: ['m1'], needs: 'herd' })
    await settle(world, 'user')
    world.store.delete('HerdCluster', 'herd')
    world.machines.m1?.running.delete('ironherd-herd.service')
    world.clock += 5000
    await settle(world, 'herd')
    expect(world.condition('herd', 'Deleting')).toBe('True InUse')
    expect(world.condition('herd', 'Ready')).toBe('True AllMembersServing')
    expect(world.machines.m1?.running).toContain('ironherd-herd.service')
    world.store.delete('HerdCluster', 'user')
    await world.cluster('user')
    await world.cluster('herd')
    expect(world.store.objects.has('HerdCluster/a/herd')).toBe(false)
  })

  it('of a Host is held as long as a cluster names it', async () => {
    const world = await settledWorld()
    await world.host('m1')
    world.store.delete('Host', 'm1')
    await world.host('m1')
    expect(world.condition('m1', 'Deleting', 'Host')).toBe('True InUse')
    world.store.apply('HerdCluster', 'herd', { hosts: ['m2', 'm3'] })
    await world.host('m1')
    // As long as the cluster has not said in a pass that it has nothing there any more.
    expect(world.condition('m1', 'Deleting', 'Host')).toBe('True InUse')
    await world.cluster('herd')
    await world.host('m1')
    expect(world.store.objects.has('Host/a/m1')).toBe(false)
  })
})

describe('a pass over a Host', () => {
  it('says that it is reached, verified and who keeps it, and writes nothing when nothing changes', async () => {
    const world = await settledWorld()
    await world.host('m1')
    await world.host('m1')
    expect(world.condition('m1', 'Reachable', 'Host')).toBe('True Reached')
    expect(world.condition('m1', 'HostKeyVerified', 'Host')).toBe('True HostKeyVerified')
    expect(world.condition('m1', 'Managed', 'Host')).toBe('True Managed')
    const writes = world.store.statusWrites
    for (let round = 0; round < 5; round++) {
      world.clock += 5000
      await world.host('m1')
    }
    expect(world.store.statusWrites).toBe(writes)
  })

  it('shows fingerprint and key of an unpinned host, and what key is missing', async () => {
    const world = createWorld()
    addHosts(world, 'm1')
    const print = `SHA256:${'a'.repeat(43)}`
    if (world.machines.m1) {
      world.machines.m1.unseen = { code: 'HostKeyUnpinned', why: `m1: it shows ${print}, pin: ssh-ed25519 AAAAC3Nz` }
    }
    await world.host('m1')
    await world.host('m1')
    expect(world.condition('m1', 'HostKeyVerified', 'Host')).toBe('False HostKeyUnpinned')
    expect(world.condition('m1', 'Reachable', 'Host')).toBe('False HostKeyUnpinned')
    expect(world.store.get({ kind: 'Host', namespace: 'a', name: 'm1' })?.status).toMatchObject({
      fingerprints: [print],
      hostKeysOffered: ['ssh-ed25519 AAAAC3Nz'],
    })
    world.store.secrets.clear()
    await world.host('m1')
    expect(world.condition('m1', 'Reachable', 'Host')).toBe('False PrivateKeyMissing')
    expect(world.store.events.map(({ reason }) => reason)).toContain('HostKeyUnpinned')
  })
})
