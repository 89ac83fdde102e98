// Runs the changes and tells a row for each: how long it took, what a client felt, which steps were run.
import { setTimeout as sleep } from 'node:timers/promises'
import { exampleManifests } from '../world/manifests.ts'
import { conditionOf, isReady, startWorld, type World } from '../world/world.ts'
import { allChanges, type Change, type Standing } from './changes.ts'
import { startWriter } from './writer.ts'

const changeHeader =
  '| change | s | longest wait of a writer, s | writes | steps that were run |\n|---|---|---|---|---|'

/** On one lab, in their order: each begins where the one before it ended, and none is begun after one that failed. */
export async function runChanges(words: readonly string[], tell: (line: string) => void): Promise<boolean> {
  const changes = allChanges.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
  const world = await startWorld({ lab: { hosts: 6 }, log: console.log })
  try {
    await world.apply([...exampleManifests('zookeeper', world.lab), ...exampleManifests('spark', world.lab)])
    await world.untilReady('zookeepercluster', 'zk', 300_000)
    await world.untilReady('sparkcluster', 'analytics', 300_000)
    return await runOn(world, changes, tell)
  } finally {
    await world.down()
  }
}

async function runOn(world: World, changes: readonly Change[], tell: (line: string) => void): Promise<boolean> {
  const [zk] = exampleManifests('zookeeper', world.lab)
  const [spark] = exampleManifests('spark', world.lab)
  if (zk === undefined || spark === undefined) throw new Error('no examples')
  let standing: Standing = { zk, spark }
  const connect = world.lab.hosts.map(({ address }) => `${address}:2181`).join(',')
  const writer = startWriter(connect)
  let fine = true
  // A client that has not come in yet may hang for long on an address that is off.
  while (writer.lap().writes === 0) await sleep(250)
  tell(changeHeader)
  for (const change of changes) {
    const before = await journals(world)
    writer.lap()
    const began = Date.now()
    try {
      standing = await change.apply(world, standing)
      await settled(world, 420_000)
      await change.check?.(world)
    } catch (error) {
      fine = false
      tell(
        `| ${change.name} | FAILED | ${(error instanceof Error ? error.message : String(error)).slice(0, 1500).replaceAll('\n', ' ')} | | |`,
      )
    }
    const { longestMs, writes } = writer.lap()
    const steps = (await journals(world)).filter((line) => !before.includes(line)).map(shortStep)
    tell(
      `| ${change.name} | ${((Date.now() - began) / 1000).toFixed(1)} | ${(longestMs / 1000).toFixed(1)} | ${String(writes)} | ${steps.join('; ')} |`,
    )
    if (!fine) break
  }
  await writer.stop()
  return fine
}

async function settled(world: World, limitMs: number): Promise<void> {
  const since = Date.now()
  for (const [kind, name] of [
    ['zookeepercluster', 'zk'],
    ['sparkcluster', 'analytics'],
  ] as const) {
    await world.until(
      kind,
      name,
      'Ready with nothing left to do',
      (shown) =>
        isReady(shown) &&
        shown.status?.observedGeneration === shown.metadata.generation &&
        conditionOf(shown, 'UpToDate')?.status === 'True' &&
        shown.status['plan'] === undefined &&
        Date.now() - since > 4000,
      limitMs,
    )
  }
}

/** `time host member verb` of every step that is done, oldest first. */
async function journals(world: World): Promise<readonly string[]> {
  const all = await Promise.all(
    world.lab.hosts.map(async (host) => {
      if (!(await host.isRunning())) return []
      const { stdout } = await host.exec(
        "awk -F'\\t' '$3 == \"done\" { print $1, $5, $6 }' /var/lib/ironherd/journal 2>/dev/null; true",
      )
      return stdout
        .trim()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.replace(' ', ` ${host.name} `))
    }),
  )
  return all.flat().sort()
}

function shortStep(line: string): string {
  const [, host = '', member = '', verb = ''] = line.split(' ')
  return `${host} ${verb} ${member}`
}
