import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Health } from '../../model/health.ts'
import type { Member } from '../../model/member.ts'
import { assessUnit } from '../common/assess-unit.ts'
import { replyOf } from '../common/http.ts'
import { wasAllowed, wasStarted } from '../hdfs-common/presence.ts'
import { rpcReply } from '../hdfs-common/rpc.ts'
import { ruleOf, rulesOf } from '../hdfs-common/rules.ts'
import type { JournalNodeView } from '../hdfs-common/view.ts'
import { parseJournalNode } from './answers.ts'
import { viewJournalData } from './data.ts'
import { journalNodeQuestions } from './probe.ts'

/** A JVM on a busy machine needs this long until its RPC port answers. */
const bootMs = 60_000

export function viewJournalNode(member: Member, facts: FleetFacts): Omit<JournalNodeView, 'health'> {
  const rules = rulesOf(member)
  const { node, rpc } = journalNodeQuestions(rules)
  const nameservice = ruleOf(rules, 'nameservice')
  const said = replyOf(node, answerOn(facts, member.host, node), (body) => parseJournalNode(body, nameservice))
  return {
    member,
    rules,
    allowed: wasAllowed(member, facts),
    started: wasStarted(member, facts),
    data: viewJournalData(member, facts),
    report: said.state === 'said' ? said.value : undefined,
    rpc: rpcReply(rpc, answerOn(facts, member.host, rpc)),
  }
}

/**
 * /jmx answers before the RPC does, so only the RPC tells that it works. `born`: the cluster lived, and a JournalNode without its
 * journal is of no use to it. How far it is, its writer says: one that has to catch up serves.
 */
export function journalNodeHealth(
  { member, data, rpc }: Omit<JournalNodeView, 'health'>,
  facts: FleetFacts,
  now: number,
  born: boolean,
): Health {
  const name = member.unit.name
  const unit = assessUnit(name, member.host, answerOn(facts, member.host, { ask: 'unit', unit: name }))
  const { startedAt } = unit
  const say = (verdict: Health['verdict'], evidence: string): Health => ({
    verdict,
    role: 'journal',
    evidence,
    startedAt,
  })
  if (unit.state !== 'running') return say(unit.state, unit.evidence)
  if (rpc.state === 'unseen') return say('unknown', rpc.evidence)
  if (rpc.state !== 'alive') return say(now - startedAt < bootMs ? 'starting' : 'unhealthy', rpc.evidence)
  if (!born) return say('serving', rpc.evidence)
  switch (data.state) {
    case 'ours':
      return say('serving', rpc.evidence)
    case 'unknown':
      return say('unknown', data.detail)
    default:
      return say('unhealthy', `${rpc.evidence}, but it has no journal of this cluster: ${data.detail}`)
  }
}
