import { afterEach, expect, it } from 'vitest'
import type { Resource } from '../../model/object.ts'
import { createLogger } from '../../telemetry/log.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import type { ApiClient, ApiRequest } from './client.ts'
import { EventWriter } from './events.ts'

const object: Resource = {
  apiVersion: 'ironherd.io/v1alpha1',
  kind: 'SparkCluster',
  metadata: {
    name: 'analytics',
    namespace: 'a',
    uid: 'u1',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-01-01T00:00:00Z',
    finalizers: [],
    labels: {},
    annotations: {},
  },
  spec: {},
}

const stop = new AbortController()
afterEach(() => stop.abort())

it('keeps room for Warnings when much that goes well is told', async () => {
  const written: string[] = []
  const client = {
    call: ({ body }: ApiRequest) => {
      written.push((body as { readonly message: string }).message)
      return Promise.resolve({})
    },
  }
  const metrics = createMetrics()
  const writer = new EventWriter({
    // The one method that it uses.
    client: client as unknown as ApiClient,
    log: createLogger('silent'),
    metrics,
    now: () => 0,
  })
  for (let step = 1; step <= 40; step++)
    writer.add(object, { type: 'Normal', reason: 'StepsDone', message: `step ${step}` })
  writer.add(object, { type: 'Warning', reason: 'Forgotten', message: 'm6 is forgotten' })
  const running = writer.run(stop.signal)
  await expect.poll(() => written.at(-1)).toBe('m6 is forgotten')
  stop.abort()
  await running
  expect(written).toHaveLength(16)
  expect((await metrics.render()).text).toContain('ironherd_events_dropped_total 25')
})
