import type { ObjectEvent, ResourceStore, WriteResult } from '../../src/control/store.ts'
import { unifiedDiff } from '../../src/formats/diff.ts'
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
  readonly #kinds: ReadonlyMap<string, Map<string, Resource>>
  readonly #snapshot: Snapshot
  readonly #listeners: ((key: ObjectKey) => void)[] = []
  #writes = 0
  #last = 'nothing'

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot
    const kinds = Map.groupBy(snapshot.objects, ({ kind }) => kind)
    this.#kinds = new Map(
      [...kinds].map(([kind, objects]) => [kind, new Map(objects.map((object) => [textOf(object), object]))]),
    )
  }

  get writes(): number {
    return this.#writes
  }

  /** What was last written, for whoever expected nothing. */
  get last(): string {
    return this.#last
  }

  /** All objects as they stand now. */
  snapshot(): Snapshot {
    return { ...this.#snapshot, objects: [...this.#kinds.values()].flatMap((objects) => [...objects.values()]) }
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

  onChange(listener: (key: ObjectKey) => void): void {
    this.#listeners.push(listener)
  }

  get(key: ObjectKey): Resource | undefined {
    return this.#kinds.get(key.kind)?.get(keyText(key))
  }

  list(kind: string, namespace?: string): readonly Resource[] {
    const all = [...(this.#kinds.get(kind)?.values() ?? [])]
    return all.filter((object) => namespace === undefined || object.metadata.namespace === namespace)
  }

  /** What a user does: another spec for an object that is there. */
  edit(object: Resource, spec: unknown): void {
    this.#put({ ...object, spec, metadata: { ...object.metadata, generation: object.metadata.generation + 1 } })
  }

  writeStatus(object: Resource, status: unknown): Promise<WriteResult> {
    this.#wrote(object, unifiedDiff(lines(object.status), lines(status)))
    // As the API server would give it back: without what is undefined.
    this.#put({ ...object, status: JSON.parse(JSON.stringify(status)) as unknown })
    return Promise.resolve('written')
  }

  writeFinalizers(object: Resource, finalizers: readonly string[]): Promise<WriteResult> {
    this.#wrote(object, `finalizers ${finalizers.join()}`)
    this.#put({ ...object, metadata: { ...object.metadata, finalizers } })
    return Promise.resolve('written')
  }

  /** Nothing waits for approval here: the policy of the objects is Automatic. */
  applyOwn(): Promise<Resource> {
    return Promise.reject(new Error('the benchmark makes no plans'))
  }

  /** It stands as it is to be: nothing that a settled cluster publishes is another than before. */
  applyConfigMap(): Promise<WriteResult> {
    return Promise.resolve('written')
  }

  removeOwn(): Promise<WriteResult> {
    return Promise.resolve('gone')
  }

  event(object: Resource, { message, reason }: ObjectEvent): void {
    this.#wrote(object, `${reason}: ${message}`)
  }

  secret(namespace: string, name: string): Promise<Values | undefined> {
    return Promise.resolve(this.#snapshot.secrets[`${namespace}/${name}`])
  }

  configMap(namespace: string, name: string): Promise<Values | undefined> {
    return Promise.resolve(this.#snapshot.configMaps[`${namespace}/${name}`])
  }

  #wrote(object: Resource, what: string): void {
    this.#writes++
    this.#last = `${textOf(object)}: ${what}`
  }

  #put(object: Resource): void {
    const { metadata } = object
    this.#kinds.get(object.kind)?.set(textOf(object), object)
    for (const listener of this.#listeners) listener({ kind: object.kind, ...metadata })
  }
}

function lines(value: unknown): string {
  return `${JSON.stringify(value, undefined, 1)}\n`
}

function textOf({ kind, metadata }: Resource): string {
  return keyText({ kind, ...metadata })
}
