import type { ObjectKey, Resource } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { Context } from './context.ts'
import { referrersOf } from './dereference.ts'
import { canonical, standingConditions } from './publish.ts'

/**
 * Wakes an object when it changed, and those that refer to it. What only its status says wakes nobody but for
 * availability, which others wait for: our own status writes must not cause passes. Returns what ends it.
 */
export function wakeOnChange(context: Context, wake: (key: ObjectKey) => void): () => void {
  const seen = new Map<
    string,
    { readonly own: string; readonly others: string; readonly labels: Resource['metadata']['labels'] }
  >()
  let ended = false

  function changed(key: ObjectKey): void {
    if (ended) return
    const text = keyText(key)
    const object = context.store.get(key)
    const before = seen.get(text)
    const own = object === undefined ? '' : ownPart(object)
    const others = object === undefined ? '' : `${own} ${availability(object)}`
    if (own !== before?.own) wake(key)
    if (others !== before?.others) {
      const users = [
        ...referrersOf(context, key, object?.metadata.labels),
        // Those that its old labels had chosen, or that it held in place.
        ...(before === undefined ? [] : referrersOf(context, key, before.labels)),
        ...(object === undefined || object.metadata.deletionTimestamp !== undefined ? heldByOthers(context, key) : []),
      ]
      for (const user of users) wake({ kind: user.kind, namespace: user.metadata.namespace, name: user.metadata.name })
    }
    if (object === undefined) seen.delete(text)
    else seen.set(text, { own, others, labels: object.metadata.labels })
  }

  context.store.onChange(changed)
  for (const kind of ['Host', ...context.ports.clusters.map(({ definition }) => definition.kind)]) {
    for (const { metadata } of context.store.list(kind)) {
      changed({ kind, namespace: metadata.namespace, name: metadata.name })
    }
  }
  return () => {
    ended = true
  }
}

/** Objects of the namespace that wait for others to let go of them. */
function heldByOthers(context: Context, key: ObjectKey): readonly Resource[] {
  return ['Host', ...context.ports.clusters.map(({ definition }) => definition.kind)]
    .flatMap((kind) => context.store.list(kind, key.namespace))
    .filter((object) => object.metadata.deletionTimestamp !== undefined)
}

function ownPart({ metadata }: Resource): string {
  const { uid, generation, deletionTimestamp = '', finalizers, labels } = metadata
  return canonical({ uid, generation, deletionTimestamp, finalizers, labels })
}

function availability(object: Resource): string {
  return standingConditions(object).find(({ type }) => type === 'Available')?.status ?? ''
}
