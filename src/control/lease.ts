import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { jitter, sleep } from './backoff.ts'

/** What stands in the lease. Times are RFC 3339 with microseconds. */
export interface LeaseRecord {
  readonly holder: string
  readonly durationSeconds: number
  readonly acquireTime: string
  readonly renewTime: string
  readonly transitions: number
}

export interface LeaseStore {
  /** Undefined: there is no lease yet. Throws when the store does not answer. */
  read(signal: AbortSignal): Promise<{ readonly record: LeaseRecord; readonly version: string } | undefined>
  /** Writes when the lease is still at `version` (undefined: does not exist). False: somebody else was faster. */
  write(record: LeaseRecord, version: string | undefined, signal: AbortSignal): Promise<boolean>
}

export interface LeaseTiming {
  /** A candidate takes over a lease that it has not seen renewed for so long. */
  readonly durationMs: number
  /** The holder gives up after so long without a renewal; less than `durationMs`, so it stops before another starts. */
  readonly renewDeadlineMs: number
  readonly retryMs: number
}

export const usualLeaseTiming: LeaseTiming = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 }

export interface LeaderElectionOptions {
  readonly store: LeaseStore
  /** Unique per process. */
  readonly identity: string
  /** True of a holder that is proven to have ended: its lease is not waited for. */
  readonly hasEnded?: (holder: string) => boolean
  readonly name: string
  readonly timing: LeaseTiming
  readonly log: Logger
  readonly metrics: Metrics
  readonly random: () => number
  /** Monotonic, ms: for deadlines. A wall clock that is set back must not lengthen a leadership. */
  readonly monotonic: () => number
  /** Wall clock, ms: only written, never compared. */
  readonly wall: () => number
}

export interface Leadership {
  /** Aborts when the lease is lost or given back: everything that is done in its name must stop. */
  readonly signal: AbortSignal
  /** Asked before every act: false as soon as the deadline has passed, even when no timer could run (a frozen process). */
  held(): boolean
  /** Gives the lease back so that another candidate need not wait. */
  release(): Promise<void>
}

/**
 * Waits until the lease is free and takes it; undefined when `signal` aborts before. Whether another's lease has run out
 * is judged by how long this process has seen it unchanged, never by comparing clocks of two machines.
 */
export async function lead(options: LeaderElectionOptions, signal: AbortSignal): Promise<Leadership | undefined> {
  const { store, identity, timing, log, metrics, monotonic, name } = options
  metrics.set('leader_election_master_status', { name }, 0)
  let seen = { text: '', at: monotonic() }
  let told = ''
  while (!signal.aborted) {
    const began = monotonic()
    try {
      const standing = await store.read(AbortSignal.any([signal, AbortSignal.timeout(timing.renewDeadlineMs)]))
      const text = JSON.stringify(standing ?? null)
      if (text !== seen.text) seen = { text, at: monotonic() }
      const holder = standing?.record.holder ?? ''
      const durationMs = (standing?.record.durationSeconds ?? 0) * 1000
      const free = holder === '' || holder === identity || options.hasEnded?.(holder) === true
      if (free || monotonic() - seen.at >= durationMs) {
        const record = nextRecord(options, standing?.record, holder !== identity)
        const call = AbortSignal.any([signal, AbortSignal.timeout(timing.renewDeadlineMs)])
        if (await store.write(record, standing?.version, call)) return hold(options, record, began)
      } else if (holder !== told) {
        told = holder
        log.info({ holder, identity }, 'another process leads; this one stands by')
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'the lease could not be read or written')
    }
    await sleep(jitter(timing.retryMs, 0.2, options.random), signal)
  }
  return undefined
}

function nextRecord(options: LeaderElectionOptions, before: LeaseRecord | undefined, taken: boolean): LeaseRecord {
  const now = microTime(options.wall())
  return {
    holder: options.identity,
    durationSeconds: Math.round(options.timing.durationMs / 1000),
    acquireTime: taken || before === undefined ? now : before.acquireTime,
    renewTime: now,
    transitions: (before?.transitions ?? 0) + (taken && before !== undefined ? 1 : 0),
  }
}

/** Renews until it fails for `renewDeadlineMs`, counted from the start of the last call that succeeded. */
function hold(options: LeaderElectionOptions, first: LeaseRecord, took: number): Leadership {
  const { identity, log, metrics, monotonic, name, random, store, timing } = options
  const ended = new AbortController()
  const released = new AbortController()
  let renewed = took
  let record = first
  metrics.set('leader_election_master_status', { name }, 1)
  log.info({ identity, lease: name }, 'this process leads')

  function end(why: string): void {
    if (ended.signal.aborted) return
    metrics.set('leader_election_master_status', { name }, 0)
    ended.abort(new Error(why))
  }

  async function renew(): Promise<void> {
    const began = monotonic()
    const left = Math.max(1, renewed + timing.renewDeadlineMs - began)
    const call = AbortSignal.any([
      released.signal,
      AbortSignal.timeout(Math.ceil(Math.min(left, timing.renewDeadlineMs / 2))),
    ])
    const standing = await store.read(call)
    if (standing !== undefined && standing.record.holder !== identity) {
      end(`${standing.record.holder === '' ? 'nobody' : standing.record.holder} holds the lease now`)
      return
    }
    const next = nextRecord(options, standing?.record ?? record, false)
    if (await store.write(next, standing?.version, call)) {
      record = next
      renewed = began
    }
  }

  async function run(): Promise<void> {
    while (!ended.signal.aborted) {
      await sleep(jitter(timing.retryMs, 0.1, random), AbortSignal.any([ended.signal, released.signal]))
      if (released.signal.aborted || ended.signal.aborted) return
      try {
        await renew()
      } catch (error) {
        if (!released.signal.aborted) log.warn({ err: error }, 'the lease could not be renewed')
      }
    }
  }

  // Judges the deadline on its own: a renewal that hangs must not put off the end.
  const watch = setInterval(
    () => {
      if (monotonic() - renewed >= timing.renewDeadlineMs)
        end(`the lease was not renewed for ${timing.renewDeadlineMs} ms`)
    },
    Math.max(10, Math.min(250, timing.renewDeadlineMs / 10)),
  )
  ended.signal.addEventListener('abort', () => clearInterval(watch), { once: true })
  const running = run()

  return {
    signal: ended.signal,
    held: () => !ended.signal.aborted && monotonic() - renewed < timing.renewDeadlineMs,
    async release() {
      released.abort()
      await running
      if (ended.signal.aborted) return
      const call = AbortSignal.timeout(5000)
      try {
        const standing = await store.read(call)
        if (standing?.record.holder === identity) {
          await store.write({ ...standing.record, holder: '', durationSeconds: 1 }, standing.version, call)
        }
      } catch (error) {
        log.warn({ err: error }, 'the lease could not be given back; it runs out by itself')
      }
      end('the lease was given back')
    },
  }
}

/** As V1MicroTime writes it: the API server refuses other precisions. */
export function microTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`
}
