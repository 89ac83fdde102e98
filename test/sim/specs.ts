import type { MemoryStore } from '../unit/control/world.ts'
import type { Machine } from './machine.ts'

/** What a run's clusters are asked to be. A user edits it, and it is applied again. */
export interface Wanted {
  zookeeper: Record<string, unknown>
  spark: Record<string, unknown> | undefined
}

const digest = (letter: string) => letter.repeat(128)

/** `voters` servers on the first machines; with Spark, two masters beside the first two of them and workers on `workers`. */
export function wantedOf(voters: number, workers: readonly string[]): Wanted {
  const members = Array.from({ length: voters }, (_, index) => ({ id: index + 1, host: `m${index + 1}` }))
  const zookeeper = {
    version: '3.8.4',
    software: { archive: { url: 'http://files.example/zookeeper.tar.gz', sha512: digest('a') } },
    members,
    dataDir: { mount: '/data', path: 'zookeeper' },
    maxSessionTimeoutSeconds: 10,
  }
  if (workers.length === 0) return { zookeeper, spark: undefined }
  const spark = {
    version: '3.5.7',
    software: { archive: { url: 'http://files.example/spark.tgz', sha512: digest('b') } },
    standalone: {
      recovery: { zookeeperRef: { name: 'zk' }, path: '/spark' },
      masters: { hosts: ['m1', 'm2'], jvm: { heap: '256m' } },
      workerGroups: [
        { name: 'w', hosts: workers, cores: 2, memory: '1g', workDir: { mount: '/data', path: 'spark/work' } },
      ],
    },
  }
  return { zookeeper, spark }
}

export function applyHosts(store: MemoryStore, machines: Iterable<Machine>): void {
  store.secrets.set('a/ssh', { key: 'private' })
  for (const { address, name } of machines) {
    const ssh = {
      user: 'root',
      privateKeySecretRef: { name: 'ssh', key: 'key' },
      hostKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5'],
    }
    store.apply('Host', name, { address, ssh })
  }
}

export function applyWanted(store: MemoryStore, wanted: Wanted): void {
  apply(store, 'ZookeeperCluster', 'zk', wanted.zookeeper)
  if (wanted.spark !== undefined) apply(store, 'SparkCluster', 'analytics', wanted.spark)
}

function apply(store: MemoryStore, kind: string, name: string, spec: unknown): void {
  const standing = store.get({ kind, namespace: 'a', name })
  if (JSON.stringify(standing?.spec) === JSON.stringify(spec)) return
  store.apply(kind, name, structuredClone(spec))
}
