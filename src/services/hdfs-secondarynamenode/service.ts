import type { HdfsSecondary } from '../../api/hdfs.ts'
import type { HostView } from '../../model/kind.ts'
import type { HdfsContext } from '../hdfs-common/context.ts'
import { type Daemon, pathsOfData } from '../hdfs-common/daemon.ts'
import { fewSegments, periodSeconds, secondaryPort, secondarySite } from './config.ts'
import { secondaryProbes } from './probe.ts'

export const secondaryService = 'hdfs-secondarynamenode'
export const secondaryGroup = 'secondarynamenode'

export function secondaryId(host: string): string {
  return `${secondaryService}-${host}`
}

/** The SecondaryNameNode on its host. */
export function secondaryDaemon(context: HdfsContext, settings: HdfsSecondary, host: HostView): Daemon {
  const port = secondaryPort(settings, context.spec.version)
  const [checkpointDir = ''] = pathsOfData([settings.checkpointDir])
  return {
    id: secondaryId(host.name),
    service: secondaryService,
    group: secondaryGroup,
    host,
    description: 'HDFS SecondaryNameNode',
    command: 'secondarynamenode',
    scriptRole: 'SECONDARYNAMENODE',
    core: () => ({}),
    site: () => secondarySite(context, settings, host),
    userSite: { ...fewSegments, ...settings.hdfsSite },
    jvm: settings.jvm,
    data: [settings.checkpointDir],
    ports: [{ port, purpose: 'SecondaryNameNode', field: 'spec.secondary.port' }],
    probes: secondaryProbes,
    identity: { endpoint: `${host.serviceAddress}:${port}`, checkpointDir },
    changeable: ['endpoint', 'checkpointDir'],
    rules: {
      httpPort: String(port),
      checkpointDir,
      periodSeconds: String(periodSeconds(context.spec, settings.hdfsSite)),
    },
    hasTools: false,
  }
}
