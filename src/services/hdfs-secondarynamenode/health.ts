import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Health } from '../../model/health.ts'
import type { Member } from '../../model/member.ts'
import { assessUnit } from '../common/assess-unit.ts'
import { replyOf } from '../common/http.ts'
import { wasAllowed, wasStarted } from '../hdfs-common/presence.ts'
import { rulesOf } from '../hdfs-common/rules.ts'
import { lookAtStorage } from '../hdfs-common/storage.ts'
import type { SecondaryView } from '../hdfs-common/view.ts'
import { parseSecondary } from './answers.ts'
import { secondaryQuestions } from './probe.ts'

const bootMs = 60_000

/** It serves when it answers: that it makes checkpoints is told by their time. */
export function viewSecondary(member: Member, facts: FleetFacts, now: number): SecondaryView {
  const rules = rulesOf(member)
  const { dir, node } = secondaryQuestions(rules)
  const said = replyOf(node, answerOn(facts, member.host, node), parseSecondary)
  const name = member.unit.name
  const unit = assessUnit(name, member.host, answerOn(facts, member.host, { ask: 'unit', unit: name }))
  const { startedAt } = unit
  const health = (verdict: Health['verdict'], evidence: string): SecondaryView => ({
    member,
    rules,
    allowed: wasAllowed(member, facts),
    started: wasStarted(member, facts),
    data: lookAtStorage(member, dir, facts),
    report: said.state === 'said' ? said.value : undefined,
    health: { verdict, role: 'secondary', evidence, startedAt },
  })
  if (unit.state !== 'running') return health(unit.state, unit.evidence)
  switch (said.state) {
    case 'said':
      return health('serving', `${said.evidence} answers`)
    case 'unseen':
      return health('unknown', said.evidence)
    default:
      return health(now - startedAt < bootMs ? 'starting' : 'unhealthy', said.evidence)
  }
}
