import type { FleetFacts } from '../../model/facts.ts'
import { type Assessment, quorumOf, type Verdict } from '../../model/health.ts'
import type { Expansion } from '../../model/kind.ts'
import { type AgentState, assessAgent, type Leadership } from '../../services/mesos-agent/health.ts'
import { agentService } from '../../services/mesos-agent/service.ts'
import { assessMaster, type MasterState } from '../../services/mesos-master/health.ts'
import { type Masters, registryLost } from '../../services/mesos-master/repairs.ts'
import { masterService } from '../../services/mesos-master/service.ts'
import { figuresOf, ownOf } from './figures.ts'

/** How every daemon of the cluster is; repairs are chosen from it. */
export interface MesosState extends Masters {
  readonly agents: readonly AgentState[]
}

export function mesosState(expansion: Expansion, facts: FleetFacts, now: number): MesosState {
  const of = (service: string) => expansion.members.filter((member) => member.service === service)
  const missing = missingUpstream(expansion)
  const masters = of(masterService).map((member) => assessMaster(member, facts, now, missing))
  const leadership = leadershipOf(masters, missing)
  const [first] = masters
  return {
    masters,
    voters: Number(first?.member.rules?.['voters'] ?? masters.length),
    formed: first?.member.rules?.['formed'] === 'true' || masters.some(({ serves }) => serves),
    agents: of(agentService).map((member) => assessAgent(member, facts, now, leadership)),
  }
}

function missingUpstream({ upstream }: Expansion): string | undefined {
  const missing = upstream.find(({ available }) => !available)
  return missing === undefined ? undefined : `${missing.name}: ${missing.why}`
}

/** Whom the agents are measured by. */
function leadershipOf(masters: readonly MasterState[], missing: string | undefined): Leadership {
  const leaders = masters.filter(({ leads }) => leads)
  const [leader] = leaders
  if (leaders.length > 1) return { state: 'none', why: `${idsOf(leaders)} both say that they lead` }
  if (leader === undefined) {
    const unseen = masters.filter(({ health }) => health.verdict === 'unknown')
    if (unseen.length > 0)
      return { state: 'unseen', why: `no master that is seen leads, and ${idsOf(unseen)} cannot be seen` }
    return { state: 'none', why: missing === undefined ? 'no master leads' : `no master leads; ${missing}` }
  }
  const { agents, health, member } = leader
  if (!leader.serves || agents === undefined) {
    const state = health.verdict === 'unknown' ? 'unseen' : 'none'
    return { state, why: `${member.id}: ${health.evidence}` }
  }
  if (agents.state !== 'said') return { state: 'unseen', why: agents.evidence }
  return { state: 'leading', name: member.id, agents: agents.value }
}

export function assessMesos(expansion: Expansion, facts: FleetFacts, now: number): Assessment {
  const state = mesosState(expansion, facts, now)
  const leaders = state.masters.filter(({ serves }) => serves)
  const [leader] = leaders
  const voting = state.masters.filter(({ votes }) => votes).length
  return {
    health: Object.fromEntries([...state.masters, ...state.agents].map(({ health, member }) => [member.id, health])),
    available: availability(state, expansion, voting),
    shortfalls: shortfallsOf(state),
    ...(leader !== undefined && leaders.length === 1 ? { leader: leader.member.id } : {}),
    quorum: quorumOf(state.voters, Math.min(voting, state.voters)),
    holds: holdsOf(state, expansion),
    own: { mesos: ownOf(state, voting) },
    figures: figuresOf(state, voting),
  }
}

export function idsOf(states: readonly { readonly member: { readonly id: string } }[]): string {
  return states.map(({ member }) => member.id).join(', ')
}

/** Can somebody start a task now, and will it be remembered who runs it? */
function availability(state: MesosState, expansion: Expansion, voting: number): Verdict {
  const leaders = state.masters.filter(({ leads }) => leads)
  const [leader] = leaders
  if (leaders.length > 1) {
    const message = `${idsOf(leaders)} say that they lead; for longer than a session of ZooKeeper they would use two ensembles or paths`
    return { ok: false, reason: 'TwoLeaders', message }
  }
  const lost = registryLost(state)
  if (lost !== undefined) return { ok: false, reason: 'DataLost', message: lost }
  if (leader === undefined) return noLeader(state, expansion)
  if (!leader.serves) {
    return { ok: false, reason: 'Recovering', message: `${leader.member.id}: ${leader.health.evidence}` }
  }
  const { majority } = quorumOf(state.voters, 0)
  if (voting < majority) {
    const message = `${leader.member.id} leads, and ${voting} of ${state.voters} masters vote, ${majority} are needed: it ends at the next change of the registry`
    return { ok: false, reason: 'NoQuorum', message }
  }
  const [serving, whose] = registeredWith(leader, state.agents)
  const message = `${serving} of ${state.agents.length} agents are registered with ${leader.member.id}${whose}; ${voting} of ${state.voters} masters vote`
  return serving === 0
    ? { ok: false, reason: 'MembersNotServing', message }
    : { ok: true, reason: 'LeaderServing', message }
}

/** The leader's list says which; where it is too long to be read, its own count says that there are some. */
function registeredWith({ agents, metrics }: MasterState, states: readonly AgentState[]): readonly [number, string] {
  if (agents?.state !== 'said') return [metrics['master/slaves_active'] ?? 0, ', by its own count']
  return [states.filter(({ health }) => health.verdict === 'serving').length, '']
}

function noLeader({ masters }: MesosState, expansion: Expansion): Verdict {
  const missing = missingUpstream(expansion)
  const said = masters.map(({ health, member }) => `${member.id}: ${health.evidence}`).join('; ')
  return missing === undefined
    ? { ok: false, reason: 'NoLeader', message: `no master leads: ${said}` }
    : { ok: false, reason: 'UpstreamNotReady', message: `no master leads, since ${missing}; ${said}` }
}

function shortfallsOf({ agents, masters, voters }: MesosState): readonly string[] {
  const leader = masters.find(({ serves }) => serves)
  const size = leader?.metrics['registrar/log/ensemble_size'] ?? 0
  const recovered = leader?.agents?.state === 'said' ? leader.agents.value.recovered_slaves.length : 0
  return [
    ...(leader !== undefined && size > voters
      ? [
          `${leader.member.id} counts ${size} copies of the registry, and there are ${voters} masters: one that nobody declared takes part`,
        ]
      : []),
    ...(recovered > 0 && agents.length > 0
      ? [`${recovered} agents have not come back since the failover; they have ten minutes for that`]
      : []),
  ]
}

/** Without ZooKeeper, or with masters on their way, nobody is restarted for new files: agents and followers come back by themselves. */
function holdsOf({ agents, masters }: MesosState, expansion: Expansion): Readonly<Record<string, string>> {
  const missing = missingUpstream(expansion)
  const starting = masters.filter(({ health }) => health.verdict === 'starting')
  const leads = masters.some(({ serves }) => serves)
  const why =
    missing ?? (starting.length > 0 ? `${idsOf(starting)} is starting` : leads ? undefined : 'no master leads')
  return Object.fromEntries([
    ...masters.flatMap(({ member }) => (missing === undefined ? [] : [[member.id, missing] as const])),
    ...agents.flatMap(({ member }) => (why === undefined ? [] : [[member.id, why] as const])),
  ])
}
