import { type Difference, differing, type Normal } from './compare.ts'

/** How a program ended and what it said, as far as a verdict hangs on it. */
export interface Outcome {
  readonly exit: number | 'still running'
  readonly output: string
}

const glog = /^([IWEF])\d{8} [\d:.]+ +\d+ ([\w.]+\.(?:cpp|hpp):?\d*)\] (.*)$/
const noise = /^(?:\d{4}-\d\d-\d\d .*ZOO_|\*\*\* Check failure|\*+$| {4}@ | {3,}\[|\[\.\.\. |Scheduler driver bound|$)/

/**
 * The exit, and the lines that a person or a program acts on: those of severity E and F with the place in the source,
 * warnings and infos from `places`, each once, and everything that is no log line.
 */
export function outcomeDifferences(
  recorded: Outcome,
  seen: Outcome,
  normals: readonly [Normal, Normal],
  places: RegExp,
): Difference[] {
  const exits = differing(String(recorded.exit), String(seen.exit), 'exit code')
  const [before, after] = [telling(recorded.output, normals[0], places), telling(seen.output, normals[1], places)]
  const missing = before.filter((line) => !after.includes(line))
  const more = after.filter((line) => !before.includes(line))
  return [
    ...exits,
    ...missing.map((line) => ({ where: 'output', recorded: JSON.stringify(line), seen: 'no such line' })),
    ...more.map((line) => ({ where: 'output', recorded: 'no such line', seen: JSON.stringify(line) })),
  ]
}

export function telling(output: string, normal: Normal, places: RegExp): readonly string[] {
  const lines = output.split('\n').flatMap((line) => {
    const [, severity = '', place = '', words = ''] = glog.exec(line) ?? []
    if (severity === '') return noise.test(line) ? [] : [normal(line.trimEnd())]
    if (severity === 'E' || severity === 'F' || places.test(place)) return [`${severity} ${place}] ${normal(words)}`]
    return []
  })
  return [...new Set(lines)]
}

/** How many facts an outcome holds. */
export function factsOf({ output }: Outcome, places: RegExp): number {
  return 1 + telling(output, (text) => text, places).length
}
