import type { Canary } from './canary.ts'
import type { HostFacts } from './facts.ts'
import type { ObjectKey } from './object.ts'
import type { Question } from './question.ts'
import type { ReasonCode } from './reasons.ts'
import type { StepOutcome, Wave } from './step.ts'

/** How to reach a host: resolved from the Host object and its Secret. Holds a secret: never log it whole. */
export interface HostTarget {
  /** namespace/name of the Host object: what connections, logs and metrics are named by. */
  readonly key: string
  /** Name of the Host object: what plans and facts name it by. */
  readonly name: string
  readonly address: string
  readonly port: number
  readonly user: string
  readonly privateKey: string
  /** Pinned public keys, `type base64`. Empty: nothing may be run. */
  readonly hostKeys: readonly string[]
  readonly bastion?: HostTarget
}

/** One look at a machine: one round trip. Never throws for what a host does: that becomes an unknown fact. */
export interface Looker {
  look(target: HostTarget, questions: readonly Question[], signal: AbortSignal): Promise<HostFacts>
}

/** In whose name steps are run. */
export interface Authority {
  /** Id of this installation of ironherd: a machine serves one only. */
  readonly installation: string
  /** Rises with every change of leader: a machine refuses a lower one than it has seen. */
  readonly epoch: number
}

export interface ExecutionContext {
  readonly object: ObjectKey
  readonly reconcileId: string
  readonly authority: Authority
  /** By Host name, for every host in the wave. */
  readonly targets: Readonly<Record<string, HostTarget>>
  /** Standard input of commands, by step id. Secret: never log it. */
  readonly inputs?: Readonly<Record<string, string>>
}

/** Why a machine did not do what it was told. */
export interface Refusal {
  readonly code: ReasonCode
  readonly why: string
}

/** The only mutator. Runs one wave; on a machine it stops at the first step that fails. Never throws for what a host does. */
export interface Hands {
  /**
   * Makes the machine obey this leader and no earlier one from now on. A script that runs there is waited for, but not for
   * long (`HostLocked`). Undefined: it does, and nothing of an earlier leader's will be done there any more.
   */
  claim(target: HostTarget, context: ExecutionContext, signal: AbortSignal): Promise<Refusal | undefined>
  execute(wave: Wave, context: ExecutionContext, signal: AbortSignal): Promise<readonly StepOutcome[]>
}

/** Writes and reads back a small value through the service itself, through a tunnel to one of its members. */
export interface CanaryRunner {
  /** By way of the member on `target`, which binds `address`. `others`: the cluster's hosts by name, as far as they can be tried. */
  run(
    canary: Canary,
    target: HostTarget,
    address: string,
    signal: AbortSignal,
    others: Readonly<Record<string, HostTarget>>,
  ): Promise<{ readonly ok: boolean; readonly detail: string; readonly durationMs: number }>
}

/** Source of the authority: the Kubernetes API now, a local file later. */
export interface EpochSource {
  /** Called once on becoming leader. Returns a number higher than any returned before for this installation. */
  acquire(signal: AbortSignal): Promise<Authority>
}
