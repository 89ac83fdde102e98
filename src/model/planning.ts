import type { Claim } from './claim.ts'
import type { FleetFacts } from './facts.ts'
import type { FenceView } from './fence.ts'
import type { Assessment, Health } from './health.ts'
import type { Expansion, Repair } from './kind.ts'
import type { Disruption } from './ledger.ts'
import type { Member } from './member.ts'
import type { ObjectKey } from './object.ts'
import type { StepOutcome } from './step.ts'

/** What a pass knows when it decides. */
export interface DecideInput {
  readonly object: ObjectKey
  /** RFC 3339 creation time of the object: between two claims the older object's stands. */
  readonly createdAt: string
  readonly expansion: Expansion
  readonly facts: FleetFacts
  readonly assessment: Assessment
  readonly repairs: readonly Repair[]
  /** Claims of all other objects. */
  readonly claims: readonly Claim[]
  /** Members of other objects that are down because of ironherd. */
  readonly disruptions: readonly Disruption[]
  /** By Host name: those out of reach that have a fence and from which the spec moves somebody away. */
  readonly fences?: Readonly<Record<string, FenceView>>
  /** By Host name: those whose own declared preparation is not done. Nobody begins there; missing: all are done, or declare none. */
  readonly unprepared?: Readonly<Record<string, string>>
  /** Members on which a step has just failed: their steps are planned but not run, and hold nobody else up. */
  readonly resting?: readonly string[]
  /** ms since the epoch. */
  readonly now: number
}

/** What is known when a deleted object is to be let go. */
export interface ReleaseInput {
  readonly expansion: Expansion
  readonly facts: FleetFacts
  readonly policy: 'Stop' | 'Purge'
  /** Ids of members on hosts out of sight that a person has agreed to let go as they are. */
  readonly forgotten?: readonly string[]
}

/** What the repair ledger is carried on with. */
export interface TrackInput {
  readonly members: readonly Member[]
  /** Health in the pass before; undefined in the first pass of this process. */
  readonly before: Readonly<Record<string, Health>> | undefined
  readonly assessment: Assessment
  /** What was done since that pass. */
  readonly outcomes: readonly StepOutcome[]
  readonly now: number
}
