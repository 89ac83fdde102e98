import type { Permit, PermitRequest, Place } from '../model/kind.ts'

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
  }
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
