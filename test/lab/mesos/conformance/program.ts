import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '..')

export type ProgramName = 'master' | 'agent' | 'execute'

/** A stand-in that runs, or has run. */
export class Program {
  readonly started = Date.now()
  readonly #child: ChildProcess
  #output = ''
  #endedAt: number | undefined

  constructor(name: ProgramName, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    const argv = ['--disable-warning=ExperimentalWarning', join(folder, `${name}.ts`), ...args]
    const { PATH, HOME, USER } = process.env
    this.#child = spawn(process.execPath, argv, {
      env: { PATH, HOME, USER, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data: Buffer) => {
        this.#output += data.toString('utf8')
      })
    }
    this.#child.once('exit', () => {
      this.#endedAt = Date.now()
    })
  }

  /** stdout and stderr so far. */
  get output(): string {
    return this.#output
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** As the recordings write it: a number, minus the signal's number, or 'still running'. */
  get exit(): number | 'still running' {
    if (this.#child.exitCode !== null) return this.#child.exitCode
    const signal = this.#child.signalCode
    return signal === null ? 'still running' : -(signals[signal] ?? 0)
  }

  get runs(): boolean {
    return this.#endedAt === undefined
  }

  /** Seconds from its start to its end. */
  get lasted(): number {
    return ((this.#endedAt ?? Date.now()) - this.started) / 1000
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Waits for the end for so many seconds at most. */
  async end(seconds: number): Promise<number | 'still running'> {
    const gone = once(this.#child, 'close')
    if (this.runs) await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, seconds * 1000).unref())])
    return this.exit
  }

  async kill(): Promise<void> {
    if (!this.runs) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }
}

const signals: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGTERM: 15,
}
