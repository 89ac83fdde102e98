import { keyText, type Resource } from '../../model/object.ts'
import type { Logger } from '../../telemetry/log.ts'
import { type Backoff, jitter, sleep } from '../backoff.ts'
import type { ApiClient } from './client.ts'
import { ApiError } from './client.ts'
import { toResource } from './resource.ts'

export interface ReflectorOptions {
  readonly client: ApiClient
  /** Collection, e.g. /apis/ironherd.io/v1alpha1/hosts. */
  readonly path: string
  readonly kind: string
  readonly log: Logger
  readonly backoff: Backoff
  readonly random: () => number
  /** Called with the object as it is now, or as it last was when it is gone. */
  readonly onChange: (object: Resource) => void
  /** The collection does not exist; called on every attempt that finds so. */
  readonly onMissing: (error: ApiError) => void
  readonly timing?: Partial<ReflectorTiming>
}

export interface ReflectorTiming {
  /** The server is asked to end a watch after so long, so that a proxy in between never does it silently. */
  readonly watchSeconds: number
  /** The server sends a bookmark about once a minute: a watch that is silent for longer is dead. */
  readonly silenceMs: number
  /** Everything is listed anew so often, in case a watch lost something. */
  readonly relistMs: number
  readonly pageSize: number
}

const usual: ReflectorTiming = { watchSeconds: 240, silenceMs: 90_000, relistMs: 600_000, pageSize: 500 }

/**
 * Keeps a copy of one collection: list, then watch from there; a watch that ends is continued from the last version
 * seen; one that is too old (410, by HTTP or inside the stream) leads to a new list. While the server is down the copy
 * stays as it last was. client-node's own informer is not used because it stops for ever after a dropped socket.
 */
export class Reflector {
  readonly #options: ReflectorOptions
  readonly #timing: ReflectorTiming
  readonly #objects = new Map<string, Resource>()
  #synced = false
  #version = ''

  constructor(options: ReflectorOptions) {
    this.#options = options
    this.#timing = { ...usual, ...options.timing }
  }

  get synced(): boolean {
    return this.#synced
  }

  get objects(): ReadonlyMap<string, Resource> {
    return this.#objects
  }

  async run(signal: AbortSignal): Promise<void> {
    const { backoff, path } = this.#options
    while (!signal.aborted) {
      try {
        await this.#list(signal)
        const began = performance.now()
        await this.#follow(signal)
        // A server that finds every version too old at once is not to be asked in a tight loop.
        if (performance.now() - began < 1000) await sleep(backoff.next(path), signal)
        else backoff.reset(path)
      } catch (error) {
        await this.#failed('list', error, signal)
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const found = new Map<string, Resource>()
    let next: string | undefined
    let version = ''
    do {
      const page = (await this.#options.client.call({
        method: 'GET',
        path: this.#options.path,
        query: { limit: String(this.#timing.pageSize), continue: next },
        signal,
        deadlineMs: 30_000,
      })) as ListPage
      for (const item of page.items) {
        const object = toResource(item, this.#options.kind)
        found.set(keyText({ kind: object.kind, ...object.metadata }), object)
      }
      next = page.metadata.continue === '' ? undefined : page.metadata.continue
      version = page.metadata.resourceVersion
    } while (next !== undefined)
    const gone = [...this.#objects].filter(([key]) => !found.has(key))
    for (const [key, object] of gone) {
      this.#objects.delete(key)
      this.#options.onChange(object)
    }
    for (const [key, object] of found) this.#take(key, object)
    this.#version = version
    this.#synced = true
  }

  /** Watches until the copy must be listed anew. Failures of a watch are waited out here: the version is still good. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { backoff, path, random } = this.#options
    const until = performance.now() + jitter(this.#timing.relistMs, 0.1, random)
    while (!signal.aborted && performance.now() < until) {
      const began = performance.now()
      try {
        if ((await this.#watch(signal)) === 'too old') return
        // A server that closes every watch at once is not to be asked in a tight loop.
        if (performance.now() - began < 1000) await sleep(backoff.next(path), signal)
        else backoff.reset(path)
      } catch (error) {
        if (isTooOld(error)) return
        await this.#failed('watch', error, signal)
      }
    }
  }

  async #watch(signal: AbortSignal): Promise<'ended' | 'too old'> {
    const seconds = Math.max(1, Math.round(jitter(this.#timing.watchSeconds, 0.1, this.#options.random)))
    const lines = this.#options.client.stream(
      {
        method: 'GET',
        path: this.#options.path,
        query: {
          watch: 'true',
          allowWatchBookmarks: 'true',
          resourceVersion: this.#version,
          timeoutSeconds: String(seconds),
        },
        signal,
      },
      this.#timing.silenceMs,
    )
    for await (const line of lines) {
      const { type, object } = line as WatchLine
      if (type === 'ERROR') {
        const { code = 500, reason = '', message = 'the watch failed' } = object as ErrorObject
        if (code === 410) return 'too old'
        throw new ApiError(code, reason, message)
      }
      this.#version = (object as { metadata: { resourceVersion: string } }).metadata.resourceVersion
      if (type === 'BOOKMARK') continue
      const resource = toResource(object, this.#options.kind)
      const key = keyText({ kind: resource.kind, ...resource.metadata })
      if (type === 'DELETED') {
        this.#objects.delete(key)
        this.#options.onChange(resource)
      } else this.#take(key, resource)
    }
    return 'ended'
  }

  #take(key: string, object: Resource): void {
    const before = this.#objects.get(key)
    const same =
      before?.metadata.resourceVersion === object.metadata.resourceVersion &&
      before.metadata.uid === object.metadata.uid
    if (same) return
    this.#objects.set(key, object)
    this.#options.onChange(object)
  }

  async #failed(what: string, error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { backoff, log, path, onMissing } = this.#options
    const wait = backoff.next(path)
    if (error instanceof ApiError && error.code === 404) onMissing(error)
    log.warn({ err: error, path, retryMs: Math.round(wait) }, `${what} failed; the last known objects are kept`)
    await sleep(wait, signal)
  }
}

interface ListPage {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
  readonly items: readonly unknown[]
}

interface WatchLine {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: unknown
}

interface ErrorObject {
  readonly code?: number
  readonly reason?: string
  readonly message?: string
}

function isTooOld(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 410 || error.reason === 'Expired')
}
