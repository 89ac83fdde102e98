import type { MasterInfo } from '../common/detector.ts'
import { abort, info, error as logError } from '../common/log.ts'
import { formatDuration } from '../common/quantities.ts'
import { CheckFailed } from './check.ts'
import { realClock } from './clock.ts'
import type { Registry } from './registry.ts'
import { sorted } from './sorted.ts'
import { type LogStoreOptions, logStore, memoryStore, type Store } from './stores.ts'
import { TimedOut, within } from './timeout.ts'

export type * from './registry.ts'

interface RegistrarOptions extends LogStoreOptions {
  readonly fetchTimeoutMs: number
  readonly storeTimeoutMs: number
  /** `--registry=in_memory`. */
  readonly inMemory: boolean
}

type Change = (registry: Registry) => Registry

interface Operation {
  readonly change: Change
  readonly doing: string | undefined
  readonly done: (registry: Registry) => void
  readonly refused: (error: unknown) => void
}

/** Keeps the registry for the leading master; what cannot be kept in time ends the process (c-failures/03, 04). */
export class Registrar {
  readonly #options: RegistrarOptions
  readonly #storeTimer: { record(ms: number): void }
  readonly #never = new AbortController().signal
  #store: Store | undefined
  #registry: Registry | undefined
  #queue: Operation[] = []
  #busy = false
  #fetchMs: number | undefined
  #bytes: number | undefined

  constructor(options: RegistrarOptions) {
    const { libprocess, metrics } = options
    this.#options = options
    metrics.gauge('registrar/queued_operations', () => this.#queue.length)
    metrics.gauge('registrar/registry_size_bytes', () => this.#bytes)
    metrics.gauge('registrar/state_fetch_ms', () => this.#fetchMs)
    this.#storeTimer = metrics.timer('registrar/state_store_ms')
    // Empty where this master does not lead, and never a redirect (a-http/nonleader-GET-registrar_1_registry.txt).
    const show = () => ({ status: 200, json: sorted(this.#registry ?? {}) })
    libprocess.route('/registrar(1)/registry', show, 'mesos-master-readonly')
  }

  /** The replica begins to join the others; every master does so, leader or not. */
  start(): Promise<void> {
    this.#store = this.#options.inMemory ? memoryStore() : logStore(this.#options)
    return Promise.resolve()
  }

  /** Once, and only where this master leads. Ends the process after the fetch timeout. */
  async recover(master: MasterInfo): Promise<Registry> {
    const fatal = (reason: string): never =>
      abort('master.cpp:1659', `Recovery failed: Failed to recover registrar: ${reason}`)
    const began = realClock.now()
    const text = await this.#inTime('fetch', this.#options.fetchTimeoutMs, fatal, (signal) =>
      this.#started().fetch(signal),
    )
    this.#fetchMs = realClock.now() - began
    const size = `${Buffer.byteLength(text ?? '')}B`
    info('registrar.cpp:383', `Successfully fetched the registry (${size}) in ${formatDuration(this.#fetchMs)}`)
    const before = text === undefined ? {} : (JSON.parse(text) as Registry)
    const registry = { ...before, master: { info: master } }
    await this.#write(registry, (reason) => fatal(`Failed to persist MasterInfo: ${reason}`))
    info('registrar.cpp:416', 'Successfully recovered registrar')
    return registry
  }

  /**
   * Only after `recover`. Changes are kept in the order of the calls, several at once where they come faster than they
   * can be kept; gives the registry with all that were kept with it. Rejects where `change` throws, or after `demote`.
   * Ends the process after the store timeout, or where another master writes by now: `doing` stands before the reason
   * ('Failed to remove agent … from the registrar').
   */
  apply(change: Change, doing?: string): Promise<Registry> {
    return new Promise((done, refused) => {
      this.#queue.push({ change, doing, done, refused })
      if (!this.#busy) void this.#keepAll()
    })
  }

  /** Another master leads: what is still queued is never kept. */
  demote(): void {
    this.#store?.demote()
    this.#registry = undefined
  }

  async #keepAll(): Promise<void> {
    this.#busy = true
    while (this.#queue.length > 0) await this.#keep(this.#queue.splice(0))
    this.#busy = false
  }

  async #keep(operations: readonly Operation[]): Promise<void> {
    const began = realClock.now()
    let registry = this.#registry
    const applied: Operation[] = []
    for (const operation of operations) {
      try {
        if (registry === undefined) throw new Error('This master has no registry')
        registry = operation.change(registry)
        applied.push(operation)
      } catch (error) {
        operation.refused(error)
      }
    }
    if (registry === undefined || applied.length === 0) return
    const time = formatDuration(realClock.now() - began)
    info('registrar.cpp:487', `Applied ${applied.length} operations in ${time}; attempting to update the registry`)
    const doing = applied[0]?.doing === undefined ? '' : `${applied[0].doing}: `
    await this.#write(registry, (reason) => abort('master.cpp:10843', `${doing}Failed to update registry: ${reason}`))
    for (const { done } of applied) done(registry)
  }

  async #write(registry: Registry, fatal: (reason: string) => never): Promise<void> {
    const began = realClock.now()
    const text = JSON.stringify(registry)
    const aborting = (reason: string): never => {
      logError('registrar.cpp:567', `Registrar aborting: Failed to update registry: ${reason}`)
      return fatal(reason)
    }
    const { storeTimeoutMs } = this.#options
    const kept = await this.#inTime('store', storeTimeoutMs, aborting, (signal) => this.#started().store(text, signal))
    if (!kept) aborting('version mismatch')
    const ms = realClock.now() - began
    this.#registry = registry
    this.#bytes = Buffer.byteLength(text)
    this.#storeTimer.record(ms)
    info('registrar.cpp:544', `Successfully updated the registry in ${formatDuration(ms)}`)
  }

  async #inTime<T>(
    what: 'fetch' | 'store',
    ms: number,
    fatal: (reason: string) => never,
    act: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      return await within(realClock, ms, this.#never, act)
    } catch (error) {
      if (error instanceof CheckFailed) abort(error.place, error.message)
      if (error instanceof TimedOut) fatal(`Failed to perform ${what} within ${formatDuration(ms)}`)
      throw error
    }
  }

  #started(): Store {
    if (this.#store === undefined) throw new Error('The registrar was not started')
    return this.#store
  }
}
