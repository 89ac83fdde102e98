import { describe, expect, it, vi } from 'vitest'
import type { Condition } from '../../../src/api/status.ts'
import { unprepared } from '../../../src/control/prepared.ts'
import { addHosts, createWorld, type FakeMachine, settle, type World } from './world.ts'

const limits = '/etc/security/limits.d/90-ironherd-host.conf'

/** Two hosts with disks; m1 declares `preparation`. */
function preparedWorld(preparation: unknown = { hostsFile: true }): World {
  const world = createWorld()
  addHosts(world, 'm1', 'm2', 'm3')
  for (const name of ['m1', 'm2', 'm3']) {
    disk(world, name)
    change(world, name, { address: `10.0.0.${name.slice(1)}` })
  }
  if (preparation !== null) change(world, 'm1', { preparation })
  return world
}

function disk(world: World, name: string): NonNullable<FakeMachine['disk']> {
  const machine = world.machines[name]
  if (machine === undefined) throw new Error(`no ${name}`)
  machine.disk ??= { files: new Map([['/etc/hosts', 'the rest']]), own: new Map(), hostname: name }
  return machine.disk
}

function change(world: World, name: string, spec: Readonly<Record<string, unknown>>): void {
  const standing = world.store.get({ kind: 'Host', namespace: 'a', name })
  world.store.apply('Host', name, { ...(standing?.spec as object), ...spec })
}

async function passes(world: World, name: string, times = 4): Promise<void> {
  for (let pass = 0; pass < times; pass++) {
    await world.host(name)
    world.clock += 6000
  }
}

const done = (world: World) => world.executed.map(({ action, host, member }) => `${host} ${member} ${action.verb}`)
const prepared = (world: World) => world.condition('m1', 'Prepared', 'Host')
const message = (world: World) => {
  const status = world.store.get({ kind: 'Host', namespace: 'a', name: 'm1' })?.status
  const { conditions = [] } = (status ?? {}) as { readonly conditions?: readonly Condition[] }
  return conditions.find(({ type }) => type === 'Prepared')?.message ?? ''
}
const waits = (world: World) => unprepared(world.context, 'a', [...hostsAsMembers])
const hostsAsMembers = ['m1', 'm2'].map((host) => ({ host })) as unknown as Parameters<typeof unprepared>[2]

