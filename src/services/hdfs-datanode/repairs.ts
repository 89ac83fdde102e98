import type { Repair } from '../../model/kind.ts'
import { foreignRepair, moveAside, restart, stop } from '../hdfs-common/acts.ts'
import { ruleOf } from '../hdfs-common/rules.ts'
import type { DataNodeView, HdfsView } from '../hdfs-common/view.ts'
import { isActive } from '../hdfs-namenode/premises.ts'
import { holdsBlocks } from './data.ts'
import { isHeard } from './health.ts'

type Since = Readonly<Record<string, number>>

export function dataNodeRepairs(view: HdfsView, since: Since = {}): readonly Repair[] {
  if (view.birth.state !== 'born') return []
  return view.dataNodes.flatMap((node) => [...foreign(node), ...absent(node, view, since)].slice(0, 1))
}

/**
 * A directory of another cluster keeps its DataNode from starting ("Incompatible clusterIDs"). Without blocks it goes aside, and
 * the DataNode makes its own. With blocks a person decides: its VERSION is never edited, since the blocks would be deleted then.
 */
function foreign(node: DataNodeView): readonly Repair[] {
  const { member, data, rules, health } = node
  if (data.foreign.length === 0) return []
  const said = data.foreign.map(({ path, detail }) => `${path}: ${detail}`).join('; ')
  const evidence = `${member.id} on ${member.host} is to be of cluster ${ruleOf(rules, 'clusterId')}: ${said}`
  if (data.foreign.some(holdsBlocks) || node.started === 'unknown') {
    return [foreignRepair(member, data.foreign, evidence, 'ForeignData')]
  }
  const up = health.startedAt > 0 || health.verdict === 'starting'
  const serving = health.verdict === 'serving'
  const actions = [...(up ? [stop(member, serving ? 'restart' : 'none')] : []), ...moveAside(member, data.foreign)]
  return [
    { member: member.id, cause: 'HdfsForeignData', evidence, actions, holdsStart: true, disruptive: up && serving },
  ]
}

/** Four times what makes it stale, and far below the 10.5 minutes after which its blocks are copied elsewhere (runbook §6.4). */
const absentMs = 120_000

/** It runs, and the active hears nothing of it. */
function absent(node: DataNodeView, { names, now }: HdfsView, since: Since): readonly Repair[] {
  const { member, health } = node
  const active = names.find(isActive)
  if (health.verdict !== 'unhealthy' || active === undefined) return []
  if (isHeard(node, active, names)) return []
  const from = Math.max(since[member.id] ?? now, health.startedAt, active.health.startedAt)
  if (now - from < absentMs) return []
  const base = { member: member.id, cause: 'HdfsDataNodeAbsent', evidence: health.evidence }
  return [{ ...base, actions: [restart(member)], holdsStart: false, disruptive: true }]
}
