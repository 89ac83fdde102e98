import type { HdfsSecondary, HdfsSpec } from '../../api/hdfs.ts'
import type { HostView } from '../../model/kind.ts'
import { type HdfsContext, nameNodeAddresses } from '../hdfs-common/context.ts'
import { pathsOfData } from '../hdfs-common/daemon.ts'
import { localDirectories, type Site } from '../hdfs-common/site.ts'
import { isHadoop2 } from '../hdfs-common/version.ts'

export function secondaryPort({ port }: Pick<HdfsSecondary, 'port'>, version: string): number {
  return port ?? (isHadoop2(version) ? 50090 : 9868)
}

/**
 * The keys of hdfs-site.xml that only a SecondaryNameNode reads. It knows nothing of ids of NameNodes (SecondaryNameNode.java takes the
 * keys of its nameservice without one), so where its NameNode is stands here under the plain names.
 */
export function secondarySite(context: HdfsContext, settings: HdfsSecondary, { serviceAddress }: HostView): Site {
  const [nameNode] = nameNodeAddresses(context)
  const { address = '', httpPort = 0, rpcPort = 0 } = nameNode ?? {}
  return {
    'dfs.namenode.rpc-address': `${address}:${rpcPort}`,
    'dfs.namenode.http-address': `${address}:${httpPort}`,
    'dfs.namenode.secondary.http-address': `${serviceAddress}:${secondaryPort(settings, context.spec.version)}`,
    'dfs.namenode.checkpoint.dir': localDirectories(pathsOfData([settings.checkpointDir])),
  }
}

/** Its edits are in its image: so many of them that a look still lists the images behind them, where Hadoop keeps 10,000. */
export const fewSegments = { 'dfs.namenode.max.extra.edits.segments.retained': '100' }

const periodKey = 'dfs.namenode.checkpoint.period'

/**
 * When checkpoints are made, for the NameNode as well: it takes none that comes much earlier than it is told itself (ImageServlet.java:
 * "Rejecting a fsimage due to small time delta").
 */
export function checkpointTimes({ hdfsSite }: HdfsSecondary): Site {
  const keys = [periodKey, 'dfs.namenode.checkpoint.txns']
  return Object.fromEntries(Object.entries(hdfsSite).filter(([key]) => keys.includes(key)))
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** Seconds from one checkpoint to the next, where nothing that was done makes it earlier: 3600 in Hadoop. `own`: keys of who makes it. */
export function periodSeconds({ coreSite, hdfsSite }: HdfsSpec, own: Readonly<Record<string, string>>): number {
  const text = own[periodKey] ?? hdfsSite[periodKey] ?? coreSite[periodKey] ?? ''
  const [, count = '', unit = 's'] = /^([1-9]\d{0,8})([smhd])?$/.exec(text.trim()) ?? []
  return count === '' ? 3600 : Number(count) * (units[unit] ?? 1)
}
