import type { ObjectKey, Resource } from '../model/object.ts'
import type { ReasonCode } from '../model/reasons.ts'
import type { Context } from './context.ts'
import type { Pass, PassResult } from './controller.ts'
import { referrersOf } from './dereference.ts'

/** Set before anything is done for an object; holds it until its deletion policy is carried out and nobody uses it. */
export const finalizer = 'ironherd.io/release'

export type Deletion =
  | { readonly state: 'no' }
  /** Deleted, but others use it: it is kept as if nothing had been said. */
  | { readonly state: 'held'; readonly reason: ReasonCode; readonly message: string }
  | { readonly state: 'release' }
  /** Deleted, and ironherd is done with it; others may still hold it. */
  | { readonly state: 'gone' }

export function deletionOf(context: Context, object: Resource): Deletion {
  const { deletionTimestamp, finalizers, labels } = object.metadata
  if (deletionTimestamp === undefined) return { state: 'no' }
  if (!finalizers.includes(finalizer)) return { state: 'gone' }
  const key: ObjectKey = { kind: object.kind, ...object.metadata }
  const users = [...referrersOf(context, key, labels), ...bastionUsers(context, key)]
  const standing = key.kind === 'Host' ? context.census.membersOn(key.namespace, key.name) : 0
  if (users.length === 0 && standing > 0) {
    return { state: 'held', reason: 'InUse', message: `${standing} members that leave still stand on it` }
  }
  if (users.length === 0) return { state: 'release' }
  const names = users.slice(0, 5).map(({ kind, metadata }) => `${kind} ${metadata.name}`)
  const more = users.length > names.length ? ` and ${users.length - names.length} more` : ''
  return {
    state: 'held',
    reason: 'InUse',
    message: `in use by ${names.join(', ')}${more}: delete or change those first`,
  }
}

/** Other Hosts that are reached through this one. */
export function bastionUsers(context: Context, key: ObjectKey): readonly Resource[] {
  if (key.kind !== 'Host') return []
  return context.store.list('Host', key.namespace).filter((host) => {
    const { ssh } = host.spec as { readonly ssh?: { readonly bastionRef?: { readonly name: string } } }
    return ssh?.bastionRef?.name === key.name && host.metadata.name !== key.name
  })
}

/** The change comes back through the watch and leads to the next pass. */
export async function addFinalizer(context: Context, object: Resource, pass: Pass): Promise<PassResult> {
  await context.store.writeFinalizers(object, [...object.metadata.finalizers, finalizer], pass.signal)
  return { result: 'again', afterMs: context.timing.busyMs }
}

export async function removeFinalizer(context: Context, object: Resource, pass: Pass): Promise<PassResult> {
  const others = object.metadata.finalizers.filter((name) => name !== finalizer)
  const written = await context.store.writeFinalizers(object, others, pass.signal)
  return written === 'conflict' ? { result: 'again', afterMs: context.timing.busyMs } : { result: 'nothing' }
}
