import type { Decision, Plan, Step, Wave } from './step.ts'

/** Which steps wait until a person has approved them. */
export type PlanPolicy = 'Automatic' | 'ApproveDisruptive' | 'ApproveAll'

/** What may be run of a decision, and what waits for a person. */
export interface Gated {
  /** The part of the decision's wave that may run now. Undefined: nothing of it. */
  readonly run?: Wave
  /**
   * Present when a step is planned that needs approval and has none: all that is left to do and needs approval, so that
   * whoever approves it sees everything that will happen from then on.
   */
  readonly pending?: PendingPlan
  /** Keys of the plan's steps that are approved, sorted. */
  readonly approved: readonly string[]
  /** Members with a step that waits. */
  readonly waiting: readonly string[]
}

export interface PendingPlan {
  /** Over `steps`, as Plan.hash is. */
  readonly hash: Plan['hash']
  readonly steps: readonly Step[]
}

/** A person's approval: of the plan that had this hash when it was counted, as far as it is not yet carried out. */
export interface Approval {
  readonly hash: string
  /** Of the steps that it covers and that are left; see stepKey. */
  readonly keys: readonly string[]
}

export interface WeighInput {
  readonly decision: Decision
  readonly policy: PlanPolicy
  /** The hash that spec.approve of the ClusterPlan names now, '' for none. */
  readonly named: string
  /** What was approved so far. */
  readonly approval?: Approval
}

export interface Weighed extends Gated {
  /** What is approved from now on; missing: nothing is, or it was withdrawn. */
  readonly approval?: Approval
  /**
   * none: nobody names a hash. stands: the one named was counted before. counted: in this pass, and it must be recorded
   * before a step is run by it. changed: it names something else than what waits. spent: it names what waits, but it was
   * counted before and carried out at least in part: the same steps are wanted a second time, which nobody has approved.
   */
  readonly said: 'none' | 'stands' | 'counted' | 'changed' | 'spent'
}

/** Letting a member go that nobody has seen stopped. */
export function isForget({ action }: Pick<Step, 'action'>): boolean {
  return action.verb === 'Forget'
}

/** What no policy lets pass without a person: it cannot be taken back. */
export function needsPerson({ risk }: Pick<Step, 'risk'>): boolean {
  return risk === 'destructive'
}

/** A decision about the service as a whole: neither does it wait for what else is done on its member, nor that for it. */
export function standsAlone({ action }: Pick<Step, 'action'>): boolean {
  return action.verb === 'RollUpgrade' && action.what === 'finalize'
}

/** What is approved: the step, on its machine, for its member, with its target, at its risk. Neither order nor prose. */
export function stepKey({ id, risk }: Pick<Step, 'id' | 'risk'>): string {
  return `${id} ${risk}`
}
