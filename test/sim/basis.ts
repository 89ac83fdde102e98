import type { PlanPolicy } from '../../src/model/approval.ts'
import type { HostFacts } from '../../src/model/facts.ts'
import type { Group } from '../../src/model/member.ts'
import type { Decision } from '../../src/model/step.ts'
import type { Approved } from './approvals.ts'

/** What a daemon knew when it decided on a step. */
export interface Basis {
  readonly daemon: number
  /** Key of the cluster; '' when only whoever runs the step knows it. */
  readonly object: string
  readonly policy: PlanPolicy
  /** What a person had approved when the policy was asked; undefined: it was not asked. */
  approved?: Approved
  /** It was decided for an object that is let go. */
  readonly release?: 'Stop' | 'Purge'
  /** When the oldest of the looks that it rests on began, true time. */
  readonly lookedAt: number
  readonly decision: Decision
  readonly groups: readonly Group[]
  /** host, unit and group of every declared member, by id. */
  readonly members: ReadonlyMap<string, { readonly host: string; readonly unit: string; readonly group: string }>
  /** The same of those that are to leave. */
  readonly leaving: ReadonlyMap<string, { readonly host: string; readonly unit: string }>
  /** Hosts whose facts were unknown. */
  readonly unseen: ReadonlySet<string>
  /** What was seen of each host, as its look said it. */
  readonly told: ReadonlyMap<string, HostFacts | undefined>
  /** Hosts of which an older look was told once more. */
  readonly stale: ReadonlySet<string>
}
