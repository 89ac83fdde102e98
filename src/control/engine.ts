import type { KindDefinition } from '../api/kind.ts'
import type { Approval, Weighed, WeighInput } from '../model/approval.ts'
import type { Claim } from '../model/claim.ts'
import type { CanaryRunner, EpochSource, Hands, Looker } from '../model/engine.ts'
import type { FleetFacts, MachineFacts } from '../model/facts.ts'
import type { Assessment } from '../model/health.ts'
import type { DesiredHost, HostKind, SelinuxMode } from '../model/host.ts'
import type { ClusterKind, Expansion, Repair, StandingMember } from '../model/kind.ts'
import type { Disruption, RepairRecord } from '../model/ledger.ts'
import type { Member } from '../model/member.ts'
import type { ObjectKey } from '../model/object.ts'
import type { DecideInput, ReleaseInput, TrackInput } from '../model/planning.ts'
import type { Question } from '../model/question.ts'
import type { Decision, Step } from '../model/step.ts'

/** The planner as the control room sees it: pure functions, handed in by main.ts. */
export interface Engine {
  /** All that a pass must ask, by Host name. */
  questionsOf(members: readonly Member[]): Readonly<Record<string, readonly Question[]>>
  /** Objects (Kind/namespace/name) that the records of one machine name: unit stem → text. */
  ownersOf(records: Readonly<Record<string, string>>): readonly string[]
  /** What the object has started, by the records of machines: Host name → unit stem → text. */
  standingOf(
    object: ObjectKey,
    records: Readonly<Record<string, Readonly<Record<string, string>>>>,
    seen: readonly string[],
  ): readonly StandingMember[]
  /** Who keeps the next stage of a change from being begun, and why. */
  unsettled(
    expansion: Expansion,
    facts: FleetFacts,
    assessment: Assessment,
    repairs: readonly Repair[],
  ): readonly string[]
  claimsOf(object: ObjectKey, createdAt: string, members: readonly Member[], facts: FleetFacts): readonly Claim[]
  disruptionsOf(
    object: ObjectKey,
    members: readonly Member[],
    facts: FleetFacts,
    assessment: Assessment,
    now: number,
  ): readonly Disruption[]
  decide(input: DecideInput): Decision
  /** What of a decision may run under the policy and with what is approved. */
  weigh(input: WeighInput): Weighed
  /** What is left of an approval after these steps were run. */
  carriedOut(approval: Approval, done: readonly Pick<Step, 'id'>[]): Approval
  /** For an object that is being deleted. No plan and no problem: nothing is left to do. */
  decideRelease(input: ReleaseInput): Decision
  /** All that a pass of a Host asks of its machine; `last`: what was last seen of it. */
  questionsOfHost(desired: DesiredHost, last: MachineFacts | undefined): readonly Question[]
  /** What is left to do on a machine that was seen, so that it is as its Host declares. */
  decideHost(desired: DesiredHost, facts: FleetFacts): Decision
  /** Undefined: it cannot be told. */
  selinuxOf(host: string, facts: FleetFacts): SelinuxMode | undefined
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
  readonly preparation: HostKind
  readonly looker: Looker
  /** Unified difference of two texts, '' when they are equal. */
  readonly diff: (before: string, after: string) => string
  readonly hands: Hands
  readonly canary: CanaryRunner
  readonly epochs: EpochSource
}
