import type { Assessment, Health } from '../model/health.ts'
import type { Group, Member } from '../model/member.ts'
import type { Risk } from '../model/step.ts'

/** A member that is to be taken down for a moment, and why. */
export interface Candidate {
  readonly member: Member
  readonly reason: string
}

export interface Choice {
  /** Those that may go down in this pass, with the risk of each. */
  readonly now: readonly { readonly candidate: Candidate; readonly risk: Risk }[]
  /** Why the others wait. */
  readonly held: readonly string[]
}

/**
 * Which of a group's candidates may be taken down now. Those that do not serve come first and cost nothing; a serving
 * one is taken only within the group's budget; the leader comes last, when nobody else is left to do, so that one
 * rolling change costs one change of leader.
 */
export function choose(
  group: Group,
  members: readonly Member[],
  candidates: readonly Candidate[],
  assessment: Assessment,
): Choice {
  if (candidates.length === 0) return { now: [], held: [] }
  const breaker = brokenBy(group, members, assessment)
  if (breaker !== undefined) return { now: [], held: [breaker] }

  const serves = (member: Member): boolean => healthOf(assessment, member).verdict === 'serving'
  const down = members.filter((member) => !serves(member))
  const idle = candidates.filter((candidate) => !serves(candidate.member))
  const leader = candidates.filter((candidate) => candidate.member.id === assessment.leader)
  const others = candidates.filter((candidate) => serves(candidate.member) && candidate.member.id !== assessment.leader)
  const ordered = [...idle, ...others, ...(idle.length + others.length === 0 ? leader : [])]
  const allowance = group.budget.kind === 'Quorum' ? 1 : group.budget.count

  const now: { candidate: Candidate; risk: Risk }[] = []
  let room = allowance - down.length
  for (const candidate of ordered) {
    if (now.length >= allowance) break
    if (!serves(candidate.member)) {
      now.push({ candidate, risk: 'restart' })
      continue
    }
    const quorumLost = group.budget.kind === 'Quorum' && (assessment.quorum?.margin ?? -1) < 1
    const alone = members.length === 1
    if ((room < 1 || quorumLost) && !alone) break
    now.push({ candidate, risk: riskOf(candidate.member, assessment, alone) })
    room -= 1
  }
  if (now.length > 0) return { now, held: [] }
  const names = down.map((member) => `${member.id} (${healthOf(assessment, member).verdict})`).join(', ')
  return {
    now: [],
    held: [
      `${group.name}: ${candidates.length} to restart wait, since these do not serve: ${names || 'none; no margin'}`,
    ],
  }
}

function riskOf(member: Member, assessment: Assessment, alone: boolean): Risk {
  if (alone) return 'outage'
  return member.id === assessment.leader ? 'leaderChange' : 'restart'
}

/** The breaker: too many are unhealthy at once, so that a restart could turn a bad hour into a lost one. */
function brokenBy(group: Group, members: readonly Member[], assessment: Assessment): string | undefined {
  const ill = members.filter((member) => {
    const { verdict } = healthOf(assessment, member)
    return verdict === 'unhealthy' || verdict === 'unknown'
  })
  if (ill.length <= group.breaker) return undefined
  const names = ill.map((member) => `${member.id} (${healthOf(assessment, member).verdict})`).join(', ')
  return `BreakerOpen: ${ill.length} of ${members.length} in ${group.name} are unhealthy or unknown (${names}), at most ${group.breaker} may be for ironherd to restart anything`
}

export function healthOf(assessment: Assessment, member: Member): Health {
  return assessment.health[member.id] ?? { verdict: 'unknown', role: '', evidence: 'not assessed', startedAt: 0 }
}
