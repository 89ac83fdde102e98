import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMetrics } from '../telemetry/metrics.ts'
import { exponentialBackoff } from './backoff.ts'
import { WorkQueue } from './queue.ts'

function makeQueue() {
  const metrics = createMetrics()
  const queue = new WorkQueue({
    name: 'cluster',
    metrics,
    backoff: exponentialBackoff(100, 1000, () => 1),
    now: () => Date.now(),
  })
  return { queue, metrics }
}

describe('the work queue', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('hands out a key once, however often it was added', async () => {
    const { queue } = makeQueue()
    queue.add('a')
    queue.add('a')
    queue.add('b')
    expect([await queue.take(), await queue.take()]).toEqual(['a', 'b'])
    const third = vi.fn()
    void queue.take().then(third)
    await vi.advanceTimersByTimeAsync(10)
    expect(third).not.toHaveBeenCalled()
  })

  it('never hands out a key that is in a pass, and does so afterwards when it was added meanwhile', async () => {
    const { queue } = makeQueue()
    queue.add('a')
    await queue.take()
    queue.add('a')
    queue.add('b')
    expect(await queue.take()).toBe('b')
    queue.done('a')
    expect(await queue.take()).toBe('a')
    queue.done('a')
    expect(queue.running).toBe(1)
  })

  it('keeps the earliest of several delayed adds and drops it when the key is handed out before', async () => {
    const { queue } = makeQueue()
    queue.addAfter('a', 500)
    queue.addAfter('a', 100)
    queue.addAfter('a', 300)
    await vi.advanceTimersByTimeAsync(99)
    const taken = vi.fn()
    void queue.take().then(taken)
    await vi.advanceTimersByTimeAsync(0)
    expect(taken).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(taken).toHaveBeenCalledWith('a')
    queue.done('a')
    queue.addAfter('b', 50)
    queue.add('b')
    expect(await queue.take()).toBe('b')
    queue.done('b')
    const again = vi.fn()
    void queue.take().then(again)
    await vi.advanceTimersByTimeAsync(1000)
    expect(again).not.toHaveBeenCalled()
  })

  it('hands out what changed and what has come due in turn', async () => {
    const { queue, metrics } = makeQueue()
    for (const key of ['a', 'b', 'c', 'd']) queue.addAfter(key, 10)
    await vi.advanceTimersByTimeAsync(10)
    for (const key of ['x', 'y', 'd']) queue.add(key)
    const order = []
    for (let count = 0; count < 6; count++) order.push(await queue.take())
    expect(order).toEqual(['x', 'a', 'y', 'b', 'd', 'c'])
    expect((await metrics.render()).text).toContain('workqueue_adds_total{name="cluster"} 6')
  })

  it('backs off a key that fails, up to a bound, until it is forgotten', async () => {
    const { queue } = makeQueue()
    const waits: number[] = []
    for (let round = 0; round < 6; round++) {
      if (round === 5) queue.forget('a')
      const before = Date.now()
      queue.addRateLimited('a')
      const taken = queue.take()
      await vi.advanceTimersByTimeAsync(1000)
      expect(await taken).toBe('a')
      waits.push(before)
      queue.done('a')
    }
    const backoff = exponentialBackoff(100, 1000, () => 1)
    expect([1, 2, 3, 4, 5, 6].map(() => backoff.next('x'))).toEqual([100, 200, 400, 800, 1000, 1000])
    backoff.reset('x')
    expect(backoff.next('x')).toBe(100)
  })

  it('wakes everybody and hands out nothing more once closed', async () => {
    const { queue } = makeQueue()
    const waiting = queue.take()
    queue.addAfter('a', 10)
    queue.close()
    queue.add('b')
    await vi.advanceTimersByTimeAsync(100)
    expect(await waiting).toBeUndefined()
    expect(await queue.take()).toBeUndefined()
  })

  it('measures depth, adds, waiting and running passes under the names of controller-runtime', async () => {
    const { queue, metrics } = makeQueue()
    queue.add('a')
    queue.add('b')
    await vi.advanceTimersByTimeAsync(2000)
    await queue.take()
    await vi.advanceTimersByTimeAsync(3000)
    queue.measure()
    const { text } = await metrics.render()
    expect(text).toContain('workqueue_depth{name="cluster"} 1')
    expect(text).toContain('workqueue_adds_total{name="cluster"} 2')
    expect(text).toContain('workqueue_queue_duration_seconds_sum{name="cluster"} 2')
    expect(text).toContain('workqueue_longest_running_processor_seconds{name="cluster"} 3')
    expect(text).toContain('workqueue_unfinished_work_seconds{name="cluster"} 3')
  })
})
