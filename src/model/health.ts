import type { Figure } from './figure.ts'
import type { ReasonCode } from './reasons.ts'
import type { Action, Guard, Risk } from './step.ts'

/**
 * How one member is, with the evidence.
 * serving: does its work now, counts for quorum and budgets. starting: running, within its service's time to become
 * ready. waiting: not serving, for a cause outside itself that a restart would not mend. unhealthy: running, but does
 * not do its work, past its time. stopped: proven not running. unknown: not seen.
 */
export interface Health {
  readonly verdict: 'serving' | 'starting' | 'waiting' | 'unhealthy' | 'stopped' | 'unknown'
  /** leader, follower, standby, worker…; '' when not known. */
  readonly role: string
  /** One sentence that quotes what was seen, e.g. `srvr on m1:2181 says Mode: follower`. */
  readonly evidence: string
  /** Start of the running process, ms since the epoch; 0 when none runs. */
  readonly startedAt: number
  /** It does not serve, and groups that come after its own may start all the same: e.g. it waits for them. */
  readonly opens?: true
}

export interface Quorum {
  readonly voters: number
  readonly serving: number
  readonly majority: number
  /** serving − majority: below 0 there is no quorum. */
  readonly margin: number
  /** Members that do not serve yet, and for whom a process of the same identity serves elsewhere until they do. */
  readonly standIns?: number
  /** Voters run with a list of two, as on the way from one to three: whoever of them goes takes the service along. */
  readonly pair?: true
}

/** serving ≤ voters; voters ≥ 1. */
export function quorumOf(voters: number, serving: number): Quorum {
  const majority = Math.floor(voters / 2) + 1
  return { voters, serving, majority, margin: serving - majority }
}

/** What a cluster's own services say of it in this pass. */
export interface Assessment {
  readonly health: Readonly<Record<string, Health>>
  /** Does the cluster do the work that its users want of it? */
  readonly available: Verdict
  /** Everything beyond the members' health that stands between the cluster and Ready, e.g. a worker that is not listed. */
  readonly shortfalls: readonly string[]
  readonly leader?: string
  readonly quorum?: Quorum
  /** By member id, of those that have a `drain` rule and run. */
  readonly drains?: Readonly<Record<string, DrainState>>
  /** What the running service itself is to be told next, on the way to what is declared. */
  readonly tells?: Telling
  /** What a person is to decide about the service as it runs. Nothing waits for it, and it is done when nothing else is left to do. */
  readonly asks?: Telling
  /**
   * By member id, of those with whom a lead goes down: what makes another lead instead. It comes first, in a pass of its own, before
   * such a member is restarted or leaves.
   */
  readonly handovers?: Readonly<Record<string, Telling>>
  /** By group: why none of its members that serve is restarted now, though a budget would allow it; by member id: why it is not, also while it waits. */
  readonly holds?: Readonly<Record<string, string>>
  /** By member id: why it still works otherwise than declared, by its own answer, whatever its files say. */
  readonly otherwise?: Readonly<Record<string, string>>
  /** Ids of leaving members that the running service has let go of: how the others are is no matter of them. */
  readonly released?: readonly string[]
  /** The kind's own part of status, under its key (e.g. hdfs), rounded so that a settled cluster writes nothing new. */
  readonly own?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** The kind's own gauges; what is not known is left out, never 0. */
  readonly figures?: Readonly<Partial<Record<Figure, number>>>
}

/** A change that a service makes while it runs. Nobody is restarted for it. */
export interface Telling {
  /** On whose host it is done. */
  readonly member: string
  readonly host: string
  readonly action: Action
  readonly reason: string
  readonly risk: Risk
  readonly guards: readonly Guard[]
  /** Why not now. */
  readonly waits?: string
}

/** How far a member is with giving up its work. busy: it takes new work. draining: none, and has some. drained: it has none. */
export interface DrainState {
  readonly state: 'busy' | 'draining' | 'drained'
  readonly evidence: string
}

export interface Verdict {
  readonly ok: boolean
  readonly reason: ReasonCode
  readonly message: string
}
