import type { HostFacts } from '../model/facts.ts'
import { answerOn } from '../model/facts.ts'
import type { Question } from '../model/question.ts'

type SoftwareQuestion = Extract<Question, { ask: 'software' }>

/** Which part of an installed tree a look is to read byte for byte: every `of`-th file, beginning with number `part`. */
export interface SoftwareCheck {
  readonly path: string
  readonly part: number
  readonly of: number
}

/** In so many parts a tree is read: some ten megabytes of Spark at a time, and nobody waits for them. */
const parts = 24

interface Turn {
  readonly part: number
  /** ms since the epoch. */
  readonly dueAt: number
}

/**
 * The slow schedule on which installed software is read byte for byte. Size, mode and times are compared in each look;
 * what changes bytes and leaves those (a bad disk, somebody who knows how) is found within `everyMs`. A look reads at
 * most one part of one tree. Machines begin at random places, so that they do not all read at once.
 */
export class SoftwareChecks {
  readonly #everyMs: number
  readonly #random: () => number
  readonly #turns = new Map<string, Map<string, Turn>>()

  /** `everyMs`: each file is read once in so long, about. `random`: in [0, 1). */
  constructor(everyMs: number, random: () => number) {
    this.#everyMs = everyMs
    this.#random = random
  }

  /** The part that the look at `machine` is to read now, if any is due. `now`: ms since the epoch. */
  due(machine: string, questions: readonly Question[], now: number): SoftwareCheck | undefined {
    const turns = this.#turns.get(machine) ?? new Map<string, Turn>()
    this.#turns.set(machine, turns)
    for (const { path } of questions.filter((question): question is SoftwareQuestion => question.ask === 'software')) {
      const turn = turns.get(path)
      if (turn === undefined) {
        const dueAt = now + this.#random() * this.#pauseMs()
        turns.set(path, { part: Math.floor(this.#random() * parts), dueAt })
      } else if (turn.dueAt <= now) return { path, part: turn.part, of: parts }
    }
    return undefined
  }

  /** Goes on to the next part, but for one that was seen to be damaged: that stays due until it is mended. */
  learn(machine: string, check: SoftwareCheck, facts: HostFacts, now: number): void {
    const answer = answerOn({ machine: facts }, 'machine', { ask: 'software', path: check.path })
    if (answer.state === 'known' && (answer.value.damaged ?? []).length > 0) return
    const dueAt = now + this.#pauseMs() * (0.9 + 0.2 * this.#random())
    this.#turns.get(machine)?.set(check.path, { part: (check.part + 1) % parts, dueAt })
  }

  forget(machine: string): void {
    this.#turns.delete(machine)
  }

  #pauseMs(): number {
    return this.#everyMs / parts
  }
}
