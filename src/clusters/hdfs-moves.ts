import type { HdfsSpec } from '../api/hdfs.ts'
import type { ExpandInput, StandingMember } from '../model/kind.ts'
import { type Problem, problem } from '../model/reasons.ts'
import { type NameNodePlace, placesIn } from '../services/hdfs-common/context.ts'
import { dataNodeService } from '../services/hdfs-datanode/service.ts'
import { nameNodeService } from '../services/hdfs-namenode/service.ts'
import { zkfcService } from '../services/hdfs-zkfc/service.ts'

type Input = Pick<ExpandInput<HdfsSpec>, 'hosts' | 'standing' | 'stays' | 'unseen'>
type Standing = readonly StandingMember[]

export interface NameNodePlaces {
  /** Where each is to be now. */
  readonly now: readonly NameNodePlace[]
  /** Where all others look for it: where it was started last. */
  readonly told: readonly NameNodePlace[]
  /** Who begins to move, and from where. */
  readonly begins?: { readonly id: string; readonly from: string }
  /** Those that move after that, a sentence each. */
  readonly later: readonly string[]
  /** Nothing can be written without a Host that is named here. */
  readonly problems: readonly Problem[]
  /** Moves that are not made. */
  readonly refusals: readonly Problem[]
}

const field = 'spec.nameNodes.members'

/**
 * NameNodes on their way from where they stand to where the spec wants them, one at a time. Nobody is told of a new place before a
 * NameNode was started there, which it is only when the old one is proven stopped: a failover controller that reads another
 * address in the breadcrumb than in its own file never becomes active again ("Mismatched address stored in ZK",
 * DFSZKFailoverController.java). So the old address stands in everybody's files as long as somebody could lead there.
 */
export function nameNodePlaces(input: Input, wanted: readonly NameNodePlace[]): NameNodePlaces {
  const { hosts, standing } = input
  const stand = wanted.map(({ id, host }) => ({ id, name: lastPlace(id, host.name, standing) ?? host.name }))
  const missing = stand.filter(({ name }) => hosts[name] === undefined)
  if (missing.length > 0) return { now: wanted, told: wanted, later: [], problems: missing.map(hostGone), refusals: [] }
  const told = stand.flatMap(({ id, name }): readonly NameNodePlace[] => {
    const host = hosts[name]
    const moves = movesOf(id, standing)
    return host === undefined ? [] : [{ id, host, ...(moves === 0 ? {} : { moves }) }]
  })
  const moving = wanted.filter(({ id, host }) => hostOf(id, told) !== host.name)
  const refusals = moving.flatMap((to) => refusalOf(to, told, input) ?? [])
  const settled = told.map((place) => arriving(place, told, input))
  const [first, ...others] = moving.toSorted((a, b) => Number(isLost(b, told)) - Number(isLost(a, told)))
  const later = others.map((to) => moveText(to, told))
  // From where it is lost it goes on, whatever it had come to there: nobody leads there.
  const rest = settled.filter(({ id }) => id !== first?.id || !isLost(first, told))
  if (first === undefined || refusals.length > 0 || input.stays === true || isUnderWay(rest, input)) {
    const coming = first === undefined || refusals.length > 0 ? [] : [moveText(first, told), ...later]
    return { now: settled, told, later: coming, problems: [], refusals }
  }
  const now = told.map((place) => {
    if (place.id !== first.id) return place
    return { ...first, moves: movesOf(first.id, standing) + 1, arrives: true, unaware: [] } as const
  })
  return { now, told, begins: { id: first.id, from: hostOf(first.id, told) }, later, problems: [], refusals }
}

function hostOf(id: string, places: readonly NameNodePlace[]): string {
  return places.find((place) => place.id === id)?.host.name ?? ''
}

function isLost({ id }: NameNodePlace, told: readonly NameNodePlace[]): boolean {
  return told.find((place) => place.id === id)?.host.lost === true
}

function moveText({ id, host }: NameNodePlace, told: readonly NameNodePlace[]): string {
  return `NameNode ${id} moves from ${hostOf(id, told)} to ${host.name}`
}

function recordsOf(id: string, standing: Standing, role = nameNodeService): Standing {
  return standing.filter(({ record }) => record['role'] === role && record['id'] === id)
}

function movesIn({ record }: StandingMember): number {
  return Number(record['moves'] ?? 0)
}

function movesOf(id: string, standing: Standing): number {
  return Math.max(0, ...recordsOf(id, standing).map(movesIn))
}

/**
 * The host on which it was started last, by its own records, else by what the others were told. Of two alike, where it is wanted. Others
 * are told of no place before it was started there, so one of which its own first record knows nothing is a later one.
 */
