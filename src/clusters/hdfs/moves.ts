import type { StandingMember } from '../../model/kind.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { type ImageCopies, type NameNodePlace, placesIn } from '../../services/hdfs-common/context.ts'
import { isHadoop2 } from '../../services/hdfs-common/version.ts'
import { nameNodeService } from '../../services/hdfs-namenode/service.ts'
import { zkfcService } from '../../services/hdfs-zkfc/service.ts'
import { copyDue } from './copies.ts'
import { heardActive } from './names-heard.ts'
import { type Input, isAdded, isTold, mayRun, movesIn, movesOf, recordsOf, standingNames } from './names-told.ts'

export interface NameNodePlaces {
  /** Where each is to be now. */
  readonly now: readonly NameNodePlace[]
  /** Where all others look for it: where it was started last. */
  readonly told: readonly NameNodePlace[]
  /** The same when those who come have been started: they themselves begin with it. */
  readonly soon: readonly NameNodePlace[]
  /** One has left, and no controller runs yet that knows of it. */
  readonly untold: boolean
  /** Who begins to come, to move or to leave; from where, if it stands. */
  readonly begins?: { readonly id: string; readonly from?: string }
  /** What comes after that, a sentence each. */
  readonly later: readonly string[]
  readonly copies: ImageCopies
  /** They are not yet as the spec has them. */
  readonly changes: boolean
  /** Nothing can be written without a Host that is named here. */
  readonly problems: readonly Problem[]
  /** Changes that are not made. */
  readonly refusals: readonly Problem[]
}

/** One NameNode comes, goes to another host, or leaves. */
interface Change {
  readonly id: string
  /** Missing: it comes. */
  readonly from?: NameNodePlace
  /** Missing: it leaves. */
  readonly to?: NameNodePlace
}

const field = 'spec.nameNodes.members'

/**
 * NameNodes on their way from those that stand to those of the spec, one at a time: who comes before who leaves. Nobody is told of a new
 * place before a NameNode was started there, and of an old one until it is proven stopped: a failover controller that reads another
 * address in the breadcrumb than in its own file never becomes active again ("Mismatched address stored in ZK",
 * DFSZKFailoverController.java). So the old address stands in everybody's files as long as somebody could lead there.
 */
export function nameNodePlaces(input: Input, wanted: readonly NameNodePlace[]): NameNodePlaces {
  const { hosts, standing } = input
  const stand = standingNames(input, wanted)
  const rest = { untold: false, copies: '', later: [], changes: false, problems: [], refusals: [] } as const
  const missing = stand.filter(({ host }) => hosts[host] === undefined)
  if (missing.length > 0) return { ...rest, now: wanted, told: wanted, soon: wanted, problems: missing.map(hostGone) }
  const told = inOrder(
    stand.flatMap(({ id, host: name }): readonly NameNodePlace[] => {
      const host = hosts[name]
      const moves = movesOf(id, standing)
      return host === undefined ? [] : [{ id, host, ...(moves === 0 ? {} : { moves }) }]
    }),
    wanted,
  )
  const changes = changesOf(told, wanted)
  const refusals = changes.flatMap((change) => refusalOf(change, told, input) ?? [])
  const settled = told.map((place) => arriving(place, told, input)).filter((place) => stays(place, wanted, input))
  const [first, ...others] = changes.filter(
    ({ from, to }) => to !== undefined || settled.some(({ id }) => id === from?.id),
  )
  const as = {
    ...rest,
    told,
    untold: settled.every(({ arrives }) => arrives !== true) && isUntold(told, input),
    changes: changes.length > 0,
    refusals,
  }
  const stay = { ...as, now: settled, soon: soonOf(settled, told, wanted) }
  if (first === undefined || refusals.length > 0) return stay
  const coming = [first, ...others].map(textOf)
  if (isUnderWay(first, told, settled, input)) return { ...stay, later: coming }
  // Nothing is copied first when somebody is lost already.
  const copies = told.some(({ host }) => host.lost) ? '' : copyDue(input)
  if (input.stays === true) return { ...stay, copies, later: coming }
  const { id, from, to } = first
  const begins = { id, ...(from === undefined ? {} : { from: from.host.name }) }
  if (copies === 'make') return { ...stay, copies, begins, later: coming }
  const place =
    to === undefined ? [] : [{ ...to, moves: movesOf(id, standing) + 1, arrives: true, unaware: [] } as const]
  const now = inOrder([...settled.filter((one) => one.id !== id), ...place], wanted)
  return { ...as, copies, now, soon: soonOf(now, told, wanted), begins, later: others.map(textOf) }
}

