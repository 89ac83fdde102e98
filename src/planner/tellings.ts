import type { DecideInput } from '../model/planning.ts'
import type { Step, Wave } from '../model/step.ts'
import { makeStep } from './steps.ts'
import type { Work } from './work.ts'

export interface Tellings {
  readonly planned: readonly Step[]
  readonly run?: Wave
  /** Until it is told, nobody is restarted with whom the service goes: once told, it may have a margin. */
  readonly comesSoon: boolean
  /** A declared member does not work as declared yet: its record is still to be written, and who leaves is needed to tell the way. */
  readonly unheard: boolean
  readonly held: readonly string[]
}

/** What a running service is told itself. It comes when all files are as declared, since whoever restarts begins with what they say. */
export function tellings(works: readonly Work[], input: DecideInput): Tellings {
  const { otherwise, tells } = input.assessment
  const unheard = works.some(({ member: { id } }) => otherwise?.[id] !== undefined)
  if (tells === undefined) return { planned: [], held: [], unheard, comesSoon: false }
  const { action, guards, host, member, reason, risk } = tells
  const steps = [makeStep(host, member, action, reason, { risk, guards })]
  const unready = works.some(({ preparation }) => preparation.steps.length > 0)
  const waits = unready ? `${member} is told more when the files of all are as declared` : tells.waits
  // It failed a moment ago: what may help is to restart it.
  if (input.resting?.includes(member) === true) return { planned: steps, held: [], unheard, comesSoon: false }
  if (waits !== undefined) return { planned: steps, held: [waits], unheard, comesSoon: true }
  return { planned: steps, held: [], run: { disruptive: true, steps }, unheard, comesSoon: true }
}
