import type { Failure, Fleet, LocalArchive } from '../hosts/types.ts'
import type { ExecutionContext, Hands, HostTarget, Refusal } from '../model/engine.ts'
import type { ReasonCode } from '../model/reasons.ts'
import type { Step, StepOutcome, Wave } from '../model/step.ts'
import { outcomesOf, preludeProblem } from './reply.ts'
import { custodyScript, keepScript, timeLimitMs, waveScript } from './script.ts'
import { storePath } from './verbs.ts'

/** Brings an archive to this machine, whole and with the right digest; concurrent calls for one digest fetch once. */
export type FetchArchive = (
  url: string,
  digest: string,
  signal: AbortSignal,
) => Promise<{ readonly state: 'ready'; readonly archive: LocalArchive } | Failure>

const uploadLimitMs = 30 * 60_000

/**
 * The hands of ironherd. Archives of the whole wave are fetched and verified before the first host is touched, and a host
 * that needs one that cannot be had is not touched at all: a wrong digest changes nothing anywhere. Then the machines are
 * worked on side by side, each by one script.
 */
export function createHands(fleet: Fleet, fetchArchive: FetchArchive): Hands {
  return {
    claim: (target, context, signal) => claim(fleet, target, context, signal),
    async execute(wave: Wave, context: ExecutionContext, signal: AbortSignal): Promise<readonly StepOutcome[]> {
      const archives = await fetchAll(wave.steps, fetchArchive, signal)
      const byHost = Map.groupBy(wave.steps, (step) => step.host)
      const done = await Promise.all(
        [...byHost].map(([host, steps]) => executeOn(fleet, context.targets[host], steps, archives, context, signal)),
      )
      return done.flat()
    },
  }
}

type Archives = ReadonlyMap<string, LocalArchive | Failure>

async function fetchAll(steps: readonly Step[], fetchArchive: FetchArchive, signal: AbortSignal): Promise<Archives> {
  const archives = new Map<string, LocalArchive | Failure>()
  for (const { action } of steps) {
    if (action.verb !== 'InstallArchive' || archives.has(action.software.digest)) continue
    const fetched = await fetchArchive(action.software.url, action.software.digest, signal)
    archives.set(action.software.digest, fetched.state === 'failed' ? fetched : fetched.archive)
  }
  return archives
}

async function executeOn(
  fleet: Fleet,
  target: HostTarget | undefined,
  steps: readonly Step[],
  archives: Archives,
  context: ExecutionContext,
  signal: AbortSignal,
): Promise<readonly StepOutcome[]> {
  if (target === undefined) return none(steps, 'skipped', 'NotLooked', 'the host has no target')
  const needed = neededArchives(steps, archives)
  const missing = needed.find((archive) => 'state' in archive)
  if (missing !== undefined && 'state' in missing) return installFailed(steps, missing)
  let script: string
  try {
    script = waveScript(steps, context)
  } catch (error) {
    // A value that no shell word can hold was let through by everybody before: nothing is run.
    return none(steps, 'failed', 'InvalidSpec', error instanceof Error ? error.message : String(error))
  }
  if (needed.length > 0) {
    // Also an upload is a change: first it is asked whether this installation and this leader may act there.
    const refused = await claim(fleet, target, context, signal)
    if (refused !== undefined) return none(steps, 'skipped', refused.code, refused.why)
  }
  for (const archive of needed) {
    if ('state' in archive) continue
    const timeoutMs = uploadLimitMs
    const sent = await fleet.upload(target, archive, storePath(archive.digest), { timeoutMs, signal })
    if (sent.state === 'failed') return installFailed(steps, sent)
  }
  const result = await fleet.run(target, script, { timeoutMs: timeLimitMs(steps), signal })
  if (result.state === 'failed') {
    return none(steps, result.started ? 'unknown' : 'skipped', result.code, result.why)
  }
  const refused = preludeProblem(result.code, result.stderr)
  if (refused === undefined) {
    const outcomes = outcomesOf(steps, result.stdout)
    return Promise.all(outcomes.map((outcome) => proven(fleet, target, outcome, context, signal)))
  }
  if (refused.ran === false) return none(steps, 'skipped', refused.code, named(target, refused.why))
  return outcomesOf(steps, result.stdout, { code: refused.code, why: named(target, refused.why) })
}

/** What could have shut ironherd out is done only when it comes in anew; else the machine takes it back. */
async function proven(
  fleet: Fleet,
  target: HostTarget,
  outcome: StepOutcome,
  context: ExecutionContext,
  signal: AbortSignal,
): Promise<StepOutcome> {
  const { action } = outcome.step
  if (action.verb !== 'OpenPorts' || outcome.result !== 'done') return outcome
  const failed = (why: string): StepOutcome => ({
    ...outcome,
    result: 'failed',
    code: 'FirewallReverted',
    detail: `${why}; the change is taken back`,
  })
  const unreached = await fleet.reach(target, signal)
  if (unreached !== undefined) return failed(`no new connection: ${unreached.why}`)
  const kept = await fleet.run(target, keepScript(action, context), { timeoutMs: timeLimitMs([outcome.step]), signal })
  if (kept.state === 'failed') return failed(kept.why)
  if (kept.code === 0) return outcome
  return failed(preludeProblem(kept.code, kept.stderr)?.why ?? `exit ${kept.code}`)
}

async function claim(
  fleet: Fleet,
  target: HostTarget,
  context: ExecutionContext,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const asked = await fleet.run(target, custodyScript(context), { timeoutMs: timeLimitMs([]), signal })
  const refused = asked.state === 'failed' ? asked : preludeProblem(asked.code, asked.stderr)
  return refused === undefined ? undefined : { code: refused.code, why: named(target, refused.why) }
}

function named(target: HostTarget, why: string): string {
  return why.startsWith(target.name) ? why : `${target.name}: ${why}`
}

function neededArchives(steps: readonly Step[], archives: Archives): readonly (LocalArchive | Failure)[] {
  const digests = new Set(
    steps.flatMap(({ action }) => (action.verb === 'InstallArchive' ? [action.software.digest] : [])),
  )
  return [...digests].flatMap((digest) => archives.get(digest) ?? [])
}

/** The machine could not be given its software: that step failed, and none of the others was tried. */
function installFailed(steps: readonly Step[], { code, why }: Failure): readonly StepOutcome[] {
  return steps.map((step) => ({
    step,
    result: step.action.verb === 'InstallArchive' ? 'failed' : 'skipped',
    code,
    detail: why,
    durationMs: 0,
  }))
}

function none(
  steps: readonly Step[],
  result: 'skipped' | 'failed' | 'unknown',
  code: ReasonCode,
  why: string,
): readonly StepOutcome[] {
  return steps.map((step) => ({ step, result, code, detail: why, durationMs: 0 }))
}
