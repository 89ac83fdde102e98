import type { Authority } from '../model/engine.ts'
import { keyText } from '../model/object.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { exponentialBackoff, sleep } from './backoff.ts'
import type { CanaryTiming } from './canary.ts'
import { Canaries } from './canary.ts'
import { Census } from './census.ts'
import type { Context, Timing } from './context.ts'
import type { Pass, PassResult } from './controller.ts'
import { runController } from './controller.ts'
import type { Ports } from './engine.ts'
import { reconcileHost } from './hosts.ts'
import { keyOf } from './keys.ts'
import type { Leadership, LeaseStore, LeaseTiming } from './lease.ts'
import { lead } from './lease.ts'
import { Looks } from './looks.ts'
import { Machines } from './machines.ts'
import { Memory } from './memory.ts'
import { WorkQueue } from './queue.ts'
import { reconcileCluster } from './reconcile.ts'
import type { ResourceStore } from './store.ts'
import { wakeOnChange } from './wake.ts'

export interface OperatorOptions {
  readonly store: ResourceStore
  readonly ports: Ports
  readonly lease: LeaseStore
  /** Of this process, unique. */
  readonly identity: string
  /** True of the process whose place this one has taken: in a Pod, the one before in the same container. */
  readonly hasReplaced: (holder: string) => boolean
  readonly log: Logger
  readonly metrics: Metrics
  readonly random: () => number
  readonly now: () => number
  readonly monotonic: () => number
  readonly timing: Timing
  readonly leaseTiming: LeaseTiming
  readonly canaryTiming: CanaryTiming
  /** Passes at the same time per kind. */
  readonly workers: number
  /** Looks at the same time, over all hosts, and how long one may take. */
  readonly looksAtOnce: number
  readonly lookDeadlineMs: number
  /** Steps that run when the process is asked to stop get so long to finish. */
  readonly graceMs: number
}

/** Thrown when this process must end because another leads, or may, and it cannot prove that it has stopped itself. */
export class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost'
}

/** After a loss every pass must have ended within this time, ms, for the process to go on as a candidate. */
const endingMs = 20_000

/**
 * The life of the operator: follow the objects, stand by until the lease is free, then keep the clusters until asked to
 * stop. A lease that is lost (the API server was down for longer than it lasts) aborts everything; when every pass has
 * ended the process is a candidate again, with nothing left of its old leadership and a new epoch. Resolves after an
 * orderly stop; throws LeadershipLost, and whatever the store throws.
 */
export async function operate(options: OperatorOptions, stop: AbortSignal): Promise<void> {
  const ended = new AbortController()
  const following = options.store.run(ended.signal)
  // A store that fails ends everything; one that merely stops does so because it was told to.
  const broken = following.then(() => new Promise<never>(() => {}))
  broken.catch(() => {})
  try {
    await Promise.race([serve(options, stop), broken])
  } finally {
    ended.abort()
    await following.catch(() => {})
  }
}

async function serve(options: OperatorOptions, stop: AbortSignal): Promise<void> {
  await options.store.waitForSync(stop)
  const { identity, leaseTiming, log, metrics, monotonic, now, random, lease: store } = options
  const election = {
    store,
    identity,
    name: 'ironherd',
    timing: leaseTiming,
    log,
    metrics,
    random,
    monotonic,
    wall: now,
  }
  // Only in the beginning: should two have been given one place by mistake, they must not take the lease from each other in turn.
  let hasEnded: ((holder: string) => boolean) | undefined = options.hasReplaced
  while (!stop.aborted) {
    const leadership = await lead({ ...election, ...(hasEnded === undefined ? {} : { hasEnded }) }, stop)
    hasEnded = undefined
    if (leadership === undefined) return
    try {
      await keep(options, leadership, stop)
    } finally {
      await leadership.release()
    }
  }
}

