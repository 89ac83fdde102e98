import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node'

/** What a run of vitest came to, as the reporter leaves it for the tool that started the run. */
export interface TestSummary {
  readonly passed: number
  /** Failed tests, files that could not be loaded, and errors outside of any test. */
  readonly failed: number
  readonly skipped: readonly { readonly name: string; readonly why: string }[]
}

/** The tool names a file in this variable; the reporter writes a TestSummary to it as JSON. */
export const summaryVariable = 'IRONHERD_TEST_SUMMARY'
/** Set to 1: a line for each test, and one every half minute that names the test that still runs. */
export const progressVariable = 'IRONHERD_TEST_PROGRESS'

const heartbeatMs = 30_000

export default class SummaryReporter implements Reporter {
  readonly #progress = process.env[progressVariable] === '1'
  readonly #running = new Map<string, { readonly name: string; readonly since: number }>()
  #heartbeat: NodeJS.Timeout | undefined

  onTestModuleStart(module: TestModule): void {
    if (!this.#progress) return
    this.#started(module.id, `${fileOf(module)} (preparing)`)
    this.#heartbeat ??= setInterval(() => this.#beat(), heartbeatMs).unref()
  }

  onTestCaseReady(test: TestCase): void {
    if (!this.#progress) return
    this.#running.delete(test.module.id)
    this.#started(test.id, nameOf(test))
  }

  onTestCaseResult(test: TestCase): void {
    if (!this.#progress) return
    this.#running.delete(test.id)
    const { state } = test.result()
    const seconds = (test.diagnostic()?.duration ?? 0) / 1000
    const word = { passed: 'ok  ', failed: 'FAIL', skipped: 'skip', pending: 'skip' }[state]
    console.log(`${clock()}  ${word}  ${nameOf(test)}  ${seconds.toFixed(1)} s`)
    this.#started(test.module.id, `${fileOf(test.module)} (between tests)`)
  }

  onTestModuleEnd(module: TestModule): void {
    this.#running.delete(module.id)
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    clearInterval(this.#heartbeat)
    const target = process.env[summaryVariable]
    if (target !== undefined) writeFileSync(target, JSON.stringify(summarise(modules, unhandled.length)))
  }

  #started(id: string, name: string): void {
    this.#running.set(id, { name, since: Date.now() })
  }

  #beat(): void {
    for (const { name, since } of this.#running.values()) {
      const seconds = Math.round((Date.now() - since) / 1000)
      if (seconds * 1000 >= heartbeatMs / 2) console.log(`${clock()}  …     ${name}  ${seconds} s so far`)
    }
  }
}

function summarise(modules: readonly TestModule[], unhandled: number): TestSummary {
  let passed = 0
  let failed = unhandled
  const skipped: { name: string; why: string }[] = []
  for (const module of modules) {
    let failedInModule = 0
    for (const test of module.children.allTests()) {
      const result = test.result()
      const note = 'note' in result ? result.note : undefined
      if (result.state === 'passed') passed++
      else if (result.state === 'failed') failedInModule++
      // Not run because a hook before it failed: nobody chose to skip it.
      else if (note === undefined && test.options.mode === 'run' && module.state() === 'failed') failedInModule++
      else skipped.push({ name: nameOf(test), why: note ?? 'no reason given' })
    }
    // A file that does not load has no failed test to show for it.
    if (failedInModule === 0 && module.state() === 'failed') failedInModule = 1
    failed += failedInModule
  }
  return { passed, failed, skipped }
}

function nameOf(test: TestCase): string {
  return `${fileOf(test.module)} › ${test.fullName}`
}

function fileOf(module: TestModule): string {
  return relative(process.cwd(), module.moduleId)
}

function clock(): string {
  return new Date().toTimeString().slice(0, 8)
}
