import { joinMount } from '../../api/paths.ts'
import type { SparkShuffleService } from '../../api/spark.ts'
import type { PropertyEntry } from '../../formats/properties.ts'

/** The shuffle service's own properties, without the user's. */
export function shuffleProperties({ port, stateDir }: SparkShuffleService): readonly PropertyEntry[] {
  return [
    ['spark.shuffle.service.enabled', 'true'],
    ['spark.shuffle.service.port', String(port)],
    // It keeps its list of executors in the first local directory, and without one it keeps none (ExternalShuffleService).
    ['spark.shuffle.service.db.enabled', 'true'],
    ['spark.local.dir', joinMount(stateDir.mount, stateDir.path)],
    ['spark.port.maxRetries', '0'],
  ]
}
