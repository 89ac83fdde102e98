import type { ReasonCode } from '../model/reasons.ts'
import type { Step, StepOutcome } from '../model/step.ts'
import { preludeExits } from './prelude.ts'
import { verbExits } from './verbs.ts'

/** What the host said of each step, in the order of `steps`; a step without a line was not reached, or it is not known. */
export function outcomesOf(
  steps: readonly Step[],
  stdout: string,
  rest: 'skipped' | 'unknown',
  why: string,
): readonly StepOutcome[] {
  const lines = new Map<string, { readonly exit: number; readonly ms: number; readonly detail: string }>()
  for (const line of stdout.split('\n')) {
    const match = /^@step ([0-9a-f]+) (\d+) (\d+) (\S*)$/.exec(line)
    if (match?.[1] === undefined) continue
    const detail = Buffer.from(match[4] ?? '', 'base64').toString('utf8')
    lines.set(match[1], { exit: Number(match[2]), ms: Number(match[3]), detail })
  }
  return steps.map((step): StepOutcome => {
    const line = lines.get(step.id)
    if (line === undefined) return { step, result: rest, detail: why, durationMs: 0 }
    if (line.exit === 0) return { step, result: 'done', detail: line.detail, durationMs: line.ms }
    const code = codeOf(step, line.exit, line.detail)
    const result = line.exit === 64 ? 'skipped' : 'failed'
    return { step, result, detail: line.detail, code, durationMs: line.ms }
  })
}

/** Why no step of a script was run, from its exit code; undefined: the script ran. */
export function preludeProblem(
  exit: number,
  stderr: string,
): { readonly code: ReasonCode; readonly why: string } | undefined {
  const said = stderr.trim().slice(-300)
  switch (exit) {
    case 0:
      return undefined
    case preludeExits.locked:
      return { code: 'HostLocked', why: 'another step holds the lock of the machine' }
    case preludeExits.managedByAnother:
      return { code: 'ManagedByAnother', why: `the machine belongs to installation ${said}` }
    case preludeExits.epochSuperseded:
      return { code: 'EpochSuperseded', why: `the machine has seen epoch ${said}` }
    default:
      return { code: fileSystemCode(said) ?? 'StepFailed', why: `exit ${exit}: ${said}` }
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
    default:
      return 'StepFailed'
  }
}

/** What coreutils and tar say (in the C locale) when the file system refuses. */
function fileSystemCode(detail: string): ReasonCode | undefined {
  if (detail.includes('No space left on device') || detail.includes('Disk quota exceeded')) return 'DiskFull'
  return detail.includes('Read-only file system') ? 'ReadOnlyFileSystem' : undefined
}
