import type { Cluster } from './cluster.ts'
import { differences } from './compare.ts'
import { ask } from './http-client.ts'
import { normaliser } from './normal.ts'
import { type Answer, type Exchange, exchangesIn, readRecording, recordingsIn } from './recordings.ts'
import { failed, type Result, resultOf } from './result.ts'

/** In which state of the cluster a recording of a-http was made, by the beginning of its name. */
const stages = {
  idle: ['leader-', 'nonleader-', 'agent-'],
  task: ['leader-with-running-task-', 'agent-with-running-task-'],
  recovered: ['leader-with-recovered-agent-'],
} as const

export type Stage = keyof typeof stages

const special = [...stages.task, ...stages.recovered]

function namesFor(stage: Stage): readonly string[] {
  const starts: readonly string[] = stages[stage]
  return recordingsIn('a-http').filter((name) => {
    const hidden = stage === 'idle' && special.some((start) => name.startsWith(start))
    return !hidden && starts.some((start) => name.startsWith(start))
  })
}

interface Here {
  /** The number of the master that leads. */
  readonly leader: number
  readonly other: number
  /** The agent that is asked. */
  readonly agent: number
}

/** Asks what was asked when the recordings of the stage were made, and puts the answers side by side. */
export async function playHttp(cluster: Cluster, stage: Stage, here: Here): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const name of namesFor(stage)) {
    const recording = `a-http/${name.replace('.txt', '')}`
    for (const exchange of exchangesIn(readRecording('a-http', name))) {
      results.push(
        await play(cluster, stage, here, recording, exchange).catch((error: unknown) => failed(recording, error)),
      )
    }
  }
  return results
}

async function play(
  cluster: Cluster,
  stage: Stage,
  here: Here,
  recording: string,
  exchange: Exchange,
): Promise<Result> {
  const { method, url, sent, answer } = exchange
  const base = baseFor(cluster, here, recording)
  const seen = await ask(`${base}${url.pathname}${url.search}`, {
    method,
    ...(sent === undefined ? {} : { body: sent }),
  })
  if (seen === undefined) throw new Error(`no answer from ${base}${url.pathname}`)
  const anyAgent = stage !== 'idle'
  const run = [['$RUN/c0', '$RUN']] as const
  const ours = [
    [cluster.workDir('bin'), '$BIN'],
    [cluster.folder, '$RUN'],
  ] as const
  const found = differences(
    answer,
    seen,
    normaliser({ leader: recordedLeader(recording, url), folders: run, anyAgent }),
    normaliser({ leader: 1 + here.leader, folders: ours, anyAgent }),
  )
  return resultOf(recording, factsIn(answer), found)
}

function baseFor(cluster: Cluster, { leader, other, agent }: Here, recording: string): string {
  if (recording.startsWith('a-http/agent-')) return cluster.agentUrl(agent)
  return cluster.masterUrl(recording.startsWith('a-http/nonleader-') ? other : leader)
}

/** 127.0.0.3 led where most of them were made; after the fail-over, the one that was asked. */
function recordedLeader(recording: string, url: URL): number {
  return recording.includes('recovered') ? Number(url.hostname.split('.').at(-1)) : 3
}

function factsIn({ headers, body }: Answer): number {
  return 1 + headers.length + (body.startsWith('{') || body.startsWith('[') ? leaves(JSON.parse(body)) : 1)
}

function leaves(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((sum, each) => sum + leaves(each), 0)
}
