const kept = 1000

const percentiles = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p999', 0.999],
  ['p9999', 0.9999],
] as const

/** The last thousand durations of one timer, in milliseconds. */
export class Timings {
  readonly #values: number[] = []

  record(ms: number): void {
    this.#values.push(ms)
    if (this.#values.length > kept) this.#values.shift()
  }

  /** Nothing without a value, only the last one where there is one, and statistics from two on (a-http/*metrics*). */
  snapshot(name: string): Record<string, number> {
    const last = this.#values.at(-1)
    if (last === undefined) return {}
    if (this.#values.length === 1) return { [name]: last }
    const sorted = this.#values.toSorted((a, b) => a - b)
    return {
      [name]: last,
      [`${name}/count`]: sorted.length,
      [`${name}/max`]: sorted.at(-1) ?? last,
      [`${name}/min`]: sorted[0] ?? last,
      ...Object.fromEntries(percentiles.map(([each, share]) => [`${name}/${each}`, at(sorted, share)])),
    }
  }
}

function at(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1)
  const below = sorted[Math.floor(place)] ?? 0
  const above = sorted[Math.ceil(place)] ?? below
  return below + (above - below) * (place - Math.floor(place))
}
