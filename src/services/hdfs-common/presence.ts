import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Member } from '../../model/member.ts'
import { rulesOf, toolOf } from './rules.ts'

/** Whether something is there, where not to know is not the same as no. */
export type Presence = 'yes' | 'no' | 'unknown'

function stemOf(member: Member): string {
  return member.unit.name.replace(/\.service$/, '')
}

/** That ironherd allowed its first start. */
export function firstStartRecord(member: Member): string {
  return `/var/lib/ironherd/members/${stemOf(member)}.first-start`
}

export function wasAllowed(member: Member, facts: FleetFacts): Presence {
  return presence(answerOn(facts, member.host, { ask: 'file', path: firstStartRecord(member) }))
}

/** That it was started here before: the record of its identity is written right before the first start. */
export function wasStarted(member: Member, facts: FleetFacts): Presence {
  const path = `/var/lib/ironherd/members/${stemOf(member)}.json`
  return presence(answerOn(facts, member.host, { ask: 'file', path, content: 16384 }))
}

/** A tool of Hadoop that was started by whomever and has not ended: it goes on when its sender dies. */
export function toolRuns(member: Member, facts: FleetFacts): Presence {
  const tool = toolOf(rulesOf(member))
  if (tool === undefined) return 'no'
  const answer = answerOn(facts, member.host, { ask: 'unit', unit: tool.unit })
  if (answer.state !== 'known') return presence(answer)
  return ['inactive', 'failed'].includes(answer.value.activeState) ? 'no' : 'yes'
}

/** It runs, systemd would start it, or that was not seen. */
export function mayRun({ host, unit }: Member, facts: FleetFacts): boolean {
  const answer = answerOn(facts, host, { ask: 'unit', unit: unit.name })
  if (answer.state !== 'known') return answer.state === 'unknown'
  const { activeState, mainPid, unitFileState } = answer.value
  return !['inactive', 'failed'].includes(activeState) || mainPid > 0 || unitFileState === 'enabled'
}

function presence(answer: { readonly state: 'known' | 'absent' | 'unknown' }): Presence {
  switch (answer.state) {
    case 'known':
      return 'yes'
    case 'absent':
      return 'no'
    case 'unknown':
      return 'unknown'
  }
}
