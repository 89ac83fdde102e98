import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Question } from '../../model/question.ts'
import type { Presence } from '../hdfs-common/presence.ts'
import { type Rules, ruleOf } from '../hdfs-common/rules.ts'
import { namedNode } from './active-node.ts'

type ZnodeQuestion = Extract<Question, { ask: 'znode' }>

/** What ZooKeeper holds of the election of the active NameNode (ha/ActiveStandbyElector.java). */
export interface Election {
  /** Failover controllers are declared. */
  readonly declared: boolean
  /** The znode below which they elect; they do not run without it. */
  readonly parent: Presence
  /** Somebody is, or is being made, active: it lasts as long as the session of its controller. */
  readonly lock: Presence
  /** Id of the NameNode whose controller has the lock, where it is known. */
  readonly holder?: string
  /** Whom the next active has to fence first. */
  readonly breadcrumb: Presence
  /** Id of that NameNode, which was active last, where it is known. */
  readonly last?: string
  readonly detail: string
  /** Who asked. */
  readonly host: string
  /** Who said that there is no such znode. */
  readonly saidBy?: { readonly address: string; readonly port: number }
}

/** A server that is asked in vain costs a look two seconds; a quorum of them is seldom down but for the first. */
const mostServers = 3

/** `places`: NameNodes in the order of the spec. The first host that is seen asks. */
export interface Asker {
  readonly host: string
  readonly rules: Rules
}

export function electionQuestions(
  askers: readonly Asker[],
  facts: FleetFacts,
): { readonly host: string; readonly questions: readonly ZnodeQuestion[] } | undefined {
  const asker = askerOf(askers, facts)
  if (asker === undefined) return undefined
  const paths = pathsOf(asker.rules)
  return { host: asker.host, questions: paths.flatMap((path) => questionsOf(asker.rules, path)) }
}

export function viewElection(askers: readonly Asker[], facts: FleetFacts): Election {
  const declared = askers.some(({ rules }) => ruleOf(rules, 'zookeeper') !== '')
  const asker = askerOf(askers, facts)
  const host = asker?.host ?? askers[0]?.host ?? ''
  if (asker === undefined) {
    const detail = declared ? 'no host of a NameNode can be seen that could ask ZooKeeper' : 'no failover is declared'
    return { declared, parent: 'unknown', lock: 'unknown', breadcrumb: 'unknown', detail, host }
  }
  const [parent, lock, breadcrumb] = pathsOf(asker.rules).map((path) => presenceOf(asker, path, facts))
  const unasked: Found = { presence: 'unknown', detail: 'ZooKeeper was not asked' }
  const nameservice = ruleOf(asker.rules, 'nameservice')
  const named = (found: Found | undefined): string | undefined =>
    found?.data === undefined ? undefined : namedNode(found.data, nameservice)
  const [holder, last] = [named(lock), named(breadcrumb)]
  return {
    declared,
    parent: (parent ?? unasked).presence,
    lock: (lock ?? unasked).presence,
    breadcrumb: (breadcrumb ?? unasked).presence,
    detail: (parent ?? unasked).detail,
    host,
    ...(parent?.saidBy === undefined ? {} : { saidBy: parent.saidBy }),
    ...(holder === undefined ? {} : { holder }),
    ...(last === undefined ? {} : { last }),
  }
}

interface Found {
  readonly presence: Presence
  readonly detail: string
  readonly data?: string
  readonly saidBy?: { readonly address: string; readonly port: number }
}

function askerOf(askers: readonly Asker[], facts: FleetFacts): Asker | undefined {
  return askers.find(({ host, rules }) => facts[host]?.state === 'known' && ruleOf(rules, 'zookeeper') !== '')
}

function pathsOf(rules: Rules): readonly string[] {
  const znode = ruleOf(rules, 'znode')
  return [znode, `${znode}/ActiveStandbyElectorLock`, `${znode}/ActiveBreadCrumb`]
}

function questionsOf(rules: Rules, path: string): readonly ZnodeQuestion[] {
  return ruleOf(rules, 'zookeeper')
    .split(',')
    .slice(0, mostServers)
    .flatMap((server): readonly ZnodeQuestion[] => {
      const match = /^(.+):(\d+)$/.exec(server.trim())
      return match === null ? [] : [{ ask: 'znode', address: match[1] ?? '', port: Number(match[2]), path }]
    })
}

/** It is there when one server shows it: another may be behind. It is not there when one says so and none shows it. */
function presenceOf({ host, rules }: Asker, path: string, facts: FleetFacts): Found {
  const asked = questionsOf(rules, path).map((question) => ({ question, answer: answerOn(facts, host, question) }))
  for (const { answer, question } of asked) {
    if (answer.state !== 'known') continue
    return { presence: 'yes', detail: `${placeOf(question)} has ${path}`, data: answer.value.data }
  }
  const denied = asked.find(({ answer }) => answer.state === 'absent')
  if (denied !== undefined) {
    const { address, port } = denied.question
    return { presence: 'no', detail: `${placeOf(denied.question)} has no ${path}`, saidBy: { address, port } }
  }
  const why = asked.map(({ answer }) => (answer.state === 'unknown' ? answer.why : '')).filter((text) => text !== '')
  return { presence: 'unknown', detail: why[0] ?? 'ZooKeeper was not asked' }
}

function placeOf({ address, port }: ZnodeQuestion): string {
  return `ZooKeeper at ${address}:${port}`
}
