// ironherd as its users run it: a process of its own, with the identity and the rights that deploy/ ships.
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Lab } from '../lab/index.ts'

export interface Operator {
  readonly metricsUrl: string
  /** JSON lines. */
  readonly logFile: string
  readonly pid: number
  /** Settles when the process has ended: its exit code, or null when a signal ended it. */
  readonly ended: Promise<number | null>
  signal(name: NodeJS.Signals): void
  /** SIGTERM, then waits for the end; the exit code. */
  stop(): Promise<number | null>
  /** Ends at once, as a crash does. */
  kill(): Promise<void>
}

export interface OperatorOptions {
  readonly name?: string
  readonly pollSeconds?: number
  readonly canarySeconds?: number
  readonly arguments?: readonly string[]
  /** Of Node itself. */
  readonly nodeArguments?: readonly string[]
}

const main = join(import.meta.dirname, '../../src/main.ts')

export async function startOperator(lab: Lab, options: OperatorOptions = {}): Promise<Operator> {
  const name = options.name ?? 'operator'
  const port = await freePort()
  const cache = join(lab.dir, 'operator-cache')
  mkdirSync(cache, { recursive: true })
  const logFile = join(lab.dir, `${name}.log`)
  const log = createWriteStream(logFile, { flags: 'a' })
  const child = spawn(
    process.execPath,
    [
      ...(options.nodeArguments ?? []),
      main,
      'run',
      ...['--kubeconfig', lab.kube.tokenKubeconfig('ironherd')],
      ...['--cache-dir', cache],
      ...['--metrics-address', `127.0.0.1:${String(port)}`],
      ...['--poll-seconds', String(options.pollSeconds ?? 3)],
      ...['--canary-seconds', String(options.canarySeconds ?? 120)],
      ...(options.arguments ?? []),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', HOME: lab.dir, POD_NAME: name } },
  )
  child.stdout.pipe(log)
  child.stderr.pipe(log)
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  await untilItAnswers(`http://127.0.0.1:${String(port)}/healthz`, child, logFile)
  return {
    metricsUrl: `http://127.0.0.1:${String(port)}/metrics`,
    logFile,
    get pid() {
      return child.pid ?? 0
    },
    ended,
    signal: (signal) => void child.kill(signal),
    stop: () => end(child, 'SIGTERM', ended),
    kill: async () => void (await end(child, 'SIGKILL', ended)),
  }
}

/** A process that leaves right away (a wrong flag, a CRD that is missing) has said why in its log. */
async function untilItAnswers(url: string, child: ChildProcess, logFile: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (child.exitCode !== null || child.signalCode !== null) break
    const answer = await fetch(url, { signal: AbortSignal.timeout(1000) }).catch(() => undefined)
    if (answer !== undefined) return
    await sleep(100)
  }
  throw new Error(`ironherd did not start: ${readFileSync(logFile, 'utf8').slice(-2000)}`)
}

function end(child: ChildProcess, signal: NodeJS.Signals, ended: Promise<number | null>): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal)
  return ended
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
