import { failoverDefaults, fencingDefaults, type HdfsSpec } from '../../api/hdfs.ts'
import type { ExpandInput, HostView, Leaving, StandingMember } from '../../model/kind.ts'
import type { Member } from '../../model/member.ts'
import { clientMember, clientService } from '../../services/hdfs-client/service.ts'
import type { HdfsContext, HighAvailability } from '../../services/hdfs-common/context.ts'
import { type Daemon, hdfsMember } from '../../services/hdfs-common/daemon.ts'
import { dataNodeDaemon, dataNodeGroupName, dataNodeService } from '../../services/hdfs-datanode/service.ts'
import { httpFsDaemon, httpFsService } from '../../services/hdfs-httpfs/service.ts'
import { journalNodeDaemon, journalNodeService } from '../../services/hdfs-journalnode/service.ts'
import { nameNodeDaemon, nameNodeId, nameNodeService } from '../../services/hdfs-namenode/service.ts'
import { secondaryDaemon, secondaryService } from '../../services/hdfs-secondarynamenode/service.ts'
import { zkfcDaemon, zkfcId, zkfcService } from '../../services/hdfs-zkfc/service.ts'

type Stands = Readonly<Record<string, string>>

/** Daemons that were started, by their records, and are not declared, or on another host. What was on a lost host is gone. */
export function leavingDaemons(
  { hosts, standing, unseen }: ExpandInput<HdfsSpec>,
  context: HdfsContext,
  members: readonly Member[],
): readonly Leaving[] {
  const declared = new Map(members.map((member) => [member.id, member.host]))
  return [...standing, ...perhaps(context, standing, unseen)].flatMap(({ host, record, seen }) => {
    const view = hosts[host]
    const id = record['member'] ?? ''
    if (view === undefined || (view.lost && !seen) || declared.get(id) === host) return []
    const member = memberOf(context, record, view)
    if (member === undefined) return []
    return declared.has(id) ? [{ member: { ...member, id: `${id}@${host}` }, successor: id }] : [{ member }]
  })
}

/** A NameNode where all others look for it, on a host that was not seen since this process runs. */
function perhaps(
  { nameNodes }: HdfsContext,
  standing: readonly StandingMember[],
  unseen: readonly string[],
): readonly Pick<StandingMember, 'host' | 'record' | 'seen'>[] {
  if (standing.length === 0) return []
  return nameNodes
    .filter(({ host }) => unseen.includes(host.name))
    .flatMap(({ id, host }) => [
      { host: host.name, record: { role: nameNodeService, member: nameNodeId(id), id }, seen: false },
      { host: host.name, record: { role: zkfcService, member: zkfcId(id), id }, seen: false },
    ])
}

function memberOf(context: HdfsContext, record: Stands, host: HostView): Member | undefined {
  if (record['role'] === clientService) return departing(clientMember(context, host), record)
  const daemon = daemonOf(context, record, host)
  return daemon === undefined ? undefined : leavingMember(context, daemon, record)
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
      return journalNodeDaemon(context, context.ha ?? journalsOnly(context, record), host)
    case nameNodeService:
      return nameNodeDaemon(context, place)
    case zkfcService:
      return context.ha === undefined ? undefined : zkfcDaemon(context, context.ha, place)
    case httpFsService: {
      const { httpFs, nameNodes } = context.spec
      const port = portIn(record) ?? 14000
      return httpFsDaemon(context, httpFs ?? { hosts: [], port, site: {}, jvm: nameNodes.jvm }, host)
    }
    case secondaryService: {
      const port = portIn(record)
      // It stands where it stood.
      const checkpointDir = { mount: '/', path: (record['checkpointDir'] ?? '').slice(1) }
      const { jvm } = context.spec.nameNodes
      const settings = { host: host.name, checkpointDir, hdfsSite: {}, jvm, ...(port === undefined ? {} : { port }) }
      return secondaryDaemon(context, settings, host)
    }
    case dataNodeService: {
      const groups = context.spec.dataNodeGroups
      const group = groups.find(({ name }) => dataNodeGroupName(name) === record['group']) ?? groups[0]
      return group === undefined ? undefined : dataNodeDaemon(context, group, host, 'spec.dataNodeGroups')
    }
    default:
      return undefined
  }
}

/** Of a simple file system that was to be highly available: its journals stand where they stood. */
function journalsOnly({ spec }: HdfsContext, record: Stands): HighAvailability {
  const editsDir = { mount: '/', path: (record['editsDir'] ?? '').slice(1) }
  const ports = { rpc: portIn(record) ?? 8485, http: 8480 }
  return {
    journalNodes: { hosts: [], editsDir, ports, hdfsSite: {}, jvm: spec.nameNodes.jvm },
    journals: [],
    journalsWay: { begins: false, passes: false },
    failover: failoverDefaults,
    fencing: fencingDefaults,
    zookeeper: '',
    provenOff: [],
  }
}

function portIn(record: Stands): number | undefined {
  const port = /:(\d+)$/.exec(record['endpoint'] ?? '')?.[1]
  return port === undefined ? undefined : Number(port)
}

function departing(member: Member, record: Stands): Member {
  return { ...member, files: [], identity: record, changeable: Object.keys(record) }
}

/** Its files stay as they are; its data is where it was. */
function leavingMember(context: HdfsContext, daemon: Daemon, record: Stands): Member {
  const kept = Object.entries(record).filter(([key]) => /^(nameDirs|dataDirs|editsDir|checkpointDir)$/.test(key))
  const rules = { ...daemon.rules, ...Object.fromEntries(kept) }
  return {
    ...departing(hdfsMember(context, { ...daemon, group: record['group'] ?? daemon.group, rules }), record),
    dataDirectories: kept.flatMap(([, paths]) => paths.split(',')),
  }
}
