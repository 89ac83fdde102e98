import type { PropertyEntry } from '../../formats/properties.ts'
import type { SparkContext } from '../spark-common/context.ts'

/** The master's own properties (--properties-file), without the user's. */
export function masterProperties({ spec, recovery }: SparkContext): readonly PropertyEntry[] {
  const { masters, workerTimeoutSeconds } = spec.standalone
  const rest: readonly PropertyEntry[] =
    masters.restPort === undefined
      ? // On by default up to Spark 2.3; said, so that no version can differ.
        [['spark.master.rest.enabled', 'false']]
      : [
          ['spark.master.rest.enabled', 'true'],
          ['spark.master.rest.port', String(masters.restPort)],
        ]
  return [
    ...recoveryProperties({ recovery }),
    ['spark.worker.timeout', String(workerTimeoutSeconds)],
    ...rest,
    // Without this a daemon whose port is taken quietly takes the next one.
    ['spark.port.maxRetries', '0'],
  ]
}

/** A mistyped mode falls into NONE without a word (runbook §8.1): the words are written here only. */
function recoveryProperties({ recovery }: Pick<SparkContext, 'recovery'>): readonly PropertyEntry[] {
  switch (recovery.mode) {
    case 'ZOOKEEPER':
      return [
        ['spark.deploy.recoveryMode', 'ZOOKEEPER'],
        ['spark.deploy.zookeeper.url', recovery.connect],
        ['spark.deploy.zookeeper.dir', recovery.path],
      ]
    case 'FILESYSTEM':
      return [
        ['spark.deploy.recoveryMode', 'FILESYSTEM'],
        ['spark.deploy.recoveryDirectory', recovery.directory],
      ]
    case 'NONE':
      return [['spark.deploy.recoveryMode', 'NONE']]
  }
}
