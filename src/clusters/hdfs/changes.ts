import type { HdfsSpec } from '../../api/hdfs.ts'
import type { ExpandInput, Leaving, StandingMember } from '../../model/kind.ts'
import type { Member } from '../../model/member.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import type { HdfsContext } from '../../services/hdfs-common/context.ts'
import { dataNodeService } from '../../services/hdfs-datanode/service.ts'
import { nameNodeService } from '../../services/hdfs-namenode/service.ts'
import { replicationOf, replicationProblems } from './replication.ts'

/** Changes that are not made on a living file system: data and processes are kept as they stand. */
export function changeProblems(
  input: ExpandInput<HdfsSpec>,
  context: HdfsContext,
  members: readonly Member[],
  leaving: readonly Leaving[],
): readonly Problem[] {
  const { hosts, object, standing, unseen } = input
  if (standing.length === 0) return unseen.length === 0 ? [] : [notNew(unseen)]
  const blocked = departures(object.spec, members, leaving)
  return [
    ...ensembleChanges(context, standing),
    ...directoryChanges(members, standing),
    ...rackChanges(members, standing),
    ...(blocked.length > 0 ? blocked : replicationProblems(object.spec, hosts)),
  ]
}

/** Without a single record and with hosts out of sight, an old file system cannot be told from none. */
function notNew(unseen: readonly string[]): Problem {
  const message = `members of this file system were on ${unseen.join(', ')}, which cannot be seen: bring one of them back, or set lifecycle: Lost on those that do not come back`
  return problem('FirstStartRefused', message)
}

/** Controllers that elect by two ensembles would each make a NameNode active. One ensemble may change server by server. */
function ensembleChanges({ ha }: HdfsContext, standing: readonly StandingMember[]): readonly Problem[] {
  if (ha === undefined) return []
  const { zookeeper } = ha
  const servers = new Set(zookeeper.split(','))
  const other = standing
    .map(({ record }) => record['zookeeper'] ?? '')
    .find((text) => text !== '' && !text.split(',').some((server) => servers.has(server)))
  if (other === undefined) return []
  const message = `spec.zookeeperRef: the failover controllers that run elect by ${other}, and the spec says ${zookeeper}, which has no server in common with it; two ensembles would make two NameNodes active: put the spec back`
  return [problem('MembershipChangeUnsupported', message, { field: 'spec.zookeeperRef' })]
}

function directoryChanges(members: readonly Member[], standing: readonly StandingMember[]): readonly Problem[] {
  const found = members.flatMap((member) => {
    const record = standing.find(({ host, record: one }) => host === member.host && one['member'] === member.id)?.record
    return record === undefined ? [] : (directoryChange(member, record) ?? [])
  })
  // What the spec says for all NameNodes, or for a group, is one problem.
  return found.filter(({ message }, index) => found.findIndex((other) => other.message === message) === index)
}

function directoryChange(member: Member, record: Readonly<Record<string, string>>): Problem | undefined {
  if (member.service === nameNodeService) {
    const before = pathsIn(record['nameDirs'])
    const now = pathsIn(member.identity['nameDirs'])
    if (before.length === 0 || before.some((path) => now.includes(path))) return undefined
    const message = `spec.nameNodes.nameDirs: the names stand in ${before.join(', ')}, and none of these is in the spec, so that nothing could fill the new ones: keep one of them`
    return problem('DataDirectoryChangeUnsupported', message, { field: 'spec.nameNodes.nameDirs' })
  }
  if (member.service !== dataNodeService) return undefined
  const now = pathsIn(member.identity['dataDirs'])
  const gone = pathsIn(record['dataDirs']).filter((path) => !now.includes(path))
  if (gone.length === 0) return undefined
  const message = `dataDirs of ${member.group}: ${gone.join(', ')} of a living DataNode is left out, with all blocks in it; put it back`
  return problem('DataDirectoryChangeUnsupported', message, { field: 'spec.dataNodeGroups' })
}

/** The copies of a block were spread by the racks that were: in other racks the NameNodes would copy most of them anew. */
function rackChanges(members: readonly Member[], standing: readonly StandingMember[]): readonly Problem[] {
  const moved = members.flatMap(({ host, id, identity, service }) => {
    const before = standing.find((one) => one.host === host && one.record['member'] === id)?.record['rack'] ?? ''
    const now = identity['rack'] ?? ''
    return service !== dataNodeService || before === '' || before === now ? [] : [{ host, id, before, now }]
  })
  const [first, ...others] = moved
  if (first === undefined) return []
  const { host, id, before, now } = first
  const more = others.length === 0 ? '' : `, and ${others.length} more would move so`
  const message = `spec.racks, failureDomain of Host ${host}: ${id} runs in ${before}, and would be in ${now}${more}; the blocks were spread by the racks that were: put it back, or let the DataNode leave and come back`
  return [problem('MembershipChangeUnsupported', message, { field: 'spec.racks', host })]
}

function pathsIn(text = ''): readonly string[] {
  return text.split(',').filter((path) => path !== '')
}

/** A DataNode gives its blocks up to the others, which must be as many as a block has copies: else it would never end. */
function departures(spec: HdfsSpec, members: readonly Member[], leaving: readonly Leaving[]): readonly Problem[] {
  const nodes = leaving.filter(({ member }) => member.service === dataNodeService)
  const left = members.filter(({ service }) => service === dataNodeService).length
  const copies = replicationOf(spec)
  if (nodes.length === 0 || left >= copies) return []
  const names = nodes.map(({ member }) => `${member.id} on ${member.host}`).join(', ')
  const message = `spec.dataNodeGroups: ${names} would leave, and blocks that have ${copies} copies (dfs.replication) would have ${left} DataNodes left, so that no decommission would ever end: declare it again, or another in its place, or lower dfs.replication and that of the files`
  return [problem('DecommissionBlocked', message, { field: 'spec.dataNodeGroups' })]
}
