import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zookeeperArchive } from '../../cache/zookeeper.ts'
import { need } from '../../machine/needs.ts'
import { mustLogged } from '../../machine/sh.ts'
import type { Machinery } from './cluster.ts'
import { parts } from './parts.ts'
import type { Result } from './result.ts'

/** Networks 127.0.N.x for clusters. */
const nets = [200, 201, 202, 203, 204, 205, 206, 207, 208, 209, 210]

/** Most of the time is waiting for timeouts: so many clusters at once do not disturb each other on two cores. */
const lanes = 3

/** Plays the parts, each on a cluster of its own, and gives what came out in their order. Leaves nothing behind. */
export async function playParts(names: readonly string[], log: (line: string) => void): Promise<readonly Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mesos-conformance-'))
  try {
    const zookeeperHome = await unpackedZooKeeper(folder, log)
    const results = new Map<string, readonly Result[]>()
    const left = [...names]
    const lane = async (net: number): Promise<void> => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) {
        results.set(name, await play(name, { zookeeperHome, folder: join(folder, name), net }, log))
      }
    }
    const taken = await takeNets(Math.min(lanes, names.length))
    await Promise.all([...taken.keys()].map(lane))
    for (const holder of taken.values()) holder.close()
    return names.flatMap((name) => results.get(name) ?? [])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function play(name: string, machinery: Machinery, log: (line: string) => void): Promise<readonly Result[]> {
  const part = parts[name]
  if (part === undefined) throw new Error(`no part ${name}; there are ${Object.keys(parts).join(', ')}`)
  const begun = Date.now()
  const played = await part(machinery)
  const bad = played.filter(({ different }) => different.length > 0).length
  log(`${name}: ${played.length} cases, ${bad} different, ${Math.round((Date.now() - begun) / 1000)} s`)
  return played
}

/** Networks that no other run has. What holds one for this run is a listener that nobody calls. */
async function takeNets(count: number): Promise<ReadonlyMap<number, Server>> {
  const taken = new Map<number, Server>()
  for (const net of nets) {
    if (taken.size === count) break
    const holder = createServer()
    const free = once(holder, 'listening').then(
      () => true,
      () => false,
    )
    holder.listen(2181, `127.0.${net}.254`)
    if (await free) taken.set(net, holder)
  }
  if (taken.size === count) return taken
  throw new Error(`other runs hold all of 127.0.${nets[0]}.0 to 127.0.${nets.at(-1)}.0`)
}

async function unpackedZooKeeper(folder: string, log: (line: string) => void): Promise<string> {
  await need(['java', 'tar'], log)
  const archive = await zookeeperArchive('3.8.4', log)
  await mustLogged(['tar', 'xzf', archive.file, '-C', folder], join(folder, 'tar.log'))
  return join(folder, 'apache-zookeeper-3.8.4-bin')
}
