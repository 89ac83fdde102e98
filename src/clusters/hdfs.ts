import type { HdfsSpec } from '../api/hdfs.ts'
import type { ClusterKind } from '../model/kind.ts'
import { assessHdfs } from './hdfs-assess.ts'
import { hearCopy } from './hdfs-copies.ts'
import { expandHdfs } from './hdfs-expand.ts'
import { inquireHdfs } from './hdfs-inquire.ts'
import { hearJournals } from './hdfs-journal-heard.ts'
import { hearActive } from './hdfs-names-heard.ts'
import { hdfsOffer } from './hdfs-offer.ts'
import { hdfsReferences } from './hdfs-references.ts'
import { hdfsRepairs } from './hdfs-repairs.ts'
import { hearUpgrade } from './hdfs-upgrade.ts'

/** HDFS: JournalNodes, NameNodes with their failover controllers, DataNodes. */
export const hdfs: ClusterKind<HdfsSpec> = {
  kind: 'HdfsCluster',
  lasting: { hdfs: ['clusterId', 'namespaceId', 'blockPoolId'] },
  references: hdfsReferences,
  expand: expandHdfs,
  hear: (expansion, facts) => ({
    ...hearUpgrade(expansion, facts),
    ...hearJournals(expansion, facts),
    ...hearActive(expansion, facts),
    ...hearCopy(expansion, facts),
  }),
  assess: assessHdfs,
  repairs: hdfsRepairs,
  inquire: inquireHdfs,
  offer: hdfsOffer,
}
