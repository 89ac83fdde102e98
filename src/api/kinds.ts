import { clusterPlanKind } from './cluster-plan.ts'
import { hdfsKind } from './hdfs.ts'
import { hostKind } from './host.ts'
import type { KindDefinition } from './kind.ts'
import { mesosKind } from './mesos.ts'
import { sparkKind } from './spark.ts'
import { zookeeperKind } from './zookeeper.ts'

/** Every kind, in the order of the documentation. */
export const kinds: readonly KindDefinition[] = [
  hostKind,
  zookeeperKind,
  hdfsKind,
  sparkKind,
  mesosKind,
  clusterPlanKind,
]
