import { abort, exitWith } from '../common/log.ts'
import { parseDuration } from '../common/quantities.ts'

/** Lets so many pass in so much time; without a rate, everybody at once. First come, first served. */
export class Limiter {
  readonly #gapMs: number
  #next = 0

  constructor(gapMs: number) {
    this.#gapMs = gapMs
  }

  async acquire(): Promise<void> {
    const at = Math.max(Date.now(), this.#next)
    this.#next = at + this.#gapMs
    if (at > Date.now()) await new Promise((resolve) => setTimeout(resolve, at - Date.now()))
  }
}

/** `--agent_removal_rate_limit`, e.g. `1/30secs`. Ends the program on what c-failures/56 shows that it refuses. */
export function removalLimiter(rate: string | undefined): Limiter {
  if (rate === undefined) return new Limiter(0)
  const [, amount = '', duration = ''] = /^(\d+)\/(.+)$/.exec(rate) ?? []
  const ms = parseDuration(duration)
  if (amount === '' || ms === undefined)
    return exitWith(
      'main.cpp:498',
      `Invalid agent_removal_rate_limit: ${rate}. Format is <Number of agents>/<Duration>`,
    )
  if (Number(amount) === 0) return abort('limiter.hpp:68', 'Check failed: permits > 0 (0 vs. 0) ')
  if (ms === 0) return abort('limiter.hpp:69', 'Check failed: duration.secs() > 0 (0 vs. 0) ')
  return new Limiter(ms / Number(amount))
}
