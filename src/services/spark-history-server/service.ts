import type { SparkHistoryServer } from '../../api/spark.ts'
import type { HostView } from '../../model/kind.ts'
import type { SparkContext } from '../spark-common/context.ts'
import type { Daemon } from '../spark-common/daemon.ts'
import { historyProperties } from './config.ts'
import { historyProbes } from './probe.ts'

export const historyGroup = 'history-server'

export function historyId(host: string): string {
  return `spark-history-${host}`
}

/** The history server. */
export function historyDaemon(_context: SparkContext, history: SparkHistoryServer, host: HostView): Daemon {
  const { webUiPort } = history
  return {
    id: historyId(host.name),
    service: 'spark-history-server',
    group: historyGroup,
    host,
    description: 'Spark history server',
    className: 'org.apache.spark.deploy.history.HistoryServer',
    arguments: (propertiesPath) => ['--properties-file', propertiesPath],
    propertiesFile: 'daemon.properties',
    properties: historyProperties(history),
    userProperties: history.properties,
    environment: {},
    jvm: history.jvm,
    keepsLeadershipLog: false,
    directories: [],
    dataDirectories: [],
    ports: [{ port: webUiPort, purpose: 'web UI of the Spark history server', field: 'spec.historyServer.webUiPort' }],
    probes: () => historyProbes(host.serviceAddress, webUiPort),
    identity: {},
    rules: {},
  }
}
