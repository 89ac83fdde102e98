import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Health } from '../../model/health.ts'
import type { Member } from '../../model/member.ts'
import { assessUnit } from '../common/assess-unit.ts'
import { rulesOf } from '../hdfs-common/rules.ts'
import { httpFsQuestion } from './probe.ts'

const bootMs = 60_000

/** `led`: somebody is active, of whom it could be answered. */
export function httpFsHealth(member: Member, facts: FleetFacts, now: number, led: boolean): Health {
  const question = httpFsQuestion(rulesOf(member))
  const name = member.unit.name
  const unit = assessUnit(name, member.host, answerOn(facts, member.host, { ask: 'unit', unit: name }))
  const { startedAt } = unit
  const say = (verdict: Health['verdict'], evidence: string): Health => ({
    verdict,
    role: 'gateway',
    evidence,
    startedAt,
  })
  if (unit.state !== 'running') return say(unit.state, unit.evidence)
  const answer = answerOn(facts, member.host, question)
  const place = `HttpFS at ${question.address}:${question.port}`
  if (answer.state === 'unknown') return say('unknown', answer.why)
  const { outcome, status } = answer.state === 'known' ? answer.value : { outcome: 'refused' as const, status: 0 }
  if (outcome === 'answered' && status === 200) return say('serving', `${place} shows the root directory`)
  const words =
    outcome === 'answered' ? `${place} answers with status ${status}` : `${place} does not answer (${outcome})`
  if (now - startedAt < bootMs) return say('starting', words)
  if (outcome === 'answered' && !led) return say('waiting', `${words}: no NameNode is active`)
  return say('unhealthy', words)
}
