import { merged, type PropertyEntry, properties } from '../../formats/properties.ts'
import type { SparkContext } from './context.ts'

/**
 * spark-defaults.conf for applications: with SPARK_CONF_DIR on the directory that holds it, spark-submit and the shells
 * find masters, event logs and shuffle service. Daemons are given a file of their own and never read it.
 */
export function applicationDefaults({ spec, masterUrl }: SparkContext): string {
  const { historyServer, standalone, sparkDefaults } = spec
  const { shuffleService } = standalone
  const own: PropertyEntry[] = [
    ['spark.master', masterUrl],
    ...(historyServer === undefined
      ? []
      : ([
          ['spark.eventLog.enabled', 'true'],
          ['spark.eventLog.dir', historyServer.eventLogDir],
        ] as const)),
    ...(shuffleService === undefined
      ? []
      : ([
          ['spark.shuffle.service.enabled', 'true'],
          ['spark.shuffle.service.port', String(shuffleService.port)],
        ] as const)),
  ]
  return properties(merged(own, sparkDefaults), ['Written by ironherd; changes are put back.'])
}
