import { valueOf } from '../../model/fact.ts'
import type { FleetFacts } from '../../model/facts.ts'
import type { Assessment, Health, Verdict } from '../../model/health.ts'
import type { Expansion } from '../../model/kind.ts'
import type { Member } from '../../model/member.ts'
import { assessHistoryServer } from '../../services/spark-history-server/health.ts'
import { assessMaster, type MasterState } from '../../services/spark-master/health.ts'
import { assessShuffleService } from '../../services/spark-shuffle-service/health.ts'
import { drainOf } from '../../services/spark-worker/drain.ts'
import { assessWorker, type Leadership, type WorkerState } from '../../services/spark-worker/health.ts'

/** How every daemon of the cluster is; repairs are chosen from it. */
export interface SparkState {
  readonly masters: readonly MasterState[]
  /** Masters that are not declared any more: as long as one of them leads, the workers are with it. */
  readonly leavingMasters: readonly MasterState[]
  readonly workers: readonly WorkerState[]
  /** That are not declared any more. */
  readonly leaving: readonly WorkerState[]
  readonly others: readonly { readonly member: Member; readonly health: Health }[]
}

export function sparkState(expansion: Expansion, facts: FleetFacts, now: number): SparkState {
  const of = (service: string) => expansion.members.filter((member) => member.service === service)
  const upstream = expansion.upstream.every(({ available }) => available)
  const masters = of('spark-master').map((member) => assessMaster(member, facts, now, upstream))
  const leavingMasters = expansion.leaving
    .filter(({ member }) => member.service === 'spark-master')
    .map(({ member }) => assessMaster(member, facts, now, upstream))
  const leadership = leadershipOf([...masters, ...leavingMasters], facts)
  return {
    masters,
    leavingMasters,
    workers: of('spark-worker').map((member) => assessWorker(member, facts, now, leadership)),
    leaving: expansion.leaving
      .filter(({ member }) => member.drain !== undefined)
      .map(({ member }) => assessWorker(member, facts, now, leadership)),
    others: [
      ...of('spark-shuffle-service').map((member) => ({ member, health: assessShuffleService(member, facts, now) })),
      ...of('spark-history-server').map((member) => ({ member, health: assessHistoryServer(member, facts, now) })),
    ],
  }
}

/** Whom the workers are measured by. Times of the leader's clock are corrected by its host's measured skew. */
export function leadershipOf(masters: readonly MasterState[], facts: FleetFacts): Leadership {
  const leaders = masters.filter((master) => master.leads)
  const [leader] = leaders
  if (leader?.json === undefined) {
    const unseen = masters.filter(({ health }) => health.verdict === 'unknown').map(({ member }) => member.id)
    return unseen.length === 0
      ? { state: 'none', why: 'no master leads' }
      : { state: 'unseen', why: `no master that is seen leads, and ${unseen.join(', ')} cannot be seen` }
  }
  if (leaders.length > 1) {
    return { state: 'none', why: `${leaders.map(({ member }) => member.id).join(' and ')} both lead` }
  }
  const { member, json, aliveSince } = leader
  if (json.status !== 'ALIVE') return { state: 'none', why: `${member.id} leads and is ${json.status}` }
  const skew = valueOf(facts[member.host])?.clockSkewMs ?? 0
  return {
    state: 'leading',
    name: member.id,
    url: json.url,
    workers: json.workers.map(({ id, host, port, state, lastheartbeat }) => ({
      id,
      host,
      port,
      state,
      lastHeartbeat: lastheartbeat - skew,
    })),
    ...(aliveSince === undefined ? {} : { aliveSince }),
  }
}

export function assessSpark(expansion: Expansion, facts: FleetFacts, now: number): Assessment {
  const state = sparkState(expansion, facts, now)
  const entries = [...state.masters, ...state.leavingMasters, ...state.workers, ...state.others]
  const leaders = [...state.masters, ...state.leavingMasters].filter((master) => master.leads)
  const [leader] = leaders
  return {
    health: Object.fromEntries(entries.map(({ member, health }) => [member.id, health])),
    available: availability(state, leaders, expansion),
    shortfalls: leaders.length > 1 ? [`two masters lead: ${idsOf(leaders)}`] : [],
    ...(leader !== undefined && leaders.length === 1 ? { leader: leader.member.id } : {}),
    drains: drainsOf([...state.workers, ...state.leaving]),
  }
}

function drainsOf(workers: readonly WorkerState[]): NonNullable<Assessment['drains']> {
  return Object.fromEntries(
    workers.flatMap((worker) => {
      const drain = drainOf(worker)
      return drain === undefined ? [] : [[worker.member.id, drain]]
    }),
  )
}

function idsOf(states: readonly { readonly member: Member }[]): string {
  return states.map(({ member }) => member.id).join(', ')
}

/** Can somebody submit an application now, and will it get an executor? */
function availability(state: SparkState, leaders: readonly MasterState[], expansion: Expansion): Verdict {
  const [leader] = leaders
  const serving = state.workers.filter(({ health }) => health.verdict === 'serving').length
  if (leaders.length > 1) {
    return {
      ok: false,
      reason: 'TwoLeaders',
      message: `${idsOf(leaders)} both say that they lead; check that they use one ZooKeeper ensemble and path`,
    }
  }
  if (leader === undefined) return noLeader(state, expansion)
  if (leader.json?.status !== 'ALIVE') {
    return { ok: false, reason: 'Recovering', message: `${leader.member.id}: ${leader.health.evidence}` }
  }
  const counts = `${serving} of ${state.workers.length} workers are registered with ${leader.member.id}`
  if (serving === 0) return { ok: false, reason: 'MembersNotServing', message: counts }
  return { ok: true, reason: 'LeaderServing', message: counts }
}

function noLeader({ masters }: SparkState, { upstream }: Expansion): Verdict {
  const missing = upstream.find(({ available }) => !available)
  const said = masters.map(({ member, health }) => `${member.id}: ${health.evidence}`).join('; ')
  if (missing !== undefined) {
    return {
      ok: false,
      reason: 'UpstreamNotReady',
      message: `no master leads, since ${missing.name}: ${missing.why}; ${said}`,
    }
  }
  const allStandBy = masters.length > 0 && masters.every(({ health }) => health.role === 'standby')
  const hint = allStandBy ? '; if it lasts, another cluster may use the same ZooKeeper path' : ''
  return { ok: false, reason: 'NoLeader', message: `no master leads: ${said}${hint}` }
}
