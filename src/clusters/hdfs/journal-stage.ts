import type { HdfsSpec } from '../../api/hdfs.ts'
import type { ExpandInput, HostView, StandingMember } from '../../model/kind.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { type ImageCopies, journalAddress } from '../../services/hdfs-common/context.ts'
import { isHadoop2 } from '../../services/hdfs-common/version.ts'
import { journalNodeService } from '../../services/hdfs-journalnode/service.ts'
import { nameNodeService } from '../../services/hdfs-namenode/service.ts'
import { zkfcService } from '../../services/hdfs-zkfc/service.ts'
import { copyDue } from './copies.ts'
import { heardLists, heardYoung } from './journal-heard.ts'
import type { NameNodePlaces } from './moves.ts'

type Input = Pick<ExpandInput<HdfsSpec>, 'heard' | 'hosts' | 'object' | 'standing' | 'stays'>
/** host:port of each journal. */
type List = readonly string[]

export interface JournalPlaces {
  /** The list that NameNodes are to write to now, in the order of the spec. */
  readonly now: readonly HostView[]
  /** Nobody runs with it yet. */
  readonly begins: boolean
  /** Another list comes as soon as the NameNodes run with this one, and nothing else has to be done before. */
  readonly passes: boolean
  readonly copies: ImageCopies
  /** What comes after it, a sentence each. */
  readonly later: readonly string[]
  /** Why the next list is not begun. */
  readonly held: readonly string[]
  readonly refusals: readonly Problem[]
}

const field = 'spec.journalNodes.hosts'

/**
 * JournalNodes on their way from the list that the NameNodes write to, to that of the spec: one comes or one goes, and the next only
 * when all NameNodes run with the list before. A majority of one list and one of the next always share a journal, so that whoever
 * leads with either shuts out the other and finds what it wrote; {1, 2, 3} and {1, 2, 4} have majorities that share nobody. A list in
 * use is one that stands in the record of a NameNode, of a failover controller or of a journal that comes, one of which is written before
 * a NameNode is restarted with it, or that a NameNode says itself.
 */
export function journalPlaces(input: Input, wanted: readonly HostView[], names: NameNodePlaces): JournalPlaces {
  const goal = wanted.map((host) => addressOf(host, input))
  const lists = listsInUse(input, goal)
  const rest = { begins: false, passes: false, copies: '', later: [], held: [], refusals: [] } as const
  if (lists.every((list) => isSame(list, goal))) return { ...rest, now: wanted }
  const current = nearest(lists, goal)
  const hosts = current === undefined ? undefined : hostsOf(current, input, wanted)
  const why = refusalOf(lists, goal, hosts, input)
  if (current === undefined || hosts === undefined || why !== undefined) {
    const message = `${field}: the NameNodes write to the journals ${lists.map((list) => list.join(';')).join(' and ')}, the spec says ${goal.join(';')}: ${why}`
    const refusals = [problem('MembershipChangeUnsupported', message, { field })]
    return { ...rest, now: hosts ?? wanted, refusals }
  }
  const way = (from: List) => {
    const later = wayOf(from, goal, input)
    return { later, passes: later.length > 0 && !hasLeftovers(names, input) }
  }
  const stays = { ...rest, now: hosts, ...way(current) }
  if (!isSettled(lists, input, names) || isMoving(names)) return stays
  const copies = copiesFor(current, input)
  if (input.stays === true) return { ...stays, copies }
  const next = nextOf(current, goal, input)
  const waits = whyNot(current, next, input)
  if (waits !== undefined) return { ...stays, held: [waits] }
  const places = hostsOf(next, input, wanted)
  if (places === undefined || copies === 'make') return { ...stays, copies }
  return { ...stays, copies, now: places, begins: true, ...way(next) }
}

/**
 * What a NameNode that went to another host was started with names a list that is in use, as long as that is left of it; and it is taken
 * off when nothing else is left to do.
 */
function hasLeftovers({ told }: NameNodePlaces, { hosts, standing }: Input): boolean {
  return standing.some(({ host, record: { id, role = '' }, seen }) => {
    if (![nameNodeService, zkfcService].includes(role) || (!seen && hosts[host]?.lost === true)) return false
    return told.some((place) => place.id === id && place.host.name !== host)
  })
}

/** Why journals are not changed like this; undefined: they are. */
function refusalOf(
  lists: readonly List[],
  goal: List,
  hosts: readonly HostView[] | undefined,
  { object }: Input,
): string | undefined {
  if (hosts === undefined) {
    return 'of one of these no Host is known any more, or they are more than one step apart: apply the Host again, with lifecycle: Lost if the machine does not come back, or put the spec back'
  }
  // Without a JournalNodeSyncer a new one never gets what was written before it came.
  if (isHadoop2(object.spec.version)) return 'JournalNodes of Hadoop 2 stay where they are: put the spec back'
  const named = [...lists.flat(), ...goal].find((at) => !/^[\d.]+:\d+$/.test(at))
  if (named === undefined) return undefined
  return `NameNodes tell of journals by address, so none is changed while one is declared by name (${named}): put the spec back`
}

function listsInUse({ heard = {}, hosts, standing }: Omit<Input, 'stays'>, goal: List): readonly List[] {
  const there = standing.filter(({ host, seen }) => seen || hosts[host]?.lost !== true)
  const recorded = (...roles: readonly string[]) =>
    there.flatMap(({ record: { endpoint = '', journals = '', role = '' } }) =>
      roles.includes(role) && journals !== '' ? [{ endpoint, list: journals.split(';') }] : [],
    )
  const said = Object.values(heardLists(heard)).map((text) => text.split(';'))
  const lists = [...recorded(nameNodeService, zkfcService).map(({ list }) => list), ...said]
  const coming = recorded(journalNodeService).filter(
    ({ endpoint, list }) =>
      goal.includes(endpoint) && lists.some((other) => !other.includes(endpoint) && isSame(list, [...other, endpoint])),
  )
  return distinct([...lists, ...coming.map(({ list }) => list)])
}

