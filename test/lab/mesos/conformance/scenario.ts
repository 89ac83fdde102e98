import { rmSync } from 'node:fs'
import { Cluster, type Machinery, until } from './cluster.ts'
import { Facts } from './facts.ts'
import { ask, askJson } from './http-client.ts'
import { normaliser } from './normal.ts'
import { telling } from './outcomes.ts'
import { readRecording, recordingsIn } from './recordings.ts'
import { failed, type Result } from './result.ts'

export interface Scene {
  readonly cluster: Cluster
  readonly facts: Facts
  readonly text: string
}

export type Scenario = (scene: Scene) => Promise<void>

/** One recording of c-failures, by its number, on a cluster of its own. */
export async function playScenario(
  machinery: Machinery,
  number: string,
  scenario: Scenario,
): Promise<readonly Result[]> {
  const name = recordingsIn('c-failures').find((each) => each.startsWith(`${number}-`)) ?? ''
  const recording = `c-failures/${name.replace('.txt', '')}`
  const text = readRecording('c-failures', name)
  const cluster = new Cluster(machinery)
  const facts = new Facts(recording, text)
  try {
    await scenario({ cluster, facts, text })
    return [facts.result()]
  } catch (error) {
    return [failed(recording, error)]
  } finally {
    await cluster.stop()
  }
}

/** Seconds since then. */
export function stopwatch(): () => number {
  const begun = Date.now()
  return () => (Date.now() - begun) / 1000
}

export async function othersThan(cluster: Cluster, leader: number): Promise<readonly number[]> {
  return [...cluster.masters.keys()].filter((number) => number !== leader)
}

/** Agent ids by address. */
export async function idsOf(cluster: Cluster): Promise<Readonly<Record<string, string>>> {
  const states = await cluster.agentStates()
  return Object.fromEntries(states.map(({ hostname, id }): [string, string] => [hostname, id]).sort())
}

export async function metric(cluster: Cluster, master: number, name: string): Promise<number | undefined> {
  const body = await askJson(`${cluster.masterUrl(master)}/metrics/snapshot`)
  return (body as Readonly<Record<string, number>> | undefined)?.[name]
}

export async function healthStatus(cluster: Cluster, master: number): Promise<string> {
  return (await ask(`${cluster.masterUrl(master)}/health`))?.status ?? 'no answer'
}

export function wipeMaster(cluster: Cluster, number: number): void {
  rmSync(cluster.workDir(`m${number}`), { recursive: true, force: true })
}

/** The number of the master that counts itself elected, recovered or not. */
export async function elected(cluster: Cluster, seconds: number): Promise<number> {
  return until('an elected master', seconds, async () => {
    for (const number of cluster.masters.keys()) {
      if (cluster.masters.get(number)?.runs && (await metric(cluster, number, 'master/elected')) === 1) return number
    }
    return undefined
  })
}

/** The last F line, or else the last E line, of a log: what a person looks for. */
export function lastWords(output: string): string {
  const normal = normaliser({ leader: 0, folders: [], anyAgent: true })
  const lines = telling(output, normal, /^none$/)
  return lines.findLast((line) => line.startsWith('F ')) ?? lines.findLast((line) => line.startsWith('E ')) ?? ''
}
