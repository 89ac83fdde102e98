import { hostPreparation } from '../../src/clusters/host/expand.ts'
import { Canaries } from '../../src/control/canary.ts'
import { Census } from '../../src/control/census.ts'
import type { Context } from '../../src/control/context.ts'
import type { PassResult } from '../../src/control/controller.ts'
import type { ClusterBinding, Engine } from '../../src/control/engine.ts'
import { reconcileHost } from '../../src/control/hosts.ts'
import { keyOf } from '../../src/control/keys.ts'
import { Looks } from '../../src/control/looks.ts'
import { Machines } from '../../src/control/machines.ts'
import { Memory } from '../../src/control/memory.ts'
import { reconcileCluster } from '../../src/control/reconcile.ts'
import type { ResourceStore } from '../../src/control/store.ts'
import { wakeOnChange } from '../../src/control/wake.ts'
import { unifiedDiff } from '../../src/formats/diff.ts'
import type { CanaryRunner, Hands, Looker } from '../../src/model/engine.ts'
import { keyText } from '../../src/model/object.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import type { Metrics } from '../../src/telemetry/metrics.ts'
import type { VirtualClock } from './clock.ts'
import type { Random } from './random.ts'

const log = createLogger('silent')

const noMetrics: Metrics = {
  count: () => undefined,
  set: () => undefined,
  observe: () => undefined,
  replace: () => undefined,
  forget: () => undefined,
  render: async () => ({ text: '', contentType: '' }),
}

const stillForEver = new AbortController().signal
const firstRetryMs = 200
/** What a call of the API server takes. */
const apiMs = 4

/** What one process of ironherd is made of; everything outside it is simulated and handed in. */
export interface DaemonParts {
  readonly clock: VirtualClock
  readonly random: Random
  readonly store: ResourceStore
  readonly engine: Engine
  readonly clusters: readonly ClusterBinding[]
  readonly epoch: number
  /** Also the passes of the Host objects, which act on nothing, are run. */
  readonly keepsHosts: boolean
  /** Made for this process, so that what is not alive any more gets no answers. */
  readonly looker: (daemon: Daemon) => Looker
  readonly hands: (daemon: Daemon) => Hands
  readonly canary: (daemon: Daemon) => CanaryRunner
  /** A pass threw: nothing that a host or the store does may bring that about. */
  readonly onError: (key: string, error: unknown) => void
  /** It learns on a machine that a newer leader has acted. */
  readonly onSuperseded: () => void
  readonly onPass: (key: string) => void
}

/**
 * One process of ironherd as leader: a fresh Context of src/control, whose passes are run in virtual time as its queues
 * would run them. A kill leaves every promise that it waits for unresolved for ever, which is what SIGKILL does.
 */
export class Daemon {
  readonly parts: DaemonParts
  readonly epoch: number
  readonly context: Context
  /** When it last did something, by machine. */
  readonly actedAt = new Map<string, number>()
  alive = true
  /** Another process holds the lease. */
  deposed = false
  /** What of its scripts on the hosts ends with it. */
  scriptsDie = false
  #stopped = false
  #continue: (() => void)[] = []
  readonly #due = new Map<string, { readonly at: number; readonly cancel: () => void }>()
  readonly #running = new Set<string>()
  readonly #again = new Set<string>()
  readonly #errors = new Map<string, number>()
  readonly #forget: () => void

