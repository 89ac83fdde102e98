import { performance } from 'node:perf_hooks'
import { LogFiles } from './log-files.ts'

const severities = ['INFO', 'WARNING', 'ERROR', 'FATAL'] as const
export type Severity = (typeof severities)[number]

let threshold: Severity = 'INFO'
let files: LogFiles | undefined

/** `logging_level` and `log_dir` of the flags; until it is called, everything goes to stderr only. */
export function initializeLogging(program: string, level: string, directory: string | undefined): void {
  threshold = severities.find((severity) => severity === level) ?? 'INFO'
  if (directory !== undefined) files = new LogFiles(program, directory)
  // e-flags/environment-and-errors.txt, `--log_dir set`: the one line that tells of a level other than the usual.
  if (threshold !== 'INFO') line(threshold, 'logging.cpp:457', `${threshold} level logging started!`)
}

export function info(place: string, words: string): void {
  line('INFO', place, words)
}

export function warning(place: string, words: string): void {
  line('WARNING', place, words)
}

export function error(place: string, words: string): void {
  line('ERROR', place, words)
}

/** An `E` line "EXIT with status N: words", and the end. */
export function exitWith(place: string, words: string, status = 1): never {
  line('ERROR', place, `EXIT with status ${status}: ${words}`)
  return process.exit(status)
}

/** A failed check: the `F` line, and death by SIGABRT. */
export function abort(place: string, words: string): never {
  line('FATAL', place, words)
  write('*** Check failure stack trace: ***\n')
  process.kill(process.pid, 'SIGABRT')
  throw new Error('SIGABRT did not end the process')
}

/** Says on SIGTERM what glog says, and then dies by that very signal (f-timing/shutdown.txt). SIGINT needs nothing. */
export function dieLoudly(): void {
  process.once('SIGTERM', () => {
    // Node does not tell who sent it. Under a service manager, that is the parent.
    const words = `RAW: Received signal SIGTERM from process ${process.ppid} of user ${process.getuid?.() ?? 0}; exiting`
    write(`W00000000 00:00:00.000000 ${thread()} logging.cpp:98] ${words}\n`)
    process.kill(process.pid, 'SIGTERM')
  })
}

function line(severity: Severity, place: string, words: string): void {
  if (severities.indexOf(severity) < severities.indexOf(threshold)) return
  const text = `${severity.slice(0, 1)}${stamp()} ${thread()} ${place}] ${words}\n`
  write(text)
  files?.write(severities.slice(0, severities.indexOf(severity) + 1), text)
}

function write(text: string): void {
  process.stderr.write(text)
}

/** As glog prints a thread id: at least five wide. Here there is one thread. */
function thread(): string {
  return String(process.pid).padStart(5)
}

function stamp(): string {
  const now = performance.timeOrigin + performance.now()
  const date = new Date(now)
  const two = (part: number): string => String(part).padStart(2, '0')
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`
  const micros = String(Math.floor((now % 1000) * 1000)).padStart(6, '0')
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${micros}`
}

// Whoever read the log may be gone: that must not be an end of its own kind.
process.stderr.on('error', () => undefined)