function lastPlace(id: string, wanted: string, standing: Standing): string | undefined {
  const own = recordsOf(id, standing)
  const last = own.filter((one) => movesIn(one) === movesOf(id, standing))
  const named = standing.flatMap(({ record }) => placesIn(record['names']).find((place) => place.id === id) ?? [])
  const later = movesOf(id, standing) > 0 ? undefined : named.find((one) => own.every(({ host }) => host !== one.host))
  if (later !== undefined) return later.host
  return (last.find(({ host }) => host === wanted) ?? last[0] ?? named[0])?.host
}

/** Its failover controller is not started on its new host before all others know of it. */
function arriving(place: NameNodePlace, told: readonly NameNodePlace[], input: Input): NameNodePlace {
  const { hosts, standing } = input
  const { id, host, moves = 0 } = place
  if (
    (moves === 0 && !isAdded(id, input)) ||
    // One of before may be left on a host to which it goes back.
    recordsOf(id, standing, zkfcService).some((one) => one.host === host.name && movesIn(one) === moves)
  )
    return place
  const others = told.filter((other) => other.id !== id && hosts[other.host.name]?.lost !== true)
  const unaware = others.filter((other) => {
    const own = recordsOf(other.id, standing, zkfcService).find((one) => one.host === other.host.name)
    return own !== undefined && !isTold(own, told)
  })
  return { ...place, arrives: true, unaware: unaware.map((other) => other.id) }
}

/** It comes beside one that was alone: there are still daemons that were started when that one was. */
function isAdded(id: string, { hosts, standing }: Input): boolean {
  const before = standing.filter(({ host, record }) => record['simple'] !== undefined && hosts[host]?.lost !== true)
  const converted = recordsIn(standing).some(({ record }) => record['simple'] === undefined)
  const known = before.filter(({ record }) => record['role'] === dataNodeService)
  return converted && known.some(({ record }) => placesIn(record['simple']).every((one) => one.id !== id))
}

function recordsIn(standing: Standing): Standing {
  return standing.filter(({ record }) => record['role'] === nameNodeService)
}

/** About these. */
function isTold({ record }: StandingMember, places: readonly NameNodePlace[]): boolean {
  const named = placesIn(record['names'])
  return places.every(({ id, host }) => named.some((place) => place.id === id && place.host === host.name))
}

/** A move has ended when nothing is left at the old place and everybody works with the new one. */
function isUnderWay(places: readonly NameNodePlace[], { hosts, standing }: Input): boolean {
  const members = standing.filter(({ record }) => [nameNodeService, zkfcService].includes(record['role'] ?? ''))
  const own = members.filter(({ record }) => places.some(({ id }) => id === record['id']))
  const left = own.filter(({ host, record }) => hostOf(record['id'] ?? '', places) !== host)
  const stay = members.filter((one) => !left.includes(one) && hosts[one.host]?.lost !== true)
  return (
    places.some(({ arrives }) => arrives === true) ||
    left.some(({ host, seen }) => seen || hosts[host]?.lost !== true) ||
    stay.some((one) => !isTold(one, places))
  )
}

function refusalOf(
  { id, host }: NameNodePlace,
  told: readonly NameNodePlace[],
  { unseen }: Input,
): Problem | undefined {
  const from = hostOf(id, told)
  const refuse = (why: string): Problem =>
    problem('MembershipChangeUnsupported', `${field}: ${id} is to move from ${from} to ${host.name}, ${why}`, { field })
  if (told.length === 1) {
    return refuse('and nobody else has the names, from whom it could copy them there: put the spec back')
  }
  const other = told.find((place) => place.host.name === host.name || place.host.serviceAddress === host.serviceAddress)
  if (other !== undefined) {
    return refuse(`where ${other.id} stands: put the spec back, and move one of them by way of a free host`)
  }
  if (host.lost) return refuse('whose Host has lifecycle: Lost: name another host, or put the spec back')
  if (!unseen.includes(host.name)) return undefined
  return refuse('which cannot be seen, and it may have been started there already: bring it back, or put the spec back')
}

function hostGone({ id, name }: { readonly id: string; readonly name: string }): Problem {
  const message = `${field}: NameNode ${id} stands on ${name}, and there is no Host ${name}; apply it again until the NameNode has moved, with lifecycle: Lost if the machine does not come back`
  return problem('HostNotFound', message, { field })
}

/** While the version changes between two lines a NameNode copies nothing: its new host would be of the other line. */
export function movesMeanwhile({ begins, later, now }: NameNodePlaces): readonly Problem[] {
  if (begins === undefined && later.length === 0 && now.every(({ arrives }) => arrives !== true)) return []
  const message = `${field}: a NameNode is on its way to another host while spec.version changes from one line of releases to another: put one of the two back`
  return [problem('MembershipChangeUnsupported', message, { field })]
}
