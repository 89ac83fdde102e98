import type { SparkSpec } from '../../api/spark.ts'
import type { ClusterKind, References } from '../../model/kind.ts'
import { extraFileReferences } from '../../services/common/extra-files.ts'
import { historyRepairs } from '../../services/spark-history-server/repairs.ts'
import { masterRepairs } from '../../services/spark-master/repairs.ts'
import { shuffleRepairs } from '../../services/spark-shuffle-service/repairs.ts'
import { workerRepairs } from '../../services/spark-worker/repairs.ts'
import { assessSpark, sparkState } from './assess.ts'
import { expandSpark } from './expand.ts'

/** Spark: masters, workers, external shuffle services, history server. */
export const spark: ClusterKind<SparkSpec> = {
  kind: 'SparkCluster',
  references,
  expand: expandSpark,
  assess: assessSpark,
  repairs: (expansion, facts, _assessment, now, since) => {
    const { masters, workers, others } = sparkState(expansion, facts, now)
    return [
      ...masterRepairs(masters),
      ...workerRepairs(workers, now, since),
      ...others.flatMap(({ member, health }) =>
        member.service === 'spark-history-server' ? historyRepairs(member, health) : shuffleRepairs(member, health),
      ),
    ]
  },
}

function references(spec: SparkSpec): References {
  const { masters, workerGroups, recovery } = spec.standalone
  const { zookeeperRef } = recovery
  const { hdfsRef } = spec
  const hosts = [
    ...masters.hosts,
    ...workerGroups.flatMap((group) => group.hosts ?? []),
    ...(spec.historyServer === undefined ? [] : [spec.historyServer.host]),
  ]
  return {
    hosts: [...new Set(hosts)],
    hostSelectors: workerGroups.flatMap((group) => group.hostSelector ?? []),
    clusters: [
      ...(zookeeperRef === undefined ? [] : [{ kind: 'ZookeeperCluster', name: zookeeperRef.name }]),
      ...(hdfsRef === undefined ? [] : [{ kind: 'HdfsCluster', name: hdfsRef.name }]),
    ],
    ...extraFileReferences(spec.extraFiles),
  }
}
