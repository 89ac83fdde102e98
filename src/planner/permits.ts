import type { FenceCause, FenceUser } from '../model/fence.ts'
import type { Evidence, Permit, PermitRequest, Place, Premise, ProvenVerb } from '../model/kind.ts'

/**
 * The only judge of verbs that touch data. A request brings the evidence; a permit is granted on positive evidence from
 * all places named, never on a guess: a place that could not be seen refuses like one that holds data.
 */
export function judge(request: PermitRequest): Permit {
  switch (request.rule) {
    case 'EveryPlaceEmpty':
      return everyPlaceEmpty(request.verb, request.places)
    case 'MajorityOfOthersServes':
      return majorityOfOthers(request)
    case 'Proven':
      return proven(request)
  }
}

/** It asks for what is done once in the life of a cluster. */
export function isOfFirstStart(request: PermitRequest): boolean {
  switch (request.rule) {
    case 'EveryPlaceEmpty':
      return true
    case 'MajorityOfOthersServes':
      return false
    case 'Proven':
      return request.verb === 'FormatNameNode' || request.verb === 'FormatFailover'
  }
}

/**
 * What must be proven for a verb. It stands here and not with the service, which brings the evidence: a service that forgets one
 * is refused.
 */
export const premisesOf: Readonly<Record<ProvenVerb, readonly Premise[]>> = {
  FormatNameNode: [
    'AllHostsSeen',
    'AllPlacesEmpty',
    'FirstStartAllowed',
    'NeverBorn',
    'JournalsServe',
    'ZnodeAbsent',
    'NoToolRuns',
  ],
  // Edits that the source has and the journals have not would be missing from then on; the tool itself is told not to look for them.
  BootstrapStandby: ['OwnPlacesEmpty', 'SourceServes', 'NoToolRuns', 'JournalsInStep'],
  // It formats the journals, and what is written to the NameNode's own directories meanwhile nobody would read again.
  InitializeSharedEdits: [
    'NameNodesStopped',
    'NamesWhole',
    'ImageCopied',
    'JournalsBare',
    'JournalsServe',
    'NobodyElects',
    'NoToolRuns',
  ],
  // The new znode does not tell who was active last: nobody would fence that one.
  FormatFailover: ['ZnodeAbsent', 'NobodyElects', 'AtMostOneActive'],
  // One that forgot its promise and one that lags are a majority of three for a writer that was shut out; and an old writer calls those in
  // step that have all of his.
  SeedJournal: ['OwnPlacesEmpty', 'OthersInStep', 'AtMostOneActive'],
}

/** A premise that no evidence speaks of is unknown. All that was brought must speak for it, whether it is asked for or not. */
function proven({ evidence, verb }: Extract<PermitRequest, { rule: 'Proven' }>): Permit {
  const needed = Object.hasOwn(premisesOf, verb) ? premisesOf[verb] : undefined
  if (needed === undefined) return { granted: false, why: `${verb}: no premises are known for it` }
  const missing = needed.filter((premise) => evidence.every((piece) => piece.premise !== premise))
  const against = evidence.filter(({ state }) => state !== 'proven')
  if (missing.length + against.length > 0) {
    const whys = [...against.map(evidenceText), ...missing.map((premise) => `${premise} was not looked at`)]
    return { granted: false, why: `${verb}: ${whys.join('; ')}` }
  }
  return { granted: true, evidence: evidence.map(evidenceText).join('; ') }
}

function evidenceText({ detail, premise, state }: Evidence): string {
  const states = { proven: 'is proven', disproven: 'is not so', unknown: 'is not known' } as const
  return `${premise} ${states[state]}${detail === '' ? '' : ` (${detail})`}`
}

function everyPlaceEmpty(verb: string, places: readonly Place[]): Permit {
  if (places.length === 0) return { granted: false, why: `${verb}: no place was named` }
  const against = places.filter((place) => place.state !== 'empty')
  if (against.length > 0) {
    return { granted: false, why: `${verb}: ${against.map(placeText).join('; ')}` }
  }
  return { granted: true, evidence: places.map(placeText).join('; ') }
}

function majorityOfOthers(request: Extract<PermitRequest, { rule: 'MajorityOfOthersServes' }>): Permit {
  const majority = Math.floor(request.voters / 2) + 1
  const others = new Set(request.othersServing)
  if (request.place.state === 'unknown') {
    return { granted: false, why: `${request.verb}: ${placeText(request.place)}` }
  }
  if (!request.leaderSeen) {
    return { granted: false, why: `${request.verb}: no other member leads` }
  }
  // A majority of the whole ensemble without this member: every acknowledged write is then on one that serves.
  if (others.size < majority) {
    const names = [...others].join(', ') || 'none'
    return {
      granted: false,
      why: `${request.verb}: ${others.size} of the others serve (${names}), ${majority} of ${request.voters} are needed`,
    }
  }
  return { granted: true, evidence: `${[...others].join(', ')} serve, ${majority} of ${request.voters} are needed` }
}

function placeText(place: Place): string {
  const states = { empty: 'is empty', holdsData: 'holds data', unknown: 'could not be seen' } as const
  return `${place.host}:${place.path} ${states[place.state]}${place.detail === '' ? '' : ` (${place.detail})`}`
}

/**
 * May the machine be turned off? For an identity that moves only when nothing is declared there: what runs there may serve its peers
 * well. For a failover everything stays declared, so each object that has something there must work without it, as far as its own
 * services said in a pass that did not see that machine.
 */
export function judgeFence(cause: FenceCause, users: readonly FenceUser[]): Permit {
  const names = users.map(({ name }) => name).join(', ')
  switch (cause) {
    case 'Identity':
      return users.length === 0
        ? { granted: true, evidence: 'nothing is declared there any more' }
        : { granted: false, why: `${names} still declares something there, which that would take down` }
    case 'Failover': {
      const against = users.flatMap(({ against: why, name }) => (why === undefined ? [] : [`${name}: ${why}`]))
      return against.length === 0
        ? { granted: true, evidence: `${names} can do without it` }
        : { granted: false, why: `that could take down what still works there: ${against.join('; ')}` }
    }
  }
}
