import { sparkKind } from '../../src/api/spark.ts'
import { zookeeperKind } from '../../src/api/zookeeper.ts'
import { spark } from '../../src/clusters/spark.ts'
import { zookeeperCluster } from '../../src/clusters/zookeeper.ts'
import type { ClusterBinding, Engine } from '../../src/control/engine.ts'
import { carriedOut, weigh } from '../../src/planner/approval.ts'
import { claimsOf } from '../../src/planner/claims.ts'
import { decide } from '../../src/planner/decide.ts'
import { disruptionsOf, trackRepairs } from '../../src/planner/ledger.ts'
import { questionsOf } from '../../src/planner/questions.ts'
import { decideRelease } from '../../src/planner/release.ts'
import { standingOf } from '../../src/planner/standing.ts'

/** As main.ts puts them together. */
export const engine: Engine = {
  questionsOf,
  standingOf,
  claimsOf,
  disruptionsOf,
  decide,
  weigh,
  carriedOut,
  decideRelease,
  trackRepairs,
}

export const clusters: readonly ClusterBinding[] = [
  { definition: zookeeperKind, cluster: zookeeperCluster },
  { definition: sparkKind, cluster: spark },
]
