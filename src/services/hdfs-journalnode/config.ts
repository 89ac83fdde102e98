import { joinMount } from '../../api/paths.ts'
import type { HostView } from '../../model/kind.ts'
import type { HdfsContext, HighAvailability } from '../hdfs-common/context.ts'
import { journalSite, type Site } from '../hdfs-common/site.ts'

/** The keys of hdfs-site.xml that only a JournalNode reads; its directory is a path, not a URI. */
export function journalNodeSite(spec: HdfsContext['spec'], ha: HighAvailability, { serviceAddress }: HostView): Site {
  const { editsDir, ports } = ha.journalNodes
  return {
    ...journalSite(spec, ha),
    'dfs.journalnode.edits.dir': joinMount(editsDir.mount, editsDir.path),
    'dfs.journalnode.rpc-address': `${serviceAddress}:${ports.rpc}`,
    'dfs.journalnode.http-address': `${serviceAddress}:${ports.http}`,
  }
}
