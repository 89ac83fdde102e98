import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Health } from '../../model/health.ts'
import type { Member } from '../../model/member.ts'
import { assessUnit } from '../common/assess-unit.ts'
import { httpProbe, parseMetrics, wholeReply } from '../mesos-common/answers.ts'
import { flagsReply } from '../mesos-common/flags.ts'
import { lastWords, withLastWords } from '../mesos-common/last-words.ts'
import type { AgentList } from '../mesos-master/probe.ts'

/** It recovers its executors before it answers in full. */
const bootMs = 60_000
/** It tries again ever later, after up to a minute (--registration_backoff_factor, runbook §2.2). */
export const registrationMs = 90_000

/** What the agents are measured by. none: nobody leads, for all that can be seen. unseen: somebody may, or the list could not be read. */
export type Leadership =
  | { readonly state: 'leading'; readonly name: string; readonly agents: AgentList }
  | { readonly state: 'none' | 'unseen'; readonly why: string }

export interface AgentState {
  readonly member: Member
  readonly health: Health
  /** What would mend it, by the name of what is wrong. */
  readonly cause?: 'MesosAgentSilent' | 'MesosAgentFlags' | 'MesosAgentNotRegistered'
}

export function assessAgent(member: Member, facts: FleetFacts, now: number, leadership: Leadership): AgentState {
  const { name } = member.unit
  const unit = assessUnit(name, member.host, answerOn(facts, member.host, { ask: 'unit', unit: name }))
  const { startedAt } = unit
  const say = (verdict: Health['verdict'], evidence: string, cause?: AgentState['cause']): AgentState => ({
    member,
    health: { verdict, role: 'agent', evidence, startedAt },
    ...(cause === undefined ? {} : { cause }),
  })
  if (unit.state !== 'running') return say(unit.state, withLastWords(unit.evidence, lastWords(member, facts)))
  const question = httpProbe(member, '/metrics/snapshot')
  const said = wholeReply(question, answerOn(facts, member.host, question), parseMetrics)
  const flags = flagsReply(member, facts)
  for (const reply of [said, flags]) {
    if (reply.state === 'unseen') return say('unknown', reply.evidence)
    if (reply.state !== 'silent' && reply.state !== 'deaf') continue
    if (now - startedAt < bootMs) return say('starting', reply.evidence)
    return say('unhealthy', reply.evidence, 'MesosAgentSilent')
  }
  if (flags.state === 'other') return say('unhealthy', flags.evidence, 'MesosAgentFlags')
  const registered = said.state === 'said' ? said.value['slave/registered'] : undefined
  if (registered === undefined) return say('unknown', `${said.evidence} does not say whether it is registered`)
  // Tasks go on, and it comes back by itself (recordings 18, 20–22): nothing that is done to it would help.
  if (leadership.state !== 'leading') return say(leadership.state === 'none' ? 'waiting' : 'unknown', leadership.why)
  const { agents, name: leader } = leadership
  const listed = agents.slaves.find(({ pid }) => pid === pidOf(member))
  if (listed?.deactivated === true) return say('waiting', `${leader} lists it as deactivated, by an operator`)
  if (registered === 1 && listed?.active === true) return say('serving', `${leader} lists it as active`)
  const [address, port] = [member.rules?.['hostname'], Number(member.rules?.['port'])]
  const recovered = agents.recovered_slaves.some((one) => one.hostname === address && one.port === port)
  // It has ten minutes, and then is given up and may still come back: no repair of it would be quicker (recording 57).
  if (recovered)
    return say('starting', `${leader} knows it from the registry, and it has not come back since the failover`)
  const words = `${said.evidence} says registered ${registered}, and ${leader} ${listed === undefined ? 'does not list it' : 'lists it as not active'}`
  if (now - startedAt < registrationMs) return say('starting', words)
  return say('unhealthy', words, 'MesosAgentNotRegistered')
}

function pidOf({ rules = {} }: Member): string {
  return `slave(1)@${rules['address']}:${rules['port']}`
}
