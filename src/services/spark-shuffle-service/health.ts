import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Health } from '../../model/health.ts'
import type { Member } from '../../model/member.ts'
import type { Question } from '../../model/question.ts'
import { assessUnit } from '../common/assess-unit.ts'

const bootMs = 60_000

/** Serving: its unit runs and its port is that unit's. */
export function assessShuffleService(member: Member, facts: FleetFacts, now: number): Health {
  const { name } = member.unit
  const unit = assessUnit(name, member.host, answerOn(facts, member.host, { ask: 'unit', unit: name }))
  const health = (verdict: Health['verdict'], evidence: string): Health => ({
    verdict,
    role: 'shuffle',
    evidence,
    startedAt: unit.startedAt,
  })
  if (unit.state !== 'running') return health(unit.state, unit.evidence)
  const question = member.probes.find(
    (probe): probe is Extract<Question, { ask: 'listener' }> => probe.ask === 'listener',
  )
  if (question === undefined) return health('unknown', `${member.id} has no probe`)
  const listener = answerOn(facts, member.host, question)
  const early = now - unit.startedAt < bootMs
  switch (listener.state) {
    case 'unknown':
      return health('unknown', listener.why)
    case 'absent':
      return health(early ? 'starting' : 'unhealthy', `nobody listens on port ${question.port} of ${member.host}`)
    case 'known':
      if (listener.value.unit === name) return health('serving', `${name} listens on port ${question.port}`)
      return health(
        early ? 'starting' : 'unhealthy',
        `port ${question.port} of ${member.host} is ${listener.value.command}'s (${listener.value.unit || 'no unit'})`,
      )
  }
}
