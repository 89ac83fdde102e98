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
  const files = scatteredFiles(member)
  const record = { object: keyText(object), member: member.id, ...member.identity, ...(files.length > 0 && { files }) }
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

/**
 * Files of a member that stand outside its own directories, sorted. They are in its record, which is written anew only when
 * all else is done: so one that leaves the spec is found and removed, whenever that is and whoever looks.
 */
export function scatteredFiles(member: Member): readonly string[] {
  const own = [`/etc/ironherd/${stemOf(member)}`, ...member.dataDirectories]
  return member.files
    .map(({ path }) => path)
    .filter((path) => path !== member.unit.path && !own.some((directory) => path.startsWith(`${directory}/`)))
    .sort()
}

/** `scatteredFiles` of the member as it was recorded; empty: none, or there is no record. */
export function recordedFiles(facts: FleetFacts, member: Member): readonly string[] {
  const files = recordOf(facts, member)?.['files']
  return Array.isArray(files) ? files.filter((path) => typeof path === 'string') : []
}

/** The record on the machine; undefined: there is none, or it cannot be read. */
export function recordOf(facts: FleetFacts, member: Member): Readonly<Record<string, unknown>> | undefined {
  const answer = answerOn(facts, member.host, identityQuestion(member))
  if (answer.state !== 'known' || answer.value.content === undefined) return undefined
  try {
    const value: unknown = JSON.parse(answer.value.content)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** The member was started on its host before: a record stands there, even when it cannot be read. */
export function isEstablished(facts: FleetFacts, member: Member): boolean {
  return answerOn(facts, member.host, identityQuestion(member)).state === 'known'
}

/** Why it cannot be told what the member was started as. Without that nothing is done with it. */
export function recordProblem(facts: FleetFacts, member: Member): Problem | undefined {
  const answer = answerOn(facts, member.host, identityQuestion(member))
  const at = { host: member.host, member: member.id }
  if (answer.state === 'absent') return undefined
  if (answer.state === 'unknown') return problem(answer.code, answer.why, at)
  if (recordOf(facts, member) !== undefined) return undefined
  const message = `${member.host}: ${identityPath(member)}, the record of what ${member.id} was started as, cannot be read: put it back, or move it away`
  return problem('FileNotOurs', message, at)
}

export interface Difference {
  readonly code: ReasonCode
  readonly key: string
  readonly stands: unknown
  readonly wanted: string
}

/** In which the member's record is not what the spec now says; empty when there is no record. */
export function differencesOf(facts: FleetFacts, member: Member, wanted = member.identity): readonly Difference[] {
  const record = recordOf(facts, member)
  if (record === undefined) return []
  // One that moves away is told from its successor by its host; it was started without.
  const suffix = `@${member.host}`
  const id = member.id.endsWith(suffix) ? member.id.slice(0, -suffix.length) : member.id
  return Object.entries({ member: id, ...wanted }).flatMap(([key, value]) =>
    record[key] === value ? [] : [{ code: codeOf(key), key, stands: record[key] ?? '', wanted: value }],
  )
}

/** Every way in which the spec differs from what was started on the hosts and that is not changed on a living member. */
export function identityProblems(object: ObjectKey, members: readonly Member[], facts: FleetFacts): readonly Problem[] {
  return members.flatMap((member) =>
    differencesOf(facts, member, { object: keyText(object), ...member.identity })
      // A record of an older release lacks keys: it is written anew.
      .filter(({ key, stands }) => stands !== '' && !member.changeable.includes(key))
      .map(({ code, key, stands, wanted }) =>
        problem(
          code,
          `${member.id} on ${member.host} was started with ${key} ${JSON.stringify(stands)}, the spec now says ` +
            `${JSON.stringify(wanted)}; that is not changed on a living member: put the spec back`,
          { host: member.host, member: member.id, field: key },
        ),
      ),
  )
}

function codeOf(key: string): ReasonCode {
  if (key === 'version' || key === 'software') return 'VersionChangeUnsupported'
  if (key.startsWith('data') || key === 'editsDir') return 'DataDirectoryChangeUnsupported'
  return 'MembershipChangeUnsupported'
}
