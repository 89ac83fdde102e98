import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Health } from '../../model/health.ts'
import type { Member } from '../../model/member.ts'
import { assessUnit } from '../common/assess-unit.ts'
import { rulesOf } from '../hdfs-common/rules.ts'
import { httpFsReply } from './answers.ts'
import { httpFsQuestion } from './probe.ts'

const bootMs = 60_000

/** `active`: a NameNode is, so that a gateway has somebody to ask. */
export function httpFsHealth(member: Member, facts: FleetFacts, active: boolean, now: number): Health {
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
  const { state, evidence } = httpFsReply(question, answerOn(facts, member.host, question))
  switch (state) {
    case 'works':
      return say('serving', evidence)
    case 'unseen':
      return say('unknown', evidence)
    case 'failing':
      if (!active) return say('waiting', `${evidence}; no NameNode is active`)
      break
    case 'barred':
      // A restart would not mend it.
      return say('waiting', `${evidence}; correct spec.proxyUsers`)
    case 'silent':
      // Without an active NameNode it tries for minutes before it answers.
      if (!active) return say('waiting', `${evidence}; no NameNode is active`)
      break
    case 'deaf':
      break
  }
  return say(now - startedAt < bootMs ? 'starting' : 'unhealthy', evidence)
}
