import { hadoopXml } from '../../formats/hadoop-xml.ts'
import type { Findable, HdfsContext, HighAvailability } from './context.ts'
import { journalsText, nameNodeAddresses } from './context.ts'

/** Keys of one of Hadoop's files; a value that is a list has its entries on lines of their own. */
export type Site = Readonly<Record<string, string | readonly string[]>>

export const fileHeader = ['Written by ironherd; changes are put back.']

/** Of core-site.xml, for whoever has to find the file system. */
export function commonCore({ spec }: Findable): Site {
  return { 'fs.defaultFS': `hdfs://${spec.nameservice}` }
}

/**
 * Of hdfs-site.xml, for whoever has to find the file system. One NameNode is found as several are: a nameservice of one is none that
 * could fail over (HAUtil.isHAEnabled), its NameNode is active from its start on, and clients keep the name they know when there
 * are more. The last two forbid a format to everybody who reads these files: only the verb of the first format lifts that, for its
 * own process.
 */
export function commonSite(context: Findable): Site {
  const { nameservice } = context.spec
  const nameNodes = nameNodeAddresses(context)
  return {
    'dfs.nameservices': nameservice,
    [`dfs.ha.namenodes.${nameservice}`]: nameNodes.map(({ id }) => id).join(','),
    ...Object.fromEntries(
      nameNodes.flatMap(({ id, address, rpcPort, httpPort }) => [
        [`dfs.namenode.rpc-address.${nameservice}.${id}`, `${address}:${rpcPort}`],
        [`dfs.namenode.http-address.${nameservice}.${id}`, `${address}:${httpPort}`],
      ]),
    ),
    [`dfs.client.failover.proxy.provider.${nameservice}`]:
      'org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider',
    'dfs.namenode.support.allow.format': 'false',
    'dfs.reformat.disabled': 'true',
  }
}

/** Of hdfs-site.xml, for NameNodes, which write there, and JournalNodes, which fetch from each other what they missed. */
export function journalSite({ nameservice }: HdfsContext['spec'], ha: HighAvailability): Site {
  return { 'dfs.namenode.shared.edits.dir': `qjournal://${journalsText(ha)}/${nameservice}` }
}

/**
 * Of hdfs-site.xml, for a NameNode and its failover controller. By its id a process knows itself, whatever names its host has; the
 * port of the controllers is where the others are asked to hand over.
 */
export function electedSite({ ha }: Pick<HdfsContext, 'ha'>, id: string): Site {
  const own = { 'dfs.ha.namenode.id': id }
  if (ha === undefined) return own
  return { ...own, 'dfs.ha.automatic-failover.enabled': 'true', 'dfs.ha.zkfc.port': String(ha.failover.port) }
}

/**
 * Of core-site.xml, for daemons. Left to itself, Hadoop turns an address into the name that the machine at hand has for it, and a
 * failover controller writes that name into its breadcrumb: where another machine has another name, or none, none of them ever
 * becomes active again (seen with 3.4.2: "Mismatched address stored in ZK"). With this key an address stays what it is
 * (SecurityUtil.java); names must then be known to DNS, so it is left out where a host is declared by name.
 */
export function daemonCore({ nameNodes, ha, dataNodes }: HdfsContext): Site {
  const hosts = [...nameNodes.map(({ host }) => host), ...(ha?.journals ?? []), ...dataNodes]
  const byAddress = hosts.every(({ serviceAddress }) => /^\d+([.]\d+){3}$/.test(serviceAddress))
  return byAddress ? { 'hadoop.security.token.service.use_ip': 'false' } : {}
}

/** The user's keys first: what ironherd sets wins, and those names are refused anyway. */
export function coreXml(context: Findable, own: Site): string {
  return hadoopXml({ ...context.spec.coreSite, ...commonCore(context), ...own }, fileHeader)
}

export function siteXml(context: Findable, users: Readonly<Record<string, string>>, own: Site): string {
  return hadoopXml({ ...context.spec.hdfsSite, ...users, ...commonSite(context), ...own }, fileHeader)
}

/** As Hadoop writes a list of directories on the local disk. */
export function localDirectories(paths: readonly string[]): string {
  return paths.map((path) => `file://${path}`).join(',')
}
