import type { Member } from '../model/member.ts'
import type { Problem, ReasonCode } from '../model/reasons.ts'
import { problem } from '../model/reasons.ts'
import type { Step } from '../model/step.ts'

/** What has to be done on a host before its member may run; nobody notices these steps. */
export interface Preparation {
  readonly steps: readonly Step[]
  /** What a person must see to first; not empty: no step of the member is run. */
  readonly problems: readonly Problem[]
}

/** Whom a step is for: a member of a cluster, or a part of what a Host declares of its machine. */
export type Whom = Pick<Member, 'host' | 'id'>

export const nothing: Preparation = { steps: [], problems: [] }

/** A person must see to it first. */
export function refuse(member: Whom, code: ReasonCode, message: string): Preparation {
  return {
    steps: [],
    problems: [problem(code, `${member.host}: ${message}`, { host: member.host, member: member.id })],
  }
}

/** What is not known is neither there nor missing. */
export function unseen(member: Whom, fact: { readonly code: ReasonCode; readonly why: string }): Preparation {
  return { steps: [], problems: [problem(fact.code, fact.why, { host: member.host, member: member.id })] }
}
