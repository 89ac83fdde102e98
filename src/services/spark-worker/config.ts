import { joinMount } from '../../api/paths.ts'
import { javaMemory } from '../../api/quantity.ts'
import type { SparkWorkerGroup } from '../../api/spark.ts'
import type { PropertyEntry } from '../../formats/properties.ts'
import type { SparkContext } from '../spark-common/context.ts'

/** The worker's own properties (--properties-file), without the user's. */
export function workerProperties({ spec }: SparkContext, group: SparkWorkerGroup): readonly PropertyEntry[] {
  const { cleanup } = group
  return [
    // Heartbeats come at a quarter of it: it has to be the masters' value.
    ['spark.worker.timeout', String(spec.standalone.workerTimeoutSeconds)],
    ['spark.worker.cleanup.enabled', String(cleanup.enabled)],
    ['spark.worker.cleanup.interval', String(cleanup.intervalSeconds)],
    ['spark.worker.cleanup.appDataTtl', String(cleanup.appDataTtlSeconds)],
    // Without it SIGPWR ends the process.
    ...(group.drain.timeoutSeconds > 0 ? ([['spark.decommission.enabled', 'true']] as const) : []),
    // The shuffle service is a daemon of its own; one inside the worker would die with it.
    ['spark.shuffle.service.enabled', 'false'],
    ['spark.port.maxRetries', '0'],
  ]
}

/** Executors and cluster-mode drivers inherit the worker's environment. */
export function workerEnvironment(group: SparkWorkerGroup): Readonly<Record<string, string>> {
  const { localDirs, environment } = group
  return {
    ...environment,
    ...(localDirs.length === 0
      ? {}
      : { SPARK_LOCAL_DIRS: localDirs.map(({ mount, path }) => joinMount(mount, path)).join(',') }),
  }
}

/** Arguments after the class, the master list last. */
export function workerArguments(
  group: SparkWorkerGroup,
  address: string,
  propertiesPath: string,
  masterUrl: string,
): readonly string[] {
  return [
    ...['--host', address, '--port', String(group.port), '--webui-port', String(group.webUiPort)],
    ...(group.cores === undefined ? [] : ['--cores', String(group.cores)]),
    ...(group.memory === undefined ? [] : ['--memory', javaMemory(group.memory)]),
    ...['--work-dir', joinMount(group.workDir.mount, group.workDir.path)],
    ...['--properties-file', propertiesPath],
    masterUrl,
  ]
}
