import type { FleetFacts } from '../../model/facts.ts'
import { answerOn } from '../../model/facts.ts'
import type { Health } from '../../model/health.ts'
import type { Member } from '../../model/member.ts'
import type { Question } from '../../model/question.ts'
import { assessUnit } from '../common/assess-unit.ts'
import { type ServerReport, serverReport } from './probe.ts'

/** A server loads its snapshot and its logs before it listens, and elects after that: so long it is only starting. */
export const startGraceMs = 60_000

export interface ServerView {
  readonly member: Member
  readonly report: ServerReport
  readonly health: Health
}

/** The question of a server that sends this word. */
export function talkQuestion(member: Member, send: string): Extract<Question, { ask: 'talk' }> | undefined {
  for (const question of member.probes) if (question.ask === 'talk' && question.send === send) return question
  return undefined
}

function reportOf(member: Member, facts: FleetFacts): ServerReport {
  const mntr = talkQuestion(member, 'mntr')
  const srvr = talkQuestion(member, 'srvr')
  if (mntr === undefined || srvr === undefined) return { state: 'unknown', said: `${member.id} has no questions` }
  const place = `${member.host} (${mntr.address}:${mntr.port})`
  return serverReport(place, answerOn(facts, member.host, mntr), answerOn(facts, member.host, srvr))
}

/**
 * Every server, by what its machine and it say, and by whether the others are a quorum without it. `voters`: how many the
 * ensemble counts, where that is not the number of members, e.g. while two of them share an id.
 */
export function viewServers(
  members: readonly Member[],
  facts: FleetFacts,
  now: number,
  voters = members.length,
): readonly ServerView[] {
  const reports = members.map((member) => ({ member, report: reportOf(member, facts) }))
  return reports.map(({ member, report }) => {
    const others = reports.filter((other) => other.member.id !== member.id).map((other) => other.report)
    return { member, report, health: healthOf(member, report, quorumWithout(others, voters), facts, now) }
  })
}

/** A leader whose followers and itself are a majority. */
export function leadsMajority(report: ServerReport, voters: number): boolean {
  if (report.state !== 'serving') return false
  if (report.role === 'standalone') return voters === 1
  if (report.role !== 'leader') return false
  // A leader that does not say how many follow is believed: it steps down by itself when it loses the majority.
  return (report.syncedFollowers ?? voters) + 1 >= Math.floor(voters / 2) + 1
}

function quorumWithout(others: readonly ServerReport[], voters: number): boolean {
  const serving = others.filter((report) => report.state === 'serving').length
  return serving >= Math.floor(voters / 2) + 1 && others.some((report) => leadsMajority(report, voters))
}

function healthOf(
  member: Member,
  report: ServerReport,
  othersHaveQuorum: boolean,
  facts: FleetFacts,
  now: number,
): Health {
  const unit = assessUnit(
    member.unit.name,
    member.host,
    answerOn(facts, member.host, { ask: 'unit', unit: member.unit.name }),
  )
  const { startedAt } = unit
  const say = (verdict: Health['verdict'], evidence: string, role = ''): Health => ({
    verdict,
    role,
    evidence,
    startedAt,
  })
  if (unit.state !== 'running') return say(unit.state, unit.evidence)
  const young = now - startedAt < startGraceMs
  switch (report.state) {
    case 'serving':
      return say('serving', report.said, report.role)
    case 'unknown':
      return say('unknown', report.said)
    case 'notServing':
      if (young) return say('starting', report.said)
      // Alone it cannot serve, and a restart would not bring the others back.
      if (!othersHaveQuorum) return say('waiting', `${report.said}: it finds no quorum`)
      return say('unhealthy', `${report.said}, though the others have a quorum`)
    case 'refused':
    case 'silent':
    case 'garbled':
      return say(young ? 'starting' : 'unhealthy', report.said)
  }
}
