import type { SparkHistoryServer } from '../../api/spark.ts'
import type { PropertyEntry } from '../../formats/properties.ts'

/** The history server's own properties (--properties-file), without the user's. */
export function historyProperties({ webUiPort, eventLogDir }: SparkHistoryServer): readonly PropertyEntry[] {
  return [
    ['spark.history.ui.port', String(webUiPort)],
    ['spark.history.fs.logDirectory', eventLogDir],
    ['spark.port.maxRetries', '0'],
  ]
}
