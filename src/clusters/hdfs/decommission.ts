import type { Assessment, Telling } from '../../model/health.ts'
import type { Leaving } from '../../model/kind.ts'
import type { Member } from '../../model/member.ts'
import { isTooSoon } from '../../services/hdfs-common/again.ts'
import { ruleOf, rulesOf, toolOf } from '../../services/hdfs-common/rules.ts'
import type { HdfsView, NameNodeView } from '../../services/hdfs-common/view.ts'
import { dataNodeService } from '../../services/hdfs-datanode/service.ts'
import { type KnownNode, nodeAt } from '../../services/hdfs-namenode/nodes.ts'
import { leaderOf } from './figures.ts'

/** How far those are that come and go. */
export type Change = Pick<Assessment, 'tells' | 'otherwise' | 'released'>

/**
 * DataNodes that come and go. Every NameNode acts by its own hosts file, which it reads at its start and when it is told; which it
 * acts by is seen by its lists. A DataNode leaves when all NameNodes say that it is decommissioned, and no time replaces that; then
 * how the others are is no matter of it.
 */
export function decommissioning(view: HdfsView, leaving: readonly Leaving[]): Change {
  if (view.birth.state !== 'born') return {}
  const leavers = leaving.map(({ member }) => member).filter(({ service }) => service === dataNodeService)
  const reasons = leavers.map((member) => [member.id, whyNot(member, view)] as const)
  const tells = tellingOf(view, leavers)
  return {
    ...(tells === undefined ? {} : { tells }),
    otherwise: Object.fromEntries(reasons.filter((entry): entry is [string, string] => entry[1] !== undefined)),
    released: reasons.flatMap(([id, why]) => (why === undefined ? [id] : [])),
  }
}

function addressOf(member: Member): string {
  return ruleOf(rulesOf(member), 'address')
}

function nodesOf({ report }: NameNodeView): readonly KnownNode[] | undefined {
  return report === undefined || report.state === 'loading' ? undefined : report.nodes
}

/** Why a DataNode may not go yet; undefined: it may. */
function whyNot(member: Member, view: HdfsView): string | undefined {
  const { dataNodes, names } = view
  for (const name of names) {
    const nodes = nodesOf(name)
    if (nodes === undefined) return `${name.member.id} does not say whether it is decommissioned`
    const node = nodeAt(nodes, addressOf(member))
    if (node?.admin !== 'Decommissioned') {
      const said = node === undefined ? 'knows nothing of it' : `says ${node.admin || 'no state'}`
      return `${name.member.id} ${said}${fewWords(member, dataNodes)}`
    }
    // Of one that does not run it is said at once, wherever its blocks are (HeartbeatManager.startDecommission).
    if (!node.live && !isWhole(view)) return `${name.member.id} calls it dead, and not every block has all its copies`
  }
  return names.length === 0 ? 'there is no NameNode' : undefined
}

/** With fewer of the others than a block has copies it would never end. */
function fewWords(member: Member, dataNodes: HdfsView['dataNodes']): string {
  const serving = dataNodes.filter(({ health }) => health.verdict === 'serving').length
  const copies = Number(ruleOf(rulesOf(member), 'replication'))
  if (serving >= copies) return ''
  return `; blocks want ${copies} copies and ${serving} of the others serve: bring another back, or add one`
}

function isWhole(view: HdfsView): boolean {
  const { corrupt, lowRedundancy, missing } = leaderOf(view)?.system ?? {}
  return missing === 0 && corrupt === 0 && lowRedundancy === 0
}

/** The first NameNode that acts by an older file. */
function tellingOf(view: HdfsView, leavers: readonly Member[]): Telling | undefined {
  const { dataNodes, facts, names, now } = view
  for (const { member, report, rules } of names) {
    const tool = toolOf(rules)
    if (report === undefined || report.state === 'loading' || report.nodes === undefined || tool === undefined) continue
    const why = isOlder(report.nodes, dataNodes, leavers)
    if (why === undefined || isTooSoon('RefreshNodes', member, facts, now)) continue
    const address = `${ruleOf(rules, 'address')}:${ruleOf(rules, 'rpcPort')}`
    const action = { verb: 'RefreshNodes', tool, address } as const
    return { member: member.id, host: member.host, action, reason: `${member.id} ${why}`, risk: 'none', guards: [] }
  }
  return undefined
}

function isOlder(
  nodes: readonly KnownNode[],
  declared: HdfsView['dataNodes'],
  leavers: readonly Member[],
): string | undefined {
  for (const { member, health } of declared) {
    const node = nodeAt(nodes, addressOf(member))
    // One that works is known, by whatever address.
    if (node === undefined && health.verdict === 'serving') continue
    if (node === undefined) return `does not know ${member.id}`
    if (/^Decommission/.test(node.admin)) return `says ${node.admin} of ${member.id}, which stays`
    const rests = ruleOf(rulesOf(member), 'maintenance') === 'true'
    // One that has not registered since the NameNode was started is In Service for it, whatever the file says.
    if (rests ? node.live && node.admin === 'In Service' : /Maintenance$/.test(node.admin)) {
      return `says ${node.admin || 'no state'} of ${member.id}, whose host is ${rests ? '' : 'not '}in maintenance`
    }
  }
  for (const member of leavers) {
    const node = nodeAt(nodes, addressOf(member))
    // It may have been out of sight when this NameNode read the file: one that stands in it is listed, registered or not.
    if (node === undefined) return `does not know ${member.id}, which leaves`
    if (node.admin === 'In Service') return `says In Service of ${member.id}, which leaves`
  }
  const known = new Set([...declared.map(({ member }) => member), ...leavers].map(addressOf))
  // One that is none of ours and serves is left alone: there is no knowing what is on it.
  const gone = nodes.find(
    (node) => !node.names.some((name) => known.has(name)) && (!node.live || node.admin === 'Decommissioned'),
  )
  return gone === undefined ? undefined : `still knows the DataNode at ${gone.names[0] ?? ''}, which is gone`
}
