import type { Resource } from '../../model/object.ts'

/** An object as the API server sends it; lists leave out kind and apiVersion of their items. */
interface RawObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid: string
    readonly generation?: number
    readonly resourceVersion: string
    readonly creationTimestamp: string
    readonly deletionTimestamp?: string
    readonly finalizers?: readonly string[]
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec?: unknown
  readonly status?: unknown
}

export function toResource(value: unknown, kind: string): Resource {
  const raw = value as RawObject
  const { metadata } = raw
  return {
    apiVersion: raw.apiVersion ?? '',
    kind: raw.kind ?? kind,
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace ?? '',
      uid: metadata.uid,
      generation: metadata.generation ?? 0,
      resourceVersion: metadata.resourceVersion,
      creationTimestamp: metadata.creationTimestamp,
      ...(metadata.deletionTimestamp === undefined ? {} : { deletionTimestamp: metadata.deletionTimestamp }),
      finalizers: metadata.finalizers ?? [],
      labels: metadata.labels ?? {},
      annotations: metadata.annotations ?? {},
    },
    spec: raw.spec ?? {},
    ...(raw.status === undefined ? {} : { status: raw.status }),
  }
}
