/** A seeded source of randomness: the same seed gives the same run, for ever. */
export class Random {
  #state: number

  /** `seed`: any 32-bit integer. */
  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0
  }

  /** In [0, 1). Mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  /** In [from, to). */
  between(from: number, to: number): number {
    return from + this.next() * (to - from)
  }

  /** An integer in [from, to]. */
  whole(from: number, to: number): number {
    return Math.floor(this.between(from, to + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** Throws when there is nothing to pick from. */
  pick<T>(from: readonly T[]): T {
    const picked = from[Math.floor(this.next() * from.length)]
    if (picked === undefined) throw new RangeError('nothing to pick from')
    return picked
  }

  /** A source of its own, so that what one part draws does not move what another part draws. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 4294967296))
  }
}
