import type { ObjectKey, Resource } from '../../model/object.ts'
import { keyText } from '../../model/object.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { exponentialBackoff } from '../backoff.ts'
import type { ObjectEvent, OwnConfigMap, OwnObject, ResourceStore, WriteResult } from '../store.ts'
import { KindMissing, SourceError } from '../store.ts'
import type { ApiClient } from './client.ts'
import { ApiError } from './client.ts'
import { applyConfigMap } from './config-map.ts'
import { EventWriter } from './events.ts'
import type { ReflectorTiming } from './reflector.ts'
import { Reflector } from './reflector.ts'
import { toResource } from './resource.ts'
import { ValueCache } from './values.ts'

/** Under this name the API server keeps which fields of a status are ironherd's. */
export const fieldManager = 'ironherd'

export interface KubernetesStoreOptions {
  readonly client: ApiClient
  readonly group: string
  readonly version: string
  readonly kinds: readonly { readonly kind: string; readonly plural: string }[]
  /** Empty: every namespace. */
  readonly namespaces: readonly string[]
  readonly log: Logger
  readonly metrics: Metrics
  readonly random: () => number
  readonly timing?: Partial<ReflectorTiming>
}

export class KubernetesStore implements ResourceStore {
  readonly #options: KubernetesStoreOptions
  readonly #reflectors: readonly { readonly kind: string; readonly reflector: Reflector }[]
  readonly #listeners: ((key: ObjectKey) => void)[] = []
  readonly #events: EventWriter
  readonly #values: ValueCache
  readonly #missing = new Map<string, ApiError>()

