import { valueOf } from '../../model/fact.ts'
import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Member } from '../../model/member.ts'
import type { Question } from '../../model/question.ts'

function logQuestion({ unit }: Member): Extract<Question, { ask: 'log' }> {
  return { ask: 'log', unit: unit.name }
}

/** What is worth to be asked of a daemon that has ended, and not by anybody's word; undefined: nothing. */
export function questionOfEnd(member: Member, facts: FleetFacts): Question | undefined {
  const unit = valueOf(answerOn(facts, member.host, { ask: 'unit', unit: member.unit.name }))
  if (unit === undefined || unit.mainPid > 0) return undefined
  return unit.activeState === 'failed' || unit.restarts > 0 ? logQuestion(member) : undefined
}

/**
 * Why a daemon ended, in its own words, as far as it said so: the last line of an error or of a failed check (recordings 10, 14, 31–43, 48),
 * the master's order by which an agent ends with status 0 (40, 52), or what it says of a flag before it has a log (e-flags). Undefined: nothing of that,
 * or nobody asked.
 */
export function lastWords(member: Member, facts: FleetFacts): string | undefined {
  const lines = valueOf(answerOn(facts, member.host, logQuestion(member)))?.lines ?? []
  const found = (pattern: RegExp): string | undefined =>
    lines.map((line) => pattern.exec(line)?.[1]?.trim()).findLast((words) => words !== undefined)
  return (
    found(/^[EF]\d{8} [\d:.]+ +\d+ \S+:\d+\] (.+)$/) ??
    found(/\] (Agent asked to shut down by .+)$/) ??
    found(/^((?:Failed to load|Flag ') ?.+)$/)
  )?.slice(0, 400)
}

/** `evidence`, with the last words of the daemon. */
export function withLastWords(evidence: string, words: string | undefined): string {
  return words === undefined ? evidence : `${evidence}; its last words: ${words}`
}
