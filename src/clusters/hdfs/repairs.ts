import type { FleetFacts } from '../../model/facts.ts'
import type { Assessment } from '../../model/health.ts'
import type { Expansion, Repair } from '../../model/kind.ts'
import { dataNodeRepairs } from '../../services/hdfs-datanode/repairs.ts'
import { httpFsRepairs } from '../../services/hdfs-httpfs/repairs.ts'
import { journalNodeRepairs } from '../../services/hdfs-journalnode/repairs.ts'
import { firstStartRepairs } from '../../services/hdfs-namenode/first-start.ts'
import { nameNodeRepairs } from '../../services/hdfs-namenode/repairs.ts'
import { secondaryRepairs } from '../../services/hdfs-secondarynamenode/repairs.ts'
import { controllerRepairs } from '../../services/hdfs-zkfc/repairs.ts'
import { becoming } from './becoming.ts'
import { hdfsState } from './state.ts'

/** A first start as long as the cluster was never born, and from then on what its services' rules want. */
export function hdfsRepairs(
  expansion: Expansion,
  facts: FleetFacts,
  _assessment: Assessment,
  now: number,
  since?: Readonly<Record<string, number>>,
): readonly Repair[] {
  const view = hdfsState(expansion, facts, now)
  return [
    ...firstStartRepairs(view),
    ...journalNodeRepairs(view, since),
    ...nameNodeRepairs(view, since),
    ...becoming(view),
    ...controllerRepairs(view, since),
    ...dataNodeRepairs(view, since),
    ...secondaryRepairs(view, since),
    ...httpFsRepairs(view.gateways, now, since),
  ]
}
