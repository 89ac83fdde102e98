import type { FleetFacts } from '../model/facts.ts'
import { answerOn } from '../model/facts.ts'
import type { DesiredFile, Member } from '../model/member.ts'
import type { ObjectKey } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { Question } from '../model/question.ts'
import type { Problem, ReasonCode } from '../model/reasons.ts'
import { problem } from '../model/reasons.ts'
import { canonical } from './steps.ts'

/** The unit's name without .service: what a member's directories and records are named by. */
export function stemOf(member: Member): string {
  return member.unit.name.replace(/\.service$/, '')
}

function identityPath(member: Member): string {
  return `/var/lib/ironherd/members/${stemOf(member)}.json`
}

export function identityQuestion(member: Member): Extract<Question, { ask: 'file' }> {
  return { ask: 'file', path: identityPath(member), content: 16384 }
}

/**
 * What a machine keeps of a member from its first start on. It outlives the object (deletionPolicy Retain) and the
 * daemon's memory, so that an edit of a living cluster's members is told from a first install by looking.
 */
export function identityFile(object: ObjectKey, member: Member): DesiredFile {
  const record = { object: keyText(object), member: member.id, ...member.identity }
  return {
    path: identityPath(member),
    content: `${canonical(record)}\n`,
    mode: '600',
    owner: 'root',
    group: 'root',
    secret: false,
    restart: false,
  }
}

/** The record on the machine; undefined: the member was never started there, or its record cannot be read. */
function recordOf(facts: FleetFacts, member: Member): Readonly<Record<string, unknown>> | undefined {
  const answer = answerOn(facts, member.host, identityQuestion(member))
  if (answer.state !== 'known' || answer.value.content === undefined) return undefined
  try {
    const value: unknown = JSON.parse(answer.value.content)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** The member was started on its host before. */
export function isEstablished(facts: FleetFacts, member: Member): boolean {
  return recordOf(facts, member) !== undefined
}

/** Every way in which the spec differs from what was started on the hosts and that this release does not change. */
export function identityProblems(object: ObjectKey, members: readonly Member[], facts: FleetFacts): readonly Problem[] {
  const established = members.filter((member) => isEstablished(facts, member))
  if (established.length === 0) return []
  const found: Problem[] = []
  for (const member of established) {
    const record = recordOf(facts, member) ?? {}
    const wanted: Record<string, string> = { object: keyText(object), member: member.id, ...member.identity }
    for (const [key, value] of Object.entries(wanted)) {
      const stands = record[key]
      if (stands === value) continue
      const code = codeOf(key)
      found.push(
        problem(
          code,
          `${member.id} on ${member.host} was started with ${key} ${JSON.stringify(stands ?? '')}, the spec now says ` +
            `${JSON.stringify(value)}; this release does not change that on a living cluster: put the spec back`,
          { host: member.host, member: member.id, field: key },
        ),
      )
    }
  }
  return found
}

function codeOf(key: string): ReasonCode {
  if (key === 'version' || key === 'software') return 'VersionChangeUnsupported'
  if (key.startsWith('data')) return 'DataDirectoryChangeUnsupported'
  return 'MembershipChangeUnsupported'
}
