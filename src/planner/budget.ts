import type { Assessment, Health } from '../model/health.ts'
import { quorumOf } from '../model/health.ts'
import type { Group, Member } from '../model/member.ts'
import type { Risk } from '../model/step.ts'

/** A member that is to be taken down for a moment, and why. */
export interface Candidate {
  readonly member: Member
  readonly reason: string
  /** Why it must not be taken now, whatever the budget allows. It still comes before the leader. */
  readonly waits?: string
}

export interface Choice {
  /** Those that may go down in this pass, with the risk of each. */
  readonly now: readonly { readonly candidate: Candidate; readonly risk: Risk }[]
  /** Why the others wait. */
  readonly held: readonly string[]
}

/**
 * Which of a group's candidates may be taken down now. Those that are seen not to serve come first and cost nothing; a
 * serving one is taken only within the group's budget; one whose health is not known may be serving, and is left alone.
 * The leader comes last, when nobody else is left to do, so that one rolling change costs one change of leader; and with it all
 * who hand over a lead before they go. Those that are out at a time are of one failure domain, as far as domains are known; one that is
 * out of sight holds nobody up.
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

  const verdictOf = (member: Member): Health['verdict'] => healthOf(assessment, member).verdict
  const leads = (member: Member): boolean =>
    assessment.handovers?.[member.id] !== undefined ||
    (member.id === assessment.leader && verdictOf(member) === 'serving')
  const onlyLeader = candidates.every(({ member }) => leads(member))
  const order: readonly Health['verdict'][] = ['unhealthy', 'stopped', 'waiting', 'starting', 'serving']
  const free = candidates
    .filter((candidate) => candidate.waits === undefined && (onlyLeader || !leads(candidate.member)))
    .filter(({ member }) => verdictOf(member) !== 'unknown')
    .sort((a, b) => order.indexOf(verdictOf(a.member)) - order.indexOf(verdictOf(b.member)))
  const alone = hasNoMargin(group, members, assessment)
  const most = group.budget.kind === 'Quorum' ? 1 : group.budget.count
  const now: { candidate: Candidate; risk: Risk }[] = []
  const out = members.filter((member) => !['serving', 'unknown'].includes(verdictOf(member)))
  let room = alone ? roomWithoutMargin(members, assessment) : roomIn(group, members, assessment)
  for (const candidate of free) {
    if (now.length >= most) break
    if (verdictOf(candidate.member) !== 'serving') {
      now.push({ candidate, risk: 'restart' })
      continue
    }
    if (room < 1) break
    if (out.some((other) => isApart(other, candidate.member))) continue
    out.push(candidate.member)
    now.push({ candidate, risk: alone ? 'outage' : leads(candidate.member) ? 'leaderChange' : 'restart' })
    room -= 1
  }
  const waits = candidates.flatMap((candidate) => candidate.waits ?? [])
  if (now.length > 0 || free.length === 0) return { now, held: waits.length > 0 ? waits : heldByDoubt(candidates, now) }
  const down = members.filter((member) => verdictOf(member) !== 'serving')
  const names = down.map((member) => `${member.id} (${verdictOf(member)})`).join(', ')
  const held = `${group.name}: ${candidates.length} to restart wait, since these do not serve: ${names || 'none; no margin'}`
  return { now, held: [...waits, held] }
}

/** They fail apart, as two racks do: what is kept twice is kept in both. */
function isApart(one: Member, other: Member): boolean {
  return one.domain !== undefined && other.domain !== undefined && one.domain !== other.domain
}

/**
 * A single member, and a quorum of two, which is passed on the way from one to three, and when of three one is lost for
 * good and not replaced under its number: whoever goes takes the service along, and it has to be done all the same.
 */
export function hasNoMargin(group: Group, members: readonly Member[], { quorum }: Assessment): boolean {
  return members.length === 1 || (group.budget.kind === 'Quorum' && (members.length === 2 || quorum?.pair === true))
}

/** Of two nobody goes while the other does not run, or may not. */
function roomWithoutMargin(members: readonly Member[], assessment: Assessment): number {
  const out = members.filter((member) => ['stopped', 'unknown'].includes(healthOf(assessment, member).verdict))
  return members.length === 1 || out.length === 0 ? 1 : 0
}

function heldByDoubt(candidates: readonly Candidate[], now: Choice['now']): readonly string[] {
  if (now.length > 0) return []
  return candidates.map(({ member }) => `${member.id} is not restarted: it is not known whether it serves`)
}

/**
 * How many serving members may be taken down. In a quorum: one, when the others are a majority without it (margin at
 * least 1 before, so at least 0 after) and nobody is on its way up, since one that catches up is the next to serve.
 */
function roomIn(group: Group, members: readonly Member[], assessment: Assessment): number {
  const verdicts = members.map((member) => healthOf(assessment, member).verdict)
  const serving = verdicts.filter((verdict) => verdict === 'serving').length
  if (group.budget.kind === 'MaxUnavailable') return group.budget.count - (members.length - serving)
  if (verdicts.includes('starting')) return 0
  // The service's own count and the members' health must both allow it.
  const { margin: own = -1, standIns = 0 } = assessment.quorum ?? {}
  const margin = Math.min(quorumOf(members.length, serving + standIns).margin, own)
  return margin >= 1 ? 1 : 0
}

/** The breaker: too many are unhealthy at once, so that a restart could turn a bad hour into a lost one. */
function brokenBy(group: Group, members: readonly Member[], assessment: Assessment): string | undefined {
  const ill = members.filter((member) => {
    const { verdict } = healthOf(assessment, member)
    return verdict === 'unhealthy' || verdict === 'unknown'
  })
  if (ill.length <= group.breaker) return undefined
  const names = ill.map((member) => `${member.id} (${healthOf(assessment, member).verdict})`).join(', ')
  return `BreakerOpen: ${ill.length} of ${members.length} in ${group.name} are unhealthy or unknown (${names}), at most ${group.breaker} may be for ironherd to restart anything: find what they have in common`
}

export function healthOf(assessment: Assessment, member: Member): Health {
  return assessment.health[member.id] ?? { verdict: 'unknown', role: '', evidence: 'not assessed', startedAt: 0 }
}
