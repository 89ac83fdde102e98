import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLogger } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import type { LeaderElectionOptions, LeaseRecord, LeaseStore } from './lease.ts'
import { lead, microTime } from './lease.ts'

/** A lease in memory that can be made unreachable. */
function memoryLease() {
  const state = { record: undefined as LeaseRecord | undefined, version: 0, down: false, writes: 0 }
  const store: LeaseStore = {
    async read(signal) {
      if (state.down) await untilAborted(signal)
      return state.record === undefined ? undefined : { record: state.record, version: String(state.version) }
    },
    async write(record, version, signal) {
      if (state.down) await untilAborted(signal)
      if (version !== (state.record === undefined ? undefined : String(state.version))) return false
      state.record = record
      state.version++
      state.writes++
      return true
    },
  }
  return { state, store }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(new Error('aborted'))
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true })
  })
}

function candidate(store: LeaseStore, identity: string, wallOffset = 0): LeaderElectionOptions {
  return {
    store,
    identity,
    name: 'ironherd',
    timing: { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 },
    log: createLogger('silent'),
    metrics: createMetrics(),
    random: () => 0.5,
    // With fractions, as performance.now gives them.
    monotonic: () => Date.now() * 1.000001,
    wall: () => Date.now() + wallOffset,
  }
}

describe('leader election', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    // AbortSignal.timeout runs on timers that vitest does not replace.
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      // As the real one does it.
      if (!Number.isInteger(ms)) throw new RangeError(`delay is ${ms}`)
      const controller = new AbortController()
      setTimeout(() => controller.abort(new Error('deadline')), ms)
      return controller.signal
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
    vi.useRealTimers()
  })

  it('takes a free lease, renews it, and a second candidate stands by as long as it is renewed', async () => {
    const { state, store } = memoryLease()
    const stop = new AbortController()
    const first = await lead(candidate(store, 'a'), stop.signal)
    const second = vi.fn()
    // Its wall clock is an hour ahead: that must not make the lease look old.
    void lead(candidate(store, 'b', 3_600_000), stop.signal).then(second)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(first?.held()).toBe(true)
    expect(second).not.toHaveBeenCalled()
    expect(state.record).toMatchObject({ holder: 'a', transitions: 0, durationSeconds: 15 })
    expect(state.writes).toBeGreaterThan(20)
    stop.abort()
    await vi.advanceTimersByTimeAsync(5000)
    expect(second).toHaveBeenCalledWith(undefined)
  })

  it('passes to the other only after the holder has stopped of itself', async () => {
    const { store } = memoryLease()
    const stop = new AbortController()
    const cutOff = memoryLease()
    const holderStore: LeaseStore = {
      read: (signal) => (cutOff.state.down ? cutOff.store.read(signal) : store.read(signal)),
      write: (record, version, signal) =>
        cutOff.state.down ? cutOff.store.write(record, version, signal) : store.write(record, version, signal),
    }
    const holder = await lead(candidate(holderStore, 'a'), stop.signal)
    const ended: string[] = []
    holder?.signal.addEventListener('abort', () => ended.push('a stopped'))
    void lead(candidate(store, 'b'), stop.signal).then(() => ended.push('b leads'))
    await vi.advanceTimersByTimeAsync(4000)
    cutOff.state.down = true
    await vi.advanceTimersByTimeAsync(40_000)
    expect(ended).toEqual(['a stopped', 'b leads'])
    expect(holder?.held()).toBe(false)
  })

  it('outlives a store that is silent for less than the deadline, by a last try in what time is left', async () => {
    const { state, store } = memoryLease()
    const leadership = await lead(candidate(store, 'a'), new AbortController().signal)
    await vi.advanceTimersByTimeAsync(2_100)
    state.down = true
    await vi.advanceTimersByTimeAsync(8_500)
    state.down = false
    await vi.advanceTimersByTimeAsync(20_000)
    expect(leadership?.held()).toBe(true)
  })

  it('is not held any more after a freeze, before any timer has run', async () => {
    const { store } = memoryLease()
    const leadership = await lead(candidate(store, 'a'), new AbortController().signal)
    expect(leadership?.held()).toBe(true)
    vi.setSystemTime(Date.now() + 10_001)
    expect(leadership?.held()).toBe(false)
  })

  it('ends at once when it finds another holder', async () => {
    const { state, store } = memoryLease()
    const leadership = await lead(candidate(store, 'a'), new AbortController().signal)
    if (state.record !== undefined) state.record = { ...state.record, holder: 'b' }
    state.version++
    await vi.advanceTimersByTimeAsync(2_500)
    expect(leadership?.signal.aborted).toBe(true)
    expect(state.record?.holder).toBe('b')
  })

  it('is given back on an orderly stop, so that another need not wait', async () => {
    const { state, store } = memoryLease()
    const stop = new AbortController()
    const leadership = await lead(candidate(store, 'a'), stop.signal)
    await leadership?.release()
    expect(state.record?.holder).toBe('')
    const next = vi.fn()
    void lead(candidate(store, 'b'), stop.signal).then(next)
    await vi.advanceTimersByTimeAsync(0)
    expect(next).toHaveBeenCalled()
    expect(state.record).toMatchObject({ holder: 'b', transitions: 1 })
  })

  it('is taken at once from one that is proven to have ended, and from nobody else', async () => {
    const { state, store } = memoryLease()
    const stop = new AbortController()
    const hasEnded = (holder: string) => holder.startsWith('pod-1_')
    await lead(candidate(store, 'pod-1_before'), stop.signal)
    const next = await lead({ ...candidate(store, 'pod-1_after'), hasEnded }, stop.signal)
    expect([next?.held(), state.record?.holder]).toEqual([true, 'pod-1_after'])
    const stranger = vi.fn()
    void lead({ ...candidate(store, 'pod-2_x'), hasEnded: (holder) => holder.startsWith('pod-2_') }, stop.signal).then(
      stranger,
    )
    await vi.advanceTimersByTimeAsync(60_000)
    expect(stranger).not.toHaveBeenCalled()
    stop.abort()
  })

  it('of two that try at the same moment only one gets it', async () => {
    const { store } = memoryLease()
    const stop = new AbortController()
    const won: string[] = []
    for (const name of ['a', 'b', 'c'])
      void lead(candidate(store, name), stop.signal).then((got) => got && won.push(name))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(won).toHaveLength(1)
  })

  it('writes times as V1MicroTime does', () => {
    expect(microTime(1_760_000_000_123)).toBe('2025-10-09T08:53:20.123000Z')
  })
})
