import type { HttpAnswer, TalkAnswer } from '../../src/model/question.ts'
import type { Machine } from './machine.ts'
import type { UnitText } from './unit-text.ts'

/** A daemon that a unit runs, as its machine sees it. */
export interface Process {
  readonly pid: number
  readonly startedAt: number
  /** Stands still by itself, as after SIGSTOP. */
  frozen: boolean
  /** It does its work, whoever can see that. */
  readonly serves: boolean
  listensOn(port: number): boolean
  talk?(send: string): TalkAnswer
  http?(path: string): HttpAnswer
  /** Is told to give up its work. */
  drain?(): void
  /** It is gone. `terminated`: it was asked to go; `killed`: it was not; `powerOff`: its peers are not told. */
  gone(how: 'terminated' | 'killed' | 'powerOff'): void
}

/**
 * Starts what a unit names. `exit` is called later when the daemon leaves by itself. A number: it left at once with that
 * status.
 */
export type Launch = (machine: Machine, unit: UnitText, exit: (status: number) => void) => Process | number

let lastPid = 1000

export function nextPid(): number {
  return ++lastPid
}
