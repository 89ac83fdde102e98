import type { HdfsContext } from '../hdfs-common/context.ts'
import { pathsOfData } from '../hdfs-common/daemon.ts'
import { electedSite, journalSite, localDirectories, type Site } from '../hdfs-common/site.ts'

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
 * The keys of hdfs-site.xml that only a NameNode reads. DataNodes come by address: with the check of their names a host that DNS
 * does not know backwards could not register.
 */
export function nameNodeSite(context: HdfsContext, id: string): Site {
  return {
    ...journalSite(context),
    ...electedSite(context, id),
    'dfs.namenode.name.dir': localDirectories(pathsOfData(context.spec.nameNodes.nameDirs)),
    'dfs.namenode.datanode.registration.ip-hostname-check': 'false',
  }
}
