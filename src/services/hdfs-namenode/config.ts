import { type HdfsContext, nameNodeAddresses } from '../hdfs-common/context.ts'
import { pathsOfData } from '../hdfs-common/daemon.ts'
import { electedSite, journalSite, localDirectories, type Site } from '../hdfs-common/site.ts'
import { checkpointTimes } from '../hdfs-secondarynamenode/config.ts'

/** The keys of core-site.xml that only a NameNode reads: it alone says who may act for whom. */
export function nameNodeCore({ spec, proxyHosts }: HdfsContext): Site {
  return Object.fromEntries(
    spec.proxyUsers.flatMap(({ user, groups }) => [
      [`hadoop.proxyuser.${user}.hosts`, (proxyHosts[user] ?? []).join(',')],
      [`hadoop.proxyuser.${user}.groups`, groups.join(',')],
    ]),
  )
}

/**
 * Of one without others. To DataNodes it sends clients of WebHDFS with the name that its own host has for it, which theirs may not
 * know (seen with 3.4.2: "Invalid host name"), unless it has an address under the nameservice alone (NameNodeUtils.java).
 */
function aloneSite(context: HdfsContext, id: string): Site {
  const { secondary, spec } = context
  const own = nameNodeAddresses(context).find((nameNode) => nameNode.id === id)
  return {
    ...(own === undefined ? {} : { [`dfs.namenode.rpc-address.${spec.nameservice}`]: `${own.address}:${own.rpcPort}` }),
    ...(secondary === undefined ? {} : checkpointTimes(secondary.settings)),
  }
}

/**
 * The keys of hdfs-site.xml that only a NameNode reads. DataNodes come by address: with the check of their names a host that DNS
 * does not know backwards could not register.
 */
export function nameNodeSite(context: HdfsContext, id: string): Site {
  const { ha, spec } = context
  return {
    ...(ha === undefined ? aloneSite(context, id) : journalSite(spec, ha)),
    ...electedSite(context, id),
    'dfs.namenode.name.dir': localDirectories(pathsOfData(spec.nameNodes.nameDirs)),
    'dfs.namenode.datanode.registration.ip-hostname-check': 'false',
  }
}
