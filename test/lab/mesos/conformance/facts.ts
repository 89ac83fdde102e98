import type { Difference } from './compare.ts'
import { type Result, resultOf } from './result.ts'

/** What a scenario has seen beside what was recorded, fact by fact. */
export class Facts {
  readonly #recording: string
  readonly #text: string
  readonly #found: Difference[] = []
  #count = 0

  /** `text` is that of the recording. */
  constructor(recording: string, text: string) {
    this.#recording = recording
    this.#text = text
  }

  /** What the recording says at the only group of `pattern`; throws where it says nothing of the kind. */
  recorded(pattern: RegExp): string {
    const found = pattern.exec(this.#text)?.[1]
    if (found === undefined) throw new Error(`${this.#recording} has nothing like ${pattern.source}`)
    return found
  }

  /** One more fact. */
  equal(where: string, recorded: unknown, seen: unknown): void {
    this.#count += 1
    const [before, after] = [text(recorded), text(seen)]
    if (before !== after) this.#found.push({ where, recorded: before, seen: after })
  }

  /** Seconds that may not be shorter or longer than the bounds, which the recording's own lie within. */
  within(where: string, recorded: number, seen: number, [least, most]: readonly [number, number]): void {
    if (recorded < least || recorded > most)
      throw new Error(`${where}: ${recorded} is not between ${least} and ${most}`)
    this.#count += 1
    const inside = seen >= least && seen <= most
    if (!inside) this.#found.push({ where, recorded: `${recorded} s, between ${least} and ${most}`, seen: `${seen} s` })
  }

  /** Differences that were found otherwise, of so many facts. */
  add(count: number, found: readonly Difference[]): void {
    this.#count += count
    this.#found.push(...found)
  }

  result(): Result {
    return resultOf(this.#recording, this.#count, this.#found)
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
