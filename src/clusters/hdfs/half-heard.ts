import type { DataNodeView, HdfsView, NameNodeView } from '../../services/hdfs-common/view.ts'
import { isHeard } from '../../services/hdfs-datanode/health.ts'

/**
 * DataNodes that the active hears of, and another NameNode that serves does not, or not yet, as for seconds after each start of a
 * standby. They do not serve as they should, but clients read from them: their restart costs as much as that of others.
 */
export function halfHeard(
  { dataNodes, names, now }: HdfsView,
  leader: NameNodeView | undefined,
): readonly DataNodeView[] {
  if (leader === undefined) return []
  return dataNodes.filter((node) => {
    const { verdict, startedAt } = node.health
    return ['starting', 'unhealthy'].includes(verdict) && isHeard(node, leader, names, (now - startedAt) / 1000)
  })
}
