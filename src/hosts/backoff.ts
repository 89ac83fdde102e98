/**
 * Wait before the next connect after `failures` (≥ 1) in a row, ms: doubled each time up to `longest`, of which a random
 * half is taken off, so that a fleet that came back at once is not knocked down by its operator. `random` is in [0, 1).
 */
export function backoffMs(failures: number, first: number, longest: number, random: number): number {
  const full = Math.min(longest, first * 2 ** Math.min(failures - 1, 30))
  return Math.round(full * (0.5 + random / 2))
}
