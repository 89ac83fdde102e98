import type { Difference } from './compare.ts'

interface Exemption {
  /** The whole of `where` of a difference. */
  readonly where: RegExp
  /** Only in recordings of such names. */
  readonly recording?: RegExp
  /** What both sides must look like all the same; where nothing is said, both must be of the same type. */
  readonly both?: RegExp
  readonly reason: string
}

/** Everything that may differ, and why. What is not here may not. */
export const exemptions: readonly Exemption[] = [
  { where: /\.(?:.*_time|timestamp|time|start_time|elected_time)$/, both: /^[\d.]+$/, reason: 'the time of the run' },
  { where: /\.ip$/, both: /^\d+$/, reason: 'the address as a number' },
  {
    where: /\.(?:avg_load_\w+|cpus_total|mem_(?:free|total)_bytes|system\/.*)$/,
    both: /^[\d.]+$/,
    reason: 'of the machine that runs it',
  },
]

/** The reason, if the table has one for it. */
export function exempted(recording: string, { where, recorded, seen }: Difference): string | undefined {
  return exemptions.find((each) => {
    if (!each.where.test(where) || (each.recording !== undefined && !each.recording.test(recording))) return false
    if (each.both !== undefined) return each.both.test(recorded) && each.both.test(seen)
    return typeof JSON.parse(recorded) === typeof JSON.parse(seen)
  })?.reason
}
