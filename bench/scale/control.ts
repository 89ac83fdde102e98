import { hostPreparation } from '../../src/clusters/host/expand.ts'
import { Canaries } from '../../src/control/canary.ts'
import { Census } from '../../src/control/census.ts'
import type { Context } from '../../src/control/context.ts'
import { runController } from '../../src/control/controller.ts'
import { reconcileHost } from '../../src/control/hosts.ts'
import { Looks } from '../../src/control/looks.ts'
import { Machines } from '../../src/control/machines.ts'
import { Memory } from '../../src/control/memory.ts'
import { WorkQueue } from '../../src/control/queue.ts'
import { reconcileCluster } from '../../src/control/reconcile.ts'
import { wakeOnChange } from '../../src/control/wake.ts'
import { unifiedDiff } from '../../src/formats/diff.ts'
import type { CanaryRunner, Hands, Looker } from '../../src/model/engine.ts'
import type { ObjectKey, Resource } from '../../src/model/object.ts'
import { keyText } from '../../src/model/object.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts'
import { clusters, engine } from '../ironherd/parts.ts'
import type { SnapshotStore } from '../ironherd/snapshot-store.ts'

/** The control room as `ironherd run` has it, but that nothing comes back by itself: passes are run when they are asked for. */
export interface Control {
  readonly metrics: Metrics
  /** One pass over these objects, as the queues give them out; resolves when the last has ended. */
  passOver(objects: readonly Resource[]): Promise<void>
  stop(): Promise<void>
}

export interface ControlParts {
  readonly store: SnapshotStore
  readonly looker: Looker
  readonly hands: Hands
  readonly now: () => number
}

const noCanary: CanaryRunner = { run: () => Promise.resolve({ ok: true, detail: 'not measured', durationMs: 0 }) }
/** As long as no timer of this process can be: nothing is polled. */
const neverMs = 2 ** 30

export function createControl({ hands, looker, now, store }: ControlParts): Control {
  const log = createLogger('error')
  const metrics = createMetrics()
  const stop = new AbortController()
  const ended: ((key: string) => void)[] = []
  const queues = new Map(
    ['Host', ...clusters.map(({ definition }) => definition.kind)].map((kind) => {
      const backoff = { next: () => 200, reset: () => undefined }
      return [kind, new WorkQueue({ name: kind.toLowerCase(), metrics, backoff, now: () => performance.now() })]
    }),
  )
  const add = (key: ObjectKey): void => queues.get(key.kind)?.add(keyText(key))
  const context: Context = {
    store,
    ports: {
      engine,
      clusters,
      preparation: hostPreparation,
      looker,
      diff: unifiedDiff,
      hands,
      canary: noCanary,
      epochs: { acquire: () => Promise.reject(new Error('the benchmark does not elect')) },
    },
    authority: { installation: 'here', epoch: 2 },
    held: () => true,
    handsSignal: stop.signal,
    superseded: (why) => {
      throw new Error(why)
    },
    looks: new Looks({ looker, now, concurrency: 64, deadlineMs: 30_000, unseenMs: 1000 }),
    machines: new Machines(),
    census: new Census(engine),
    canaries: new Canaries(
      noCanary,
      { everyMs: neverMs, retryMs: neverMs, deadlineMs: 1000 },
      () => performance.now(),
      (key) => queues.get(key.split('/')[0] ?? '')?.add(key),
    ),
    memory: new Memory(),
    metrics,
    timing: { pollMs: neverMs, busyMs: 700, shareMs: 1000 },
    random: Math.random,
    now,
  }
  wakeOnChange(context, add)
  const running = [...queues].map(([kind, queue]) => {
    const reconcile = kind === 'Host' ? reconcileHost : reconcileCluster
    const controller = { name: kind.toLowerCase(), queue, workers: 8, log, metrics, terminalRetryMs: neverMs }
    return runController(
      {
        ...controller,
        reconcile: async (pass) => {
          const result = await reconcile(context, pass)
          if (result.result === 'error') throw result.error
          for (const tell of ended) tell(pass.key)
          return result
        },
      },
      stop.signal,
    )
  })
  const passed = (keys: ReadonlySet<string>): Promise<void> => {
    const left = new Set(keys)
    return new Promise((resolve) => {
      const tell = (key: string): void => {
        if (!left.delete(key) || left.size > 0) return
        ended.splice(ended.indexOf(tell), 1)
        resolve()
      }
      ended.push(tell)
    })
  }
  const textOf = ({ kind, metadata }: Resource): string => keyText({ kind, ...metadata })

  return {
    metrics,
    async passOver(objects) {
      const done = passed(new Set(objects.map(textOf)))
      // As in the daemon, where a pass over everything is one for which the time has come: what changes goes before it.
      for (const object of objects) queues.get(object.kind)?.addAfter(textOf(object), 1)
      await done
    },
    async stop() {
      for (const queue of queues.values()) queue.close()
      stop.abort()
      await Promise.all(running)
    },
  }
}
