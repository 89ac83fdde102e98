import type { PlanPolicy } from '../../src/model/approval.ts'
import type { Resource } from '../../src/model/object.ts'
import type { MemoryStore } from '../unit/control/world.ts'
import { digestOf } from './digest.ts'
import type { Machine } from './machine.ts'

/** What a run's clusters are asked to be. A user edits it, and it is applied again. */
export interface Wanted {
  zookeeper: Record<string, unknown>
  spark: Record<string, unknown> | undefined
  /** Hosts of which a person has said that they do not come back. */
  lost: string[]
}

/** The ensemble is told its list while it runs. */
export const byReconfig = { by: 'Reconfig', superSecretRef: { name: 'zk-super', key: 'password' } } as const

export type DeletionPolicy = 'Retain' | 'Stop' | 'Purge'

/** `voters` servers on the first machines; with Spark, two masters beside the first two of them and workers on `workers`. */
export function wantedOf(voters: number, workers: readonly string[], planPolicy: PlanPolicy): Wanted {
  const members = Array.from({ length: voters }, (_, index) => ({ id: index + 1, host: `m${index + 1}` }))
  const zookeeper = {
    ...softwareOf('zookeeper', '3.8.4'),
    planPolicy,
    members,
    dataDir: { mount: '/data', path: 'zookeeper' },
    maxSessionTimeoutSeconds: 10,
  }
  if (workers.length === 0) return { zookeeper, spark: undefined, lost: [] }
  const spark = {
    ...softwareOf('spark', '3.5.7'),
    planPolicy,
    standalone: {
      recovery: { zookeeperRef: { name: 'zk' }, path: '/spark' },
      masters: { hosts: ['m1', 'm2'], jvm: { heap: '256m' } },
      workerGroups: [
        { name: 'w', hosts: workers, cores: 2, memory: '1g', workDir: { mount: '/data', path: 'spark/work' } },
      ],
    },
  }
  return { zookeeper, spark, lost: [] }
}

/** A version of a product, and where it is to be had. */
export function softwareOf(product: string, version: string): Readonly<Record<string, unknown>> {
  const sha512 = digestOf(`${product} ${version}`).repeat(2)
  return { version, software: { archive: { url: `http://files.example/${product}-${version}.tar.gz`, sha512 } } }
}

export function applyHosts(store: MemoryStore, machines: Iterable<Machine>, lost: readonly string[]): void {
  store.secrets.set('a/ssh', { key: 'private' })
  store.secrets.set('a/zk-super', { password: 'of the super user' })
  for (const { address, name } of machines) {
    const ssh = {
      user: 'root',
      privateKeySecretRef: { name: 'ssh', key: 'key' },
      hostKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5'],
    }
    apply(store, 'Host', name, { address, ssh, ...(lost.includes(name) ? { lifecycle: 'Lost' } : {}) })
  }
}

/** Those that were deleted are changed as long as they stand, and not made again. */
export function applyWanted(store: MemoryStore, wanted: Wanted, deleted: ReadonlyMap<string, unknown>): void {
  for (const [kind, name, spec] of [
    ['ZookeeperCluster', 'zk', wanted.zookeeper],
    ['SparkCluster', 'analytics', wanted.spark],
  ] as const) {
    const stands = store.get({ kind, namespace: 'a', name }) !== undefined
    if (spec !== undefined && (stands || !deleted.has(kind))) apply(store, kind, name, spec)
  }
}

function apply(store: MemoryStore, kind: string, name: string, spec: unknown): void {
  const standing = store.get({ kind, namespace: 'a', name })
  if (JSON.stringify(standing?.spec) === JSON.stringify(spec)) return
  store.apply(kind, name, structuredClone(spec), deletionOf(standing))
}

/** An edit does not take back a deletion. */
function deletionOf(standing: Resource | undefined): { readonly deletionTimestamp?: string } {
  const at = standing?.metadata.deletionTimestamp
  return at === undefined ? {} : { deletionTimestamp: at }
}