function distinct(lists: readonly List[]): readonly List[] {
  return lists.filter((list, index) => lists.findIndex((other) => isSame(other, list)) === index)
}

function isSame(a: List, b: List): boolean {
  return a.length === b.length && a.every((at) => b.includes(at))
}

/** How many come and go between the two. */
function distance(a: List, b: List): number {
  return a.filter((at) => !b.includes(at)).length + b.filter((at) => !a.includes(at)).length
}

/** Of the lists in use, the one that all go to: nobody runs with one that is more than a step from it. */
function nearest(lists: readonly List[], goal: List): List | undefined {
  return lists
    .filter((list) => lists.every((other) => distance(list, other) <= 1))
    .toSorted((a, b) => distance(a, goal) - distance(b, goal))[0]
}

/** All run with one list, by their records and by their own word, which says the same. */
function isSettled(lists: readonly List[], { heard = {}, hosts, standing }: Input, { told }: NameNodePlaces): boolean {
  const said = heardLists(heard)
  const isGone = (name: string): boolean =>
    hosts[name]?.lost === true && !standing.some(({ host, seen }) => host === name && seen)
  return lists.length === 1 && told.every(({ id, host }) => said[id] !== undefined || isGone(host.name))
}

function isMoving({ changes, now }: NameNodePlaces): boolean {
  return changes || now.some(({ arrives }) => arrives === true)
}

/** Who is lost goes first: it counts for no majority. Otherwise one comes before one goes. */
function nextOf(list: List, goal: List, input: Input): List {
  const leave = list.filter((at) => !goal.includes(at))
  const lost = leave.find((at) => isLost(at, input))
  const come = goal.find((at) => !list.includes(at))
  if (lost === undefined && come !== undefined && list.length <= goal.length) return [...list, come]
  const gone = lost ?? leave[0]
  return list.filter((at) => at !== gone)
}

/** Nothing is copied first when somebody is lost; a list of an even number is on its way. */
function copiesFor(list: List, input: Input): ImageCopies {
  if (list.length % 2 === 0 || list.some((at) => isLost(at, input))) return ''
  return copyDue(input)
}

function whyNot(list: List, next: List, input: Input): string | undefined {
  const left = list.filter((at) => !isLost(at, input))
  const majority = Math.floor(list.length / 2) + 1
  if (left.length < majority) {
    return `of the journals ${list.join(';')} only ${left.length} are not lost, and ${majority} are needed: no list is changed that nobody can write to`
  }
  const gone = list.find((at) => !next.includes(at))
  const young = heardYoung(input.heard ?? {})
  if (gone === undefined || isLost(gone, input) || young === '') return undefined
  return `the journal ${gone} is needed until all others have had time to fetch what they lack: ${young} have not run for long enough`
}

function wayOf(list: List, goal: List, input: Input): readonly string[] {
  if (isSame(list, goal)) return []
  const next = nextOf(list, goal, input)
  const come = next.find((at) => !list.includes(at))
  const gone = list.find((at) => !next.includes(at))
  const step =
    come === undefined ? `the NameNodes write no more to the journal ${gone}` : `the NameNodes write also to ${come}`
  return [step, ...wayOf(next, goal, input)]
}

function isLost(at: string, input: Input): boolean {
  const host = hostOf(at, input)
  return host?.lost === true && !input.standing.some((one) => one.host === host.name && one.seen)
}

function hostsOf(list: List, input: Input, wanted: readonly HostView[]): readonly HostView[] | undefined {
  const own = wanted.filter((host) => list.includes(addressOf(host, input)))
  const others = list.filter((at) => own.every((host) => addressOf(host, input) !== at))
  const found = others.flatMap((at) => hostOf(at, input) ?? [])
  return found.length === others.length ? [...own, ...found] : undefined
}

/** '': the form is simple. */
function addressOf(host: HostView, { object }: Pick<Input, 'object'>): string {
  const { journalNodes } = object.spec
  return journalNodes === undefined ? '' : journalAddress(journalNodes, host)
}

/** By the record of the journal that was started there, or by the address of a Host. */
function hostOf(at: string, { hosts, object, standing }: Input): HostView | undefined {
  const isIt = ({ record }: StandingMember): boolean =>
    record['role'] === journalNodeService && record['endpoint'] === at
  const views = [hosts[standing.find(isIt)?.host ?? ''], ...Object.values(hosts)]
  return views.find((host) => host !== undefined && addressOf(host, { object }) === at)
}

/** NameNodes run with two lists: nothing else of them is changed before it is one. */
export function journalsChange(input: Omit<Input, 'stays'>, wanted: readonly HostView[]): boolean {
  const goal = wanted.map((host) => addressOf(host, input))
  return listsInUse(input, goal).length > 1
}

/** While the version changes between two lines the journals stay: what they hold is of both. */
export function journalsMeanwhile({ begins, later }: JournalPlaces): readonly Problem[] {
  if (!begins && later.length === 0) return []
  const message = `${field}: the JournalNodes change while spec.version goes from one line of releases to another: put one of the two back`
  return [problem('MembershipChangeUnsupported', message, { field })]
}
