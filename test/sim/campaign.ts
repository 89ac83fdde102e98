import { mutants } from './mutants.ts'
import { type Order, runAll } from './pool.ts'
import type { RunResult } from './run.ts'

export interface SimulationSummary {
  readonly runs: number
  readonly failed: readonly RunResult[]
  readonly passes: number
  readonly steps: number
  /** Virtual hours. */
  readonly hours: number
  readonly wallSeconds: number
}

/** Runs the seeds `from` … `from + count - 1` on every core; `tell` hears of each that fails, at once. */
export async function simulate(
  from: number,
  count: number,
  tell: (line: string) => void = () => undefined,
): Promise<SimulationSummary> {
  const began = performance.now()
  const failed: RunResult[] = []
  let [passes, steps, seconds] = [0, 0, 0]
  const orders = Array.from({ length: count }, (_, at) => ({ seed: from + at, mutant: '' }))
  await runAll(orders, (result) => {
    passes += result.passes
    steps += result.steps
    seconds += result.seconds
    if (result.violations.length === 0) return
    failed.push(result)
    tell(failureText(result))
  })
  failed.sort((a, b) => a.seed - b.seed)
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

/** A seed that sees each planted bug, with what it saw: the one of before, or the first of `most`. None: nobody saw it. */
export async function mutantsSeen(
  most: number,
  before: Readonly<Record<string, number>>,
): Promise<ReadonlyMap<string, RunResult>> {
  const seen = new Map<string, RunResult>()
  function* orders(): Generator<Order> {
    for (const { name } of mutants) yield { seed: before[name] ?? 1, mutant: name }
    for (const { name } of mutants) {
      for (let seed = 1; seed <= most && !seen.has(name); seed++) yield { seed, mutant: name }
    }
  }
  await runAll(orders(), (result, { mutant, seed }) => {
    const standing = seen.get(mutant)
    if (result.violations.length > 0 && (standing === undefined || seed < standing.seed)) seen.set(mutant, result)
  })
  return seen
}
