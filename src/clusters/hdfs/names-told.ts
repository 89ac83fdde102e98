import type { HdfsSpec } from '../../api/hdfs.ts'
import type { ExpandInput, StandingMember } from '../../model/kind.ts'
import { type NameNodePlace, placesIn } from '../../services/hdfs-common/context.ts'
import { dataNodeService } from '../../services/hdfs-datanode/service.ts'
import { nameNodeService } from '../../services/hdfs-namenode/service.ts'
import { zkfcService } from '../../services/hdfs-zkfc/service.ts'
import { heardActive } from './names-heard.ts'

export type Input = Pick<ExpandInput<HdfsSpec>, 'heard' | 'hosts' | 'object' | 'standing' | 'stays' | 'unseen'>
type Standing = readonly StandingMember[]
interface Place {
  readonly id: string
  readonly host: string
}

/**
 * Whom all others look for, and where, by the records of NameNodes and failover controllers. One that comes, or comes to another host,
 * from its start there on. One that leaves until nothing is left of it on its host and another is active, since a controller that
 * finds an id in the breadcrumb which its own file has not never becomes active again (NNHAServiceTarget.java). Once a controller
 * runs without it there is no way back: who is declared again comes as a new one when all others run without it.
 */
export function standingNames(input: Input, wanted: readonly NameNodePlace[]): readonly Place[] {
  const declared = wanted.map(({ id, host }) => ({ id, host: host.name }))
  const named = namedIn(input)
  if (named.length === 0) return declared.map((place) => lastPlace(place, input))
  const known = [...named, ...declared.filter(({ id }) => recordsOf(id, input.standing).length > 0)]
  const all = distinct(known).map((place) => lastPlace(declared.find(({ id }) => id === place.id) ?? place, input))
  const told = all.filter((place) => isLookedFor(place, declared, input))
  // One alone would take itself for a simple one.
  return told.length >= Math.min(2, all.length) ? told : all.filter(({ id }) => !isForgotten(id, input))
}

/** Of all daemons that may run, as the first that tells has them. */
function namedIn(input: Input): readonly Place[] {
  const { standing } = input
  const records = [nameNodeService, zkfcService].flatMap((role) =>
    standing.filter(({ record }) => record['role'] === role),
  )
  const there = records.filter((one) => mayRun(one, input))
  return distinct((there.length > 0 ? there : records).flatMap(({ record }) => placesIn(record['names'])))
}

function distinct(places: readonly Place[]): readonly Place[] {
  return places.filter(({ id }, index) => places.findIndex((other) => other.id === id) === index)
}

function isLookedFor(place: Place, declared: readonly Place[], input: Input): boolean {
  const { id } = place
  const forgotten = isForgotten(id, input)
  if (declared.some((other) => other.id === id)) {
    return !forgotten || recordsOf(id, input.standing).some((one) => mayRun(one, input))
  }
  if (stands(place, input, zkfcService)) return true
  if (forgotten) return false
  return (
    stands(place, input, nameNodeService, zkfcService) || !isLed(declared, input) || isAwaiting(place, declared, input)
  )
}

/**
 * A lost one is forgotten when all who are declared could be elected: one who is alone leads nobody while its controller is restarted to know
 * who comes.
 */
function isAwaiting({ host }: Place, declared: readonly Place[], input: Input): boolean {
  const { hosts, standing } = input
  if (hosts[host]?.lost !== true) return false
  return declared.some(
    ({ host: own, id }) =>
      hosts[own]?.lost !== true && !recordsOf(id, standing, zkfcService).some((one) => mayRun(one, input)),
  )
}

/** A failover controller runs that does not know it. */
function isForgotten(id: string, input: Input): boolean {
  return input.standing.some((one) => {
    const names = placesIn(one.record['names'])
    const tells = one.record['role'] === zkfcService && one.record['id'] !== id && names.length > 0
    return tells && mayRun(one, input) && names.every((place) => place.id !== id)
  })
}

/** Something of it is on a host that was seen, or may be on one that was not. */
function stands({ host, id }: Place, input: Input, ...roles: readonly string[]): boolean {
  const own = roles.flatMap((role) => recordsOf(id, input.standing, role))
  return own.some((one) => mayRun(one, input)) || input.unseen.includes(host)
}

function isLed(declared: readonly Place[], { heard = {} }: Input): boolean {
  const active = heardActive(heard)
  return declared.some(({ id }) => id === active)
}

/** Not what was on a lost host. */
export function mayRun({ host, seen }: StandingMember, { hosts }: Pick<Input, 'hosts'>): boolean {
  return seen || hosts[host]?.lost !== true
}

export function recordsOf(id: string, standing: Standing, role = nameNodeService): Standing {
  return standing.filter(({ record }) => record['role'] === role && record['id'] === id)
}

export function movesIn({ record }: StandingMember): number {
  return Number(record['moves'] ?? 0)
}

export function movesOf(id: string, standing: Standing): number {
  return Math.max(0, ...recordsOf(id, standing).map(movesIn))
}

/**
 * The host on which it was started last, by its own records, else by what the others were told. Of two alike, where it is wanted. Others
 * are told of no place before it was started there, so one of which its own first record knows nothing is a later one.
 */
function lastPlace({ id, host }: Place, { standing }: Input): Place {
  const own = recordsOf(id, standing)
  const moves = movesOf(id, standing)
  const last = own.filter((one) => movesIn(one) === moves)
  const named = standing.flatMap(({ record }) => placesIn(record['names']).find((place) => place.id === id) ?? [])
  const later = moves > 0 ? undefined : named.find((one) => own.every((other) => other.host !== one.host))
  return { id, host: (later ?? last.find((one) => one.host === host) ?? last[0] ?? named[0])?.host ?? host }
}

/** It comes beside one that was alone: there are still daemons that were started when that one was. */
export function isAdded(id: string, input: Input): boolean {
  const { standing } = input
  const before = standing.filter((one) => one.record['simple'] !== undefined && mayRun(one, input))
  const converted = standing.some(({ record }) => record['role'] === nameNodeService && record['simple'] === undefined)
  const known = before.filter(({ record }) => record['role'] === dataNodeService)
  return converted && known.some(({ record }) => placesIn(record['simple']).every((one) => one.id !== id))
}

/** About these and nobody else; what it says of `except` does not count. */
export function isTold({ record }: StandingMember, places: readonly NameNodePlace[], except = ''): boolean {
  const named = placesIn(record['names']).filter(({ id }) => id !== except)
  const due = places.filter(({ id }) => id !== except)
  return (
    named.length === due.length &&
    due.every(({ id, host }) => named.some((place) => place.id === id && place.host === host.name))
  )
}
