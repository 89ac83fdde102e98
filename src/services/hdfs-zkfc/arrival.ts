import type { Repair } from '../../model/kind.ts'
import { waiting } from '../hdfs-common/acts.ts'
import { arrives, listOf, ruleOf } from '../hdfs-common/rules.ts'
import type { ControllerView, HdfsView, NameNodeView } from '../hdfs-common/view.ts'
import { activeOnes, cannotLead } from '../hdfs-namenode/premises.ts'

/**
 * The failover controller of a NameNode that has come to another host. It makes its NameNode one that can be failed over to, so it
 * is started when all others know that one: a controller with the old address would never take over from it again, and DataNodes
 * that report elsewhere leave it without blocks, in safe mode or, what is worse, active.
 */
export function arriving(controller: ControllerView, view: HdfsView): readonly Repair[] {
  const { id, member, rules } = controller
  const waits = arrives(rules) ? whyNotYet(controller, view) : undefined
  if (waits === undefined) return []
  return [waiting(member, 'HdfsNameNodeMoves', { evidence: `${id} has come to ${member.host}`, waits })]
}

function whyNotYet({ id, rules }: ControllerView, view: HdfsView): string | undefined {
  const unaware = listOf(rules, 'unaware')
  if (unaware.length > 0) return `${unaware.join(', ')} must be restarted with its new address first`
  const own = view.names.find((name) => name.id === id)
  if (own?.health.verdict !== 'serving') return `its NameNode must be up first (${own?.health.evidence ?? 'none'})`
  const [leader] = activeOnes(view)
  const others = view.names.filter((name) => name.id !== id)
  if (leader === undefined && !others.every((name) => cannotLead(name, view))) {
    return 'another NameNode must be active first'
  }
  const known = nodesOf(own)
  const reporting = leader === undefined ? runningNodes(view) : nodesOf(leader).filter(isNeeded(leader))
  const unknown = reporting.filter((address) => !known.includes(address))
  return unknown.length === 0
    ? undefined
    : `the DataNodes at ${unknown.slice(0, 4).join(', ')} do not report to ${id} yet`
}

function runningNodes({ dataNodes }: HdfsView): readonly string[] {
  return dataNodes
    .filter(({ report }) => report !== undefined)
    .map(({ rules }) => `${ruleOf(rules, 'address')}:${ruleOf(rules, 'httpPort')}`)
}

/** What a DataNode had that is decommissioned others have; it is not restarted any more. */
function isNeeded({ report }: NameNodeView): (address: string) => boolean {
  const nodes = report === undefined || report.state === 'loading' ? [] : (report.nodes ?? [])
  const released = nodes.flatMap(({ admin, names }) => (admin === 'Decommissioned' ? names : []))
  return (address) => !released.includes(address.replace(/:\d+$/, ''))
}

function nodesOf({ report }: NameNodeView): readonly string[] {
  return report === undefined || report.state === 'loading' ? [] : Object.keys(report.live)
}
