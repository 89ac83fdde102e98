import { joinMount } from '../../api/paths.ts'
import type { SparkWorkerGroup } from '../../api/spark.ts'
import type { HostView } from '../../model/kind.ts'
import { dataDirectories } from '../common/directories.ts'
import type { SparkContext } from '../spark-common/context.ts'
import type { Daemon } from '../spark-common/daemon.ts'
import { workerArguments, workerEnvironment, workerProperties } from './config.ts'
import { drainRule } from './drain.ts'
import { workerProbes } from './probe.ts'

/** Name of the member group; masters and the other daemons have names without this prefix. */
export function workerGroupName(group: string): string {
  return `workers-${group}`
}

export function workerId(host: string): string {
  return `spark-worker-${host}`
}

/** A worker on a host; `field` is the path of its group in the spec, `record` that of the process that was started there. */
export function workerDaemon(
  context: SparkContext,
  group: SparkWorkerGroup,
  host: HostView,
  field: string,
  record?: Readonly<Record<string, string>>,
): Daemon {
  const drain = drainRule(record, group)
  const data = [group.workDir, ...group.localDirs]
  return {
    id: workerId(host.name),
    service: 'spark-worker',
    group: workerGroupName(group.name),
    host,
    description: 'Spark worker',
    className: 'org.apache.spark.deploy.worker.Worker',
    arguments: (propertiesPath) => workerArguments(group, host.serviceAddress, propertiesPath, context.masterUrl),
    propertiesFile: 'daemon.properties',
    properties: workerProperties(context, group),
    userProperties: group.properties,
    environment: workerEnvironment(group),
    jvm: group.jvm,
    keepsLeadershipLog: false,
    directories: data.flatMap((directory) => dataDirectories(directory, context.user)),
    dataDirectories: data.map(({ mount, path }) => joinMount(mount, path)),
    ports: [
      { port: group.port, purpose: 'Spark worker', field: `${field}.port` },
      { port: group.webUiPort, purpose: 'web UI of the Spark worker', field: `${field}.webUiPort` },
    ],
    probes: () => workerProbes(host.serviceAddress, group.webUiPort),
    identity: {
      workerGroup: group.name,
      port: String(group.port),
      webUiPort: String(group.webUiPort),
      // As the process was started: '0' has no ear for the signal.
      drain: String(group.drain.timeoutSeconds),
    },
    ...(drain === undefined ? {} : { drain }),
    rules: workerRules(host.serviceAddress, String(group.port), context.spec.standalone.workerTimeoutSeconds),
    // After a power cut the master still lists the old worker at this address, refuses the new one ("Attempted to re-register
    // worker at same address") and the worker exits 1, until spark.worker.timeout: at a slower pace the start limit is not hit.
    unitLines: [['RestartSec', '5']],
  }
}

/** What the verdicts on a worker go by. */
export function workerRules(address: string, port: string, timeoutSeconds: number): Readonly<Record<string, string>> {
  return { address, port, workerTimeoutMs: String(timeoutSeconds * 1000) }
}
