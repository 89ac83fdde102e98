import type { PlanPolicy } from '../../src/model/approval.ts'
import type { Resource } from '../../src/model/object.ts'
import type { MemoryStore } from '../unit/control/world.ts'
import { digestOf } from './digest.ts'
import type { Machine } from './machine.ts'

/** What a run's clusters are asked to be. A user edits it, and it is applied again. */
export interface Wanted {
  zookeeper: Record<string, unknown>
  spark: Record<string, unknown> | undefined
  hdfs: Record<string, unknown> | undefined
  /** Hosts of which a person has said that they do not come back. */
  lost: string[]
  /** Hosts at which a person works for a while. */
  resting: string[]
  /** Failure domains of hosts. */
  racks: Readonly<Record<string, string>>
  /** Hosts that can be proven off by a command, and where that is run. */
  fences: Readonly<Record<string, string>>
}

/** The clusters of a run: kind and name of the object, the word in the names of its units, and what it is asked to be. */
export const kinds = [
  { kind: 'ZookeeperCluster', name: 'zk', word: 'zookeeper', specOf: ({ zookeeper }: Wanted) => zookeeper },
  { kind: 'SparkCluster', name: 'analytics', word: 'spark', specOf: ({ spark }: Wanted) => spark },
  { kind: 'HdfsCluster', name: 'files', word: '-hdfs-', specOf: ({ hdfs }: Wanted) => hdfs },
] as const

/** The ensemble is told its list while it runs. */
export const byReconfig = { by: 'Reconfig', superSecretRef: { name: 'zk-super', key: 'password' } } as const

export type DeletionPolicy = 'Retain' | 'Stop' | 'Purge'

/** `voters` servers on the first machines; with Spark, two masters beside the first two of them and workers on `workers`. */
export function wantedOf(voters: number, workers: readonly string[], planPolicy: PlanPolicy, hdfs?: HdfsShape): Wanted {
  const members = Array.from({ length: voters }, (_, index) => ({ id: index + 1, host: `m${index + 1}` }))
  const zookeeper = {
    ...softwareOf('zookeeper', '3.8.4'),
    planPolicy,
    members,
    dataDir: { mount: '/data', path: 'zookeeper' },
    maxSessionTimeoutSeconds: 10,
  }
  const files = hdfs === undefined ? undefined : { ...hdfsOf(hdfs), planPolicy }
  const hosts = { lost: [], resting: [], racks: hdfs?.racks === true ? twoRacks : {}, fences: {} }
  if (workers.length === 0) return { zookeeper, spark: undefined, hdfs: files, ...hosts }
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
  return { zookeeper, spark, hdfs: files, ...hosts }
}

/** How an HDFS of a run is made. */
export interface HdfsShape {
  readonly fencing: 'QjmOnly' | 'Block'
  /** One NameNode, on the first machine, and no journals. */
  readonly simple?: true
  /** People change who is in it, and where. */
  readonly changes?: true
  /** Four DataNodes in two racks, of which two may be out at a time. */
  readonly racks?: true
}

const twoRacks = { m1: 'r1', m2: 'r1', m3: 'r2', m4: 'r2', m5: 'r2' } as const

/** Two NameNodes, three JournalNodes and three DataNodes on the first three machines. */
export function hdfsOf({ fencing, racks, simple }: HdfsShape): Record<string, unknown> {
  if (simple === true) {
    const { fencing: _, journalNodes: __, zookeeperRef: ___, ...rest } = hdfsOf({ fencing })
    const { members, nameDirs } = rest['nameNodes'] as { members: readonly unknown[]; nameDirs: unknown }
    return { ...rest, nameNodes: { members: members.slice(0, 1), nameDirs } }
  }
  const place = (path: string) => ({ mount: '/data', path: `hdfs/${path}` })
  const hosts = ['m1', 'm2', 'm3']
  return {
    ...softwareOf('hadoop', '3.4.2'),
    nameservice: 'ns',
    zookeeperRef: { name: 'zk' },
    nameNodes: {
      members: [
        { id: 'nn1', host: 'm1' },
        { id: 'nn2', host: 'm2' },
      ],
      nameDirs: [place('nn1'), place('nn2')],
    },
    journalNodes: { hosts, editsDir: place('jn') },
    fencing:
      fencing === 'Block' ? { methods: [{ shell: { command: '/opt/fence $target_host' } }], fallback: 'Block' } : {},
    dataNodeGroups: [
      racks === true
        ? { name: 'd', hosts: [...hosts, 'm4'], dataDirs: [place('dn')], rollout: { maxUnavailable: 2 } }
        : { name: 'd', hosts: [...hosts], dataDirs: [place('dn')] },
    ],
    hdfsSite: { 'dfs.replication': racks === true ? '3' : '2', 'dfs.namenode.checkpoint.period': '300' },
  }
}

/** A version of a product, and where it is to be had. */
export function softwareOf(product: string, version: string): Readonly<Record<string, unknown>> {
  const sha512 = digestOf(`${product} ${version}`).repeat(2)
  return { version, software: { archive: { url: `http://files.example/${product}-${version}.tar.gz`, sha512 } } }
}

export function applyHosts(store: MemoryStore, machines: Iterable<Machine>, wanted: Wanted): void {
  const { fences, lost, racks, resting } = wanted
  store.secrets.set('a/ssh', { key: 'private' })
  store.secrets.set('a/zk-super', { password: 'of the super user' })
  for (const { address, name } of machines) {
    const ssh = {
      user: 'root',
      privateKeySecretRef: { name: 'ssh', key: 'key' },
      hostKeys: [`ssh-ed25519 AAAAC3NzaC1lZDI1NTE5${Buffer.from(name).toString('base64')}`],
    }
    const runner = fences[name]
    apply(store, 'Host', name, {
      address,
      ssh,
      ...(lost.includes(name) ? { lifecycle: 'Lost' } : resting.includes(name) ? { lifecycle: 'Maintenance' } : {}),
      ...(racks[name] === undefined ? {} : { failureDomain: racks[name] }),
      ...(runner === undefined ? {} : { fence: { host: runner, command: ['/opt/power-off', name], afterSeconds: 20 } }),
    })
  }
}

/** Those that were deleted are changed as long as they stand, and not made again. */
export function applyWanted(store: MemoryStore, wanted: Wanted, deleted: ReadonlyMap<string, unknown>): void {
  for (const { kind, name, specOf } of kinds) {
    const spec = specOf(wanted)
    const stands = store.get({ kind, namespace: 'a', name }) !== undefined
    if (spec !== undefined && (stands || !deleted.has(kind))) apply(store, kind, name, spec)
  }
}

function apply(store: MemoryStore, kind: string, name: string, spec: unknown): void {
  const standing = store.get({ kind, namespace: 'a', name })
  if (JSON.stringify(standing?.spec) === JSON.stringify(spec)) return
  // The id of a file system is made from it, and is the same in the run that this one is compared with.
  const uid = { uid: standing?.metadata.uid ?? `uid-${name}` }
  store.apply(
    kind,
    name,
    structuredClone(spec),
    kind === 'HdfsCluster' ? { ...deletionOf(standing), ...uid } : deletionOf(standing),
  )
}

/** An edit does not take back a deletion. */
function deletionOf(standing: Resource | undefined): { readonly deletionTimestamp?: string } {
  const at = standing?.metadata.deletionTimestamp
  return at === undefined ? {} : { deletionTimestamp: at }
}
