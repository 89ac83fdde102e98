import { memberPaths } from '../common/names.ts'
import type { HdfsContext, HighAvailability, NameNodePlace } from '../hdfs-common/context.ts'
import { electionZnode, journalsText, nameNodeHttpPort, namesText } from '../hdfs-common/context.ts'
import { type Daemon, pathsOfData } from '../hdfs-common/daemon.ts'
import type { Rules } from '../hdfs-common/rules.ts'
import { periodSeconds } from '../hdfs-secondarynamenode/config.ts'
import type { BalanceWanted } from './balancer.ts'
import { nameNodeCore, nameNodeSite } from './config.ts'
import { hostsFile, hostsSite } from './hosts-file.ts'
import { nameNodeProbes } from './probe.ts'
import { startedFrom, startFile, startWords } from './start.ts'
import { topologyCore, topologyFiles } from './topology.ts'

export const nameNodeService = 'hdfs-namenode'
export const nameNodeGroup = 'namenodes'

export function nameNodeId(id: string): string {
  return `${nameNodeService}-${id}`
}

/** The NameNode of an id, on its host. */
export function nameNodeDaemon(context: HdfsContext, place: NameNodePlace): Daemon {
  const { id, host, moves } = place
  const { ha, spec } = context
  const { nameDirs, ports, hdfsSite, jvm } = spec.nameNodes
  const httpPort = nameNodeHttpPort(spec)
  const directories = pathsOfData(nameDirs).join(',')
  const field = 'spec.nameNodes'
  return {
    id: nameNodeId(id),
    service: nameNodeService,
    group: nameNodeGroup,
    host,
    description: `HDFS NameNode ${id}`,
    command: 'namenode',
    scriptRole: 'NAMENODE',
    core: (paths) => ({ ...nameNodeCore(context), ...topologyCore(context, paths) }),
    site: (paths) => ({ ...nameNodeSite(context, id), ...hostsSite(paths) }),
    userSite: hdfsSite,
    jvm,
    words: startWords,
    files: (paths) => [hostsFile(context, paths), startFile(context, paths), ...topologyFiles(context, paths)],
    data: nameDirs,
    ports: [
      { port: ports.rpc, purpose: 'NameNode', field: `${field}.ports.rpc` },
      { port: httpPort, purpose: 'web UI of the NameNode', field: `${field}.ports.http` },
    ],
    probes: nameNodeProbes,
    identity: {
      id,
      names: namesText(context),
      journals: ha === undefined ? '' : journalsText(ha),
      endpoint: `${host.serviceAddress}:${ports.rpc}`,
      nameDirs: directories,
      ...(moves === undefined ? {} : { moves: String(moves) }),
      ...startedFrom(context),
    },
    changeable: ['names', 'journals', 'nameDirs', 'moves', 'upgradeFrom'],
    rules: {
      id,
      rpcPort: String(ports.rpc),
      httpPort: String(httpPort),
      nameDirs: directories,
      first: String(context.nameNodes[0]?.id === id),
      ...(ha === undefined ? { simple: String(context.past.simple) } : electionRules(context, ha)),
      born: context.past.born,
      unseen: context.past.unseen.join(','),
      lost: lostHosts(context).join(','),
      ...(context.past.initialises === id ? { initialises: 'true' } : {}),
      ...(place.arrives === true ? { arrives: 'true' } : {}),
      ...(context.past.untold ? { untold: 'true' } : {}),
      ...(context.past.copies === '' ? {} : { copies: context.past.copies }),
      ...balanceRule(context, id),
      ...(context.upgrade.stage === 'None' ? {} : { upgrade: JSON.stringify(context.upgrade) }),
    },
    hasTools: true,
  }
}

function electionRules({ spec }: HdfsContext, ha: HighAvailability): Rules {
  return {
    znode: electionZnode(spec, ha),
    zookeeper: ha.zookeeper,
    sessionSeconds: String(ha.failover.sessionTimeoutSeconds),
    healthSeconds: String(ha.failover.healthTimeoutSeconds),
    periodSeconds: String(periodSeconds(spec, spec.nameNodes.hdfsSite)),
    ...(ha.journalsWay.begins ? { journalsBegin: 'true' } : {}),
    ...(ha.journalsWay.passes ? { journalsPass: 'true' } : {}),
  }
}

/** Of the first alone, so that it is run at one place. */
function balanceRule({ key, nameNodes, spec: { balance } }: HdfsContext, id: string): Rules {
  if (balance === undefined || nameNodes[0]?.id !== id) return {}
  const wanted: BalanceWanted = { ...balance, unit: memberPaths(key, 'hdfs-balancer').unitName }
  return { balance: JSON.stringify(wanted) }
}

/** Hosts of the cluster that are given up: on them nothing can be proven to be empty. */
function lostHosts({ dataNodes, ha, nameNodes, secondary }: HdfsContext): readonly string[] {
  const beside = [...(ha?.journals ?? []), ...(secondary === undefined ? [] : [secondary.host])]
  const hosts = [...beside, ...nameNodes.map(({ host }) => host), ...dataNodes]
  return [...new Set(hosts.filter(({ lost }) => lost).map(({ name }) => name))]
}
