import { valueOf } from '../../model/fact.ts'
import type { FleetFacts } from '../../model/facts.ts'
import { answerOn } from '../../model/facts.ts'
import type { Assessment, Telling } from '../../model/health.ts'
import type { Member } from '../../model/member.ts'
import { type ServerView, talkQuestion } from './health.ts'

/** The list that an ensemble works by, as one of its servers says: `server.N=…`, sorted. */
export interface ServerList {
  readonly servers: readonly string[]
  /** In hex: the transaction that brought it about. */
  readonly version: string
}

/** From the answer to `conf`, which ends with the list; undefined: it does not say. */
export function parseList(text: string): ServerList | undefined {
  const servers = text.split('\n').filter((line) => /^server\.\d+=/.test(line))
  const version = /^version=([0-9a-f]{1,16})\s*$/m.exec(text)?.[1]
  return servers.length === 0 || version === undefined ? undefined : { servers: servers.sort(), version }
}

function listOf(member: Member, facts: FleetFacts): ServerList | undefined {
  const question = talkQuestion(member, 'conf')
  const answer = question === undefined ? undefined : valueOf(answerOn(facts, member.host, question))
  return answer?.outcome === 'answered' ? parseList(answer.text) : undefined
}

/** Numbers of those whose votes count, where an ensemble is told its list and its leader says which it has. */
export function votersInForce(
  staying: readonly ServerView[],
  leader: ServerView | undefined,
  facts: FleetFacts,
): readonly string[] | undefined {
  if (leader === undefined || staying.every(({ member }) => member.rules?.['line'] === undefined)) return undefined
  const force = listOf(leader.member, facts)
  return force === undefined || isDeaf(force) ? undefined : force.servers.map(numberIn)
}

/**
 * An ensemble that is told its list while it runs: the next list, and who works by another than the declared one. The list
 * in force is the leader's, which no file and no record is taken for.
 *
 * It is told only when all that are to be in the new list serve and are in step, the new one as a learner without a vote: ZooKeeper itself
 * asks for no more than a majority, and takes a list of which a server was never started (tried out on 3.8.4).
 */
export function membershipOf(
  staying: readonly ServerView[],
  leaving: readonly ServerView[],
  leader: ServerView | undefined,
  facts: FleetFacts,
): Pick<Assessment, 'tells' | 'otherwise'> {
  const declared = staying.flatMap(({ member }) => member.rules?.['line'] ?? []).sort()
  if (declared.length === 0) return {}
  const force = leader === undefined ? undefined : listOf(leader.member, facts)
  const others = staying.flatMap(({ member }): (readonly [string, string])[] => {
    const own = listOf(member, facts)
    if (own !== undefined && isSame(own.servers, declared)) return []
    return [[member.id, `${member.id} works by ${own === undefined ? 'a list that it does not say' : textOf(own)}`]]
  })
  const voting = leaving.flatMap((server): (readonly [string, string])[] => {
    const { member } = server
    // It cannot be told, and has to be restarted so that another leads.
    if (server === leader && force !== undefined && isDeaf(force)) return []
    if (force !== undefined && !force.servers.some((line) => line === member.rules?.['line'])) return []
    const why = force === undefined ? 'which list the ensemble has is not known' : `it votes by ${textOf(force)}`
    return [[member.id, why]]
  })
  const tells =
    force === undefined || leader === undefined ? undefined : telling(declared, force, staying, leader, leaving, facts)
  return { otherwise: Object.fromEntries([...others, ...voting]), ...(tells === undefined ? {} : { tells }) }
}

function telling(
  declared: readonly string[],
  force: ServerList,
  staying: readonly ServerView[],
  leader: ServerView,
  leaving: readonly ServerView[],
  facts: FleetFacts,
): Telling | undefined {
  if (isSame(force.servers, declared) || isDeaf(force)) return undefined
  // Whoever cannot be told yet is restarted first.
  const lists = staying.flatMap(({ member }) => listOf(member, facts) ?? [])
  if (lists.some(isDeaf)) return undefined
  const stays = staying.includes(leader)
  // Whoever serves may be asked, if it knows of the list in force; who leaves may be gone before it has answered.
  const knows = ({ health, member }: ServerView): boolean => {
    const own = listOf(member, facts)
    return health.verdict === 'serving' && own?.version === force.version && isSame(own.servers, force.servers)
  }
  const spokesman = stays ? leader : staying.find(knows)
  const { address, key, name, port } = spokesman?.member.rules ?? {}
  if (spokesman === undefined || address === undefined || name === undefined || key === undefined) return undefined
  const at = { address, port: Number(port) }
  const waits = waitsFor(staying, leader, leaving, force)
  return {
    member: spokesman.member.id,
    host: spokesman.member.host,
    action: { verb: 'ReconfigEnsemble', ...at, servers: declared, version: force.version, secret: { name, key } },
    reason: `the ensemble works by ${textOf(force)}`,
    risk: stays ? 'none' : 'leaderChange',
    guards: [{ guard: 'SameList', ...at, ...force }],
    ...(waits === undefined ? {} : { waits }),
  }
}

/** Of a server with reconfigEnabled=false, which knows its list from its start: others have a version once they have had a leader. */
function isDeaf({ version }: ServerList): boolean {
  return version === '0'
}

function waitsFor(
  staying: readonly ServerView[],
  leader: ServerView,
  leaving: readonly ServerView[],
  force: ServerList,
): string | undefined {
  // Nobody waits for one that is lost and counted already; to count it would take the others their margin.
  const isGone = ({ rules }: Member): boolean =>
    rules?.['lost'] === 'true' && force.servers.some((line) => line === rules['line'])
  const down = staying.filter(({ health, member }) => health.verdict !== 'serving' && !isGone(member))
  if (down.length > 0) {
    const names = down.map(({ health, member }) => `${member.id} (${health.verdict})`).join(', ')
    return `the ensemble is told its new list when all that are in it serve: ${names}`
  }
  const serving = [...staying, ...leaving].filter(({ health }) => health.verdict === 'serving').length
  const { syncedFollowers = 0 } = leader.report.state === 'serving' ? leader.report : {}
  return syncedFollowers + 1 < serving
    ? `the ensemble is told its new list when all are in step: ${leader.member.id} leads with ${syncedFollowers} followers in step, ${serving - 1} answer`
    : undefined
}

/** With their numbers only: `servers 1, 2, 3`. */
function textOf({ servers }: ServerList): string {
  return `servers ${servers.map(numberIn).join(', ')}`
}

function numberIn(line: string): string {
  return /\d+/.exec(line)?.[0] ?? ''
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index])
}
