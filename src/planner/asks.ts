import type { DecideInput } from '../model/planning.ts'
import type { Step, Wave } from '../model/step.ts'
import { makeStep } from './steps.ts'

export interface Asked {
  readonly planned: readonly Step[]
  readonly run?: Wave
  readonly held: readonly string[]
}

/** What a person is asked about the service as it runs (Assessment.asks); done when nothing else is left to do. */
export function askedOf(input: DecideInput): Asked {
  const { asks } = input.assessment
  if (asks === undefined) return { planned: [], held: [] }
  const { action, guards, host, member, reason, risk, waits } = asks
  const planned = [makeStep(host, member, action, reason, { risk, guards })]
  const resting = input.resting?.includes(member) === true
  if (waits !== undefined || resting) return { planned, held: waits === undefined ? [] : [waits] }
  return { planned, held: [], run: { disruptive: true, steps: planned } }
}
