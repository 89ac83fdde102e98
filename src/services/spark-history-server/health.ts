import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Health } from '../../model/health.ts'
import type { Member } from '../../model/member.ts'
import { assessUnit } from '../common/assess-unit.ts'
import { httpProbeOf, replyOf } from '../common/http.ts'
import { parseVersion } from './probe.ts'

/** Longer than that of the other daemons: it may have many event logs to read. */
const bootMs = 120_000

export function assessHistoryServer(member: Member, facts: FleetFacts, now: number): Health {
  const { name } = member.unit
  const unit = assessUnit(name, member.host, answerOn(facts, member.host, { ask: 'unit', unit: name }))
  const health = (verdict: Health['verdict'], evidence: string): Health => ({
    verdict,
    role: 'history',
    evidence,
    startedAt: unit.startedAt,
  })
  if (unit.state !== 'running') return health(unit.state, unit.evidence)
  const question = httpProbeOf(member.probes)
  if (question === undefined) return health('unknown', `${member.id} has no probe`)
  const reply = replyOf(question, answerOn(facts, member.host, question), parseVersion)
  switch (reply.state) {
    case 'said':
      return health('serving', `${reply.evidence} says Spark ${reply.value}`)
    case 'unseen':
      return health('unknown', reply.evidence)
    case 'silent':
    case 'deaf':
      return health(now - unit.startedAt < bootMs ? 'starting' : 'unhealthy', reply.evidence)
  }
}
