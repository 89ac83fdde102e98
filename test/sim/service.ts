import type { Action, Guard } from '../../src/model/step.ts'
import type { Machine } from './machine.ts'
import type { Launch } from './process.ts'
import type { UnitText } from './unit-text.ts'

/** What a verb came to; 'cut': whoever ran it died meanwhile, and what it had begun goes on without it. */
export type Ended = { readonly exit: number; readonly said: string } | 'cut'

export const done: Ended = { exit: 0, said: '' }

export function saying(said: string): Ended {
  return said === '' ? done : { exit: 1, said }
}

/** A family of simulated daemons, with what it adds to the verbs and guards that every machine knows. */
export interface Service {
  /** That unit is one of its daemons. */
  runs(unit: UnitText): boolean
  /** With what a daemon leaves whose software is not there. */
  readonly withoutSoftware: number
  readonly start: Launch
  /** Something is another than before, its own or not: processes, machines, the network. */
  changed(): void
  /** Undefined: it does not know that verb. `cut`: whoever runs it is dead. */
  act?(machine: Machine, action: Action, cut: () => boolean): Promise<Ended> | undefined
  /** '' when the world is as the guard wants it; undefined: it does not know that guard. */
  refusal?(guard: Guard, machine: Machine): string | undefined
}
