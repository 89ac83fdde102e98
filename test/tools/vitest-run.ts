import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Part } from './part.ts'
import { progressVariable, summaryVariable, type TestSummary } from './reporter.ts'

/** One run of vitest, and where it leaves its numbers. */
export interface VitestRun {
  readonly part: Part
  /** Call once, after the run. A run that died before its end counts as one failure. */
  readonly summary: () => TestSummary
}

/** `live`: a line per test while it runs; else vitest's own report, shown when something fails. */
export function vitestRun(project: string, { live = false } = {}): VitestRun {
  const directory = mkdtempSync(join(tmpdir(), 'ironherd-tests-'))
  const file = join(directory, 'summary.json')
  const reporters = ['--reporter=default', '--reporter=./test/tools/reporter.ts']
  return {
    part: {
      name: project,
      command: ['vitest', 'run', '--project', project, '--passWithNoTests', ...reporters],
      env: { [summaryVariable]: file, [progressVariable]: live ? '1' : '0' },
      live,
    },
    summary: () => {
      try {
        return JSON.parse(readFileSync(file, 'utf8')) as TestSummary
      } catch {
        return { passed: 0, failed: 1, skipped: [] }
      } finally {
        rmSync(directory, { recursive: true, force: true })
      }
    },
  }
}

export function addSummaries(summaries: readonly TestSummary[]): TestSummary {
  return {
    passed: summaries.reduce((sum, one) => sum + one.passed, 0),
    failed: summaries.reduce((sum, one) => sum + one.failed, 0),
    skipped: summaries.flatMap((one) => one.skipped),
  }
}
