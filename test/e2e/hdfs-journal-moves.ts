// JournalNodes of an HDFS that go to another host.
import type { Manifest } from '../world/manifests.ts'
import type { World } from '../world/world.ts'
import { withSpec } from './edited.ts'
import type { HdfsChange } from './hdfs-changes.ts'
import { placesOf } from './hdfs-moves.ts'
import { lose } from './lost-host.ts'

export function journalsOn(standing: Manifest, hosts: readonly string[]): Manifest {
  return withSpec(standing, ['journalNodes', 'hosts'], hosts)
}

/** Which journals each NameNode says that it writes to, or reads. */
function listsOf(world: World, manifest: Manifest): Promise<readonly string[]> {
  return Promise.all(
    placesOf(manifest).map(async ({ host: name }) => {
      const { address } = world.lab.host(name)
      const url = `http://${address}:9870/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo`
      const { stdout } = await world.lab.host(name).exec(`curl -s -m 3 '${url}'; true`)
      return /QJM to \[([^\]]*)\]/.exec(stdout)?.[1] ?? ''
    }),
  )
}

/** Both NameNodes write to these and to no other, and what was at the old place is stopped and its data moved aside. */
export async function journalsAre(
  world: World,
  steps: readonly string[],
  manifest: Manifest,
  hosts: readonly string[],
  from?: string,
) {
  const wrong = (what: string): never => {
    throw new Error(`journals on ${hosts.join(', ')}: ${what}: ${steps.join('; ')}`)
  }
  const list = hosts
    .map((name) => `${world.lab.host(name).address}:8485`)
    .sort()
    .join(', ')
  for (const said of await listsOf(world, manifest))
    if (said.split(', ').sort().join(', ') !== list) wrong(`a NameNode writes to ${said}`)
  if (from === undefined) return
  const at = (line: RegExp): number => steps.findLastIndex((step) => line.test(step))
  const stopped = at(new RegExp(` ${from} hdfs-journalnode-${from} StopUnit$`))
  if (stopped < at(/ hdfs-namenode-\S+ RestartUnit$/)) wrong(`${from} was stopped while a NameNode still counted on it`)
  const { stdout } = await world.lab
    .host(from)
    .exec("ls -d /data/dfs/jn*; systemctl list-units --plain --no-legend '*journalnode*'")
  if (stdout.includes('running') || !stdout.includes('.aside-')) wrong(`${from} still has ${stdout}`)
}

export const hdfsJournalMoves = (
  dataNodes: (standing: Manifest, hosts: readonly string[]) => Manifest,
): readonly HdfsChange[] => [
  {
    name: 'HDFS: a JournalNode goes from m3 to m6',
    // Nothing else is on m6, so that it can be lost later.
    given: (standing) => dataNodes(standing, ['m4', 'm5']),
    to: (standing) => journalsOn(standing, ['m1', 'm2', 'm6']),
    check: (world, steps, _led, from) => journalsAre(world, steps, from, ['m1', 'm2', 'm6'], 'm3'),
  },
  {
    name: 'HDFS: the host of a JournalNode is off for ever (lifecycle: Lost), and it goes from m6 to m5',
    act: (world) => lose(world, 'm6'),
    to: (standing) => journalsOn(standing, ['m1', 'm2', 'm5']),
    check: (world, steps, _led, from) => journalsAre(world, steps, from, ['m1', 'm2', 'm5']),
  },
]
