import type { DesiredFile } from '../../model/member.ts'
import type { MemberPaths } from '../common/names.ts'
import type { HdfsContext, NameNodePlace } from '../hdfs-common/context.ts'
import { electionZnode, namesText } from '../hdfs-common/context.ts'
import type { Daemon } from '../hdfs-common/daemon.ts'
import { fencingKeyPath, zkfcCore, zkfcSite } from './config.ts'
import { zkfcProbes } from './probe.ts'
import { provenOffFiles } from './proven-off.ts'

export const zkfcService = 'hdfs-zkfc'
export const zkfcGroup = 'zkfcs'

export function zkfcId(id: string): string {
  return `${zkfcService}-${id}`
}

/** The failover controller of a NameNode, on its host. */
export function zkfcDaemon(context: HdfsContext, place: NameNodePlace): Daemon {
  const { id, host, arrives, unaware = [] } = place
  const { failover, fencing } = context.spec
  const znode = electionZnode(context.spec)
  return {
    id: zkfcId(id),
    service: zkfcService,
    group: zkfcGroup,
    host,
    description: `HDFS failover controller of ${id}`,
    command: 'zkfc',
    scriptRole: 'ZKFC',
    core: () => zkfcCore(context),
    site: (paths) => zkfcSite(context, id, paths),
    userSite: failover.hdfsSite,
    jvm: failover.jvm,
    files: (paths) => [...keyFiles(context, paths), ...provenOffFiles(context, paths)],
    data: [],
    ports: [{ port: failover.port, purpose: 'failover controller', field: 'spec.failover.port' }],
    znodes: [{ connect: context.zookeeper, path: znode, field: 'spec.failover.zookeeperPath' }],
    probes: zkfcProbes,
    identity: {
      id,
      names: namesText(context),
      endpoint: `${host.serviceAddress}:${failover.port}`,
      znode,
      zookeeper: context.zookeeper,
    },
    changeable: ['names', 'endpoint', 'zookeeper'],
    rules: {
      id,
      port: String(failover.port),
      znode,
      zookeeper: context.zookeeper,
      fallback: fencing.fallback,
      ...(arrives === true ? { arrives: 'true', unaware: unaware.map(zkfcId).join(',') } : {}),
    },
    hasTools: true,
    // Without ZooKeeper, or without its NameNode, it leaves after seconds: at a slower pace the start limit is not hit.
    unitLines: [['RestartSec', '5']],
  }
}

/** Read at each fencing, so that a new key restarts nobody. SSH refuses a key that others can read. */
function keyFiles({ fencingKey, user }: HdfsContext, paths: MemberPaths): readonly DesiredFile[] {
  if (fencingKey === undefined) return []
  return [
    {
      path: fencingKeyPath(paths),
      content: fencingKey,
      mode: '400',
      owner: user.name,
      group: user.group,
      secret: true,
      restart: false,
    },
  ]
}
