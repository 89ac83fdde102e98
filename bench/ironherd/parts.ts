import { hdfsKind } from '../../src/api/hdfs.ts'
import { sparkKind } from '../../src/api/spark.ts'
import { zookeeperKind } from '../../src/api/zookeeper.ts'
import { hdfs } from '../../src/clusters/hdfs/kind.ts'
import { spark } from '../../src/clusters/spark/kind.ts'
import { zookeeperCluster } from '../../src/clusters/zookeeper/kind.ts'
import type { ClusterBinding, Engine } from '../../src/control/engine.ts'
import { planner } from '../../src/planner/planner.ts'

/** As main.ts puts them together. */
export const engine: Engine = planner

export const clusters: readonly ClusterBinding[] = [
  { definition: zookeeperKind, cluster: zookeeperCluster },
  { definition: hdfsKind, cluster: hdfs },
  { definition: sparkKind, cluster: spark },
]
