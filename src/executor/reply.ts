import type { ReasonCode } from '../model/reasons.ts'
import type { Step, StepOutcome } from '../model/step.ts'
import { verbExits } from './exits.ts'
import { preludeExits } from './prelude.ts'

/** Why a script did not come to its end. */
export interface CutOff {
  readonly code: ReasonCode
  readonly why: string
}

/**
 * What the host said of each step, in the order of `steps`. A step without a line was not reached; when the script was cut
 * off, the first of these may have been run, in part or whole.
 */
export function outcomesOf(steps: readonly Step[], stdout: string, cutOff?: CutOff): readonly StepOutcome[] {
  const lines = linesOf(stdout)
  let cut = cutOff
  return steps.map((step): StepOutcome => {
    const line = lines.get(step.id)
    if (line !== undefined) return outcomeOf(step, line)
    if (cut !== undefined) {
      const { code, why } = cut
      cut = undefined
      return { step, result: 'unknown', code, detail: why, durationMs: 0 }
    }
    return { step, result: 'skipped', detail: 'a step before it did not succeed', durationMs: 0 }
  })
}

interface Line {
  readonly exit: number
  readonly ms: number
  readonly detail: string
}

function linesOf(stdout: string): ReadonlyMap<string, Line> {
  const lines = new Map<string, Line>()
  for (const line of stdout.split('\n')) {
    const match = /^@step ([0-9a-f]+) (\d+) (\d+) (\S*)$/.exec(line)
    if (match?.[1] === undefined) continue
    const detail = Buffer.from(match[4] ?? '', 'base64').toString('utf8')
    lines.set(match[1], { exit: Number(match[2]), ms: Number(match[3]), detail })
  }
  return lines
}

function outcomeOf(step: Step, { exit, ms, detail }: Line): StepOutcome {
  if (exit === 0) return { step, result: 'done', detail, durationMs: ms }
  const result = exit === 64 ? 'skipped' : 'failed'
  return { step, result, detail, code: codeOf(step, exit, detail), durationMs: ms }
}

/** Why a script did not come to its end, from its exit code; `ran: false` is proof that no step was begun. */
export function preludeProblem(exit: number, stderr: string): (CutOff & { readonly ran: boolean }) | undefined {
  const said = stderr.trim().slice(-300)
  const ran = false
  switch (exit) {
    case 0:
      return undefined
    case preludeExits.locked:
      return { code: 'HostLocked', why: 'another step holds the lock of the machine', ran }
    case preludeExits.managedByAnother:
      return { code: 'ManagedByAnother', why: `the machine belongs to installation ${said}`, ran }
    case preludeExits.epochSuperseded:
      return {
        code: 'EpochSuperseded',
        why: `the machine has seen epoch ${said}, which is newer than that of this process`,
        ran,
      }
    case preludeExits.unusable:
      return { code: fileSystemCode(said) ?? 'StepFailed', why: `its state directory cannot be used: ${said}`, ran }
    // 128 + SIGTERM or SIGKILL: the session ends a script at its time.
    case 137:
    case 143:
      return { code: 'StepTimedOut', why: 'the script did not come to its end in time', ran: true }
    default:
      return { code: fileSystemCode(said) ?? 'StepFailed', why: `exit ${exit}: ${said}`, ran: true }
  }
}

function codeOf(step: Step, exit: number, detail: string): ReasonCode {
  switch (exit) {
    case 64:
      return 'GuardRefused'
    case verbExits.notADirectory:
      return 'NotADirectory'
    case verbExits.fenced:
      return 'Fenced'
    case verbExits.digestMismatch:
      return 'DigestMismatch'
    case verbExits.toolUnfinished:
      return 'StepTimedOut'
    case verbExits.blockRefused:
      return 'BlockRefused'
    case verbExits.archiveUnusable:
      return fileSystemCode(detail) ?? 'ArchiveUnusable'
    default:
      return fileSystemCode(detail) ?? defaultCode(step)
  }
}

function defaultCode(step: Step): ReasonCode {
  switch (step.action.verb) {
    case 'StartUnit':
    case 'RestartUnit':
      return 'StartFailed'
    case 'InstallPackages':
      return 'PackageInstallFailed'
    case 'UpdatePackageLists':
      return 'PackageRepositoryUnusable'
    case 'Fence':
      return 'FenceFailed'
    default:
      return 'StepFailed'
  }
}

/** What coreutils and tar say (in the C locale) when the file system refuses. */
function fileSystemCode(detail: string): ReasonCode | undefined {
  if (detail.includes('No space left on device') || detail.includes('Disk quota exceeded')) return 'DiskFull'
  return detail.includes('Read-only file system') ? 'ReadOnlyFileSystem' : undefined
}