describe('the preparation of a host', () => {
  it('is done once and then seen to be done, in one look a pass', async () => {
    const world = preparedWorld()
    await passes(world, 'm1')
    expect(done(world)).toEqual(['m1 hostsFile WriteBlock'])
    expect(disk(world, 'm1').files.get('/etc/hosts')).toContain('\n10.0.0.1 m1\n10.0.0.2 m2\n10.0.0.3 m3\n')
    expect(prepared(world)).toBe('True Prepared')
    const before = world.machines.m1?.looks ?? 0
    await passes(world, 'm1', 5)
    expect((world.machines.m1?.looks ?? 0) - before).toBe(5)
    expect(done(world)).toHaveLength(1)
  })

  it('is neither said nor asked of a Host that declares none', async () => {
    const world = preparedWorld(null)
    await passes(world, 'm1')
    expect([prepared(world), done(world), waits(world)]).toEqual(['none', [], {}])
  })

  it('follows the Hosts of the namespace', async () => {
    const world = preparedWorld()
    await passes(world, 'm1')
    change(world, 'm2', { address: '10.0.0.77' })
    await passes(world, 'm1')
    expect(disk(world, 'm1').files.get('/etc/hosts')).toContain('\n10.0.0.77 m2\n')
  })

  it('is put back when somebody changes it, and counted as drift', async () => {
    const world = preparedWorld({ limits: [{ user: 'hadoop', openFiles: 4096 }] })
    await passes(world, 'm1')
    disk(world, 'm1').files.set(limits, 'edited')
    await passes(world, 'm1')
    expect([done(world), prepared(world)]).toEqual([['m1 limits WriteFile', 'm1 limits WriteFile'], 'True Prepared'])
    const { text } = await world.context.metrics.render()
    expect(text).toContain('ironherd_drift_total{kind="Host",verb="WriteFile"} 1')
  })

  it('is taken back when it is no longer declared, also by a process that has not done it', async () => {
    const world = preparedWorld({ hostsFile: true, limits: [{ user: 'hadoop', openFiles: 4096 }] })
    await passes(world, 'm1')
    world.context.memory.forget('Host/a/m1')
    world.context.looks.forget('a/m1')
    change(world, 'm1', { preparation: undefined })
    await passes(world, 'm1')
    expect(done(world).slice(2)).toEqual(['m1 hostsFile RemoveBlock', 'm1 limits RemoveFile'])
    expect([...disk(world, 'm1').own.keys(), prepared(world)]).toEqual(['none'])
  })

  it('that fails is said, rests, and holds no other part up', async () => {
    const world = preparedWorld({ hostsFile: true, limits: [{ user: 'hadoop', openFiles: 4096 }] })
    const { m1 } = world.machines
    if (m1 === undefined) throw new Error('no m1')
    m1.broken = true
    for (let pass = 0; pass < 3; pass++) await world.host('m1')
    expect(prepared(world)).toBe('False DiskFull')
    expect(message(world)).toContain('m1: WriteBlock for hostsFile failed: disk full')
    expect(waits(world)).toMatchObject({ m1: expect.stringContaining('is not done') as string })
    m1.broken = false
    await passes(world, 'm1', 3)
    expect(prepared(world)).toBe('True Prepared')
    expect(world.store.events.map(({ reason }) => reason)).toContain('DiskFull')
  })

  it('waits for the lock of the machine without a failure', async () => {
    const world = preparedWorld()
    const { m1 } = world.machines
    if (m1 === undefined) throw new Error('no m1')
    m1.locked = true
    await passes(world, 'm1', 3)
    expect([prepared(world), done(world)]).toEqual(['False Preparing', []])
    m1.locked = false
    await passes(world, 'm1', 2)
    expect(prepared(world)).toBe('True Prepared')
  })

  it.each([
    ['out of sight', { unseen: { code: 'Unreachable' as const, why: 'm1: no route' } }, {}, 'Unknown Unreachable'],
    ['in maintenance', {}, { lifecycle: 'Maintenance' }, 'False InMaintenance'],
    ['given up', {}, { lifecycle: 'Lost' }, 'Unknown NotLooked'],
    ["another installation's", { installation: 'there' }, {}, 'False ManagedByAnother'],
  ])('is not done on a machine that is %s', async (_name, machine, spec, said) => {
    const world = preparedWorld()
    Object.assign(world.machines.m1 ?? {}, machine)
    change(world, 'm1', spec)
    await passes(world, 'm1')
    expect([done(world), prepared(world)]).toEqual([[], said])
    expect(Object.keys(waits(world))).toEqual(['m1'])
  })

  it('that takes long does not hold up the passes of its Host, and nothing else is begun there meanwhile', async () => {
    vi.useFakeTimers()
    try {
      const world = preparedWorld()
      const { m1 } = world.machines
      if (m1 === undefined) throw new Error('no m1')
      const slow = Promise.withResolvers<undefined>()
      m1.slow = slow.promise
      const pass = async () => {
        const running = world.host('m1')
        await vi.advanceTimersByTimeAsync(11_000)
        await running
        world.clock += 6000
      }
      for (let times = 0; times < 4; times++) await pass()
      expect([done(world), prepared(world)]).toEqual([[], 'False Preparing'])
      slow.resolve(undefined)
      for (let times = 0; times < 2; times++) await pass()
      expect([done(world), prepared(world)]).toEqual([['m1 hostsFile WriteBlock'], 'True Prepared'])
    } finally {
      vi.useRealTimers()
    }
  })

  it('is not done once this process leads no more', async () => {
    const world = preparedWorld()
    world.held = false
    await passes(world, 'm1')
    expect(done(world)).toEqual([])
  })

  it('says what only a person can mend before what is tried again', async () => {
    const world = preparedWorld({ hostname: 'same', hostsFile: true })
    change(world, 'm2', { preparation: { hostname: 'same' } })
    await passes(world, 'm1')
    expect(prepared(world)).toBe('False InvalidSpec')
    expect(done(world)).toEqual(['m1 hostsFile WriteBlock'])
  })
})

