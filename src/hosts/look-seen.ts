import type { Fact } from '../model/fact.ts'
import type { Answer, Question } from '../model/question.ts'
import type { LookRecords } from './look-fields.ts'
import type { PathFacts } from './look-files.ts'

export interface LookContext {
  /** Host object's name: begins every `why`. */
  readonly host: string
  readonly questions: readonly Question[]
  /** ironherd's clock when the script was sent and when its answer had come, ms since the epoch. */
  readonly sentAt: number
  readonly receivedAt: number
}

export interface HostClock {
  /** Host's clock minus ironherd's, ms. */
  readonly skewMs: number
  /** Zero of the host's monotonic clock, on ironherd's clock, ms since the epoch. */
  readonly bootedAt: number
}

/** What the parsers of single questions need. */
export interface Seen {
  readonly records: LookRecords
  readonly paths: PathFacts
  readonly units: ReadonlyMap<string, Fact<Answer>>
  readonly clock: HostClock
  readonly host: string
}
