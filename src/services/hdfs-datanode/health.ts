import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Health } from '../../model/health.ts'
import type { Member } from '../../model/member.ts'
import { assessUnit } from '../common/assess-unit.ts'
import { replyOf } from '../common/http.ts'
import { wasAllowed, wasStarted } from '../hdfs-common/presence.ts'
import { ruleOf, rulesOf } from '../hdfs-common/rules.ts'
import type { DataNodeView, NameNodeView } from '../hdfs-common/view.ts'
import { type Actor, parseDataNode } from './answers.ts'
import { viewBlockData } from './data.ts'
import { dataNodeQuestions } from './probe.ts'

const bootMs = 60_000
/** A DataNode tries a NameNode that has come anew again after some seconds; nobody is missed before. */
const joinMs = 90_000
/** Ten heartbeats: a NameNode calls a DataNode stale after so long (dfs.namenode.stale.datanode.interval). */
const heartbeatSeconds = 30

export function viewDataNode(member: Member, facts: FleetFacts): Omit<DataNodeView, 'health'> & { readonly web: Web } {
  const rules = rulesOf(member)
  const { node } = dataNodeQuestions(rules)
  const said = replyOf(node, answerOn(facts, member.host, node), parseDataNode)
  return {
    member,
    rules,
    allowed: wasAllowed(member, facts),
    started: wasStarted(member, facts),
    data: viewBlockData(member, facts),
    report: said.state === 'said' ? said.value : undefined,
    web: { state: said.state, evidence: said.evidence },
  }
}

interface Web {
  readonly state: 'said' | 'silent' | 'deaf' | 'unseen'
  readonly evidence: string
}

/** `names`: all NameNodes; a DataNode serves those that serve. */
export function dataNodeHealth(
  { member, rules, report, web }: ReturnType<typeof viewDataNode>,
  names: readonly NameNodeView[],
  facts: FleetFacts,
  now: number,
): Health {
  const name = member.unit.name
  const unit = assessUnit(name, member.host, answerOn(facts, member.host, { ask: 'unit', unit: name }))
  const { startedAt } = unit
  const say = (verdict: Health['verdict'], evidence: string): Health => ({
    verdict,
    role: 'datanode',
    evidence,
    startedAt,
  })
  if (unit.state !== 'running') return say(unit.state, unit.evidence)
  if (web.state === 'unseen') return say('unknown', web.evidence)
  if (report === undefined) return say(now - startedAt < bootMs ? 'starting' : 'unhealthy', web.evidence)
  const clusterId = ruleOf(rules, 'clusterId')
  if (report.clusterId !== '' && report.clusterId !== clusterId) {
    return say('unhealthy', `${web.evidence} says that it is of cluster ${report.clusterId}, and not of ${clusterId}`)
  }
  const up = names.filter(isUp)
  // Who cannot be seen may lead, and what beats to it is not to be restarted as if it did nothing.
  const unseen = names.filter((other) => other.health.verdict === 'unknown' && isHeard({ rules, report }, other, names))
  if (up.length === 0 && unseen.length > 0) {
    return say('serving', `${web.evidence} answers, and beats to ${idsOf(unseen)}, of which nothing can be seen`)
  }
  if (up.length === 0) return say('waiting', `${web.evidence} answers, and no NameNode serves`)
  const runsSeconds = (now - startedAt) / 1000
  const missing = up.filter((other) => !isHeard({ rules, report }, other, names, runsSeconds))
  if (missing.length === 0) return say('serving', `${web.evidence} answers, and ${idsOf(up)} hear of it`)
  const words = `${web.evidence} answers, and ${idsOf(missing)} hear nothing of it`
  const since = Math.max(startedAt, ...missing.map(({ health }) => health.startedAt))
  return say(now - since < joinMs ? 'starting' : 'unhealthy', words)
}

function idsOf(names: readonly NameNodeView[]): string {
  return names.map(({ member }) => member.id).join(', ')
}

function beats(actor: Actor): boolean {
  return actor.state === 'RUNNING' && actor.heartbeatAge !== undefined && actor.heartbeatAge <= heartbeatSeconds
}

/**
 * Whether a NameNode hears of this DataNode: by its own list, where the DataNode stands by address, else by what the DataNode says.
 * That may name a NameNode as a resolver does (seen with 3.4.2, which asks the hosts file even of addresses): of those that are not
 * told by it, as many must be reported to as there are. What a NameNode has heard before this process was there does not count.
 */
export function isHeard(
  { rules, report }: Pick<DataNodeView, 'rules' | 'report'>,
  name: NameNodeView,
  names: readonly NameNodeView[],
  runsSeconds = heartbeatSeconds,
): boolean {
  const live = name.report === undefined || name.report.state === 'loading' ? {} : name.report.live
  const listed = live[`${ruleOf(rules, 'address')}:${ruleOf(rules, 'httpPort')}`]
  if (listed !== undefined) return listed.lastContactSeconds <= Math.min(heartbeatSeconds, runsSeconds)
  const actors = report?.actors ?? []
  const own = actors.find((actor) => isOf(actor, name))
  if (own !== undefined) return beats(own)
  const untold = names.filter((other) => isUp(other) && !actors.some((actor) => isOf(actor, other)))
  const strangers = actors.filter((actor) => !names.some((other) => isOf(actor, other)))
  return strangers.filter(beats).length >= untold.length
}

function isOf({ at }: Actor, { rules, member }: NameNodeView): boolean {
  const port = ruleOf(rules, 'rpcPort')
  return at === `${ruleOf(rules, 'address')}:${port}` || at === `${member.host}:${port}`
}

function isUp({ health }: NameNodeView): boolean {
  return health.verdict === 'serving' || health.opens === true
}
