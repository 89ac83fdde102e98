import type { LeaseRecord, LeaseStore } from '../lease.ts'
import type { ApiClient } from './client.ts'
import { ApiError } from './client.ts'

/** The lease as a coordination.k8s.io/v1 Lease; resourceVersion makes every write a compare-and-swap. */
export function kubernetesLease(client: ApiClient, namespace: string, name: string): LeaseStore {
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`
  return {
    async read(signal) {
      try {
        const lease = (await client.call({
          method: 'GET',
          path: `${collection}/${name}`,
          signal,
          deadlineMs: 5000,
        })) as RawLease
        return { record: fromRaw(lease), version: lease.metadata.resourceVersion }
      } catch (error) {
        if (error instanceof ApiError && error.code === 404) return undefined
        throw error
      }
    },
    async write(record, version, signal) {
      const body = toRaw(record, namespace, name, version)
      const isNew = version === undefined
      try {
        await client.call({
          method: isNew ? 'POST' : 'PUT',
          path: isNew ? collection : `${collection}/${name}`,
          body,
          signal,
          deadlineMs: 5000,
        })
        return true
      } catch (error) {
        // 409: changed, or already made, by another. 404: deleted between reading and writing.
        if (error instanceof ApiError && (error.code === 409 || (error.code === 404 && !isNew))) return false
        throw error
      }
    },
  }
}

interface RawLease {
  readonly metadata: { readonly resourceVersion: string }
  readonly spec?: {
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly acquireTime?: string
    readonly renewTime?: string
    readonly leaseTransitions?: number
  }
}

function fromRaw({ spec = {} }: RawLease): LeaseRecord {
  return {
    holder: spec.holderIdentity ?? '',
    durationSeconds: spec.leaseDurationSeconds ?? 1,
    acquireTime: spec.acquireTime ?? '',
    renewTime: spec.renewTime ?? '',
    transitions: spec.leaseTransitions ?? 0,
  }
}

function toRaw(record: LeaseRecord, namespace: string, name: string, version: string | undefined): unknown {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace, ...(version === undefined ? {} : { resourceVersion: version }) },
    spec: {
      holderIdentity: record.holder,
      leaseDurationSeconds: record.durationSeconds,
      acquireTime: record.acquireTime,
      renewTime: record.renewTime,
      leaseTransitions: record.transitions,
    },
  }
}
