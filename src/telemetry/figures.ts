import type { Figure } from '../model/figure.ts'

const own = ['namespace', 'cluster'] as const

/** What single kinds of cluster say of themselves, from their last pass. Whatever is not known then has no series. */
export const figures = {
  ironherd_hdfs_namenode_active: {
    help: 'NameNodes that say that they are active: 1 is right, with 0 nobody writes, with 2 one is about to be refused.',
    labels: own,
  },
  ironherd_hdfs_safe_mode: {
    help: '1 while the active NameNode is in safe mode and takes no change, else 0.',
    labels: own,
  },
  ironherd_hdfs_rolling_upgrade: {
    help: '1 from the beginning of a rolling upgrade until it is finalized, by the active NameNode, else 0.',
    labels: own,
  },
  ironherd_hdfs_datanodes_live: {
    help: 'DataNodes that the active NameNode counts as live.',
    labels: own,
  },
  ironherd_hdfs_datanodes_dead: {
    help: 'DataNodes that the active NameNode has given up, some ten minutes after their last heartbeat.',
    labels: own,
  },
  ironherd_hdfs_datanodes_stale: {
    help: 'DataNodes whose heartbeat is late, by the active NameNode.',
    labels: own,
  },
  ironherd_hdfs_datanodes_decommissioning: {
    help: 'DataNodes whose blocks are being copied to others before they leave, by the active NameNode.',
    labels: own,
  },
  ironherd_hdfs_blocks_missing: {
    help: 'Blocks without a live replica, by the active NameNode.',
    labels: own,
  },
  ironherd_hdfs_blocks_corrupt: {
    help: 'Blocks with a corrupt replica, by the active NameNode.',
    labels: own,
  },
  ironherd_hdfs_blocks_low_redundancy: {
    help: 'Blocks with fewer replicas than they should have, by the active NameNode.',
    labels: own,
  },
  ironherd_hdfs_journal_lag_transactions: {
    help: 'Transactions by which the JournalNode that is farthest behind lags, by the active NameNode.',
    labels: own,
  },
  ironherd_hdfs_journal_epoch: {
    help: 'The newest writer that a JournalNode has promised to obey; it grows by one whenever a NameNode becomes active.',
    labels: own,
  },
  ironherd_hdfs_capacity_bytes: {
    help: 'Space of all DataNodes for blocks, by the active NameNode.',
    labels: own,
  },
  ironherd_hdfs_used_bytes: {
    help: 'Space that blocks take on all DataNodes, by the active NameNode.',
    labels: own,
  },
  ironherd_hdfs_last_checkpoint_timestamp_seconds: {
    help: 'When the image that the active NameNode would start from was written, as seconds since the epoch.',
    labels: own,
  },
  ironherd_mesos_masters_elected: {
    help: 'Mesos masters that say that they lead: 1 is right, with 0 nobody does, with 2 one is about to end.',
    labels: own,
  },
  ironherd_mesos_masters_voting: {
    help: 'Mesos masters whose copy of the registry counts.',
    labels: own,
  },
  ironherd_mesos_agents_active: {
    help: 'Agents that are registered with the leader and get tasks.',
    labels: own,
  },
  ironherd_mesos_agents_recovered: {
    help: 'Agents that the leader knows from the registry and that have not come back since the failover.',
    labels: own,
  },
  ironherd_mesos_agents_unreachable: {
    help: 'Agents that the leader has given up waiting for.',
    labels: own,
  },
  ironherd_mesos_tasks_running: {
    help: 'Tasks that run, by the leader.',
    labels: own,
  },
  ironherd_mesos_registry_bytes: {
    help: 'Size of the registry, by the leader.',
    labels: own,
  },
} as const satisfies Record<Figure, { readonly help: string; readonly labels: readonly string[] }>

/** Names of the figures, in the order of the documentation. */
export const figureNames = Object.keys(figures) as readonly Figure[]
