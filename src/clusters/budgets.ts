/** The breaker of workers: 34 %, but one alone is never an epidemic. */
export function third(members: number): number {
  return Math.max(1, Math.floor(members * 0.34))
}

/** A number, or a percentage of the members rounded down; at least one, or nothing could ever be rolled out. */
export function maxUnavailable(value: number | string, members: number): number {
  if (typeof value === 'number') return value
  return Math.max(1, Math.floor((members * Number.parseInt(value, 10)) / 100))
}
