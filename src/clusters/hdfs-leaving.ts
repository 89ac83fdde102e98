import type { HdfsSpec } from '../api/hdfs.ts'
import type { ExpandInput, HostView, Leaving } from '../model/kind.ts'
import type { Member } from '../model/member.ts'
import type { HdfsContext } from '../services/hdfs-common/context.ts'
import { type Daemon, hdfsMember } from '../services/hdfs-common/daemon.ts'
import { dataNodeDaemon, dataNodeGroupName, dataNodeService } from '../services/hdfs-datanode/service.ts'
import { journalNodeDaemon, journalNodeService } from '../services/hdfs-journalnode/service.ts'
import { nameNodeDaemon, nameNodeService } from '../services/hdfs-namenode/service.ts'
import { zkfcDaemon, zkfcService } from '../services/hdfs-zkfc/service.ts'

type Stands = Readonly<Record<string, string>>

/** Daemons that were started, by their records, and are not declared, or on another host. What was on a lost host is gone. */
export function leavingDaemons(
  { hosts, standing }: ExpandInput<HdfsSpec>,
  context: HdfsContext,
  members: readonly Member[],
): readonly Leaving[] {
  const declared = new Map(members.map((member) => [member.id, member.host]))
  return standing.flatMap(({ host, record, seen }) => {
    const view = hosts[host]
    const id = record['member'] ?? ''
    if (view === undefined || (view.lost && !seen) || declared.get(id) === host) return []
    const daemon = daemonOf(context, record, view)
    if (daemon === undefined) return []
    const member = leavingMember(context, daemon, record)
    return declared.has(id) ? [{ member: { ...member, id: `${id}@${host}` }, successor: id }] : [{ member }]
  })
}

/** Hosts of the DataNodes among them. */
export function leavingNodes(
  { hosts, standing }: Pick<ExpandInput<HdfsSpec>, 'hosts' | 'standing'>,
  declared: readonly HostView[],
): readonly HostView[] {
  return standing.flatMap(({ host, record, seen }) => {
    const view = hosts[host]
    if (record['role'] !== dataNodeService || view === undefined || (view.lost && !seen)) return []
    return declared.some(({ name }) => name === host) ? [] : [view]
  })
}

/** As it would be declared now, but for what only its record can say; undefined: no daemon of HDFS. */
function daemonOf(context: HdfsContext, record: Stands, host: HostView): Daemon | undefined {
  const place = { id: record['id'] ?? '', host }
  switch (record['role']) {
    case journalNodeService:
      return journalNodeDaemon(context, host)
    case nameNodeService:
      return nameNodeDaemon(context, place)
    case zkfcService:
      return zkfcDaemon(context, place)
    case dataNodeService: {
      const groups = context.spec.dataNodeGroups
      const group = groups.find(({ name }) => dataNodeGroupName(name) === record['group']) ?? groups[0]
      return group === undefined ? undefined : dataNodeDaemon(context, group, host, 'spec.dataNodeGroups')
    }
    default:
      return undefined
  }
}

/** Its files stay as they are; its data is where it was. */
function leavingMember(context: HdfsContext, daemon: Daemon, record: Stands): Member {
  const kept = Object.entries(record).filter(([key]) => /^(nameDirs|dataDirs|editsDir)$/.test(key))
  const rules = { ...daemon.rules, ...Object.fromEntries(kept) }
  return {
    ...hdfsMember(context, { ...daemon, group: record['group'] ?? daemon.group, rules }),
    files: [],
    dataDirectories: kept.flatMap(([, paths]) => paths.split(',')),
    identity: record,
    changeable: Object.keys(record),
  }
}
