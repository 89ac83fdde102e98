import type { FleetFacts, MachineFacts } from '../model/facts.ts'
import { answerOn } from '../model/facts.ts'
import {
  firewallRevert,
  firewallScriptPath,
  firewallUnit,
  firewallUnitPath,
  type SeenChain,
} from '../model/firewall.ts'
import type { DesiredHost } from '../model/host.ts'
import type { Question } from '../model/question.ts'
import { questionKey } from '../model/question.ts'
import { nothing, type Preparation, refuse, unseen, type Whom } from './preparation.ts'
import { ownFiles } from './prepare.ts'
import { makeStep } from './steps.ts'

const rulesQuestion = { ask: 'firewall' } as const
const firewalldQuestion = { ask: 'unit', unit: 'firewalld.service' } as const
const ufwQuestion = { ask: 'file', path: '/etc/ufw/ufw.conf', content: 4096 } as const
/** Tables that the older iptables has made in the kernel, which nft does not show. */
const legacyQuestion = { ask: 'file', path: '/proc/net/ip_tables_names', content: 4096 } as const
const unitQuestion = { ask: 'unit', unit: firewallUnit } as const
const revertQuestion = { ask: 'unit', unit: `${firewallRevert}.timer` } as const
const scriptQuestion = { ask: 'file', path: firewallScriptPath } as const

/** `last`: what was last seen of the machine; of each port that stood open then it is asked who listens there. */
export function firewallQuestions(desired: DesiredHost, last: MachineFacts | undefined): readonly Question[] {
  if (desired.openPorts === undefined && last?.ownFiles[firewallUnitPath] === undefined) return []
  const opened = chainsIn(last).flatMap((chain) => chain.opened)
  const more = [...new Set(opened)].filter((port) => desired.openPorts?.includes(port) !== true)
  const always = [
    rulesQuestion,
    firewalldQuestion,
    ufwQuestion,
    legacyQuestion,
    revertQuestion,
    unitQuestion,
    scriptQuestion,
  ]
  return [...always, ...more.map((port): Question => ({ ask: 'listener', port }))]
}

function chainsIn(last: MachineFacts | undefined): readonly SeenChain[] {
  const answer = last?.answers[questionKey(rulesQuestion)]
  return answer?.state === 'known' && 'chains' in answer.value ? answer.value.chains : []
}

/**
 * What is declared is open in every chain that may refuse something; where nothing is shut, nothing is opened. A port is shut again when
 * nobody declares it any more and nobody listens there: a spec that cannot be read just now, or a daemon that still leaves, cuts nobody off.
 */
export function firewallOf(desired: DesiredHost, facts: FleetFacts): Preparation {
  const place: Whom = { host: desired.host, id: 'firewall' }
  const kept = ownFiles(facts, place.host)[firewallUnitPath] !== undefined
  if (desired.openPorts === undefined && !kept) return nothing
  const rules = answerOn(facts, place.host, rulesQuestion)
  if (rules.state === 'unknown') return unseen(place, rules)
  const revert = answerOn(facts, place.host, revertQuestion)
  if (revert.state === 'unknown') return unseen(place, revert)
  if (revert.state === 'known' && !['inactive', 'failed'].includes(revert.value.activeState)) {
    return refuse(
      place,
      'FirewallReverted',
      'a change of the firewall was not proven by a new login, and is taken back within a minute: see spec.ssh.port and the rules of the firewall',
    )
  }
  const chains = rules.state === 'absent' ? [] : rules.value.chains
  if (desired.openPorts === undefined)
    return change(place, chains, [], 'spec.preparation.firewall is no longer declared')
  const other = keeperOf(place, facts, chains)
  if (other !== undefined) return other
  const declared = desired.openPorts
  const shut = chains.filter((chain) => chain.shut)
  const still = chains
    .flatMap(({ opened }) => opened)
    .filter((port) => !declared.includes(port) && mayListen(place, facts, port))
  const ports = [...new Set([...declared, ...still])].sort((a, b) => a - b)
  const differs = shut.find(({ opened }) => opened.join() !== ports.join())
  if (differs !== undefined) {
    const is = differs.opened.length === 0 ? 'nothing' : differs.opened.join(', ')
    return change(
      place,
      shut,
      ports,
      `${differs.family} ${differs.table} ${differs.name} has ${is} opened, should be ${ports.join(', ')}`,
    )
  }
  if (shut.length === 0) return nothing
  const unit = answerOn(facts, place.host, unitQuestion)
  if (unit.state === 'unknown') return unseen(place, unit)
  const script = answerOn(facts, place.host, scriptQuestion)
  if (script.state === 'unknown') return unseen(place, script)
  const enabled = unit.state === 'known' && unit.value.unitFileState === 'enabled'
  const sum = script.state === 'known' ? script.value.sha256 : ''
  if (enabled && sum === ownFiles(facts, place.host)[firewallScriptPath]) return nothing
  return change(place, shut, ports, `${firewallUnit}, which opens them after a boot, is not as it was made`)
}

function change(
  { host, id }: Whom,
  chains: readonly SeenChain[],
  ports: readonly number[],
  reason: string,
): Preparation {
  const action = {
    verb: 'OpenPorts',
    chains: chains.map(({ family, name, opened, table }) => ({ family, table, name, before: opened })),
    ports,
  } as const
  return { steps: [makeStep(host, id, action, reason)], problems: [] }
}

/** Unknown counts as somebody. */
function mayListen({ host }: Whom, facts: FleetFacts, port: number): boolean {
  return answerOn(facts, host, { ask: 'listener', port }).state !== 'absent'
}

/** Whose rules these are, where another tool would undo ours or ours would break it. */
function keeperOf(place: Whom, facts: FleetFacts, chains: readonly SeenChain[]): Preparation | undefined {
  const firewalld = answerOn(facts, place.host, firewalldQuestion)
  const ufw = answerOn(facts, place.host, ufwQuestion)
  const legacy = answerOn(facts, place.host, legacyQuestion)
  for (const answer of [firewalld, ufw, legacy]) if (answer.state === 'unknown') return unseen(place, answer)
  const says = (name: string): Preparation =>
    refuse(
      place,
      'FirewallUnsupported',
      `${name} keeps the rules of the firewall, and nothing is opened in these yet: open the ports by ${name} and remove spec.preparation.firewall`,
    )
  if (firewalld.state === 'known' && ['active', 'activating', 'reloading'].includes(firewalld.value.activeState)) {
    return says('firewalld')
  }
  if (ufw.state === 'known' && /^\s*ENABLED\s*=\s*"?yes/im.test(ufw.value.content ?? '')) return says('ufw')
  if (legacy.state === 'known' && /^filter$/m.test(legacy.value.content ?? '')) return says('iptables')
  const ofIptables = ({ family, name, shut, table }: SeenChain) =>
    shut && family === 'ip' && table === 'filter' && name === 'INPUT'
  return chains.some(ofIptables) ? says('iptables') : undefined
}
