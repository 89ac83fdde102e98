// The daemons of the campaign's clusters, as the faults need to know them: where they run, and what of them can be broken.
import type { World } from '../world/world.ts'

export interface Daemon {
  readonly label: string
  /** In the names of its units, and in those of no other daemon's. */
  readonly part: string
  readonly kind: string
  readonly cluster: string
  readonly hosts: readonly string[]
  /** In its configuration directory; what it is started with. */
  readonly configs: readonly string[]
  /** Its directory below /opt/ironherd as a glob, and a file of it to remove and one to edit. */
  readonly software: { readonly product: string; readonly removed: string; readonly edited: string }
}

const spark = {
  kind: 'sparkcluster',
  cluster: 'analytics',
  configs: ['daemon.properties', 'spark-env.sh'],
  software: { product: 'spark', removed: 'jars/spark-core_*.jar', edited: 'bin/spark-class' },
} as const

export const zookeeper: Daemon = {
  label: 'ZooKeeper server',
  part: 'zookeeper',
  kind: 'zookeepercluster',
  cluster: 'zk',
  hosts: ['m3', 'm2', 'm1'],
  configs: ['zoo.cfg', 'logback.xml'],
  software: { product: '*zookeeper', removed: 'lib/zookeeper-3*.jar', edited: 'bin/zkServer.sh' },
}
export const master: Daemon = { ...spark, label: 'Spark master', part: 'spark-master', hosts: ['m2', 'm1'] }
export const worker: Daemon = { ...spark, label: 'Spark worker', part: 'spark-worker', hosts: ['m4', 'm5', 'm6'] }
export const shuffleService: Daemon = {
  ...spark,
  label: 'shuffle service',
  part: 'spark-shuffle',
  hosts: ['m5', 'm6', 'm4'],
  configs: ['spark-defaults.conf', 'spark-env.sh'],
}
export const historyServer: Daemon = { ...spark, label: 'history server', part: 'spark-history', hosts: ['m3'] }

/** Which of a daemon's hosts is harmed; known only when it comes to it. */
export interface Pick {
  readonly whom: string
  host(world: World): Promise<string>
}

/** A fixed host. */
export function on(host: string): Pick {
  return { whom: host, host: () => Promise.resolve(host) }
}

/** The host of the member that leads the cluster now. */
export function leaderOf(daemon: Daemon): Pick {
  return { whom: 'leader', host: (world) => leadingHost(world, daemon) }
}

/** A host of the daemon's that does not lead. */
export function followerOf(daemon: Daemon): Pick {
  return {
    whom: 'follower',
    async host(world) {
      const leading = await leadingHost(world, daemon)
      return daemon.hosts.find((host) => host !== leading) ?? leading
    },
  }
}

async function leadingHost(world: World, daemon: Daemon): Promise<string> {
  const shown = await world.get(daemon.kind, daemon.cluster)
  const leader = shown?.status?.leader ?? ''
  const number = /(\d+)$/.exec(leader)?.[1]
  if (number === undefined) throw new Error(`${daemon.cluster} has no leader: ${leader}`)
  return `m${number}`
}
