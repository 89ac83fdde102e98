import type { HdfsSpec } from '../../api/hdfs.ts'
import type { ClusterKind } from '../../model/kind.ts'
import { assessHdfs } from './assess.ts'
import { hearCopy } from './copies.ts'
import { expandHdfs } from './expand.ts'
import { inquireHdfs } from './inquire.ts'
import { hearJournals } from './journal-heard.ts'
import { hearActive } from './names-heard.ts'
import { hdfsOffer } from './offer.ts'
import { hdfsReferences } from './references.ts'
import { hdfsRepairs } from './repairs.ts'
import { hearUpgrade } from './upgrade.ts'

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
