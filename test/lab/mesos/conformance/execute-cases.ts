import type { Cluster } from './cluster.ts'
import { normaliser } from './normal.ts'
import { factsOf, outcomeDifferences } from './outcomes.ts'
import { readRecording } from './recordings.ts'
import { type Result, resultOf } from './result.ts'

/** The recorder waited twenty seconds for what never ends; a few show as much. */
const boundSeconds = 6

const places = /^scheduler\.cpp/

/** One call of mesos-execute as recorded in d-mesos-execute/01 to 06. */
export async function playExecute(cluster: Cluster, name: string, leader: number): Promise<Result> {
  const text = readRecording('d-mesos-execute', `${name}.txt`)
  const [, line = ''] = /^\$ mesos-execute (.*)$/m.exec(text) ?? []
  const [, exit = ''] = /^\[exit code (.*) after /m.exec(text) ?? []
  const bounded = exit === 'still running'
  const program = cluster.execute(argumentsIn(line, cluster, leader))
  const seenExit = await program.end(bounded ? boundSeconds : 30)
  const output = program.output
  if (bounded) program.signal('SIGTERM')
  await program.end(5)
  const recorded = {
    exit: bounded ? ('still running' as const) : Number(exit),
    output: text.split('--- output')[1] ?? '',
  }
  const plain = recorded.output.split('\n').slice(1).join('\n')
  const found = outcomeDifferences(
    { ...recorded, output: plain },
    { exit: seenExit, output },
    normalisers(leader),
    places,
  )
  return resultOf(`d-mesos-execute/${name}`, factsOf({ ...recorded, output: plain }, places), found)
}

/** In d-mesos-execute, 127.0.0.3 led. */
function normalisers(leader: number) {
  const plain = { folders: [], anyAgent: true }
  return [normaliser({ ...plain, leader: 3 }), normaliser({ ...plain, leader: 1 + leader })] as const
}

/** The recorded line has its quotes taken off: a new argument begins where ` --` stands. */
function argumentsIn(line: string, cluster: Cluster, leader: number): readonly string[] {
  const other = leader === 1 ? 2 : 1
  const moved = line
    .replace('127.0.0.1:2181', `${cluster.ip(1)}:2181`)
    .replace('127.0.0.2:5050', `${cluster.masterIp(other)}:5050`)
    .replace('127.0.0.3:5050', `${cluster.masterIp(leader)}:5050`)
    .replace('127.0.0.99:5050', `${cluster.ip(99)}:5050`)
  return moved.split(/ (?=--)/)
}
