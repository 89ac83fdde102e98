import type { DesiredFile } from '../../model/member.ts'
import type { MemberPaths } from '../common/names.ts'
import type { HdfsContext } from '../hdfs-common/context.ts'
import type { Site } from '../hdfs-common/site.ts'

/**
 * Which DataNodes there are to be, and how (CombinedHostFileManager, CombinedHostsFileReader.java): who is not in it may not
 * register; the blocks of who is IN_MAINTENANCE are not copied though it may be off; and who is DECOMMISSIONED gives its blocks up and stays until every NameNode says that it has. Never out of it before
 * that: what is in neither list is turned away with all its blocks. A change of it is told (RefreshNodes) and restarts nobody.
 */
export function hostsFile({ dataNodes, leavingNodes, user }: HdfsContext, paths: MemberPaths): DesiredFile {
  const lines = [
    ...dataNodes.map(({ serviceAddress, maintenance }) => ({
      hostName: serviceAddress,
      adminState: maintenance === true ? 'IN_MAINTENANCE' : 'NORMAL',
    })),
    ...leavingNodes.map(({ serviceAddress }) => ({ hostName: serviceAddress, adminState: 'DECOMMISSIONED' })),
  ].map((entry) => JSON.stringify(entry))
  return {
    path: hostsPath(paths),
    content: `[\n${[...new Set(lines)].sort().join(',\n')}\n]\n`,
    mode: '640',
    owner: 'root',
    group: user.group,
    secret: false,
    restart: false,
  }
}

export function hostsSite(paths: MemberPaths): Site {
  return {
    'dfs.hosts': hostsPath(paths),
    'dfs.namenode.hosts.provider.classname': 'org.apache.hadoop.hdfs.server.blockmanagement.CombinedHostFileManager',
  }
}

function hostsPath({ config }: MemberPaths): string {
  return `${config}/hosts.json`
}
