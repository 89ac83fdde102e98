import type { KindDefinition } from '../api/kind.ts'
import type { Claim } from '../model/claim.ts'
import type { CanaryRunner, EpochSource, Hands, Looker } from '../model/engine.ts'
import type { FleetFacts } from '../model/facts.ts'
import type { Assessment, Health } from '../model/health.ts'
import type { ClusterKind, Expansion, Repair } from '../model/kind.ts'
import type { Disruption, RepairRecord } from '../model/ledger.ts'
import type { Member } from '../model/member.ts'
import type { ObjectKey } from '../model/object.ts'
import type { Question } from '../model/question.ts'
import type { Decision, StepOutcome } from '../model/step.ts'

export interface DecideInput {
  readonly object: ObjectKey
  /** RFC 3339. */
  readonly createdAt: string
  readonly expansion: Expansion
  readonly facts: FleetFacts
  readonly assessment: Assessment
  readonly repairs: readonly Repair[]
  /** Claims of all other objects. */
  readonly claims: readonly Claim[]
  /** Members of other objects that are down because of ironherd. */
  readonly disruptions: readonly Disruption[]
  /** Members on which a step has just failed: their steps are planned but not run, and hold nobody else up. */
  readonly resting?: readonly string[]
  /** ms since the epoch. */
  readonly now: number
}

export interface ReleaseInput {
  readonly expansion: Expansion
  readonly facts: FleetFacts
  readonly policy: 'Stop' | 'Purge'
}

export interface TrackInput {
  readonly members: readonly Member[]
  /** Health in the pass before; undefined in the first pass of this process. */
  readonly before: Readonly<Record<string, Health>> | undefined
  readonly assessment: Assessment
  /** What was done since that pass. */
  readonly outcomes: readonly StepOutcome[]
  readonly now: number
}

/** The planner as the control room sees it: pure functions, handed in by main.ts. */
export interface Engine {
  /** All that a pass must ask, by Host name. */
  questionsOf(members: readonly Member[]): Readonly<Record<string, readonly Question[]>>
  claimsOf(object: ObjectKey, createdAt: string, members: readonly Member[], facts: FleetFacts): readonly Claim[]
  disruptionsOf(
    object: ObjectKey,
    members: readonly Member[],
    facts: FleetFacts,
    assessment: Assessment,
    now: number,
  ): readonly Disruption[]
  decide(input: DecideInput): Decision
  /** For an object that is being deleted. No plan and no problem: nothing is left to do. */
  decideRelease(input: ReleaseInput): Decision
  trackRepairs(previous: readonly RepairRecord[], input: TrackInput): readonly RepairRecord[]
}

/** A kind of cluster: how it is applied, and what it means. */
export interface ClusterBinding {
  readonly definition: KindDefinition
  readonly cluster: ClusterKind
}

/** Everything outside the control room that it works with. */
export interface Ports {
  readonly engine: Engine
  readonly clusters: readonly ClusterBinding[]
  readonly looker: Looker
  readonly hands: Hands
  readonly canary: CanaryRunner
  readonly epochs: EpochSource
}
