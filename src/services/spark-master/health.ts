import { valueOf } from '../../model/fact.ts'
import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Health } from '../../model/health.ts'
import type { Member } from '../../model/member.ts'
import type { Question } from '../../model/question.ts'
import { assessUnit } from '../common/assess-unit.ts'
import { httpProbeOf, type Reply, replyOf } from '../common/http.ts'
import { lastTurn, type Turn } from './leadership.ts'
import { type MasterJson, parseMaster } from './probe.ts'

/** A JVM with a small heap on a busy machine needs this long until its web UI answers. */
const bootMs = 60_000
/** After the time in which Spark itself gives up waiting for workers and applications (runbook §8.1). */
const recoveryMarginMs = 30_000

export interface MasterState {
  readonly member: Member
  readonly health: Health
  /** What it says itself; undefined when it says nothing usable. */
  readonly json?: MasterJson
  /** Says that it leads, recovering or not. */
  readonly leads: boolean
  /** Since when it schedules, ms since the epoch; undefined: it does not, or that cannot be told. */
  readonly aliveSince?: number
  /** Runs, and nobody listens on its web UI: certain, whatever the load. */
  readonly deaf: boolean
}

/** `upstream` false: ZooKeeper does not serve, and a master that has just started waits for it without a word. */
export function assessMaster(member: Member, facts: FleetFacts, now: number, upstream: boolean): MasterState {
  const unit = assessUnit(
    member.unit.name,
    member.host,
    answerOn(facts, member.host, { ask: 'unit', unit: member.unit.name }),
  )
  if (unit.state !== 'running') {
    const health: Health = { verdict: unit.state, role: '', evidence: unit.evidence, startedAt: unit.startedAt }
    return { member, health, leads: false, deaf: false }
  }
  const question = httpProbeOf(member.probes)
  const reply: Reply<MasterJson> =
    question === undefined
      ? { state: 'unseen', evidence: `${member.id} has no probe` }
      : replyOf(question, answerOn(facts, member.host, question), parseMaster)
  const { startedAt } = unit
  if (reply.state !== 'said') return silent(member, reply.state, reply.evidence, { startedAt, now, upstream })
  return speaking(member, reply.value, reply.evidence, { startedAt, now, turn: turnOf(member, facts, startedAt) })
}

interface Moment {
  readonly startedAt: number
  readonly now: number
}

function silent(
  member: Member,
  state: 'silent' | 'deaf' | 'unseen',
  evidence: string,
  { startedAt, now, upstream }: Moment & { readonly upstream: boolean },
): MasterState {
  const health = (verdict: Health['verdict'], words = evidence): MasterState => ({
    member,
    health: { verdict, role: '', evidence: words, startedAt },
    leads: false,
    deaf: state === 'deaf' && verdict === 'unhealthy',
  })
  if (state === 'unseen') return health('unknown')
  if (now - startedAt < bootMs) return health('starting')
  // Seen with 3.5.7: without ZooKeeper a new master opens its web UI and answers nothing until ZooKeeper is back.
  if (!upstream) return health('waiting', `${evidence}; it waits for ZooKeeper`)
  return health('unhealthy')
}

function speaking(
  member: Member,
  json: MasterJson,
  place: string,
  { startedAt, now, turn }: Moment & { readonly turn: Turn },
): MasterState {
  const url = member.rules?.['url'] ?? ''
  const said = `${place} says ${json.status}`
  const state = (
    verdict: Health['verdict'],
    role: string,
    evidence: string,
    more: { readonly leads: boolean; readonly aliveSince?: number },
  ): MasterState => ({ member, health: { verdict, role, evidence, startedAt }, json, deaf: false, ...more })
  if (json.url !== url) {
    return state('unhealthy', '', `${place} is answered by ${json.url}, not by ${url}`, { leads: false })
  }
  switch (json.status) {
    case 'ALIVE':
      return state('serving', 'leader', said, {
        leads: true,
        ...(turn.turn === 'alive' ? { aliveSince: turn.at } : {}),
      })
    case 'STANDBY':
      return state('serving', 'standby', said, { leads: false })
    case 'RECOVERING':
    case 'COMPLETING_RECOVERY': {
      // Acting earlier than the deadline would only cause another election (runbook §8.1).
      const deadlineMs = Number(member.rules?.['workerTimeoutMs'] ?? 60_000) + recoveryMarginMs
      if (turn.turn !== 'recovering') return state('starting', 'leader', said, { leads: true })
      const seconds = Math.round((now - turn.at) / 1000)
      const late = now - turn.at > deadlineMs
      const words = `${said} for ${seconds} s${late ? `, which should end after ${deadlineMs / 1000} s` : ''}`
      return state(late ? 'unhealthy' : 'starting', 'leader', words, { leads: true })
    }
  }
}

function turnOf(member: Member, facts: FleetFacts, startedAt: number): Turn {
  const question = member.probes.find((probe): probe is Extract<Question, { ask: 'file' }> => probe.ask === 'file')
  const host = valueOf(facts[member.host])
  if (question === undefined || host === undefined) return { turn: 'unknown' }
  const file = valueOf(answerOn(facts, member.host, question))
  return lastTurn(file?.content ?? '', startedAt, host.clockSkewMs)
}
