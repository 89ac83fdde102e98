import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')

/** One command of a check, whose output is wanted only when it fails. */
export interface Part {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  /** Variables for this command alone. */
  readonly env?: Readonly<Record<string, string>>
  /** Show the output while it comes. */
  readonly live?: boolean
}

export interface PartResult {
  readonly part: Part
  readonly ok: boolean
  readonly seconds: number
  /** '' when it was shown live. */
  readonly output: string
}

const running = new Set<() => void>()

// A check that is stopped takes its commands with it: each leads a process group of its own.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    for (const stop of running) stop()
    if (running.size === 0) process.exit(130)
  })
}

/** Runs one command in the checkout with node_modules/.bin first on the PATH. Never rejects. */
export async function runPart(part: Part): Promise<PartResult> {
  const started = process.hrtime.bigint()
  const { code, output } = await run(part)
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  return { part, ok: code === 0, seconds, output }
}

function run(part: Part): Promise<{ readonly code: number; readonly output: string }> {
  const [command, ...args] = part.command
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd: root,
      detached: true,
      stdio: part.live === true ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...part.env,
        PATH: [join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter),
      },
    })
    const stop = (): void => {
      // What a test brought up it must also take down, so it is asked, not killed.
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGINT')
    }
    running.add(stop)
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('error', (error) => {
      running.delete(stop)
      done({ code: 1, output: `${output}${command}: ${error.message}\n` })
    })
    child.on('close', (code) => {
      running.delete(stop)
      done({ code: code ?? 1, output })
    })
  })
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // The group is gone, which is what was wanted.
  }
}

/** Runs parts side by side, `width` at a time, in the order given; prints one line as each ends. */
export async function runParts(parts: readonly Part[], width: number): Promise<readonly PartResult[]> {
  const results: PartResult[] = []
  const queue = [...parts]
  async function worker(): Promise<void> {
    for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
      const result = await runPart(part)
      results.push(result)
      console.log(`${result.ok ? 'ok  ' : 'FAIL'}  ${part.name.padEnd(12)} ${result.seconds.toFixed(1).padStart(6)} s`)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, width) }, worker))
  return results
}

/** What the failed parts said, whole. */
export function printFailures(results: readonly PartResult[]): void {
  for (const { part, ok, output } of results) {
    if (ok || output === '') continue
    console.log(`\n──── ${part.name}: ${part.command.join(' ')}\n${output.trimEnd()}\n`)
  }
}
