import { clusterPlanKind } from '../api/cluster-plan.ts'
import type { ObjectKey, Resource } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { Context } from './context.ts'
import { referrersOf } from './dereference.ts'
import { clusterOfPlan } from './plan-object.ts'
import { canonical, standingConditions } from './publish.ts'

/**
 * Wakes an object when it changed, and those that refer to it. What only its status says wakes nobody but for
 * availability, which others wait for: our own status writes must not cause passes. Returns what ends it.
 */
export function wakeOnChange(context: Context, wake: (key: ObjectKey) => void): () => void {
  const seen = new Map<string, Seen>()
  let ended = false

  function changed(key: ObjectKey): void {
    if (ended) return
    const object = context.store.get(key)
    const before = seen.get(keyText(key))
    const now = remember(key, object)
    const awake = ownerOf(key, object ?? before?.object)
    if (now?.own !== before?.own && awake !== undefined) wake(awake)
    if (now?.others === before?.others) return
    const users = [
      ...referrersOf(context, key, object?.metadata.labels),
      // Those that its old labels had chosen, or that it held in place.
      ...(before === undefined ? [] : referrersOf(context, key, before.object.metadata.labels)),
      ...(object === undefined || object.metadata.deletionTimestamp !== undefined ? heldByOthers(context, key) : []),
    ]
    for (const user of users) wake({ kind: user.kind, namespace: user.metadata.namespace, name: user.metadata.name })
  }

  function remember(key: ObjectKey, object: Resource | undefined): Seen | undefined {
    if (object === undefined) {
      seen.delete(keyText(key))
      return undefined
    }
    const own = ownPart(object)
    const now = { own, others: `${own} ${availability(object)}`, object }
    seen.set(keyText(key), now)
    return now
  }

  context.store.onChange(changed)
  for (const kind of [
    'Host',
    clusterPlanKind.kind,
    ...context.ports.clusters.map(({ definition }) => definition.kind),
  ]) {
    // All others are woken for themselves, too: nobody has to be found who refers to them.
    for (const object of context.store.list(kind)) {
      const { metadata } = object
      const key = { kind, namespace: metadata.namespace, name: metadata.name }
      remember(key, object)
      const awake = ownerOf(key, object)
      if (awake !== undefined) wake(awake)
    }
  }
  return () => {
    ended = true
  }
}

interface Seen {
  readonly own: string
  readonly others: string
  readonly object: Resource
}

/** What is approved in a plan, or that the plan is gone, is the business of its cluster. */
function ownerOf(key: ObjectKey, object: Resource | undefined): ObjectKey | undefined {
  if (key.kind !== clusterPlanKind.kind) return key
  return object === undefined ? undefined : clusterOfPlan(object)
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
