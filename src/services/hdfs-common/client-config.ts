import type { Findable } from './context.ts'
import { coreXml, siteXml } from './site.ts'

/**
 * What makes a client find the file system, by the name of the file: the keys that all daemons share, and the user's for all of
 * them, since some of those act in clients (dfs.replication). Throws UnrepresentableValue for a value that XML cannot hold.
 */
export function clientFiles(context: Findable): Readonly<Record<string, string>> {
  return { 'core-site.xml': coreXml(context, {}), 'hdfs-site.xml': siteXml(context, {}, {}) }
}
