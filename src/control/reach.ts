import type { HostFacts } from '../model/facts.ts'
import type { ReasonCode } from '../model/reasons.ts'

const outOfReach: ReadonlySet<ReasonCode> = new Set<ReasonCode>(['Unreachable', 'ConnectionLost'])

/** Nothing answered for the host. */
export function isOutOfReach(facts: HostFacts | undefined): boolean {
  return facts?.state === 'unknown' && outOfReach.has(facts.code)
}

/** Reasons with which something at the address of the host has answered. */
const answers: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'HostKeyUnpinned',
  'HostKeyChanged',
  'AuthenticationFailed',
  'SudoRefused',
  'ToolMissing',
  'ProbeFailed',
  'DuplicateMachine',
])

/** The machine, or another one in its place, is on. */
export function hasAnswered(facts: HostFacts): boolean {
  return facts.state === 'known' || (facts.state === 'unknown' && answers.has(facts.code))
}
