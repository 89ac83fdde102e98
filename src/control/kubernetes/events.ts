import { createHash } from 'node:crypto'
import type { Resource } from '../../model/object.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { sleep } from '../backoff.ts'
import type { ObjectEvent } from '../store.ts'
import type { ApiClient } from './client.ts'
import { ApiError } from './client.ts'

export interface EventWriterOptions {
  readonly client: ApiClient
  readonly log: Logger
  readonly metrics: Metrics
  /** Wall clock, ms: shown in the Events. */
  readonly now?: () => number
}

interface Known {
  readonly name: string
  count: number
  readonly first: string
}

interface Waiting {
  readonly object: Resource
  readonly event: ObjectEvent
  /** How often it happened since it was put here. */
  times: number
}

const bufferSize = 500
/** Per object: so many at once, then one every so many ms. As in client-go, so that an unruly object floods nobody. */
const burst = 25
const refillMs = 10_000
/** Of these, so many are for Warnings alone: a long change tells so much of what goes well that it must not crowd them out. */
const forWarnings = 10

/**
 * Writes core/v1 Events from a bounded buffer, one after the other, so that no pass ever waits for them. The same reason
 * and message about the same object counts one Event up; what goes over the bounds is counted and dropped.
 */
export class EventWriter {
  readonly #options: EventWriterOptions
  readonly #now: () => number
  readonly #waiting = new Map<string, Waiting>()
  readonly #known = new Map<string, Known>()
  readonly #buckets = new Map<string, { tokens: number; at: number }>()
  #wake: () => void = () => {}

  constructor(options: EventWriterOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  add(object: Resource, event: ObjectEvent): void {
    const key = `${object.metadata.uid} ${event.type} ${event.reason} ${event.message}`
    const standing = this.#waiting.get(key)
    if (standing !== undefined) {
      standing.times++
      return
    }
    if (this.#waiting.size >= bufferSize || !this.#allowed(object.metadata.uid, event.type)) {
      this.#options.metrics.count('ironherd_events_dropped_total', {})
      return
    }
    this.#waiting.set(key, { object, event, times: 1 })
    this.#wake()
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const first = this.#waiting.entries().next()
      if (first.done === true) {
        await this.#untilAdded(signal)
        continue
      }
      const [key, waiting] = first.value
      this.#waiting.delete(key)
      try {
        await this.#write(key, waiting, signal)
      } catch (error) {
        if (signal.aborted) return
        const refused = error instanceof ApiError && error.code < 500 && error.code !== 429
        if (!refused) {
          // The API server is down: what happened meanwhile is told when it is back.
          this.#waiting.set(key, waiting)
          await sleep(5000, signal)
          continue
        }
        this.#options.metrics.count('ironherd_events_dropped_total', {})
        this.#options.log.warn({ err: error, event: waiting.event }, 'an Event could not be written')
      }
    }
  }

  #untilAdded(signal: AbortSignal): Promise<void> {
    const added = new AbortController()
    this.#wake = () => added.abort()
    return sleep(3_600_000, AbortSignal.any([signal, added.signal]))
  }

  async #write(key: string, { object, event, times }: Waiting, signal: AbortSignal): Promise<void> {
    const { namespace } = object.metadata
    const path = `/api/v1/namespaces/${namespace}/events`
    const time = new Date(this.#now()).toISOString().replace(/\.\d+Z$/, 'Z')
    const known = this.#known.get(key)
    if (known !== undefined) {
      known.count += times
      try {
        await this.#options.client.call({
          method: 'PATCH',
          path: `${path}/${known.name}`,
          contentType: 'application/merge-patch+json',
          body: { count: known.count, lastTimestamp: time },
          signal,
        })
        return
      } catch (error) {
        // Events expire after an hour: then it is written as a new one.
        if (!(error instanceof ApiError && error.code === 404)) throw error
      }
    }
    const suffix = createHash('sha256').update(`${key} ${this.#now()}`).digest('hex').slice(0, 16)
    const fresh: Known = { name: `${object.metadata.name.slice(0, 230)}.${suffix}`, count: times, first: time }
    await this.#options.client.call({ method: 'POST', path, body: eventBody(object, event, fresh), signal })
    this.#remember(key, fresh)
  }

  #remember(key: string, known: Known): void {
    this.#known.delete(key)
    this.#known.set(key, known)
    const oldest = this.#known.keys().next()
    if (this.#known.size > 2000 && oldest.done !== true) this.#known.delete(oldest.value)
  }

  #allowed(uid: string, type: ObjectEvent['type']): boolean {
    const now = this.#now()
    const bucket = this.#buckets.get(uid) ?? { tokens: burst, at: now }
    bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / refillMs)
    bucket.at = now
    this.#buckets.set(uid, bucket)
    if (this.#buckets.size > 5000) this.#buckets.delete([...this.#buckets.keys()][0] ?? '')
    if (bucket.tokens < (type === 'Warning' ? 1 : 1 + forWarnings)) return false
    bucket.tokens--
    return true
  }
}

function eventBody(object: Resource, event: ObjectEvent, { name, count, first }: Known): unknown {
  const { namespace, uid, resourceVersion } = object.metadata
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      name: object.metadata.name,
      namespace,
      uid,
      resourceVersion,
    },
    type: event.type,
    reason: event.reason,
    message: event.message.slice(0, 1024),
    count,
    firstTimestamp: first,
    lastTimestamp: first,
    source: { component: 'ironherd' },
    reportingComponent: 'ironherd.io/ironherd',
    reportingInstance: 'ironherd',
  }
}
