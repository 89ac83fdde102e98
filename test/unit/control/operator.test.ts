import { describe, expect, it, vi } from 'vitest'
import type { LeaseRecord, LeaseStore } from '../../../src/control/lease.ts'
import type { OperatorOptions } from '../../../src/control/operator.ts'
import { LeadershipLost, operate } from '../../../src/control/operator.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { addHosts, createWorld, type World } from './world.ts'

function lease() {
  const state = { record: undefined as LeaseRecord | undefined, version: 0, down: false }
  const store: LeaseStore = {
    async read() {
      if (state.down) throw new Error('the API server is down')
      return state.record === undefined ? undefined : { record: state.record, version: String(state.version) }
    },
    async write(record, version) {
      if (state.down) throw new Error('the API server is down')
      if (version !== (state.record === undefined ? undefined : String(state.version))) return false
      state.record = record
      state.version++
      return true
    },
  }
  return { state, store }
}

/** A daemon over a world in memory, with short times. */
function daemon(world: World, leases: ReturnType<typeof lease>, name = 'a') {
  let epoch = 100
  const metrics = createMetrics()
  const options: OperatorOptions = {
    store: world.store,
    ports: {
      ...world.context.ports,
      epochs: { acquire: () => Promise.resolve({ installation: 'here', epoch: ++epoch }) },
    },
    lease: leases.store,
    identity: name,
    hasReplaced: (holder) => holder.startsWith(`${name.split('_')[0] ?? ''}_`),
    log: createLogger('silent'),
    metrics,
    random: () => 0.5,
    now: Date.now,
    monotonic: () => performance.now(),
    timing: { pollMs: 50, busyMs: 20, shareMs: 5 },
    leaseTiming: { durationMs: 1000, renewDeadlineMs: 250, retryMs: 50 },
    canaryTiming: { everyMs: 60_000, retryMs: 1000, deadlineMs: 1000 },
    workers: 2,
    looksAtOnce: 8,
    lookDeadlineMs: 1000,
    graceMs: 500,
  }
  const stop = new AbortController()
  const running = operate(options, stop.signal)
  running.catch(() => {})
  return { running, stop, metrics, epoch: () => epoch }
}

function herd(): World {
  const world = createWorld()
  addHosts(world, 'm1', 'm2', 'm3')
  world.store.apply('HerdCluster', 'herd', { hosts: ['m1', 'm2', 'm3'] })
  return world
}

describe('the operator', () => {
  it('brings clusters and Hosts to Ready by itself, follows a change, and stops orderly', async () => {
    const world = herd()
    const leases = lease()
    const { running, stop, metrics } = daemon(world, leases)
    await vi.waitFor(() => expect(world.condition('herd', 'Ready')).toBe('True AllMembersServing'), { timeout: 5000 })
    await vi.waitFor(() => expect(world.condition('m1', 'Managed', 'Host')).toBe('True Managed'), { timeout: 5000 })
    world.store.apply('HerdCluster', 'herd', { hosts: ['m1', 'm2', 'm3'], paused: true })
    await vi.waitFor(() => expect(world.condition('herd', 'Paused')).toBe('True Paused'), { timeout: 5000 })
    const { text } = await metrics.render()
    expect(text).toContain('leader_election_master_status{name="ironherd"} 1')
    expect(text).toContain('controller_runtime_reconcile_total{controller="herdcluster",result="requeue_after"}')
    stop.abort()
    await running
    expect(leases.state.record?.holder).toBe('')
    expect((await metrics.render()).text).not.toContain('ironherd_member_up{')
  })

  it('stops acting when its lease is lost, and leads again under a new epoch when the API server is back', async () => {
    const world = herd()
    const leases = lease()
    const { running, stop, metrics, epoch } = daemon(world, leases)
    await vi.waitFor(() => expect(world.condition('herd', 'Ready')).toBe('True AllMembersServing'), { timeout: 5000 })
    leases.state.down = true
    await vi.waitFor(
      async () => expect((await metrics.render()).text).toContain('leader_election_master_status{name="ironherd"} 0'),
      { timeout: 5000 },
    )
    const executed = world.executed.length
    world.machines.m1?.running.clear()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(world.executed).toHaveLength(executed)
    const before = epoch()
    leases.state.down = false
    await vi.waitFor(() => expect(world.executed).toHaveLength(executed + 1), { timeout: 5000 })
    expect(epoch()).toBe(before + 1)
    stop.abort()
    await running
  })

  it('need not wait for the lease of the process that it replaces, and does not take it back from one that replaces it', async () => {
    const world = herd()
    const leases = lease()
    const ready = () => expect(world.condition('herd', 'Ready')).toBe('True AllMembersServing')
    const first = daemon(world, leases, 'pod_1')
    await vi.waitFor(ready, { timeout: 5000 })
    const second = daemon(world, leases, 'pod_2')
    await vi.waitFor(() => expect(leases.state.record?.holder).toBe('pod_2'), { timeout: 900 })
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect([leases.state.record?.holder, leases.state.record?.transitions]).toEqual(['pod_2', 1])
    for (const { stop } of [first, second]) stop.abort()
    await Promise.all([first.running, second.running])
  })

  it('ends for good when a machine has seen a newer leader', async () => {
    const world = herd()
    world.context.ports.hands.execute = async (wave) =>
      wave.steps.map((step) => ({ step, result: 'skipped', detail: 'epoch 9', code: 'EpochSuperseded', durationMs: 0 }))
    const { running } = daemon(world, lease())
    await expect(running).rejects.toThrow(LeadershipLost)
  })

  it('lets only one of two act', async () => {
    const world = herd()
    const leases = lease()
    const [first, second] = [daemon(world, leases, 'a'), daemon(world, leases, 'b')]
    await vi.waitFor(() => expect(world.condition('herd', 'Ready')).toBe('True AllMembersServing'), { timeout: 5000 })
    expect([first.epoch(), second.epoch()].sort()).toEqual([100, 101])
    first.stop.abort()
    second.stop.abort()
    await Promise.all([first.running, second.running])
    expect(world.executed).toHaveLength(3)
  })
})
