import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Health } from '../../model/health.ts'
import type { Member } from '../../model/member.ts'
import { assessUnit } from '../common/assess-unit.ts'
import { heardAt, type Reply } from '../common/http.ts'
import { httpProbe, isCut, type Metrics, parseMetrics, wholeReply } from '../mesos-common/answers.ts'
import { flagsReply } from '../mesos-common/flags.ts'
import { lastWords, withLastWords } from '../mesos-common/last-words.ts'
import { type LogView, viewLog } from './data.ts'
import { type AgentList, parseAgents, registryPath } from './probe.ts'

/** It opens its port within a second, and /metrics a moment later; a loaded machine needs longer (f-timing/first-boot-3-masters.txt). */
const bootMs = 30_000
/** A copy that was lost is filled in about a second, when a quorum of the others votes (recording 05). */
export const catchUpMs = 60_000

/** leveldb's own, of files that are not what they were; a lock that another holds is none (recordings 14, 48). */
const damage = /^EXIT with status 1: Failed to recover the log: Corruption: /

export interface MasterState {
  readonly member: Member
  readonly health: Health
  readonly log: LogView
  /** By /metrics/snapshot; empty when it says nothing. */
  readonly metrics: Metrics
  /** It says that it leads, and runs with the flags of this set. */
  readonly leads: boolean
  /** It leads and has read its registry. */
  readonly serves: boolean
  /** Its copy of the registry counts, and it runs with the quorum of this set. */
  readonly votes: boolean
  /** It does not start, since its copy of the registry is damaged, by its last words. */
  readonly damaged: boolean
  /** Its copy of the registry is damaged; or it runs, long enough, and its copy does not count: empty, or not filled. */
  readonly lacks: boolean
  /** It leads, or knows who does; undefined: it did not say. */
  readonly knowsLeader: boolean | undefined
  /** Runs with flags of another set, or of another place. */
  readonly otherFlags: boolean
  /** Runs, long enough, and nobody listens or answers. */
  readonly mute: 'deaf' | 'silent' | undefined
  /** Of one that serves: the agents, as far as its list could be read. */
  readonly agents: Reply<AgentList> | undefined
}

/**
 * /health says that a process is up and nothing else (recordings 04, 06), so it is not asked. `upstream`: why ZooKeeper does not serve,
 * undefined when it does or nobody here can say.
 */
export function assessMaster(member: Member, facts: FleetFacts, now: number, upstream?: string): MasterState {
  const log = viewLog(member, facts)
  const nothing = {
    member,
    log,
    metrics: {},
    leads: false,
    serves: false,
    votes: false,
    damaged: false,
    lacks: false,
    knowsLeader: undefined,
    otherFlags: false,
    mute: undefined,
    agents: undefined,
  } as const
  const { name } = member.unit
  const unit = assessUnit(name, member.host, answerOn(facts, member.host, { ask: 'unit', unit: name }))
  const { startedAt } = unit
  const health = (verdict: Health['verdict'], evidence: string, role = ''): Health => ({
    verdict,
    role,
    evidence,
    startedAt,
  })
  if (unit.state !== 'running') {
    const words = lastWords(member, facts)
    const damaged = words !== undefined && damage.test(words)
    return { ...nothing, health: health(unit.state, withLastWords(unit.evidence, words)), damaged, lacks: damaged }
  }
  const question = httpProbe(member, '/metrics/snapshot')
  const said = wholeReply(question, answerOn(facts, member.host, question), parseMetrics)
  const flags = flagsReply(member, facts)
  for (const reply of [said, flags]) {
    if (reply.state === 'unseen') return { ...nothing, health: health('unknown', reply.evidence) }
    if (reply.state !== 'silent' && reply.state !== 'deaf') continue
    const young = now - startedAt < bootMs
    return {
      ...nothing,
      health: health(young ? 'starting' : 'unhealthy', reply.evidence),
      mute: young ? undefined : reply.state,
    }
  }
  const metrics = said.state === 'said' ? said.value : {}
  // Whatever else it says is of another set, or would be counted by another quorum.
  if (flags.state === 'other') {
    return { ...nothing, metrics, health: health('unhealthy', flags.evidence), otherFlags: true }
  }
  const evidence = `${name} on ${member.host}`
  const elected = metrics['master/elected']
  const recovered = metrics['registrar/log/recovered']
  if (elected === undefined || recovered === undefined) {
    const words = `${said.evidence} does not say whether it leads, or whether its copy of the registry counts`
    return { ...nothing, metrics, health: health('unknown', words) }
  }
  const young = now - startedAt < catchUpMs
  const lacks = recovered !== 1 && !young && upstream === undefined
  const seen = { ...nothing, metrics, votes: recovered === 1, leads: elected === 1, lacks }
  if (elected === 1) return leading(seen, facts, health)
  const leader = leaderKnown(member, facts)
  const state = { ...seen, knowsLeader: leader }
  if (recovered !== 1) {
    const words = `${said.evidence} says that its copy of the registry is empty or behind: it does not count`
    if (upstream !== undefined) return { ...state, health: health('waiting', `${words}; ${upstream}`, 'follower') }
    return { ...state, health: health(young ? 'starting' : 'unhealthy', words, 'follower') }
  }
  switch (leader) {
    case true:
      return { ...state, health: health('serving', `${evidence} votes, and follows a leader`, 'follower') }
    case false:
      return { ...state, health: health('waiting', `${evidence} votes, and knows no leader`, 'follower') }
    case undefined:
      return {
        ...state,
        health: health('unknown', `${evidence} votes; whether it knows a leader it did not say`, 'follower'),
      }
  }
}

/** A leader without its registry answers /state and /slaves as if it had no agents; after a minute it ends by itself (recording 04). */
function leading(
  seen: Omit<MasterState, 'health'>,
  facts: FleetFacts,
  health: (verdict: Health['verdict'], evidence: string, role: string) => Health,
): MasterState {
  const { member } = seen
  const state = { ...seen, knowsLeader: true }
  const registry = httpProbe(member, registryPath)
  const place = `http://${registry.address}:${registry.port}${registry.path}`
  const heard = heardAt(place, answerOn(facts, member.host, registry))
  if (heard.state !== 'answered' || heard.status !== 200 || !heard.body.startsWith('{')) {
    const evidence = heard.state === 'answered' ? `${place} answers status ${heard.status}` : heard.evidence
    return { ...state, health: health('unknown', `it leads; ${evidence}`, 'leader') }
  }
  if (heard.body.trim() === '{}') {
    return {
      ...state,
      health: health('starting', `it leads, and ${place} is empty: it has not read the registry`, 'leader'),
    }
  }
  const question = httpProbe(member, '/slaves')
  const agents = wholeReply(question, answerOn(facts, member.host, question), parseAgents)
  return { ...state, serves: true, agents, health: health('serving', 'it leads, and has its registry', 'leader') }
}

/** A follower answers 307 where it knows a leader and 503 where it does not; undefined: it did not say. */
function leaderKnown(member: Member, facts: FleetFacts): boolean | undefined {
  const question = httpProbe(member, '/slaves')
  const answer = answerOn(facts, member.host, question)
  const heard = heardAt(question.path, answer)
  if (heard.state !== 'answered') return undefined
  // 200: it has become the leader since its metrics were read.
  if (heard.status === 307 || heard.status === 200 || isCut(answer)) return true
  return heard.status === 503 ? false : undefined
}
