// The lease and the epoch in a real API server: who leads, when the other may, and a number that never falls.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ApiClient } from '../../src/control/kubernetes/client.ts'
import { authorityName, kubernetesEpochs } from '../../src/control/kubernetes/epoch.ts'
import { kubernetesLease } from '../../src/control/kubernetes/lease.ts'
import { type Leadership, type LeaseTiming, lead } from '../../src/control/lease.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { clientOf, eventually, type Plane, startPlane } from './plane.ts'
import { startWire, type Wire } from './wire.ts'

const own = 'ironherd-system'
const short: LeaseTiming = { durationMs: 3000, renewDeadlineMs: 1500, retryMs: 200 }

let plane: Plane
let wire: Wire
let first: ApiClient
let second: ApiClient
let stop: AbortController
let held: Leadership[]

beforeAll(async () => {
  plane = await startPlane()
  await plane.applyRights()
  wire = await startWire(plane.lab.kube.url)
})

afterAll(async () => {
  await wire.close()
  await plane.down()
})

beforeEach(() => {
  wire.mend()
  stop = new AbortController()
  held = []
  // Two replicas: the same rights, tokens of their own. Only the first one's way can be cut.
  first = clientOf(plane, 'ironherd', { server: wire.url })
  second = clientOf(plane, 'ironherd-2')
})

afterEach(async () => {
  stop.abort()
  wire.mend()
  await Promise.all(held.map((leadership) => leadership.release()))
  await Promise.all([first.close(), second.close()])
})

async function candidate(client: ApiClient, identity: string, timing: LeaseTiming = short): Promise<Leadership> {
  const leadership = await lead(
    {
      store: kubernetesLease(client, own, 'ironherd'),
      identity,
      name: 'ironherd',
      timing,
      log: createLogger('silent'),
      metrics: createMetrics(),
      random: Math.random,
      monotonic: () => performance.now(),
      wall: Date.now,
    },
    stop.signal,
  )
  if (leadership === undefined) throw new Error(`${identity} never led`)
  held.push(leadership)
  return leadership
}

interface ShownLease {
  readonly spec: {
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly leaseTransitions?: number
  }
}

async function lease(): Promise<ShownLease['spec']> {
  return (await plane.get<ShownLease>('lease', 'ironherd', own)).spec
}

describe('of two replicas', () => {
  it('one leads for as long as it renews', async () => {
    const leader = await candidate(first, 'one')
    expect(await lease()).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: 3 })
    let other: Leadership | undefined
    void candidate(second, 'two').then(
      (leadership) => {
        other = leadership
      },
      () => undefined,
    )
    await new Promise((resolve) => setTimeout(resolve, short.durationMs + 500))
    expect(other).toBeUndefined()
    expect(leader.held()).toBe(true)
  })

  it('the other leads as soon as the first gives the lease back', async () => {
    // Waiting for this one to run out would take an hour.
    const long = { ...short, durationMs: 3_600_000 }
    const leader = await candidate(first, 'one', long)
    const waiting = candidate(second, 'two', long)
    await leader.release()
    expect(leader.held()).toBe(false)
    await waiting
    expect((await lease()).holderIdentity).toBe('two')
  })

  it('the one that is cut off has let go before the other leads', async () => {
    const leader = await candidate(first, 'one')
    const before = (await lease()).leaseTransitions ?? 0
    const waiting = candidate(second, 'two')
    // It must have seen the lease at least once, or it could not judge its age.
    await new Promise((resolve) => setTimeout(resolve, 500))
    wire.cut()
    expect(await waiting.then(() => leader.held())).toBe(false)
    expect(leader.signal.aborted).toBe(true)
    expect(await lease()).toMatchObject({ holderIdentity: 'two', leaseTransitions: before + 1 })
  })

  it('a leader whose lease was deleted takes it again, or stops at its next renewal', async () => {
    const leader = await candidate(first, 'one')
    const waiting = candidate(second, 'two')
    await new Promise((resolve) => setTimeout(resolve, 300))
    await plane.kubectl(['delete', 'lease', 'ironherd', '-n', own])
    const holder = await eventually('a new lease', async () => {
      const { code, stdout } = await plane.tryKubectl(['get', 'lease', 'ironherd', '-n', own, '-o', 'json'])
      return code === 0 ? (JSON.parse(stdout) as ShownLease).spec.holderIdentity : undefined
    })
    if (holder === 'two') {
      await waiting
      await eventually('the first one stops', () => (leader.held() ? undefined : true))
    } else {
      expect(holder).toBe('one')
      expect(leader.held()).toBe(true)
      await leader.release()
      await waiting
    }
  })
})

describe('the epoch', () => {
  it('rises with each leader, and does not fall when the Lease or even the ConfigMap is deleted', async () => {
    const epochs = kubernetesEpochs(first, own)
    const others = kubernetesEpochs(second, own)
    const one = await epochs.acquire(stop.signal)
    const two = await others.acquire(stop.signal)
    expect(two.epoch).toBeGreaterThan(one.epoch)
    expect(two.installation).toBe(one.installation)
    await plane.tryKubectl(['delete', 'lease', 'ironherd', '-n', own])
    const three = await epochs.acquire(stop.signal)
    expect(three.epoch).toBeGreaterThan(two.epoch)
    // The next leader, some seconds later.
    await plane.kubectl(['delete', 'configmap', authorityName, '-n', own])
    const later = kubernetesEpochs(second, own, () => Date.now() + 5000)
    const four = await later.acquire(stop.signal)
    expect(four.epoch).toBeGreaterThan(three.epoch)
    // It is another installation now, and the machines of the old one say so.
    expect(four.installation).not.toBe(one.installation)
    // A clock that was set back does not take it down.
    const back = kubernetesEpochs(first, own, () => Date.now() - 86_400_000)
    expect((await back.acquire(stop.signal)).epoch).toBe(four.epoch + 1)
  })

  it('is given to each of many who ask at once, and to no two the same', async () => {
    const asking = Array.from({ length: 5 }, (_, at) => kubernetesEpochs(at % 2 === 0 ? first : second, own))
    const given = await Promise.all(asking.map((epochs) => epochs.acquire(stop.signal)))
    expect(new Set(given.map(({ epoch }) => epoch)).size).toBe(given.length)
  })

  it('is not guessed when the ConfigMap holds no number', async () => {
    const patch = ['patch', 'configmap', authorityName, '-n', own, '--type=merge', '-p']
    await plane.kubectl([...patch, '{"data":{"epoch":"soon"}}'])
    await expect(kubernetesEpochs(first, own).acquire(stop.signal)).rejects.toThrow(/"soon", which is no number/)
  })
})
