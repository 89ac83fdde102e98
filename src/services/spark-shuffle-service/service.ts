import { joinMount } from '../../api/paths.ts'
import type { SparkShuffleService } from '../../api/spark.ts'
import type { HostView } from '../../model/kind.ts'
import { dataDirectories } from '../common/directories.ts'
import type { SparkContext } from '../spark-common/context.ts'
import type { Daemon } from '../spark-common/daemon.ts'
import { shuffleProperties } from './config.ts'
import { shuffleProbes } from './probe.ts'

export const shuffleGroup = 'shuffle-services'

export function shuffleId(host: string): string {
  return `spark-shuffle-${host}`
}

/** The external shuffle service on a worker's host. */
export function shuffleDaemon(context: SparkContext, shuffle: SparkShuffleService, host: HostView): Daemon {
  const { stateDir, port } = shuffle
  return {
    id: shuffleId(host.name),
    service: 'spark-shuffle-service',
    group: shuffleGroup,
    host,
    description: 'Spark external shuffle service',
    className: 'org.apache.spark.deploy.ExternalShuffleService',
    // It takes no arguments and reads spark-defaults.conf of its configuration directory.
    arguments: () => [],
    propertiesFile: 'spark-defaults.conf',
    properties: shuffleProperties(shuffle),
    userProperties: shuffle.properties,
    environment: {},
    jvm: shuffle.jvm,
    keepsLeadershipLog: false,
    directories: dataDirectories(stateDir, context.user),
    dataDirectories: [joinMount(stateDir.mount, stateDir.path)],
    ports: [{ port, purpose: 'Spark shuffle service', field: 'spec.standalone.shuffleService.port' }],
    probes: () => shuffleProbes(port),
    identity: {},
    rules: {},
  }
}
