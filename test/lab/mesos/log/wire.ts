/** What replicas say to each other, and what they keep. Bodies are JSON under the names that logs of a real cluster show. */

export type Status = 'EMPTY' | 'STARTING' | 'VOTING' | 'RECOVERING'

export type Content =
  | { readonly type: 'NOP' }
  | { readonly type: 'APPEND'; readonly bytes: string }
  | { readonly type: 'TRUNCATE'; readonly to: number }

/** One position of the log on one replica. Without `content`, the position is only promised. */
export interface Action {
  readonly position: number
  /** The highest proposal that this replica promised to for this position. */
  readonly promised: number
  /** The proposal under which `content` was written. */
  readonly performed?: number
  readonly content?: Content
  /** A quorum holds `content`: it never changes again. */
  readonly learned?: boolean
}

/** An action that has a value. */
export interface Written extends Action {
  readonly performed: number
  readonly content: Content
}

/** The answer goes to the `log-network(1)` of the asking process, with the same id. */
export interface Asked {
  readonly id: string
}

/** Without `position` it is implicit: for every position that the replica does not know yet. */
export interface PromiseRequest {
  readonly proposal: number
  readonly position?: number
}

export interface WriteRequest {
  readonly proposal: number
  readonly position: number
  readonly content: Content
}

export interface LearnedMessage {
  readonly action: Written
}

export interface RecoverResponse {
  readonly status: Status
  readonly begin: number
  readonly end: number
  /** So that one that lost its disk does not forget a promise that others rely on. */
  readonly promised: number
}

export type PromiseResponse =
  | { readonly type: 'IGNORE' }
  | { readonly type: 'REJECT'; readonly proposal: number }
  | {
      readonly type: 'ACCEPT'
      /** Implicit: the last position known here. */
      readonly end: number
      /** Explicit: what stood there before. */
      readonly action?: Action
    }

export type WriteResponse =
  | { readonly type: 'IGNORE' }
  | { readonly type: 'REJECT'; readonly proposal: number }
  | { readonly type: 'ACCEPT' }

export const messages = {
  recover: 'mesos.internal.log.RecoverRequest',
  recovered: 'mesos.internal.log.RecoverResponse',
  promise: 'mesos.internal.log.PromiseRequest',
  promised: 'mesos.internal.log.PromiseResponse',
  write: 'mesos.internal.log.WriteRequest',
  written: 'mesos.internal.log.WriteResponse',
  learned: 'mesos.internal.log.LearnedMessage',
} as const

export const replicaProcess = 'log-replica(1)'
export const networkProcess = 'log-network(1)'

export function isWritten(action: Action | undefined): action is Written {
  return action?.content !== undefined && action.performed !== undefined
}
