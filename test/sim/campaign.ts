import { type RunResult, runSeed } from './run.ts'
import type { Mutant } from './world.ts'

export interface SimulationSummary {
  readonly runs: number
  readonly failed: readonly RunResult[]
  readonly passes: number
  readonly steps: number
  /** Virtual hours. */
  readonly hours: number
  readonly wallSeconds: number
}

/** Runs the seeds `from` … `from + count - 1`, one after the other; `tell` hears of each that fails, at once. */
export async function simulate(
  from: number,
  count: number,
  tell: (line: string) => void = () => undefined,
): Promise<SimulationSummary> {
  const began = performance.now()
  const failed: RunResult[] = []
  let [passes, steps, seconds] = [0, 0, 0]
  for (let seed = from; seed < from + count; seed++) {
    const result = await runSeed(seed)
    passes += result.passes
    steps += result.steps
    seconds += result.seconds
    if (result.violations.length === 0) continue
    failed.push(result)
    tell(failureText(result))
  }
  const wallSeconds = (performance.now() - began) / 1000
  return { runs: count, failed, passes, steps, hours: seconds / 3600, wallSeconds }
}

/** What a person needs to see of a run that failed: what was seen, what came before, how to see it again. */
export function failureText({ history, seed, shape, violations }: RunResult): string {
  return [
    `seed ${seed} (${shape.voters} servers, ${shape.workers} workers) fails:`,
    ...violations.slice(0, 3).map(({ at, oracle, why }) => `  ${(at / 1000).toFixed(1)} s  ${oracle}: ${why}`),
    '  the last events:',
    ...history.slice(-40).map((line) => `    ${line.slice(0, 200)}`),
    `  again: npm run simulate -- --seed ${seed}`,
  ].join('\n')
}

export function summaryText({ failed, hours, passes, runs, steps, wallSeconds }: SimulationSummary): string {
  const rate = (count: number) => Math.round(count / Math.max(wallSeconds, 0.001))
  const seeds = failed.length === 0 ? 'none' : failed.map(({ seed }) => seed).join(' ')
  return [
    `${runs} runs, ${hours.toFixed(1)} simulated hours in ${wallSeconds.toFixed(1)} s`,
    `${passes} passes (${rate(passes)} a second), ${steps} steps on hosts (${rate(steps)} a second)`,
    `seeds that failed: ${seeds}`,
  ].join('\n')
}

/** What the first of at most `most` seeds saw of a planted bug; '' when none saw it. */
export async function mutantSeen(mutant: Mutant, most: number): Promise<string> {
  for (let seed = 1; seed <= most; seed++) {
    const [violation] = (await runSeed(seed, mutant)).violations
    if (violation !== undefined) return `seed ${seed}, ${violation.oracle}: ${violation.why.slice(0, 150)}`
  }
  return ''
}
