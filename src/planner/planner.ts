import { carriedOut, weigh } from './approval.ts'
import { claimsOf } from './claims.ts'
import { decide } from './decide.ts'
import { decideHost, questionsOfHost, selinuxOf } from './host.ts'
import { disruptionsOf, trackRepairs } from './ledger.ts'
import { questionsOf } from './questions.ts'
import { decideRelease } from './release.ts'
import { unsettled } from './settled.ts'
import { ownersOf, standingOf } from './standing.ts'

/** All that the loop asks of this room, as it is handed over: control/ says what it expects in its Engine. */
export const planner = {
  questionsOf,
  ownersOf,
  standingOf,
  unsettled,
  claimsOf,
  disruptionsOf,
  decide,
  weigh,
  carriedOut,
  decideRelease,
  questionsOfHost,
  decideHost,
  selinuxOf,
  trackRepairs,
} as const
