import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Health } from '../../model/health.ts'
import type { Member } from '../../model/member.ts'
import { assessUnit } from '../common/assess-unit.ts'
import { httpProbeOf, type Reply, replyOf } from '../common/http.ts'
import { parseWorker, type WorkerJson } from './probe.ts'

const bootMs = 60_000
/** A worker tries again every 5 to 15 s at first: one that is not registered after this time will not be soon (runbook §8.2). */
const registrationMs = 90_000
/**
 * One that takes itself for registered does not try again, and the leader ignores the heartbeats of a worker that it never
 * had. It comes to that when a leader that recovers greets, at the old address, a worker that was started anew meanwhile
 * (all hosts rebooted at once: seen with 3.5.7). Two heartbeats are time enough for anything else to show.
 */
const forgottenMs = 30_000

/** One worker as the leader lists it. */
export interface Listing {
  readonly id: string
  readonly host: string
  readonly port: number
  readonly state: string
  /** ms since the epoch. */
  readonly lastHeartbeat: number
}

/** What the workers' verdicts need to know of the masters. */
export type Leadership =
  | {
      readonly state: 'leading'
      readonly name: string
      readonly url: string
      readonly workers: readonly Listing[]
      /** Since when the leader schedules, ms since the epoch; undefined: nobody can tell. */
      readonly aliveSince?: number
    }
  /** No leader, two, or one that recovers: no worker is to blame. */
  | { readonly state: 'none'; readonly why: string }
  /** None that is seen leads, and one that is out of sight may: what it lists is not known. */
  | { readonly state: 'unseen'; readonly why: string }

export interface WorkerState {
  readonly member: Member
  readonly health: Health
  /** Why a restart is right, when it is. */
  readonly cause?: 'SparkWorkerUnregistered' | 'SparkWorkerUnresponsive' | 'SparkWorkerDecommissioned'
  /** It says itself that it runs no executor: a restart takes nothing from anybody. */
  readonly idle: boolean
  /** Its own entry in the leader's list. */
  readonly listing?: Listing
  /** How many it says that it runs; undefined: it does not say. */
  readonly executors?: number
}

export function assessWorker(member: Member, facts: FleetFacts, now: number, leadership: Leadership): WorkerState {
  const unit = assessUnit(
    member.unit.name,
    member.host,
    answerOn(facts, member.host, { ask: 'unit', unit: member.unit.name }),
  )
  if (unit.state !== 'running') {
    return {
      member,
      health: { verdict: unit.state, role: 'worker', evidence: unit.evidence, startedAt: unit.startedAt },
      idle: false,
    }
  }
  const question = httpProbeOf(member.probes)
  const reply: Reply<WorkerJson> =
    question === undefined
      ? { state: 'unseen', evidence: `${member.id} has no probe` }
      : replyOf(question, answerOn(facts, member.host, question), parseWorker)
  const view: View = { member, startedAt: unit.startedAt, now, leadership }
  const state = reply.state === 'said' ? speaking(view, reply.value) : silent(view, reply.state, reply.evidence)
  const json = reply.state === 'said' ? reply.value : undefined
  const listed = listings(view)
  const listing =
    json === undefined ? listed.find(({ state: said }) => said !== 'DEAD') : listed.find(({ id }) => id === json.id)
  const executors = json?.executors?.length
  return {
    ...state,
    ...(listing === undefined ? {} : { listing }),
    ...(executors === undefined ? {} : { executors }),
  }
}

interface View {
  readonly member: Member
  readonly startedAt: number
  readonly now: number
  readonly leadership: Leadership
}

function stateOf(
  view: View,
  verdict: Health['verdict'],
  evidence: string,
  cause?: NonNullable<WorkerState['cause']>,
  idle = false,
): WorkerState {
  const health: Health = { verdict, role: 'worker', evidence, startedAt: view.startedAt }
  return { member: view.member, health, idle, ...(cause === undefined ? {} : { cause }) }
}

function listings(view: View): readonly Listing[] {
  const { leadership, member } = view
  if (leadership.state !== 'leading') return []
  const { rules } = member
  return leadership.workers.filter(
    (worker) => worker.host === rules?.['address'] && String(worker.port) === rules['port'],
  )
}

function silent(view: View, state: 'silent' | 'deaf' | 'unseen', evidence: string): WorkerState {
  if (state === 'unseen') return stateOf(view, 'unknown', evidence)
  if (view.now - view.startedAt < bootMs) return stateOf(view, 'starting', evidence)
  if (state === 'deaf') return stateOf(view, 'unhealthy', evidence, 'SparkWorkerUnresponsive')
  // A slow answer alone is no reason to kill executors: the leader must miss its heartbeats, too.
  const { leadership } = view
  if (leadership.state !== 'leading') return unlisted(view, leadership, `${evidence}; ${leadership.why}`)
  if (listings(view).some((worker) => worker.state === 'ALIVE')) {
    return stateOf(view, 'unhealthy', `${evidence}, though ${leadership.name} hears its heartbeats`)
  }
  return stateOf(view, 'unhealthy', `${evidence}, and ${leadership.name} hears none of it`, 'SparkWorkerUnresponsive')
}

/** Never a worker's fault, and no worker is restarted for it. */
function unlisted(view: View, { state }: Exclude<Leadership, { state: 'leading' }>, evidence: string): WorkerState {
  return stateOf(view, state === 'unseen' ? 'unknown' : 'waiting', evidence)
}

function speaking(view: View, json: WorkerJson): WorkerState {
  const { member, leadership, now } = view
  if (leadership.state !== 'leading') return unlisted(view, leadership, leadership.why)
  const listed = listings(view)
  const own = listed.find((worker) => worker.id === json.id)
  if (own?.state === 'ALIVE' && json.masterurl === leadership.url) {
    return stateOf(view, 'serving', `${leadership.name} lists ${json.id} ALIVE`)
  }
  if (own?.state === 'DECOMMISSIONED') {
    const idle = json.executors?.length === 0
    const words = `${leadership.name} lists ${json.id} DECOMMISSIONED: it is given no new work`
    // One that is being drained is restarted or stopped when that is over; one that nobody drains is of no use to anybody.
    return stateOf(view, 'waiting', words, idle ? 'SparkWorkerDecommissioned' : undefined, idle)
  }
  const seen = own ?? listed[0]
  const how = seen === undefined ? 'does not list it' : `lists ${seen.id} ${seen.state}`
  const evidence = `${member.id} is ${json.id} of ${json.masterurl || 'no master'}; ${leadership.name} ${how}`
  if (leadership.aliveSince === undefined) {
    return stateOf(view, 'waiting', `${evidence}; since when ${leadership.name} leads cannot be told`)
  }
  // From the latest of: own start, the leader's turn, and the time at which the leader gave up on its heartbeats.
  // While the entry of the process before it still counts as ALIVE, the address is taken.
  const holds = own ?? (seen?.state === 'ALIVE' ? seen : undefined)
  const lost = holds === undefined ? 0 : holds.lastHeartbeat + Number(member.rules?.['workerTimeoutMs'] ?? 60_000)
  const since = Math.max(view.startedAt, leadership.aliveSince, lost)
  const forgotten = own === undefined && json.masterurl === leadership.url
  if (now - since < (forgotten ? forgottenMs : registrationMs)) return stateOf(view, 'starting', evidence)
  const late = `${evidence}, ${Math.round((now - since) / 1000)} s after it could have registered`
  return stateOf(view, 'unhealthy', late, 'SparkWorkerUnregistered', json.executors?.length === 0)
}
