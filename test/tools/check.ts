import './node-version.ts'
import { availableParallelism } from 'node:os'
import { type Part, printFailures, runParts } from './part.ts'
import type { TestSummary } from './reporter.ts'
import { vitestRun } from './vitest-run.ts'

/** What every commit must pass, without a lab: types, lint, format, dead code, generated files, unit tests, data cases. */
export async function check(): Promise<{ readonly ok: boolean; readonly unit: TestSummary }> {
  const unit = vitestRun('unit')
  // The longest first, so that two cores end at about the same time.
  const parts: readonly Part[] = [
    { name: 'lint', command: ['eslint', '--max-warnings=0', '.'] },
    unit.part,
    { name: 'types', command: ['tsc', '--noEmit', '-p', '.'] },
    { name: 'dead code', command: ['knip', '--no-progress'] },
    { name: 'generated', command: ['node', 'test/tools/generate.ts', '--check'] },
    { name: 'format', command: ['biome', 'check', '--error-on-warnings'] },
  ]
  const results = await runParts(parts, Math.min(availableParallelism(), 2))
  printFailures(results)
  const summary = unit.summary()
  const bad = results.filter((result) => !result.ok).map((result) => result.part.name)
  const slowest = results.reduce((most, result) => Math.max(most, result.seconds), 0)
  console.log(
    bad.length === 0
      ? `check: ${results.length} of ${results.length} parts passed, the longest in ${slowest.toFixed(1)} s`
      : `check: ${bad.length} of ${results.length} parts failed: ${bad.join(', ')}`,
  )
  console.log(`unit: ${summary.passed} passed, ${summary.failed} failed`)
  return { ok: bad.length === 0 && summary.failed === 0, unit: summary }
}

if (import.meta.main) process.exitCode = (await check()).ok ? 0 : 1