/** As the spec has them, once they are the same; until then as they stand, so that their order restarts nobody. */
function inOrder(places: readonly NameNodePlace[], wanted: readonly NameNodePlace[]): readonly NameNodePlace[] {
  const own = wanted.flatMap(({ id }) => places.find((place) => place.id === id) ?? [])
  return own.length === places.length && own.length === wanted.length ? own : places
}

function soonOf(
  now: readonly NameNodePlace[],
  told: readonly NameNodePlace[],
  wanted: readonly NameNodePlace[],
): readonly NameNodePlace[] {
  const known = told.map((place) => now.find(({ id }) => id === place.id) ?? place)
  return inOrder([...known, ...now.filter(({ id }) => told.every((place) => place.id !== id))], wanted)
}

/** In the order in which they are made: from lost hosts first, and whoever comes before anybody goes. */
function changesOf(told: readonly NameNodePlace[], wanted: readonly NameNodePlace[]): readonly Change[] {
  const pairs = wanted.map((to) => ({ id: to.id, from: told.find(({ id }) => id === to.id), to }))
  const moving = pairs.flatMap(({ from, ...change }): readonly Change[] =>
    from === undefined || from.host.name === change.to.host.name ? [] : [{ ...change, from }],
  )
  const leaving = told.filter(({ id }) => wanted.every((place) => place.id !== id))
  return [
    ...moving.filter(({ from }) => from?.host.lost === true),
    ...pairs.flatMap(({ id, from, to }) => (from === undefined ? [{ id, to }] : [])),
    ...moving.filter(({ from }) => from?.host.lost !== true),
    ...leaving.map((from) => ({ id: from.id, from })),
  ]
}

/**
 * One that is not declared is kept alive until it begins to leave, which it has when a part of it is gone; before anybody was ever elected
 * there was no other part.
 */
function stays({ id, host }: NameNodePlace, wanted: readonly NameNodePlace[], input: Input): boolean {
  if (wanted.some((place) => place.id === id)) return true
  const controllers = input.standing.filter(({ record }) => record['role'] === zkfcService)
  const parts = controllers.length === 0 ? [nameNodeService] : [nameNodeService, zkfcService]
  return parts.every((role) =>
    recordsOf(id, input.standing, role).some((one) => one.host === host.name && mayRun(one, input)),
  )
}

function textOf({ id, from, to }: Change): string {
  if (to === undefined) return `NameNode ${id} leaves ${from?.host.name}`
  if (from === undefined) return `NameNode ${id} comes to ${to.host.name}`
  return `NameNode ${id} moves from ${from.host.name} to ${to.host.name}`
}

/**
 * Its failover controller is not started on its new host before all others know of it, but that of the active: this one is told after a
 * handover, for which the controllers of all must answer that the other one knows (ZKFailoverController.doGracefulFailover).
 */
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
  const active = heardActive(input.heard ?? {})
  const due = unaware.length < others.length ? unaware.filter((other) => other.id !== active) : unaware
  return { ...place, arrives: true, unaware: due.map((other) => other.id) }
}

/** Somebody has left, and every controller runs with it still, by its record. */
function isUntold(told: readonly NameNodePlace[], input: Input): boolean {
  const controllers = input.standing.filter((one) => one.record['role'] === zkfcService && mayRun(one, input))
  return controllers.length > 0 && controllers.every((one) => namesAnother(one, told))
}

