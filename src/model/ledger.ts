import type { Verb } from './step.ts'

/** A member that is down, or may be, because ironherd acted on it: counts against every budget on its machine. */
export interface Disruption {
  /** machine-id when the machine was seen, else the Host object's name. */
  readonly machine: string
  /** Kind/namespace/name of the cluster. */
  readonly object: string
  readonly member: string
  /** When the step began, ms since the epoch. */
  readonly since: number
  readonly verb: Verb
}

/** One thing that went wrong and who mended it: what the repair metrics and the events are made from. */
export interface RepairRecord {
  /** Stable name of what was wrong, e.g. UnitStopped, ZookeeperDataWiped. */
  readonly cause: string
  readonly member: string
  /** The Host object's name. */
  readonly host: string
  /** One sentence that quotes what was seen. */
  readonly evidence: string
  readonly by: 'ironherd' | 'systemd' | 'itself'
  /** ms since the epoch, as are all times here. */
  readonly detectedAt: number
  /** Missing: still open. */
  readonly repairedAt?: number
  /** Start of the process that served before: a later one shows that it was started anew. */
  readonly startedBefore?: number
  /** Verbs that were run for it, in order; empty when ironherd did nothing. */
  readonly steps: readonly Verb[]
}