describe('the firewall of a host', () => {
  const shut = { family: 'inet', table: 'filter', name: 'input', shut: true, opened: [] }

  it('lets in sshd and the members that are declared there, and shuts nothing of which nobody knows who listens', async () => {
    const world = preparedWorld({ firewall: 'OpenDeclaredPorts' })
    disk(world, 'm1').chains = [shut]
    await passes(world, 'm1')
    expect(disk(world, 'm1').chains?.[0]?.opened).toEqual([22])
    world.store.apply('HerdCluster', 'herd', { hosts: ['m1', 'm2'] })
    await settle(world, 'herd')
    await passes(world, 'm1')
    expect([disk(world, 'm1').chains?.[0]?.opened, prepared(world)]).toEqual([[22, 1000], 'True Prepared'])
    world.store.apply('HerdCluster', 'herd', { hosts: ['m2'] })
    await settle(world, 'herd')
    await passes(world, 'm1')
    expect(disk(world, 'm1').chains?.[0]?.opened).toEqual([22, 1000])
  })

  it('is not changed before every cluster was looked at: whose ports it has is not known', async () => {
    const world = preparedWorld({ firewall: 'OpenDeclaredPorts' })
    disk(world, 'm1').chains = [shut]
    world.store.apply('HerdCluster', 'herd', { hosts: ['m1'] })
    await passes(world, 'm1')
    expect([done(world), prepared(world)]).toEqual([[], 'False Preparing'])
    await settle(world, 'herd')
    await passes(world, 'm1')
    expect([disk(world, 'm1').chains?.[0]?.opened, prepared(world)]).toEqual([[22, 1000], 'True Prepared'])
  })

  it('is neither asked nor touched where it is not declared', async () => {
    const world = preparedWorld()
    disk(world, 'm1').chains = [shut]
    await passes(world, 'm1')
    expect(done(world)).toEqual(['m1 hostsFile WriteBlock'])
  })
})

describe('what is told of every host', () => {
  it('is the mode of SELinux, which stays while the host is out of sight', async () => {
    const world = preparedWorld(null)
    const mode = () =>
      (world.store.get({ kind: 'Host', namespace: 'a', name: 'm1' })?.status as { selinux?: string }).selinux
    await passes(world, 'm1', 2)
    expect(mode()).toBe('Disabled')
    disk(world, 'm1').files.set('/sys/fs/selinux/enforce', '1')
    await passes(world, 'm1', 1)
    expect(mode()).toBe('Enforcing')
    Object.assign(world.machines.m1 ?? {}, { unseen: { code: 'Unreachable', why: 'm1: no route' } })
    await passes(world, 'm1', 2)
    expect(mode()).toBe('Enforcing')
  })

  it('is a host key that two machines share, until one of them has another', async () => {
    const world = preparedWorld(null)
    const { ssh } = world.store.get({ kind: 'Host', namespace: 'a', name: 'm1' })?.spec as { readonly ssh: object }
    const verified = (name: string) => world.condition(name, 'HostKeyVerified', 'Host')
    change(world, 'm2', { ssh })
    for (const name of ['m1', 'm2', 'm3', 'm1']) await passes(world, name, 2)
    expect(['m1', 'm2', 'm3'].map(verified)).toEqual([
      'Unknown HostKeyShared',
      'Unknown HostKeyShared',
      'True HostKeyVerified',
    ])
    expect(world.store.events.filter(({ reason }) => reason === 'HostKeyShared').map(({ object }) => object)).toContain(
      'm1',
    )
    change(world, 'm2', { ssh: { ...ssh, hostKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5'] } })
    for (const name of ['m2', 'm1']) await passes(world, name, 1)
    expect(['m1', 'm2'].map(verified)).toEqual(['True HostKeyVerified', 'True HostKeyVerified'])
  })

  it('is not said of two Hosts of one machine, which have its keys by right', async () => {
    const world = preparedWorld(null)
    const { ssh } = world.store.get({ kind: 'Host', namespace: 'a', name: 'm1' })?.spec as { readonly ssh: object }
    change(world, 'm2', { ssh })
    Object.assign(world.machines.m2 ?? {}, { machineId: 'id-m1' })
    for (const name of ['m1', 'm2', 'm1']) await passes(world, name, 2)
    expect(world.condition('m1', 'HostKeyVerified', 'Host')).toBe('True HostKeyVerified')
    expect(world.condition('m2', 'Reachable', 'Host')).toBe('False DuplicateMachine')
  })
})

describe('clusters on a host', () => {
  it('are told to wait until this process has seen that all is done, for this very spec', async () => {
    const world = preparedWorld()
    const asked = () => world.decided.at(-1)?.unprepared
    world.store.apply('HerdCluster', 'herd', { hosts: ['m1', 'm2'] })
    await settle(world, 'herd')
    expect(asked()).toMatchObject({ m1: expect.stringContaining('was not compared') as string })
    await passes(world, 'm1')
    await settle(world, 'herd')
    expect(asked()).toEqual({})
    change(world, 'm1', { preparation: { hostsFile: true, limits: [{ user: 'hadoop', openFiles: 4096 }] } })
    await settle(world, 'herd')
    expect(Object.keys(asked() ?? {})).toEqual(['m1'])
    await passes(world, 'm1')
    await settle(world, 'herd')
    expect(asked()).toEqual({})
  })
})
