import { valueOf } from '../model/fact.ts'
import type { FleetFacts } from '../model/facts.ts'
import { answerOn } from '../model/facts.ts'
import type { Member, SoftwareSource } from '../model/member.ts'
import { isEstablished } from './identity.ts'
import type { Preparation, Whom } from './preparation.ts'
import { nothing, refuse, unseen } from './preparation.ts'
import { supersededQuestion } from './questions.ts'
import { makeStep } from './steps.ts'

/** The Java that the member is to run with. */
export function javaOf(member: Member, facts: FleetFacts): Preparation {
  const { home, minimumVersion } = member.java
  if (minimumVersion === 0) return nothing
  const answer = answerOn(facts, member.host, { ask: 'java', home })
  if (answer.state === 'unknown') return unseen(member, answer)
  const where = home === '' ? 'on the PATH' : `at ${home}`
  if (answer.state === 'absent') {
    return refuse(member, 'JavaMissing', `no Java ${where}; install Java ${minimumVersion} or newer, or set javaHome`)
  }
  const major = javaMajor(answer.value.version)
  if (major !== undefined && major < minimumVersion) {
    return refuse(
      member,
      'JavaMissing',
      `Java ${answer.value.version} ${where} is too old; install Java ${minimumVersion} or newer, or set javaHome`,
    )
  }
  return nothing
}

/** 17.0.15 → 17, 1.8.0_402 → 8, '' → undefined. */
function javaMajor(version: string): number | undefined {
  const match = /^(?:1\.)?(\d+)/.exec(version)
  return match?.[1] === undefined ? undefined : Number(match[1])
}

/** The unpacked archive, or the packages, with its own units masked. */
export function softwareOf(member: Member, facts: FleetFacts): Preparation {
  const { software } = member
  return software.from === 'packages'
    ? packagesOf(member, software, facts)
    : archiveOf(member, software, facts, isEstablished(facts, member))
}

export function packagesOf(
  member: Whom,
  software: Extract<SoftwareSource, { from: 'packages' }>,
  facts: FleetFacts,
): Preparation {
  const missing = software.packages.filter(
    (name) => answerOn(facts, member.host, { ask: 'package', name }).state === 'absent',
  )
  const unmasked = software.maskUnits.filter(
    (unit) => valueOf(answerOn(facts, member.host, { ask: 'unit', unit }))?.loadState !== 'masked',
  )
  const unknown = software.packages
    .map((name) => answerOn(facts, member.host, { ask: 'package', name }))
    .find((answer) => answer.state === 'unknown')
  if (unknown?.state === 'unknown') return unseen(member, unknown)
  if (missing.length === 0 && unmasked.length === 0) return nothing
  const reason =
    missing.length > 0
      ? `packages ${missing.join(', ')} are not installed`
      : `units ${unmasked.join(', ')} are not masked`
  return { steps: [makeStep(member.host, member.id, { verb: 'InstallPackages', software }, reason)], problems: [] }
}

/** `established`: it stood there before, so that its absence is a loss. */
export function archiveOf(
  member: Whom,
  software: Extract<SoftwareSource, { from: 'archive' }>,
  facts: FleetFacts,
  established: boolean,
): Preparation {
  const answer = answerOn(facts, member.host, { ask: 'software', path: software.path })
  if (answer.state === 'unknown') return unseen(member, answer)
  const install = (reason: string, repairs?: string): Preparation => ({
    steps: [
      makeStep(
        member.host,
        member.id,
        { verb: 'InstallArchive', software },
        reason,
        repairs === undefined ? {} : { repairs },
      ),
    ],
    problems: [],
  })
  if (answer.state === 'absent') {
    return install(`${software.path} is not installed`, established ? 'SoftwareDeleted' : undefined)
  }
  if (answer.value.archive !== software.digest) {
    return install(`${software.path} has no record of an unpacked ${software.digest}`)
  }
  if (answer.value.listing !== answer.value.recordedListing) {
    return install(`files under ${software.path} differ from what was unpacked`, 'SoftwareDamaged')
  }
  const [damaged] = answer.value.damaged ?? []
  if (damaged !== undefined) return install(`${software.path}/${damaged} holds other bytes`, 'SoftwareDamaged')
  return nothing
}

/** What stood there for an older version; not planned while it is not known to be unused. */
export function supersededOf(member: Member, facts: FleetFacts): Preparation {
  const { software } = member
  if (software.from !== 'archive') return nothing
  const found = valueOf(answerOn(facts, member.host, supersededQuestion(software)))?.directories ?? []
  if (found.length === 0) return nothing
  const { familyPrefix, path: keep } = software
  const reason = `${found.join(', ')}: no unit and no process uses it any more`
  return {
    steps: [makeStep(member.host, member.id, { verb: 'PruneSoftware', familyPrefix, keep }, reason)],
    problems: [],
  }
}
