/** What a run says of itself when an oracle speaks: the last events, oldest first. */
export class History {
  readonly #lines: (() => string)[] = []
  events = 0

  /** `line` is only written out when somebody asks. */
  add(line: () => string): void {
    this.events++
    this.#lines.push(line)
    if (this.#lines.length > 400) this.#lines.splice(0, 200)
  }

  last(count: number): readonly string[] {
    return this.#lines.slice(-count).map((line) => line())
  }
}
