import { existsSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Cluster, type Machinery, until } from './cluster.ts'
import { Facts } from './facts.ts'
import { askJson } from './http-client.ts'
import { normaliser } from './normal.ts'
import { telling } from './outcomes.ts'
import { readRecording, recordingsIn } from './recordings.ts'
import { failed, type Result } from './result.ts'

/** How long an agent must run to count as running. The recorder gave it twelve seconds. */
const aliveSeconds = 5

/** c-failures/31 to 47: an agent is killed, something about it changes, and it starts again. One cluster, as recorded. */
export async function playAgentRestarts(machinery: Machinery): Promise<readonly Result[]> {
  const cluster = new Cluster(machinery)
  const results: Result[] = []
  try {
    await cluster.start(3, 0, ['--agent_ping_timeout=3secs'])
    for (const name of recordingsIn('c-failures').filter((each) => /^(?:3[1-9]|4[0-7])-/.test(each))) {
      const recording = `c-failures/${name.replace('.txt', '')}`
      results.push(await play(cluster, name, recording).catch((error: unknown) => failed(recording, error)))
      await cluster.agents.get(1)?.kill()
    }
    return results
  } finally {
    await cluster.stop()
  }
}

interface Listed {
  readonly hostname: string
  readonly port: number
  readonly id: string
  readonly active: boolean
  readonly resources: { readonly cpus: number }
  readonly attributes: Readonly<Record<string, string>>
}

async function play(cluster: Cluster, name: string, recording: string): Promise<Result> {
  const text = readRecording('c-failures', name)
  const facts = new Facts(recording, text)
  await cluster.agents.get(1)?.kill()
  rmSync(cluster.workDir('a1'), { recursive: true, force: true })
  cluster.startAgent(1)
  const before = (await activeOf(cluster))[0]?.id ?? ''
  // The master lists an agent before that has written down its id.
  const info = join(cluster.workDir('a1'), 'meta', 'slaves', 'latest', 'slave.info')
  await until('its checkpoint', 10, async () => (existsSync(info) ? true : undefined))
  await cluster.agents.get(1)?.kill()
  disturb(cluster, text)
  const flags = flagsIn(cluster, facts.recorded(/start: mesos-agent (.*)$/m))
  await start(cluster, facts, flags, /agent exit: (.*?) after/, text)
  facts.equal(
    'active agents then',
    recordedActive(text, 'leader agents now', 0),
    await activeNow(cluster, before, text, 0),
  )
  if (!text.includes('restart unchanged')) return facts.result()
  await start(cluster, facts, flags, /\] exit (\S+)\n.*rm -f/, text)
  rmSync(join(cluster.workDir('a1'), 'meta', 'slaves', 'latest'), { force: true })
  await start(cluster, facts, flags, /rm -f[^\n]*\n\S+ \+ +\S+ exit (.*)$/m, '')
  // The recorder's list has one entry for each address: the agent of before hides the one with the new --ip.
  if (name.startsWith('40-')) return facts.result()
  facts.equal(
    'active agents at last',
    recordedActive(text, 'leader agents now', 1),
    await activeNow(cluster, before, text, 1),
  )
  return facts.result()
}

function disturb(cluster: Cluster, text: string): void {
  const work = cluster.workDir('a1')
  const info = join(work, 'meta', 'slaves', 'latest', 'slave.info')
  if (text.includes('overwritten with garbage')) writeFileSync(info, Buffer.from('garbage'.repeat(20)))
  if (text.includes('truncated to 0 bytes')) truncateSync(info)
  if (text.includes('boot_id changed')) writeFileSync(join(work, 'meta', 'boot_id'), 'f'.repeat(36))
  if (text.includes('work_dir wiped')) rmSync(work, { recursive: true, force: true })
}

/** Every flag of the recorded start, at home here. */
function flagsIn(cluster: Cluster, line: string): string[] {
  const flags = line.split(/ (?=--)/).map((flag) =>
    flag
      .replaceAll(/127\.0\.4\./g, `127.0.${cluster.net}.`)
      .replaceAll('$RUN', cluster.folder)
      .replaceAll('$BIN', cluster.workDir('bin')),
  )
  // Flags that the recorded start leaves out are left out here too.
  const usual = ['hostname', 'resources', 'attributes'].filter((name) => !line.includes(`--${name}=`))
  return [...flags, ...usual.map((name) => `--${name}=`)]
}

async function start(
  cluster: Cluster,
  facts: Facts,
  flags: readonly string[],
  pattern: RegExp,
  log: string,
): Promise<void> {
  const recorded = facts.recorded(pattern)
  await cluster.agents.get(1)?.kill()
  const agent = cluster.startAgent(1, flags)
  const exit = await agent.end(recorded === 'still running' ? aliveSeconds : 20)
  facts.equal('exit code', recorded, String(exit))
  if (log === '' || recorded === 'still running') return
  const normal = normaliser({ leader: 0, folders: [[cluster.folder, '$RUN']], anyAgent: true })
  const before = telling(log.split('--- agent')[1] ?? '', normal, /^none$/).filter((line) => line.startsWith('E '))
  const after = telling(agent.output, normal, /^none$/).filter((line) => line.startsWith('E '))
  if (before.length > 0) facts.equal('last words', before.at(-1), after.at(-1))
}

/** Entries of a recorded list of agents that were active: where, old or new, how many cpus, which attributes. */
function recordedActive(text: string, note: string, at: number): readonly string[] {
  const line = text.split('\n').filter((each) => each.includes(note))[at] ?? ''
  const before = /before \[\('[^']+', '([^']+)'/.exec(text)?.[1]
  const entry = /\('([^':]+:\d+)', '([^']+)', (True|False), '[^']+'(?:, ([\d.]+))?, (\{[^}]*\})\)/g
  return [...line.matchAll(entry)]
    .filter((each) => each[3] === 'True')
    .map(([, where = '', id, , cpus, attributes = '']) => {
      const of = id === before ? 'the old id' : 'a new id'
      return [where.replace(/^127\.0\.\d+\./, ''), of, cpus === undefined ? '' : Number(cpus), plain(attributes)].join(
        ' ',
      )
    })
    .sort()
}

/** Waits until the list is the recorded one, for the time that an agent needs to register. */
async function activeNow(cluster: Cluster, before: string, text: string, at: number): Promise<readonly string[]> {
  const wanted = recordedActive(text, 'leader agents now', at)
  const withCpus = at === 0
  const look = async () =>
    (await activeOf(cluster, 0))
      .map(({ hostname, port, id, resources, attributes }) => {
        const where = `${hostname.replace(/^127\.0\.\d+\./, '')}:${port}`
        const of = id === before ? 'the old id' : 'a new id'
        return [where, of, withCpus ? resources.cpus : '', plain(JSON.stringify(attributes))].join(' ')
      })
      .sort()
  return until('the recorded agents', 8, async () => {
    const now = await look()
    return now.join() === wanted.join() ? now : undefined
  }).catch(look)
}

function plain(attributes: string): string {
  return attributes.replaceAll(/[{}'" ]/g, '')
}

/** Those that a leader counts as active; waits for one where `least` is 1. */
async function activeOf(cluster: Cluster, least = 1): Promise<readonly Listed[]> {
  return until('an active agent', 20, async () => {
    for (const number of cluster.masters.keys()) {
      const body = await askJson(`${cluster.masterUrl(number)}/slaves`)
      if (body === undefined) continue
      const active = (body as { readonly slaves: readonly Listed[] }).slaves.filter((agent) => agent.active)
      return active.length >= least ? active : undefined
    }
    return undefined
  })
}
