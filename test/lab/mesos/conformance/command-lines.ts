import { mkdirSync, writeFileSync } from 'node:fs'
import { Cluster, type Machinery } from './cluster.ts'
import { Facts } from './facts.ts'
import { normaliser } from './normal.ts'
import { telling } from './outcomes.ts'
import { Program, type ProgramName } from './program.ts'
import { readRecording } from './recordings.ts'
import { failed, type Result } from './result.ts'

/** The recorder waited four seconds. */
const aliveSeconds = 3

const skipped: readonly RegExp[] = [
  // Port 5050 of all addresses was taken by the recorder's other clusters, and systemd was half there.
  /^no flags at all, master/,
  /^agent defaults/,
  /^mesos-master, no flags/,
  /^mesos-agent --work_dir --master, nothing else/,
]

interface Call {
  readonly title: string
  readonly exit: string
  /** 'MESOS_QUORUM=1 mesos-master --x', the environment before the program. */
  readonly line: string
  readonly output: string
}

/** e-flags: every recorded command line, its exit code, and what it said where it ended. */
export async function playCommandLines(machinery: Machinery): Promise<readonly Result[]> {
  const cluster = new Cluster(machinery)
  mkdirSync(cluster.folder, { recursive: true })
  writeFileSync(cluster.workDir('zkf'), cluster.zk)
  const results: Result[] = []
  try {
    await cluster.zookeeper.start()
    for (const name of ['environment-and-errors', 'no-flags-and-minimal-flags']) {
      for (const call of callsIn(readRecording('e-flags', `${name}.txt`))) {
        if (skipped.some((each) => each.test(call.title))) continue
        const recording = `e-flags/${name}: ${call.title}`
        results.push(await play(cluster, recording, call).catch((error: unknown) => failed(recording, error)))
      }
    }
    return results
  } finally {
    await cluster.stop()
  }
}

function callsIn(text: string): readonly Call[] {
  return text.split(/^(?=\[\d\d:)/m).flatMap((part) => {
    const [, title, exit] = /\] (.*?):? -> (?:exit code )?(still running|-?\d+)/.exec(part) ?? []
    const line = /^\$ +(.*)$/m.exec(part)?.[1]
    if (title === undefined || exit === undefined || line === undefined) return []
    return [{ title, exit, line, output: part.slice(part.search(/^\$ /m)).split('\n').slice(1).join('\n') }]
  })
}

async function play(cluster: Cluster, recording: string, call: Call): Promise<Result> {
  const facts = new Facts(recording, call.output)
  const moved = call.line
    .replaceAll(/127\.0\.(?:6|20)\./g, `127.0.${cluster.net}.`)
    .replaceAll('$RUN', cluster.folder)
    .replaceAll('$BIN', cluster.workDir('bin'))
  const words = moved.split(' ')
  const at = words.findIndex((word) => word.startsWith('mesos-'))
  const environment = Object.fromEntries(words.slice(0, at).map((word) => word.split('=') as [string, string]))
  const name = (words[at] ?? '').replace('mesos-', '') as ProgramName
  const excused = name === 'agent' ? { LAB_MESOS_CGROUPS: 'ignore' } : {}
  const program = new Program(name, words.slice(at + 1), { ...excused, ...environment })
  const exit = await program.end(call.exit === 'still running' ? aliveSeconds : 10)
  await program.kill()
  facts.equal('exit code', call.exit, String(exit))
  if (call.exit !== 'still running') compareWords(cluster, facts, call.output, program.output)
  return facts.result()
}

function compareWords(cluster: Cluster, facts: Facts, recorded: string, seen: string): void {
  const normal = normaliser({ leader: 0, folders: [[cluster.folder, '$RUN']], anyAgent: true })
  const main = /^main\.cpp/
  const kept = (output: string) => telling(output, normal, main).filter((line) => !line.startsWith('Usage'))
  const [before, after] = [kept(recorded), kept(seen)]
  facts.equal('what it said', before.join('\n'), after.join('\n'))
}
