/** The part of a Kubernetes object that every room may know. */
export interface ObjectKey {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** Kind/namespace/name: how logs, journals, claims and ledgers name an object. */
export function keyText(key: ObjectKey): string {
  return `${key.kind}/${key.namespace}/${key.name}`
}

export interface ObjectMeta {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly generation: number
  readonly resourceVersion: string
  /** RFC 3339. */
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
  readonly finalizers: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

export interface Resource<Spec = unknown, Status = unknown> {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec: Spec
  readonly status?: Status
}

export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>
}

/** Every pair of matchLabels stands on the object. An empty selector matches nothing: nobody means "all machines". */
export function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const pairs = Object.entries(selector.matchLabels)
  return pairs.length > 0 && pairs.every(([key, value]) => labels[key] === value)
}
