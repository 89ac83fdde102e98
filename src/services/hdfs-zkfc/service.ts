import type { DesiredFile } from '../../model/member.ts'
import type { MemberPaths } from '../common/names.ts'
import type { HdfsContext, HighAvailability, NameNodePlace } from '../hdfs-common/context.ts'
import { electionZnode, journalsText, namesText } from '../hdfs-common/context.ts'
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
export function zkfcDaemon(context: HdfsContext, ha: HighAvailability, place: NameNodePlace): Daemon {
  const { id, host, arrives, moves, unaware = [] } = place
  const { failover, fencing, zookeeper } = ha
  const znode = electionZnode(context.spec, ha)
  return {
    id: zkfcId(id),
    service: zkfcService,
    group: zkfcGroup,
    host,
    description: `HDFS failover controller of ${id}`,
    command: 'zkfc',
    scriptRole: 'ZKFC',
    core: () => zkfcCore(ha),
    site: (paths) => zkfcSite(context, ha, id, paths),
    userSite: failover.hdfsSite,
    jvm: failover.jvm,
    files: (paths) => [...keyFiles(context, ha, paths), ...provenOffFiles(context, ha, paths)],
    data: [],
    ports: [{ port: failover.port, purpose: 'failover controller', field: 'spec.failover.port' }],
    znodes: [{ connect: zookeeper, path: znode, field: 'spec.failover.zookeeperPath' }],
    probes: zkfcProbes,
    identity: {
      id,
      names: namesText(context),
      // No file of its own has them: it says, before any NameNode is restarted, to which list they go.
      journals: journalsText(ha),
      endpoint: `${host.serviceAddress}:${failover.port}`,
      znode,
      zookeeper,
      ...(moves === undefined ? {} : { moves: String(moves) }),
    },
    changeable: ['names', 'journals', 'endpoint', 'zookeeper', 'moves'],
    rules: {
      id,
      port: String(failover.port),
      znode,
      zookeeper,
      fallback: fencing.fallback,
      ...(arrives === true ? { arrives: 'true', unaware: unaware.map(zkfcId).join(',') } : {}),
    },
    hasTools: true,
    // Without ZooKeeper, or without its NameNode, it leaves after seconds: at a slower pace the start limit is not hit.
    unitLines: [['RestartSec', '5']],
  }
}

/** Read at each fencing, so that a new key restarts nobody. SSH refuses a key that others can read. */
function keyFiles({ user }: HdfsContext, { fencingKey }: HighAvailability, paths: MemberPaths): readonly DesiredFile[] {
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
