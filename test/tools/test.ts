import './node-version.ts'
import { check } from './check.ts'
import { printFailures, runPart } from './part.ts'
import type { TestSummary } from './reporter.ts'
import { addSummaries, vitestRun } from './vitest-run.ts'

/** Why the tests that need hosts cannot run here; undefined: they can. */
function whyNoHosts(): string | undefined {
  if (process.platform !== 'linux') return 'the lab hosts are systemd-nspawn containers: Linux only'
  if (process.getuid?.() !== 0) return 'the lab makes mounts, network namespaces and containers: run it as root'
  return undefined
}

/** In the order in which they are run; the first that fails does not stop the others. */
const projects = [
  { project: 'simulation', what: 'ironherd itself in a simulated world, from seeds', onHosts: false },
  { project: 'api', what: 'the generated API against a real API server', onHosts: true },
  { project: 'lab', what: 'what the tests promise themselves of the lab', onHosts: true },
  { project: 'e2e', what: 'real services on real hosts', onHosts: true },
] as const

/** What must pass before a change is taken: the check, the build, and everything that needs hosts. */
async function testEverything(): Promise<boolean> {
  const started = Date.now()
  const checked = await check()
  const summaries: TestSummary[] = [checked.unit]

  const build = await runPart({ name: 'build', command: ['tsc', '-p', 'tsconfig.build.json'] })
  console.log(`${build.ok ? 'ok  ' : 'FAIL'}  build`)
  printFailures([build])

  const obstacle = whyNoHosts()
  let partsOk = checked.ok && build.ok
  for (const { onHosts, project, what } of projects) {
    if (onHosts && obstacle !== undefined) {
      summaries.push({ passed: 0, failed: 0, skipped: [{ name: `all of ${project} (${what})`, why: obstacle }] })
      continue
    }
    console.log(`\n──── ${project}: ${what}`)
    const run = vitestRun(project, { live: true })
    const result = await runPart(run.part)
    const summary = run.summary()
    summaries.push(summary)
    partsOk &&= result.ok
    console.log(`${project}: ${summary.passed} passed, ${summary.failed} failed in ${minutes(result.seconds)}`)
  }

  const total = addSummaries(summaries)
  console.log(`\n──── everything, in ${minutes((Date.now() - started) / 1000)}`)
  console.log(total.skipped.length === 0 ? 'skipped: nothing' : 'skipped:')
  for (const { name, why } of total.skipped) console.log(`  ${name}: ${why}`)
  // A part without tests of its own (types, lint, build…) counts as one when it fails, so that 0 failed means 0 failed.
  const failed = partsOk ? total.failed : Math.max(total.failed, 1)
  console.log(`${total.passed} passed, ${failed} failed, ${total.skipped.length} skipped`)
  return failed === 0
}

function minutes(seconds: number): string {
  return seconds < 90 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(1)} min`
}

process.exitCode = (await testEverything()) ? 0 : 1
