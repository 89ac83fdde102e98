// Running a program and looking at what it said. Nothing here goes through a shell unless the caller writes `bash`.
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly stdin?: string
  readonly timeoutMs?: number
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs `argv` to its end. A run that outlives `timeoutMs` is killed and has code 124, as `timeout(1)` would say. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [program = '', ...rest] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    let timedOut = false
    let grace: NodeJS.Timeout | undefined
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true
            child.kill('SIGKILL')
            // A grandchild may hold our pipes open for ever; what it would say is not waited for.
            grace = setTimeout(() => {
              child.stdout.destroy()
              child.stderr.destroy()
            }, 200)
          }, options.timeoutMs)
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    // A program may end without reading its input: that is its business, not an error of ours.
    child.stdin.on('error', () => undefined)
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(new Error(`${program}: ${error.message}`))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      clearTimeout(grace)
      resolve({
        code: timedOut ? 124 : (code ?? (signal === null ? 1 : 137)),
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      })
    })
    child.stdin.end(options.stdin ?? '')
  })
}

/** As `run`, but a code other than 0 is an error that carries the end of what the program said. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const outcome = await run(argv, options)
  if (outcome.code !== 0) {
    const said = lastLines(`${outcome.stdout}\n${outcome.stderr}`, 12)
    throw new Error(`${argv.join(' ')}: exit ${String(outcome.code)}\n${said}`)
  }
  return outcome.stdout
}

/** As `must`, with everything that the program says kept in `logFile`: for builds that say a lot. */
export function mustLogged(argv: readonly string[], logFile: string, options: RunOptions = {}): Promise<void> {
  const [program = '', ...rest] = argv
  const log = openSync(logFile, 'a')
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    child.on('error', (error) => {
      reject(new Error(`${program}: ${error.message}`))
    })
    child.on('close', (code) => {
      if (code === 0) return resolve()
      readFile(logFile, 'utf8').then((said) => {
        reject(new Error(`${argv.join(' ')}: exit ${String(code)} (${logFile})\n${lastLines(said, 15)}`))
      }, reject)
    })
  })
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n')
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Asks `probe` every `everyMs` until it says yes; after `timeoutMs` it is an error that says what was waited for. */
export async function waitFor(
  what: string,
  probe: () => boolean | Promise<boolean>,
  timeoutMs: number,
  everyMs = 25,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await probe())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${String(timeoutMs / 1000)} s`)
    await sleep(everyMs)
  }
}
