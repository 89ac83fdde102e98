import type { Failure, Fleet, LocalArchive } from '../hosts/types.ts'
import type { ExecutionContext, Hands, HostTarget } from '../model/engine.ts'
import type { ReasonCode } from '../model/reasons.ts'
import type { Step, StepOutcome, Wave } from '../model/step.ts'
import { outcomesOf, preludeProblem } from './reply.ts'
import { timeLimitMs, waveScript } from './script.ts'
import { storePath } from './verbs.ts'

/** Brings an archive to this machine, whole and with the right digest; concurrent calls for one digest fetch once. */
export type FetchArchive = (
  url: string,
  digest: string,
  signal: AbortSignal,
) => Promise<{ readonly state: 'ready'; readonly archive: LocalArchive } | Failure>

const uploadLimitMs = 30 * 60_000

/**
 * The hands of ironherd. Archives of the whole wave are fetched and verified before the first host is touched, so that
 * a wrong digest changes nothing anywhere; then the machines are worked on side by side, each by one script.
 */
export function createHands(fleet: Fleet, fetchArchive: FetchArchive): Hands {
  return {
    async execute(wave: Wave, context: ExecutionContext, signal: AbortSignal): Promise<readonly StepOutcome[]> {
      const archives = await fetchAll(wave.steps, fetchArchive, signal)
      if (!(archives instanceof Map)) {
        return wave.steps.map((step) => ({
          step,
          result: step.action.verb === 'InstallArchive' ? 'failed' : 'skipped',
          detail: archives.why,
          code: archives.code,
          durationMs: 0,
        }))
      }
      const byHost = Map.groupBy(wave.steps, (step) => step.host)
      const done = await Promise.all(
        [...byHost].map(([host, steps]) => executeOn(fleet, context.targets[host], steps, archives, context, signal)),
      )
      return done.flat()
    },
  }
}

async function fetchAll(
  steps: readonly Step[],
  fetchArchive: FetchArchive,
  signal: AbortSignal,
): Promise<Map<string, LocalArchive> | Failure> {
  const archives = new Map<string, LocalArchive>()
  for (const { action } of steps) {
    if (action.verb !== 'InstallArchive' || archives.has(action.software.digest)) continue
    const fetched = await fetchArchive(action.software.url, action.software.digest, signal)
    if (fetched.state === 'failed') return fetched
    archives.set(action.software.digest, fetched.archive)
  }
  return archives
}

async function executeOn(
  fleet: Fleet,
  target: HostTarget | undefined,
  steps: readonly Step[],
  archives: ReadonlyMap<string, LocalArchive>,
  context: ExecutionContext,
  signal: AbortSignal,
): Promise<readonly StepOutcome[]> {
  if (target === undefined) return none(steps, 'skipped', 'NotLooked', 'the host has no target')
  for (const archive of neededArchives(steps, archives)) {
    const timeoutMs = uploadLimitMs
    const sent = await fleet.upload(target, archive, storePath(archive.digest), { timeoutMs, signal })
    if (sent.state === 'failed') return none(steps, 'failed', sent.code, sent.why)
  }
  const result = await fleet.run(target, waveScript(steps, context), { timeoutMs: timeLimitMs(steps), signal })
  if (result.state === 'failed') {
    return none(steps, result.started ? 'unknown' : 'skipped', result.code, result.why)
  }
  const refused = preludeProblem(result.code, result.stderr)
  if (refused !== undefined && !result.stdout.includes('@step ')) {
    return none(steps, 'skipped', refused.code, `${target.name}: ${refused.why}`)
  }
  return outcomesOf(steps, result.stdout, 'skipped', 'a step before it did not succeed')
}

function neededArchives(steps: readonly Step[], archives: ReadonlyMap<string, LocalArchive>): readonly LocalArchive[] {
  const digests = new Set(
    steps.flatMap(({ action }) => (action.verb === 'InstallArchive' ? [action.software.digest] : [])),
  )
  return [...digests].flatMap((digest) => archives.get(digest) ?? [])
}

function none(
  steps: readonly Step[],
  result: 'skipped' | 'failed' | 'unknown',
  code: ReasonCode,
  why: string,
): readonly StepOutcome[] {
  return steps.map((step) => ({ step, result, code, detail: why, durationMs: 0 }))
}
