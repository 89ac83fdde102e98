import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Health } from '../../model/health.ts'
import type { Member } from '../../model/member.ts'
import { assessUnit } from '../common/assess-unit.ts'
import { toolRuns, wasAllowed, wasStarted } from '../hdfs-common/presence.ts'
import { rpcReply } from '../hdfs-common/rpc.ts'
import { ruleOf, rulesOf } from '../hdfs-common/rules.ts'
import type { ControllerView } from '../hdfs-common/view.ts'
import { zkfcQuestion } from './probe.ts'

const bootMs = 60_000

export function viewController(member: Member, facts: FleetFacts, now: number): ControllerView {
  const rules = rulesOf(member)
  return {
    member,
    rules,
    id: ruleOf(rules, 'id'),
    allowed: wasAllowed(member, facts),
    started: wasStarted(member, facts),
    tool: toolRuns(member, facts),
    health: healthOf(member, facts, now),
  }
}

/** That its RPC port answers says that it runs, not that it elects: that is told by whether anybody is active. */
function healthOf(member: Member, facts: FleetFacts, now: number): Health {
  const question = zkfcQuestion(rulesOf(member))
  const name = member.unit.name
  const unit = assessUnit(name, member.host, answerOn(facts, member.host, { ask: 'unit', unit: name }))
  const { startedAt } = unit
  const say = (verdict: Health['verdict'], evidence: string): Health => ({
    verdict,
    role: 'failover',
    evidence,
    startedAt,
  })
  if (unit.state !== 'running') return say(unit.state, unit.evidence)
  const rpc = rpcReply(question, answerOn(facts, member.host, question))
  switch (rpc.state) {
    case 'alive':
      return say('serving', rpc.evidence)
    case 'unseen':
      return say('unknown', rpc.evidence)
    default:
      // It listens only after ZooKeeper has told it that the znode is there (ZKFailoverController.doRun).
      return say(now - startedAt < bootMs ? 'starting' : 'unhealthy', rpc.evidence)
  }
}

/** ERR_CODE_NO_PARENT_ZNODE of ZKFailoverController: it left because there is no znode to elect below. */
const noParentExit = 3

export function leftWithoutZnode({ member }: ControllerView, facts: FleetFacts): boolean {
  const unit = answerOn(facts, member.host, { ask: 'unit', unit: member.unit.name })
  return unit.state === 'known' && unit.value.mainPid === 0 && unit.value.exitStatus === noParentExit
}