function namesAnother({ record }: StandingMember, told: readonly NameNodePlace[]): boolean {
  return placesIn(record['names']).some(({ id }) => told.every((place) => place.id !== id))
}

/**
 * A change has ended when nothing is left at the old place and everybody works with the new one. From where it is lost one goes on,
 * whatever it had come to there: nobody leads there.
 */
function isUnderWay(
  first: Change,
  told: readonly NameNodePlace[],
  settled: readonly NameNodePlace[],
  input: Input,
): boolean {
  const goesOn = first.from?.host.lost === true ? first.id : ''
  const places = settled.filter(({ id }) => id !== goesOn)
  const own = input.standing.filter(
    ({ record }) => [nameNodeService, zkfcService].includes(record['role'] ?? '') && record['id'] !== goesOn,
  )
  const left = own.filter(({ host, record }) =>
    places.every((one) => one.id !== record['id'] || one.host.name !== host),
  )
  const stay = own.filter((one) => !left.includes(one) && input.hosts[one.host]?.lost !== true)
  const going = told.filter(({ host, id }) => !host.lost && settled.every((place) => place.id !== id))
  return (
    going.length > 0 ||
    places.some(({ arrives }) => arrives === true) ||
    left.some((one) => mayRun(one, input)) ||
    stay.some((one) => !isTold(one, told, goesOn))
  )
}

function refusalOf(
  { from, id, to }: Change,
  told: readonly NameNodePlace[],
  { object, unseen }: Input,
): Problem | undefined {
  const what = [from === undefined ? '' : ` from ${from.host.name}`, to === undefined ? '' : ` to ${to.host.name}`]
  const verb = to === undefined ? 'go' : from === undefined ? 'come' : 'move'
  const refuse = (why: string): Problem =>
    problem('MembershipChangeUnsupported', `${field}: ${id} is to ${verb}${what.join('')}, ${why}`, { field })
  const isSimple = object.spec.journalNodes === undefined
  if (isSimple && from === undefined) return undefined
  if (isSimple && to === undefined) return refuse('which is the only one of a simple file system: put the spec back')
  if (isSimple) {
    return refuse('and nobody else has the names, from whom it could copy them there: put the spec back')
  }
  if (to === undefined) return undefined
  if (from === undefined && isHadoop2(object.spec.version)) {
    return refuse('and Hadoop 2 has no more than two, so that none comes before another goes: put the spec back')
  }
  const other = told.find(
    (place) => place.host.name === to.host.name || place.host.serviceAddress === to.host.serviceAddress,
  )
  if (other !== undefined) return refuse(`where ${other.id} stands: put the spec back, and go by way of a free host`)
  if (to.host.lost) return refuse('whose Host has lifecycle: Lost: name another host, or put the spec back')
  if (unseen.includes(to.host.name)) {
    return refuse(
      'which cannot be seen, and it may have been started there already: bring it back, or put the spec back',
    )
  }
  const hidden = unseen.find((name) => told.every((place) => place.host.name !== name))
  if (hidden === undefined) return undefined
  return refuse(
    `and ${hidden} cannot be seen, where it may have been started already: bring it back, or give it lifecycle: Lost if it does not come back`,
  )
}

function hostGone({ id, host }: { readonly id: string; readonly host: string }): Problem {
  const message = `${field}: NameNode ${id} stands on ${host}, and there is no Host ${host}; apply it again until the NameNode has gone from there, with lifecycle: Lost if the machine does not come back`
  return problem('HostNotFound', message, { field })
}

/** While the version changes between two lines a NameNode copies nothing: its new host would be of the other line. */
export function movesMeanwhile({ changes, now }: NameNodePlaces): readonly Problem[] {
  if (!changes && now.every(({ arrives }) => arrives !== true)) return []
  const message = `${field}: a NameNode comes, leaves, or is on its way to another host while spec.version changes from one line of releases to another: put one of the two back`
  return [problem('MembershipChangeUnsupported', message, { field })]
}
