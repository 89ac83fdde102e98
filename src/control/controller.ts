import { randomUUID } from 'node:crypto'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { WorkQueue } from './queue.ts'

/**
 * What a pass comes to. error: tried again with back-off. terminal: only a change of the object can help; it is looked
 * at again only slowly. again: everything is said, come back in so many ms. nothing: the object is gone.
 */
export type PassResult =
  | { readonly result: 'error'; readonly error: unknown }
  | { readonly result: 'terminal'; readonly why: string }
  | { readonly result: 'again'; readonly afterMs: number }
  | { readonly result: 'nothing' }

export interface Pass {
  readonly key: string
  /** In every log line of the pass, and in the journals of the hosts. */
  readonly reconcileId: string
  readonly log: Logger
  /** Aborts when this process must stop: leadership lost, or shutdown. */
  readonly signal: AbortSignal
}

export interface ControllerOptions {
  readonly name: string
  readonly queue: WorkQueue
  readonly workers: number
  readonly log: Logger
  readonly metrics: Metrics
  readonly reconcile: (pass: Pass) => Promise<PassResult>
  readonly terminalRetryMs: number
}

/** Runs `workers` loops over the queue until it is closed; resolves when the last pass has ended. */
export async function runController(options: ControllerOptions, signal: AbortSignal): Promise<void> {
  const { metrics, name, queue, workers } = options
  metrics.set('controller_runtime_max_concurrent_reconciles', { controller: name }, workers)
  metrics.set('controller_runtime_active_workers', { controller: name }, 0)
  const measure = setInterval(() => {
    queue.measure()
    metrics.set('controller_runtime_active_workers', { controller: name }, queue.running)
  }, 1000)
  try {
    await Promise.all(Array.from({ length: workers }, () => work(options, signal)))
  } finally {
    clearInterval(measure)
  }
}

async function work(options: ControllerOptions, signal: AbortSignal): Promise<void> {
  for (;;) {
    const key = await options.queue.take()
    if (key === undefined) return
    try {
      await onePass(options, key, signal)
    } finally {
      options.queue.done(key)
    }
  }
}

async function onePass(options: ControllerOptions, key: string, signal: AbortSignal): Promise<void> {
  const { metrics, name, queue } = options
  const reconcileId = randomUUID().slice(0, 8)
  const log = options.log.child({ controller: name, object: key, reconcileId })
  const began = performance.now()
  const outcome = await options
    .reconcile({ key, reconcileId, log, signal })
    .catch((error: unknown): PassResult => ({ result: 'error', error }))
  metrics.observe('controller_runtime_reconcile_time_seconds', { controller: name }, (performance.now() - began) / 1000)
  switch (outcome.result) {
    case 'error':
      metrics.count('controller_runtime_reconcile_errors_total', { controller: name })
      metrics.count('controller_runtime_reconcile_total', { controller: name, result: 'error' })
      if (!signal.aborted) log.error({ err: outcome.error }, 'the pass failed and is tried again')
      queue.addRateLimited(key)
      return
    case 'terminal':
      metrics.count('controller_runtime_terminal_reconcile_errors_total', { controller: name })
      metrics.count('controller_runtime_reconcile_total', { controller: name, result: 'error' })
      log.debug({ why: outcome.why }, 'the object must change first')
      queue.forget(key)
      queue.addAfter(key, options.terminalRetryMs)
      return
    case 'again':
      metrics.count('controller_runtime_reconcile_total', { controller: name, result: 'requeue_after' })
      queue.forget(key)
      queue.addAfter(key, outcome.afterMs)
      return
    case 'nothing':
      metrics.count('controller_runtime_reconcile_total', { controller: name, result: 'success' })
      queue.forget(key)
  }
}