  constructor(options: KubernetesStoreOptions) {
    this.#options = options
    this.#events = new EventWriter({ client: options.client, log: options.log, metrics: options.metrics })
    this.#values = new ValueCache(options.client)
    const namespaces = options.namespaces.length === 0 ? [undefined] : options.namespaces
    this.#reflectors = options.kinds.flatMap(({ kind, plural }) =>
      namespaces.map((namespace) => ({ kind, reflector: this.#reflectorOf(kind, plural, namespace) })),
    )
  }

  #reflectorOf(kind: string, plural: string, namespace: string | undefined): Reflector {
    const { client, log, random, timing } = this.#options
    return new Reflector({
      client,
      kind,
      path: this.#path(plural, namespace),
      log,
      random,
      backoff: exponentialBackoff(500, 15_000, random),
      onChange: ({ metadata: { namespace: space, name } }) => {
        this.#missing.delete(kind)
        for (const listener of this.#listeners) listener({ kind, namespace: space, name })
      },
      onMissing: (error) => void this.#missing.set(kind, error),
      ...(timing === undefined ? {} : { timing }),
    })
  }

  #path(plural: string, namespace: string | undefined): string {
    const { group, version } = this.#options
    return `/apis/${group}/${version}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}`
  }

  #objectPath({ kind, namespace, name }: ObjectKey): string {
    const plural = this.#options.kinds.find((known) => known.kind === kind)?.plural
    if (plural === undefined) throw new SourceError(`${kind} is not a kind that is followed here`)
    return `${this.#path(plural, namespace)}/${encodeURIComponent(name)}`
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      ...this.#reflectors.map(({ reflector }) => reflector.run(signal)),
      this.#events.run(signal),
      this.#refuseMissingKinds(signal),
    ])
  }

  /** A kind that is missing at the start is an installation that was not finished: said once and clearly. */
  async #refuseMissingKinds(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.unsynced().length > 0) {
      await this.waitForSync(AbortSignal.any([signal, AbortSignal.timeout(250)]))
      const [kind] = [...this.#missing.keys()].filter((missing) => this.unsynced().includes(missing))
      if (kind !== undefined) {
        throw new KindMissing(
          `the API server does not know ${kind}.${this.#options.group}/${this.#options.version}: ` +
            'apply the definitions with `kubectl apply --server-side -f crds/` and start again',
        )
      }
    }
  }

  unsynced(): readonly string[] {
    return [...new Set(this.#reflectors.filter(({ reflector }) => !reflector.synced).map(({ kind }) => kind))]
  }

  async waitForSync(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.unsynced().length > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  onChange(listener: (key: ObjectKey) => void): void {
    this.#listeners.push(listener)
  }

  get(key: ObjectKey): Resource | undefined {
    for (const { kind, reflector } of this.#reflectors) {
      const object = kind === key.kind ? reflector.objects.get(keyText(key)) : undefined
      if (object !== undefined) return object
    }
    return undefined
  }

  list(kind: string, namespace?: string): readonly Resource[] {
    return this.#reflectors
      .filter((entry) => entry.kind === kind)
      .flatMap(({ reflector }) => [...reflector.objects.values()])
      .filter((object) => namespace === undefined || object.metadata.namespace === namespace)
  }

  /**
   * By server-side apply, which keeps what others say in the same status. The API server ignores the uid in an apply of a
   * status, and resourceVersion as a precondition would starve the status of an object that somebody changes all the
   * time: so an object that was made anew under the old name is told by what was last seen of it, and by the answer.
   */
  async writeStatus(object: Resource, status: unknown, signal: AbortSignal): Promise<WriteResult> {
    const { apiVersion, kind, metadata } = object
    const { name, namespace, uid } = metadata
    const seen = this.get({ kind, namespace, name })
    if (seen !== undefined && seen.metadata.uid !== uid) return 'conflict'
    let answered: unknown
    const result = await this.#write(async () => {
      answered = await this.#options.client.call({
        method: 'PATCH',
        path: `${this.#objectPath({ kind, namespace, name })}/status`,
        query: { fieldManager, force: 'true' },
        // Without this content type the API server would take it for a JSON patch.
        contentType: 'application/apply-patch+yaml',
        body: { apiVersion, kind, metadata: { name, namespace }, status },
        signal,
      })
    })
    return result === 'written' && toResource(answered, kind).metadata.uid !== uid ? 'conflict' : result
  }

  async writeFinalizers(object: Resource, finalizers: readonly string[], signal: AbortSignal): Promise<WriteResult> {
    const { resourceVersion, uid } = object.metadata
    return this.#write(async () => {
      await this.#options.client.call({
        method: 'PATCH',
        path: this.#objectPath({ kind: object.kind, ...object.metadata }),
        query: { fieldManager },
        contentType: 'application/merge-patch+json',
        body: { metadata: { uid, resourceVersion, finalizers } },
        signal,
      })
    })
  }

  /** By server-side apply: it makes the object or changes nothing but what ironherd says of it. */
  async applyOwn(object: OwnObject, signal: AbortSignal): Promise<Resource> {
    const { apiVersion, kind, name, namespace, owner, spec } = object
    const ownerReferences = [
      { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid },
    ]
    const answered = await this.#options.client.call({
      method: 'PATCH',
      path: this.#objectPath(object),
      query: { fieldManager, force: 'true' },
      contentType: 'application/apply-patch+yaml',
      body: { apiVersion, kind, metadata: { name, namespace, ownerReferences }, spec },
      signal,
    })
    return toResource(answered, kind)
  }

  async removeOwn(object: Resource, signal: AbortSignal): Promise<WriteResult> {
    const { uid } = object.metadata
    return this.#write(async () => {
      await this.#options.client.call({
        method: 'DELETE',
        path: this.#objectPath({ kind: object.kind, ...object.metadata }),
        body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } },
        signal,
      })
    })
  }

  async applyConfigMap(configMap: OwnConfigMap, signal: AbortSignal): Promise<WriteResult | 'foreign'> {
    return applyConfigMap(this.#options.client, configMap, signal)
  }

  async #write(write: () => Promise<void>): Promise<WriteResult> {
    try {
      await write()
      return 'written'
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return 'gone'
      if (error instanceof ApiError && error.code === 409) return 'conflict'
      throw error
    }
  }

  event(object: Resource, event: ObjectEvent): void {
    this.#events.add(object, event)
  }

  async secret(namespace: string, name: string, signal: AbortSignal) {
    return this.#values.get('secrets', namespace, name, signal)
  }

  async configMap(namespace: string, name: string, signal: AbortSignal) {
    return this.#values.get('configmaps', namespace, name, signal)
  }
}
