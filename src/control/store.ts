import type { ObjectKey, Resource } from '../model/object.ts'
import type { ReasonCode } from '../model/reasons.ts'

/** Something worth telling a person, shown by `kubectl describe` of the object. */
export interface ObjectEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: ReasonCode
  /** At most 1,024 characters are kept. */
  readonly message: string
}

/** `conflict`: the object is another than the caller saw; look again. `gone`: it is not there any more. */
export type WriteResult = 'written' | 'conflict' | 'gone'

/** An object of ironherd's own as it is to stand. It goes when `owner` goes. */
export interface OwnObject extends ObjectKey {
  readonly apiVersion: string
  readonly owner: Resource
  readonly spec: unknown
}

/** A ConfigMap beside `owner`, as it is to stand. It goes when that goes. */
export interface OwnConfigMap {
  readonly owner: Resource
  readonly name: string
  readonly data: Readonly<Record<string, string>>
}

/**
 * Where objects come from and where status goes: the Kubernetes API now, a directory later. Reads are of the last known
 * state, which stays while the source is down. Calls that talk to the source throw `SourceError` when it does not answer.
 */
export interface ResourceStore {
  /** Begins to follow every kind. Throws `KindMissing` when the source does not know one. Runs until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
  /** Kinds whose first list has not come yet; empty: synced. */
  unsynced(): readonly string[]
  /** Resolves when every kind is synced, or when `signal` aborts. */
  waitForSync(signal: AbortSignal): Promise<void>
  /** Called for every object that appeared, changed or went away; may be called again for nothing. */
  onChange(listener: (key: ObjectKey) => void): void

  get(key: ObjectKey): Resource | undefined
  /** Objects of a kind in every followed namespace, or in one. */
  list(kind: string, namespace?: string): readonly Resource[]

  /** Replaces what ironherd said in the status of this object; one of another uid is a conflict, as far as it was seen. */
  writeStatus(object: Resource, status: unknown, signal: AbortSignal): Promise<WriteResult>
  /** Replaces the finalizers; object's resourceVersion is a precondition. */
  writeFinalizers(object: Resource, finalizers: readonly string[], signal: AbortSignal): Promise<WriteResult>
  /** Makes an object of ironherd's own, or leaves the one that is there: fields of others are not touched. Returns what stands. */
  applyOwn(object: OwnObject, signal: AbortSignal): Promise<Resource>
  /** Removes an object of ironherd's own; one of another uid is a conflict. */
  removeOwn(object: Resource, signal: AbortSignal): Promise<WriteResult>
  /** Makes a ConfigMap of ironherd's own, or puts it back to what it is to be. `foreign`: one of that name is somebody else's. */
  applyConfigMap(configMap: OwnConfigMap, signal: AbortSignal): Promise<WriteResult | 'foreign'>
  /** Never waits and never fails: bounded, aggregated, dropped when there are too many. */
  event(object: Resource, event: ObjectEvent): void

  /** Data by key, decoded as text; undefined: no such object. May be up to ten seconds old, older while the source is down. */
  secret(namespace: string, name: string, signal: AbortSignal): Promise<Readonly<Record<string, string>> | undefined>
  configMap(namespace: string, name: string, signal: AbortSignal): Promise<Readonly<Record<string, string>> | undefined>
}

/** The source did not answer, or refused. */
export class SourceError extends Error {
  override readonly name: string = 'SourceError'
}

/** The source does not know a kind at all. */
export class KindMissing extends SourceError {
  override readonly name = 'KindMissing'
}
