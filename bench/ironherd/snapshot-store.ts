import type { ObjectEvent, ResourceStore, WriteResult } from '../../src/control/store.ts'
import type { ObjectKey, Resource } from '../../src/model/object.ts'
import { keyText } from '../../src/model/object.ts'

type Values = Readonly<Record<string, string>>

export interface Snapshot {
  readonly objects: readonly Resource[]
  /** By namespace/name. */
  readonly secrets: Readonly<Record<string, Values>>
  readonly configMaps: Readonly<Record<string, Values>>
}

/** The objects as they stood at one moment. What a pass writes stays in here and is counted: a settled one writes nothing. */
export class SnapshotStore implements ResourceStore {
  readonly #objects: Map<string, Resource>
  readonly #snapshot: Snapshot
  #writes = 0

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot
    this.#objects = new Map(
      snapshot.objects.map((object) => [keyText({ kind: object.kind, ...object.metadata }), object]),
    )
  }

  get writes(): number {
    return this.#writes
  }

  run(): Promise<void> {
    return Promise.resolve()
  }

  unsynced(): readonly string[] {
    return []
  }

  waitForSync(): Promise<void> {
    return Promise.resolve()
  }

  onChange(): void {
    // Nothing ever changes but by our own writes.
  }

  get(key: ObjectKey): Resource | undefined {
    return this.#objects.get(keyText(key))
  }

  list(kind: string, namespace?: string): readonly Resource[] {
    return [...this.#objects.values()].filter(
      (object) => object.kind === kind && (namespace === undefined || object.metadata.namespace === namespace),
    )
  }

  writeStatus(object: Resource, status: unknown): Promise<WriteResult> {
    this.#writes++
    // As the API server would give it back: without what is undefined.
    this.#put({ ...object, status: JSON.parse(JSON.stringify(status)) as unknown })
    return Promise.resolve('written')
  }

  writeFinalizers(object: Resource, finalizers: readonly string[]): Promise<WriteResult> {
    this.#writes++
    this.#put({ ...object, metadata: { ...object.metadata, finalizers } })
    return Promise.resolve('written')
  }

  /** Nothing waits for approval here: the policy of the objects is Automatic. */
  applyOwn(): Promise<Resource> {
    return Promise.reject(new Error('the benchmark makes no plans'))
  }

  removeOwn(): Promise<WriteResult> {
    return Promise.resolve('gone')
  }

  event(_object: Resource, _event: ObjectEvent): void {
    this.#writes++
  }

  secret(namespace: string, name: string): Promise<Values | undefined> {
    return Promise.resolve(this.#snapshot.secrets[`${namespace}/${name}`])
  }

  configMap(namespace: string, name: string): Promise<Values | undefined> {
    return Promise.resolve(this.#snapshot.configMaps[`${namespace}/${name}`])
  }

  #put(object: Resource): void {
    this.#objects.set(keyText({ kind: object.kind, ...object.metadata }), object)
  }
}
