import type { HostView } from '../../model/kind.ts'
import type { HdfsContext, HighAvailability } from '../hdfs-common/context.ts'
import { journalsText } from '../hdfs-common/context.ts'
import { type Daemon, pathsOfData } from '../hdfs-common/daemon.ts'
import { journalNodeSite } from './config.ts'
import { journalNodeProbes } from './probe.ts'

export const journalNodeService = 'hdfs-journalnode'
export const journalNodeGroup = 'journalnodes'

export function journalNodeId(host: string): string {
  return `${journalNodeService}-${host}`
}

/** The JournalNode on a host. */
export function journalNodeDaemon({ spec }: HdfsContext, ha: HighAvailability, host: HostView): Daemon {
  const { journalNodes } = ha
  const { rpc, http } = journalNodes.ports
  const [editsDir = ''] = pathsOfData([journalNodes.editsDir])
  const field = 'spec.journalNodes'
  return {
    id: journalNodeId(host.name),
    service: journalNodeService,
    group: journalNodeGroup,
    host,
    description: 'HDFS JournalNode',
    command: 'journalnode',
    scriptRole: 'JOURNALNODE',
    core: () => ({}),
    site: () => journalNodeSite(spec, ha, host),
    userSite: journalNodes.hdfsSite,
    jvm: journalNodes.jvm,
    data: [journalNodes.editsDir],
    ports: [
      { port: rpc, purpose: 'JournalNode', field: `${field}.ports.rpc` },
      { port: http, purpose: 'web UI of the JournalNode', field: `${field}.ports.http` },
    ],
    probes: journalNodeProbes,
    identity: {
      journals: journalsText(ha),
      endpoint: `${host.serviceAddress}:${rpc}`,
      editsDir,
    },
    changeable: ['journals'],
    rules: {
      rpcPort: String(rpc),
      httpPort: String(http),
      editsDir,
      journal: `${editsDir}/${spec.nameservice}`,
    },
    hasTools: false,
  }
}
