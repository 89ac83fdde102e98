// A real Prometheus for a test: it scrapes what it is told to, answers queries, and judges metrics texts with promtool.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prometheusPrograms } from './cache/prometheus.ts'
import { freePorts } from './machine/ports.ts'
import { isAlive, kill, startDetached } from './machine/processes.ts'
import type { Log } from './machine/progress.ts'
import { type Outcome, run, waitFor } from './machine/sh.ts'

export interface PrometheusOptions {
  /** The whole configuration file as YAML: `scrape_configs:`, and `rule_files:` if there are some. */
  readonly config: string
  /** Beside the configuration file: names to contents, for rules. */
  readonly files?: Readonly<Record<string, string>>
  readonly log?: Log
}

export interface PrometheusSample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: number
}

export interface LabPrometheus {
  readonly url: string
  /** An instant query; a vector or a scalar as samples. */
  query(expression: string): Promise<readonly PrometheusSample[]>
  /** Any other call of its HTTP API, `/api/v1/…`: what is under `data`. */
  get(path: string): Promise<unknown>
  stop(): Promise<void>
}

const READY_TIMEOUT_MS = 20_000

export async function startPrometheus(options: PrometheusOptions): Promise<LabPrometheus> {
  const { prometheus } = await prometheusPrograms(options.log ?? (() => undefined))
  const dir = await mkdtemp(join(tmpdir(), 'ironherd-prometheus-'))
  for (const [name, text] of Object.entries({ ...options.files, 'prometheus.yml': options.config })) {
    await writeFile(join(dir, name), text)
  }
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${String(port)}`
  const flags = [
    `--config.file=${join(dir, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(dir, 'data')}`,
    `--web.listen-address=127.0.0.1:${String(port)}`,
  ]
  const id = startDetached([prometheus, ...flags], join(dir, 'prometheus.log'))
  const endWithUs = (): void => {
    kill(id)
  }
  process.once('exit', endWithUs)

  async function stop(): Promise<void> {
    process.off('exit', endWithUs)
    kill(id)
    await waitFor('the end of prometheus', () => !isAlive(id), 5000)
    await rm(dir, { recursive: true, force: true })
  }

  async function get(path: string): Promise<unknown> {
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(10_000) })
    const answer = (await response.json()) as { status: string; data?: unknown; error?: string }
    if (answer.status !== 'success') throw new Error(`prometheus ${path}: ${answer.error ?? answer.status}`)
    return answer.data
  }

  try {
    await waitFor(
      'prometheus',
      () => isReady(url, () => isAlive(id), join(dir, 'prometheus.log')),
      READY_TIMEOUT_MS,
      50,
    )
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    get,
    stop,
    query: async (expression) => samplesOf(await get(`/api/v1/query?query=${encodeURIComponent(expression)}`)),
  }
}

async function isReady(url: string, alive: () => boolean, log: string): Promise<boolean> {
  if (!alive()) throw new Error(`prometheus did not start: see ${log}`)
  return fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(2000) }).then(
    (response) => response.ok,
    () => false,
  )
}

type Point = readonly [number, string]

function samplesOf(data: unknown): readonly PrometheusSample[] {
  const answer = data as {
    resultType: string
    result: readonly { metric: Record<string, string>; value: Point }[] | Point
  }
  if (answer.resultType === 'scalar') return [{ metric: {}, value: Number((answer.result as Point)[1]) }]
  const vector = answer.result as readonly { metric: Record<string, string>; value: Point }[]
  return vector.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
}

/** `promtool check metrics`: code 0 and no words if the text is well formed and follows the naming rules; 3 for the rules. */
export async function checkMetrics(text: string, log: Log = () => undefined): Promise<Outcome> {
  const { promtool } = await prometheusPrograms(log)
  return run([promtool, 'check', 'metrics'], { stdin: text })
}

/** promtool as it is: `['check', 'rules', file]`, `['test', 'rules', file]`. */
export async function promtool(args: readonly string[], log: Log = () => undefined): Promise<Outcome> {
  const programs = await prometheusPrograms(log)
  return run([programs.promtool, ...args])
}
