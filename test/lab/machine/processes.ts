// Long-lived processes that outlive the program that started them, known by pid *and* start time: a pid alone may by now
// belong to somebody else.
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'

export interface ProcessId {
  readonly pid: number
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly startTime: string
}

export function identify(pid: number): ProcessId | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
    // The second field is the command in brackets and may hold spaces and brackets itself: count from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') return undefined
    return { pid, startTime: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

export function isAlive(id: ProcessId): boolean {
  return identify(id.pid)?.startTime === id.startTime
}

export function kill(id: ProcessId, signal: NodeJS.Signals = 'SIGKILL'): void {
  if (!isAlive(id)) return
  try {
    process.kill(id.pid, signal)
  } catch {
    // Gone in between: what was wanted.
  }
}

/** Starts `argv` in a session of its own, its output in `logFile`; it lives on when this program ends. */
export function startDetached(
  argv: readonly string[],
  logFile: string,
  env: Readonly<Record<string, string>> = {},
): ProcessId {
  const [program = '', ...rest] = argv
  const log = openSync(logFile, 'a')
  const child = spawn(program, rest, {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...env },
    cwd: '/',
  })
  closeSync(log)
  child.on('error', () => undefined)
  child.unref()
  const id = child.pid === undefined ? undefined : identify(child.pid)
  if (id === undefined) throw new Error(`${argv.join(' ')}: did not start (${logFile})`)
  return id
}
