import type { Resource } from '../../model/object.ts'
import type { OwnConfigMap, WriteResult } from '../store.ts'
import type { ApiClient } from './client.ts'
import { ApiError } from './client.ts'

type Data = Readonly<Record<string, string>>

interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
}

interface RawConfigMap {
  readonly metadata: { readonly resourceVersion: string; readonly ownerReferences?: readonly OwnerReference[] }
  readonly data?: Data
}

/**
 * Makes the ConfigMap, or brings the one that is there to what it is to be; nothing is written when it is that already. One
 * whose owner is not of this kind and name is somebody else's. Not by server-side apply: forced it would take what others
 * wrote, and unforced it would stop at what an administrator had edited.
 */
export async function applyConfigMap(
  client: ApiClient,
  { owner, name, data }: OwnConfigMap,
  signal: AbortSignal,
): Promise<WriteResult | 'foreign'> {
  const { namespace } = owner.metadata
  const collection = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`
  const path = `${collection}/${encodeURIComponent(name)}`
  const ownerReferences = [referenceTo(owner)]
  try {
    const standing = await read(client, path, signal)
    if (standing === undefined) {
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ownerReferences }, data }
      await client.call({ method: 'POST', path: collection, body, signal })
      return 'written'
    }
    const owners = standing.metadata.ownerReferences ?? []
    if (!owners.some((reference) => isSameObject(reference, owner))) return 'foreign'
    if (owners.some(({ uid }) => uid === owner.metadata.uid) && isEqual(standing.data ?? {}, data)) return 'written'
    const gone = Object.fromEntries(Object.keys(standing.data ?? {}).map((key) => [key, null]))
    const { resourceVersion } = standing.metadata
    const body = { metadata: { resourceVersion, ownerReferences }, data: { ...gone, ...data } }
    await client.call({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body, signal })
    return 'written'
  } catch (error) {
    // Somebody else was faster: the next pass sees what he made.
    if (error instanceof ApiError && error.code === 409) return 'conflict'
    if (error instanceof ApiError && error.code === 404) return 'gone'
    throw error
  }
}

async function read(client: ApiClient, path: string, signal: AbortSignal): Promise<RawConfigMap | undefined> {
  try {
    return (await client.call({ method: 'GET', path, signal })) as RawConfigMap
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined
    throw error
  }
}

function referenceTo({ apiVersion, kind, metadata }: Resource): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid }
}

/** Also of an earlier life under the same name: what it left is taken over. */
function isSameObject({ apiVersion, kind, name }: OwnerReference, owner: Resource): boolean {
  const groupOf = (version: string): string => version.replace(/\/.*$/, '')
  return groupOf(apiVersion) === groupOf(owner.apiVersion) && kind === owner.kind && name === owner.metadata.name
}

function isEqual(a: Data, b: Data): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}
