import type { Repair } from '../../model/kind.ts'
import { foreignRepair, moveAside, restart, stop, waiting } from '../hdfs-common/acts.ts'
import { ruleOf } from '../hdfs-common/rules.ts'
import type { DataNodeView, HdfsView } from '../hdfs-common/view.ts'
import { nodeAt } from '../hdfs-namenode/nodes.ts'
import { isActive } from '../hdfs-namenode/premises.ts'
import { holdsBlocks } from './data.ts'
import { isHeard } from './health.ts'

type Since = Readonly<Record<string, number>>

export function dataNodeRepairs(view: HdfsView, since: Since = {}): readonly Repair[] {
  if (view.birth.state !== 'born') return []
  return view.dataNodes.flatMap((node) =>
    [
      ...torn(node, view, since),
      ...foreign(node, view.now),
      ...unlisted(node, view),
      ...absent(node, view, since),
    ].slice(0, 1),
  )
}

/**
 * A directory of another cluster keeps its DataNode from starting ("Incompatible clusterIDs"). Without blocks it goes aside, and
 * the DataNode makes its own. With blocks a person decides: its VERSION is never edited, since the blocks would be deleted then.
 */
function foreign(node: DataNodeView, now: number): readonly Repair[] {
  const { member, data, rules, health } = node
  if (data.foreign.length === 0 || isBeingMade(node, now)) return []
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

/** A DataNode makes its directories after its start: what tells nothing of anybody then may be a VERSION that is being written. */
const makingMs = 60_000

function isBeingMade({ data, health }: DataNodeView, now: number): boolean {
  const nobodys = data.foreign.every(({ version }) => version === undefined)
  return nobodys && health.startedAt > 0 && now - health.startedAt < makingMs
}

/**
 * A directory that lost its VERSION under a DataNode that went on writing: what is left is of the very pool of blocks that the active
 * NameNode says is its own, and no DataNode starts on it ("all volumes failed"). It goes aside, and its DataNode, which does not
 * serve, makes the directory anew and gets its blocks from the others.
 */
function torn(node: DataNodeView, view: HdfsView, since: Since): readonly Repair[] {
  const { member, data, health, started } = node
  const active = view.names.find(isActive)
  const report = active?.report
  if (report === undefined || report.state === 'loading' || report.blockPoolId === '' || started !== 'yes') return []
  const isLeft = ({ beside = [], cut, names, state, version }: DataNodeView['data']['dirs'][number]): boolean =>
    state === 'other' &&
    version === undefined &&
    !cut &&
    beside.length === 0 &&
    names.length > 0 &&
    names.every((name) => name === report.blockPoolId)
  const left = data.foreign.filter(isLeft)
  if (left.length === 0 || left.length < data.foreign.length) return []
  // A slow answer is not the end of one that serves the blocks that are left.
  const lasted = health.verdict === 'unhealthy' && view.now - (since[member.id] ?? view.now) >= absentMs
  if (health.startedAt > 0 ? !lasted : !['stopped', 'starting'].includes(health.verdict)) return []
  const said = left.map(({ path, detail }) => `${path}: ${detail}`).join('; ')
  const evidence = `${member.id} on ${member.host} lost VERSION, and what is left is of its own blocks: ${said}`
  const up = health.startedAt > 0 || health.verdict === 'starting'
  const actions = [...(up ? [stop(member, health.startedAt > 0 ? 'restart' : 'none')] : []), ...moveAside(member, left)]
  const missing = active?.system?.missing
  if (missing !== 0) {
    const waits =
      missing === undefined
        ? 'nobody says whether blocks are missing'
        : `${missing} blocks are missing, which may be among them`
    return [waiting(member, 'HdfsDataDirLost', { evidence, waits }, actions)]
  }
  const disruptive = health.startedAt > 0
  return [{ member: member.id, cause: 'HdfsDataDirLost', evidence, actions, holdsStart: true, disruptive }]
}

/** Whom a NameNode does not know it turns away, and the DataNode ends. Before the first of all is heard there is nothing to tell by. */
function unlisted({ member, rules, started }: DataNodeView, { names }: HdfsView): readonly Repair[] {
  if (started === 'yes') return []
  const deaf = names.find(({ report }) => {
    const nodes = report === undefined || report.state === 'loading' ? [] : (report.nodes ?? [])
    return nodes.some(({ live }) => live) && nodeAt(nodes, ruleOf(rules, 'address')) === undefined
  })
  if (deaf === undefined) return []
  const evidence = `${deaf.member.id} does not know ${member.id} yet`
  return [waiting(member, 'HdfsFirstStart', { evidence, waits: 'every NameNode must be told of it first' })]
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
