import type { HostView } from '../../model/kind.ts'
import type { PortClaim } from '../../model/member.ts'
import { dataDirectories } from '../common/directories.ts'
import { masterUrlOf, type SparkContext } from '../spark-common/context.ts'
import type { Daemon } from '../spark-common/daemon.ts'
import { masterProperties } from './config.ts'
import { masterProbes } from './probe.ts'

export const masterGroup = 'masters'

export function masterId(host: string): string {
  return `spark-master-${host}`
}

/** A standalone master on a host. */
export function masterDaemon(context: SparkContext, host: HostView): Daemon {
  const { spec, user, recovery } = context
  const { masters, workerTimeoutSeconds } = spec.standalone
  const { fileSystem } = spec.standalone.recovery
  return {
    id: masterId(host.name),
    service: 'spark-master',
    group: masterGroup,
    host,
    description: 'Spark master',
    className: 'org.apache.spark.deploy.master.Master',
    arguments: (propertiesPath) => [
      ...['--host', host.serviceAddress, '--port', String(masters.port)],
      ...['--webui-port', String(masters.webUiPort), '--properties-file', propertiesPath],
    ],
    propertiesFile: 'daemon.properties',
    properties: masterProperties(context),
    userProperties: masters.properties,
    environment: {},
    jvm: masters.jvm,
    keepsLeadershipLog: true,
    directories: fileSystem === undefined ? [] : dataDirectories(fileSystem.directory, user),
    dataDirectories: recovery.mode === 'FILESYSTEM' ? [recovery.directory] : [],
    ...(recovery.mode === 'ZOOKEEPER'
      ? { znodes: [{ connect: recovery.connect, path: recovery.path, field: 'spec.standalone.recovery.path' }] }
      : {}),
    ports: masterPorts(context),
    probes: (paths) => masterProbes(host.serviceAddress, masters.webUiPort, `${paths.logs}/leadership.log`),
    identity: recovery.mode === 'FILESYSTEM' ? { dataRecovery: recovery.directory } : {},
    rules: {
      url: masterUrlOf(host.serviceAddress, masters.port),
      workerTimeoutMs: String(workerTimeoutSeconds * 1000),
    },
  }
}

function masterPorts({ spec }: SparkContext): readonly PortClaim[] {
  const { port, webUiPort, restPort } = spec.standalone.masters
  const field = 'spec.standalone.masters'
  return [
    { port, purpose: 'Spark master', field: `${field}.port` },
    { port: webUiPort, purpose: 'web UI of the Spark master', field: `${field}.webUiPort` },
    ...(restPort === undefined
      ? []
      : [{ port: restPort, purpose: 'REST submission server', field: `${field}.restPort` }]),
  ]
}
