import type { Condition } from '../api/status.ts'
import type { Approval } from '../model/approval.ts'
import type { Health } from '../model/health.ts'
import type { Heard } from '../model/kind.ts'
import type { RepairRecord } from '../model/ledger.ts'
import type { Resource } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { Problem } from '../model/reasons.ts'
import type { StepOutcome } from '../model/step.ts'
import type { Acted } from './act.ts'

/**
 * What one pass of an object tells the next one in this process. Nothing in it is needed for safety: a new leader
 * starts without it and rebuilds what matters from the hosts.
 */
export interface Remembered {
  health?: Readonly<Record<string, Health>>
  /** By member: its verdict, and since when it is that. */
  verdicts: Readonly<Record<string, { readonly verdict: Health['verdict']; readonly since: number }>>
  /** Done since the last assessment. */
  outcomes: StepOutcome[]
  repairs: readonly RepairRecord[]
  /** Problems that were told as Events, by text. */
  told: ReadonlySet<string>
  /** Status as last computed, and the uid of the object whose it is: newer than the copy of the API server when that is down. */
  status?: unknown
  uid?: string
  conditions?: readonly Condition[]
  /** Last write: a copy that lags behind must not cause a second one. */
  written?: { readonly text: string; readonly at: number }
  /** What a person has approved, by the plan object (uid) in whose status it is kept; newer here than there. */
  approval?: PlanApproval
  /** How the files of the plan with this hash would change: asked of the hosts once. */
  changes?: { readonly hash: string; readonly files: readonly FileChange[]; readonly more: number }
  /** Members that were let go by approval, `id@host`, as long as their hosts are out of sight. */
  forgotten?: ReadonlySet<string>
  /** The ConfigMap for clients as it was last written, and what stood in the way. */
  clientFiles?: { readonly text: string; readonly at: number; readonly problems: readonly Problem[] }
  /** What its services said when it was last expanded: the next pass begins with it, and holds it against what they say then. */
  heard?: Heard
  /** Who was last seen to lead. */
  leader?: string
  /** Of what waits: told as an Event once. */
  awaited?: string
  /** The last pass had nothing to do: what has to be done next is drift and not first work. */
  settled: boolean
  /** Of a Host: its fence, as it was last begun in this process. */
  fence?: FenceTry
  /** Of a Host: whether its last pass saw all done that this generation of it declares; missing: it declares nothing. */
  preparation?: { readonly uid: string; readonly generation: number; readonly done: boolean }
  /** Of a Host: what is being done there for it, by this pass or one before. */
  preparing?: Promise<Acted>
  /** Of a Host: it is being told of this leader; true: it was. */
  telling?: Promise<boolean>
  /** By member: failures in a row, and when it may be worked on again. */
  failures: Map<string, Failure>
}

export interface PlanApproval extends Approval {
  readonly uid: string
  /** RFC 3339: when it was counted. */
  readonly at: string
}

export interface FenceTry {
  /** Since when the host was out of reach, and which fence it was: for each it is begun once. */
  readonly outage: string
  readonly step: string
  readonly runner: string
  /** ms since the epoch. */
  readonly begunAt: number
  readonly endedAt?: number
  readonly state: 'begun' | 'done' | 'failed' | 'unknown'
  /** What the runner answered. */
  readonly said: string
}

/** How a file would change, in words or as a unified difference. */
export interface FileChange {
  readonly host: string
  readonly path: string
  readonly change: string
}

export interface Failure {
  readonly count: number
  /** ms since the epoch. */
  readonly notBefore: number
  readonly outcome: StepOutcome
}

export class Memory {
  readonly #entries = new Map<string, Remembered>()

  of(key: string): Remembered {
    const entry = this.#entries.get(key) ?? {
      verdicts: {},
      outcomes: [],
      repairs: [],
      told: new Set<string>(),
      settled: false,
      failures: new Map<string, Failure>(),
    }
    this.#entries.set(key, entry)
    return entry
  }

  peek(key: string): Remembered | undefined {
    return this.#entries.get(key)
  }

  forget(key: string): void {
    this.#entries.delete(key)
  }
}

/** What ironherd last said of this very object: the API server's copy may lag, and be out of reach. */
export function lastStatus(memory: Memory, object: Resource): unknown {
  const { status, uid } = memory.peek(keyText({ kind: object.kind, ...object.metadata })) ?? {}
  return status !== undefined && uid === object.metadata.uid ? status : object.status
}
