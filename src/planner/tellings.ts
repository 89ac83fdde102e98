import type { DecideInput } from '../model/planning.ts'
import type { Step, Wave } from '../model/step.ts'
import { makeStep } from './steps.ts'
import type { Work } from './work.ts'

export interface Tellings {
  readonly planned: readonly Step[]
  readonly run?: Wave
  /** A declared member does not work as declared yet: its record is still to be written, and who leaves is needed to tell the way. */
  readonly unheard: boolean
  readonly held: readonly string[]
}

/**
 * What a running service is told itself. It comes when all files are as declared and nobody waits to be restarted for them, since whoever
 * restarts begins with what the files say.
 */
export function tellings(works: readonly Work[], restarts: number, input: DecideInput): Tellings {
  const { otherwise, tells } = input.assessment
  const unheard = works.some(({ member: { id } }) => otherwise?.[id] !== undefined)
  if (tells === undefined) return { planned: [], held: [], unheard }
  const { action, guards, host, member, reason, risk } = tells
  const steps = [makeStep(host, member, action, reason, { risk, guards })]
  const unready = works.some(({ preparation }) => preparation.steps.length > 0)
  const waits = unready
    ? `${member} is told more when the files of all are as declared`
    : restarts > 0
      ? `${member} is told more when nobody is to be restarted`
      : tells.waits
  if (waits !== undefined) return { planned: steps, held: [waits], unheard }
  if (input.resting?.includes(member) === true) return { planned: steps, held: [], unheard }
  return { planned: steps, held: [], run: { disruptive: true, steps }, unheard }
}
