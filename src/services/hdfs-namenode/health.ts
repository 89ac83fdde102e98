import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Health } from '../../model/health.ts'
import type { Member } from '../../model/member.ts'
import { assessUnit } from '../common/assess-unit.ts'
import { replyOf } from '../common/http.ts'
import { toolRuns, wasAllowed, wasStarted } from '../hdfs-common/presence.ts'
import { rpcReply } from '../hdfs-common/rpc.ts'
import { ruleOf, rulesOf } from '../hdfs-common/rules.ts'
import type { NameNodeView } from '../hdfs-common/view.ts'
import { type NameNodeReport, parseNameNode, parseSystem } from './answers.ts'
import { viewNameData } from './data.ts'
import { nameNodeQuestions } from './probe.ts'

/** Its web server is up in seconds, whatever it has to load after that (NameNode.initialize). */
const bootMs = 60_000

export function viewNameNode(member: Member, facts: FleetFacts, now: number): NameNodeView {
  const rules = rulesOf(member)
  const { node, system, rpc } = nameNodeQuestions(rules)
  const own = replyOf(node, answerOn(facts, member.host, node), parseNameNode)
  const counts = replyOf(system, answerOn(facts, member.host, system), parseSystem)
  const view = {
    member,
    rules,
    id: ruleOf(rules, 'id'),
    allowed: wasAllowed(member, facts),
    started: wasStarted(member, facts),
    data: viewNameData(member, facts),
    report: own.state === 'said' ? own.value : undefined,
    system: counts.state === 'said' ? counts.value : undefined,
    rpc: rpcReply(rpc, answerOn(facts, member.host, rpc)),
    tool: toolRuns(member, facts),
  }
  return { ...view, health: healthOf(view, { state: own.state, evidence: own.evidence }, facts, now) }
}

type Seen = Omit<NameNodeView, 'health'>

function healthOf(
  { member, rules, report, rpc }: Seen,
  web: { readonly state: 'said' | 'silent' | 'deaf' | 'unseen'; readonly evidence: string },
  facts: FleetFacts,
  now: number,
): Health {
  const name = member.unit.name
  const unit = assessUnit(name, member.host, answerOn(facts, member.host, { ask: 'unit', unit: name }))
  const { startedAt } = unit
  const say = (verdict: Health['verdict'], evidence: string, role = ''): Health => ({
    verdict,
    role,
    evidence,
    startedAt,
  })
  if (unit.state !== 'running') return say(unit.state, unit.evidence)
  const late = now - startedAt >= bootMs ? 'unhealthy' : 'starting'
  if (web.state === 'unseen') return say('unknown', web.evidence)
  if (report === undefined) return say(late, web.evidence)
  // Images of large file systems take long: the web server answers meanwhile, and a restart would begin anew.
  if (report.state === 'loading')
    return say('starting', `${web.evidence} answers, and its file system is not loaded yet`)
  const said = `${web.evidence} says ${report.word || 'no state'}`
  const clusterId = ruleOf(rules, 'clusterId')
  if (report.clusterId !== clusterId)
    return say('unhealthy', `${said}, of cluster ${report.clusterId} and not of ${clusterId}`)
  if (rpc.state === 'unseen') return say('unknown', rpc.evidence)
  if (rpc.state !== 'alive') return say(late, `${said}, but ${rpc.evidence}`, roleOf(report))
  if (report.state === 'other') return say('starting', said)
  if (report.safeMode === '') return say('serving', said, roleOf(report))
  // Nobody mends that by a restart: it waits for blocks of DataNodes, for room, or for a person.
  return { ...say('waiting', `${said}: ${report.safeMode}`, roleOf(report)), opens: true }
}

function roleOf(report: NameNodeReport): string {
  return report.state === 'loading' || report.state === 'other' ? '' : report.state
}