/** Everything that is done as leader. Returns when told to stop, or when the lease is lost and everything has ended. */
async function keep(options: OperatorOptions, leadership: Leadership, stop: AbortSignal): Promise<void> {
  const authority = await acquireEpoch(options, AbortSignal.any([leadership.signal, stop]))
  if (authority === undefined) return
  options.log.info({ installation: authority.installation, epoch: authority.epoch }, 'begins to keep the clusters')
  const superseded = new AbortController()
  const late = new AbortController()
  const over = AbortSignal.any([leadership.signal, superseded.signal])
  const hands = AbortSignal.any([over, late.signal])
  const queues = makeQueues(options)
  const context = makeContext(options, leadership, authority, hands, superseded, queues)
  const forgetListener = wakeOnChange(context, (key) => queues.get(key.kind)?.add(keyText(key)))
  const running = Promise.all([...queues].map(([kind, queue]) => runKind(options, context, kind, queue, hands)))
  await Promise.race([untilAborted(stop), untilAborted(over)])
  forgetListener()
  for (const queue of queues.values()) queue.close()
  const grace = setTimeout(() => late.abort(new Error('stopping')), options.graceMs)
  const ended = await Promise.race([
    running.then(() => true),
    untilAborted(hands).then(() => sleep(endingMs, neverAborted).then(() => false)),
  ])
  clearTimeout(grace)
  forgetMetrics(options)
  const why = over.reason instanceof Error ? over.reason.message : String(over.reason)
  if (superseded.signal.aborted || (over.aborted && !ended)) throw new LeadershipLost(why)
  if (over.aborted) options.log.warn({ why }, 'leadership is lost; nothing is done any more, this process stands by')
}

function runKind(
  options: OperatorOptions,
  context: Context,
  kind: string,
  queue: WorkQueue,
  signal: AbortSignal,
): Promise<void> {
  const { log, metrics, workers } = options
  const controller = { name: kind.toLowerCase(), queue, workers, log, metrics, terminalRetryMs: 60_000 }
  return runController({ ...controller, reconcile: (pass) => reconcile(context, kind, pass) }, signal)
}

/** A process that stands by has seen nothing: its gauges would be the last words of a leader that is no more. */
function forgetMetrics(options: OperatorOptions): void {
  for (const { kind } of ownKinds(options)) {
    for (const { metadata } of options.store.list(kind)) options.metrics.forget(keyText({ kind, ...metadata }))
  }
}

const neverAborted = new AbortController().signal

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function reconcile(context: Context, kind: string, pass: Pass): Promise<PassResult> {
  return kind === 'Host' ? reconcileHost(context, pass) : reconcileCluster(context, pass)
}

async function acquireEpoch(options: OperatorOptions, signal: AbortSignal): Promise<Authority | undefined> {
  const backoff = exponentialBackoff(500, 5_000, options.random)
  while (!signal.aborted) {
    try {
      return await options.ports.epochs.acquire(signal)
    } catch (error) {
      if (signal.aborted) break
      options.log.warn({ err: error }, 'the epoch could not be raised; nothing is done before that')
      await sleep(backoff.next('epoch'), signal)
    }
  }
  return undefined
}

function ownKinds(options: OperatorOptions): readonly { readonly kind: string }[] {
  return [{ kind: 'Host' }, ...options.ports.clusters.map(({ definition }) => ({ kind: definition.kind }))]
}

function makeQueues(options: OperatorOptions): ReadonlyMap<string, WorkQueue> {
  const { metrics, monotonic, random, timing } = options
  return new Map(
    ownKinds(options).map(({ kind }) => {
      // Errors are retried no more slowly than the poll: a pass that fails must not make ironherd blind.
      const backoff = exponentialBackoff(200, timing.pollMs, random)
      return [kind, new WorkQueue({ name: kind.toLowerCase(), metrics, backoff, now: monotonic })]
    }),
  )
}

function makeContext(
  options: OperatorOptions,
  leadership: Leadership,
  authority: Authority,
  handsSignal: AbortSignal,
  superseded: AbortController,
  queues: ReadonlyMap<string, WorkQueue>,
): Context {
  const { canaryTiming, log, lookDeadlineMs, looksAtOnce, metrics, monotonic, now, ports, random, store, timing } =
    options
  const onCanary = (key: string, ok: boolean, changed: boolean) => {
    const { kind, namespace, name } = keyOf(key)
    metrics.count('ironherd_canary_total', { kind, namespace, cluster: name, result: ok ? 'ok' : 'failed' })
    if (changed) queues.get(kind)?.add(key)
  }
  return {
    store,
    ports,
    authority,
    held: () => leadership.held() && !superseded.signal.aborted,
    handsSignal,
    superseded: (why) => {
      log.error({ why }, 'a machine has seen a newer leader')
      superseded.abort(new Error(`a newer leader acts: ${why}`))
    },
    looks: new Looks({
      looker: ports.looker,
      now,
      concurrency: looksAtOnce,
      deadlineMs: lookDeadlineMs,
      unseenMs: 1000,
    }),
    machines: new Machines(),
    census: new Census(ports.engine),
    canaries: new Canaries(ports.canary, canaryTiming, monotonic, onCanary),
    memory: new Memory(),
    metrics,
    timing,
    random,
    now,
  }
}