  constructor(parts: DaemonParts) {
    this.parts = parts
    this.epoch = parts.epoch
    this.context = this.#makeContext()
    this.#forget = wakeOnChange(this.context, (key) => {
      if (this.alive && (parts.keepsHosts || key.kind !== 'Host')) this.#schedule(keyText(key), 0)
    })
  }

  kill(scriptsDie: boolean): void {
    this.alive = false
    this.scriptsDie = scriptsDie
    this.#forget()
    for (const { cancel } of this.#due.values()) cancel()
  }

  /** It was stopped and not yet continued. */
  get stands(): boolean {
    return this.#stopped
  }

  stop(): void {
    this.#stopped = true
  }

  continue(): void {
    this.#stopped = false
    const waiting = this.#continue
    this.#continue = []
    for (const go of waiting) go()
  }

  /** Resolves when the process runs: at once, when it is continued, or never. */
  running(): Promise<void> {
    if (!this.alive) return new Promise(() => undefined)
    if (!this.#stopped) return Promise.resolve()
    return new Promise((resolve) => this.#continue.push(resolve))
  }

  #makeContext(): Context {
    const { canary, clock, clusters, engine, epoch, hands, looker, random, store } = this.parts
    const ports = {
      engine,
      clusters,
      preparation: hostPreparation,
      looker: looker(this),
      diff: unifiedDiff,
      hands: hands(this),
      canary: canary(this),
      epochs: { acquire: () => Promise.reject(new Error('the epoch was acquired before')) },
    }
    const now = () => clock.now
    return {
      store: this.#guarded(store),
      ports,
      authority: { installation: 'here', epoch },
      held: () => this.alive && !this.deposed,
      handsSignal: stillForEver,
      superseded: () => this.parts.onSuperseded(),
      looks: new Looks({ looker: ports.looker, now, concurrency: 64, deadlineMs: 30_000, unseenMs: 1000 }),
      machines: new Machines(),
      census: new Census(engine),
      canaries: new Canaries(
        ports.canary,
        { everyMs: 120_000, retryMs: 10_000, deadlineMs: 15_000 },
        now,
        (key, _ok, changed) => {
          if (changed && this.alive) this.#schedule(key, 0)
        },
      ),
      memory: new Memory(),
      metrics: noMetrics,
      timing: { pollMs: 5000, busyMs: 2000, shareMs: 1000 },
      random: () => random.next(),
      now,
    }
  }

  /** The API server answers only those that are alive. */
  #guarded(store: ResourceStore): ResourceStore {
    const after = async <T>(call: () => Promise<T>): Promise<T> => {
      await this.running()
      await this.parts.clock.sleep(apiMs)
      await this.running()
      const result = await call()
      await this.running()
      return result
    }
    return {
      run: (signal) => store.run(signal),
      unsynced: () => store.unsynced(),
      waitForSync: (signal) => store.waitForSync(signal),
      onChange: (listener) => store.onChange(listener),
      get: (key) => store.get(key),
      list: (kind, namespace) => store.list(kind, namespace),
      writeStatus: (object, status, signal) => after(() => store.writeStatus(object, status, signal)),
      writeFinalizers: (object, names, signal) => after(() => store.writeFinalizers(object, names, signal)),
      applyOwn: (object, signal) => after(() => store.applyOwn(object, signal)),
      applyConfigMap: (configMap, signal) => after(() => store.applyConfigMap(configMap, signal)),
      removeOwn: (object, signal) => after(() => store.removeOwn(object, signal)),
      event: (object, event) => store.event(object, event),
      secret: (namespace, name, signal) => after(() => store.secret(namespace, name, signal)),
      configMap: (namespace, name, signal) => after(() => store.configMap(namespace, name, signal)),
    }
  }

  /** In `ms`; of several the earliest holds. One that runs is run again. */
  #schedule(key: string, ms: number): void {
    if (this.#running.has(key)) {
      if (ms <= 0) this.#again.add(key)
      return
    }
    const at = this.parts.clock.now + ms
    const standing = this.#due.get(key)
    if (standing !== undefined && standing.at <= at) return
    standing?.cancel()
    const cancel = this.parts.clock.after(ms, () => {
      this.#due.delete(key)
      void this.#pass(key)
    })
    this.#due.set(key, { at, cancel })
  }

  async #pass(key: string): Promise<void> {
    this.#running.add(key)
    await this.running()
    this.parts.onPass(key)
    const pass = { key, reconcileId: 'sim', log, signal: stillForEver }
    const reconcile = keyOf(key).kind === 'Host' ? reconcileHost : reconcileCluster
    const outcome = await reconcile(this.context, pass).catch(
      (error: unknown): PassResult => ({ result: 'error', error }),
    )
    await this.running()
    this.#running.delete(key)
    const wait = this.#waitAfter(key, outcome)
    const again = this.#again.delete(key)
    if (again) this.#schedule(key, 0)
    else if (wait !== undefined) this.#schedule(key, wait)
  }

  #waitAfter(key: string, outcome: PassResult): number | undefined {
    switch (outcome.result) {
      case 'error': {
        this.parts.onError(key, outcome.error)
        const count = this.#errors.get(key) ?? 0
        this.#errors.set(key, count + 1)
        return Math.min(5_000, firstRetryMs * 2 ** count)
      }
      case 'terminal':
        return 60_000
      case 'again':
        this.#errors.delete(key)
        return outcome.afterMs
      case 'nothing':
        return undefined
    }
  }
}
