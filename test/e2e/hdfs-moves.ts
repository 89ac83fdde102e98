// NameNodes of an HDFS that go to another host.
import type { Manifest } from '../world/manifests.ts'
import type { World } from '../world/world.ts'
import { withSpec } from './edited.ts'
import type { HdfsChange } from './hdfs-changes.ts'
import { lose } from './lost-host.ts'

export interface Place {
  readonly id: string
  readonly host: string
}

export function placesOf({ spec }: Manifest): readonly Place[] {
  return (spec as { nameNodes: { members: readonly Place[] } }).nameNodes.members
}

/** The NameNode (its id) that says that it is active; '': none does, or two do. */
export async function leaderOf(world: World, manifest: Manifest): Promise<string> {
  const said = await Promise.all(
    placesOf(manifest).map(async ({ host: name, id }) => {
      const host = world.lab.host(name)
      if (!(await host.isRunning())) return []
      const url = `http://${host.address}:9870/jmx?qry=Hadoop:service=NameNode,name=NameNodeStatus`
      const { stdout } = await host.exec(`curl -s -m 3 '${url}'; true`)
      return /"State"\s*:\s*"active"/.test(stdout) ? [id] : []
    }),
  )
  const active = said.flat()
  return active.length === 1 ? (active[0] ?? '') : ''
}

export function moved(standing: Manifest, id: string, to: string): Manifest {
  const members = placesOf(standing).map((place) => (place.id === id ? { id, host: to } : place))
  return withSpec(standing, ['nameNodes', 'members'], members)
}

function standbyOf(standing: Manifest, led: string): Place {
  const place = placesOf(standing).find(({ id }) => id !== led)
  if (led === '' || place === undefined) throw new Error('nobody is active')
  return place
}

function onHost(standing: Manifest, name: string): Place {
  const place = placesOf(standing).find(({ host }) => host === name)
  if (place === undefined) throw new Error(`no NameNode is to stand on ${name}`)
  return place
}

/** Lines `time host member verb`: where one stands, of the last that is so. */
function lastAt(steps: readonly string[], host: string, member: string, verb: string): number {
  return steps.findLastIndex((line) => line.endsWith(` ${host} ${member} ${verb}`))
}

/**
 * The old pair was stopped before the new NameNode was started, its controller when all DataNodes had been restarted, and nothing runs
 * on the old host.
 */
export async function nameNodeMoved(
  world: World,
  steps: readonly string[],
  {
    from,
    id,
    lost = false,
    to,
  }: { readonly id: string; readonly from: string; readonly to: string; readonly lost?: boolean },
) {
  const wrong = (what: string): never => {
    throw new Error(`${id} from ${from} to ${to}: ${what}: ${steps.join('; ')}`)
  }
  const started = lastAt(steps, to, `hdfs-namenode-${id}`, 'StartUnit')
  const elects = lastAt(steps, to, `hdfs-zkfc-${id}`, 'StartUnit')
  if (started < 0 || elects < started) wrong('it was not started, or not before its controller')
  const restarts = steps.flatMap((line, at) => (/ hdfs-datanode-\S+ RestartUnit$/.test(line) ? [at] : []))
  if (restarts.length === 0 || restarts.some((at) => at > elects))
    wrong('a DataNode was restarted after its controller started')
  if (lost) return
  for (const role of ['namenode', 'zkfc']) {
    const stopped = lastAt(steps, from, `hdfs-${role}-${id}@${from}`, 'StopUnit')
    if (stopped < 0 || stopped > started) wrong(`the old ${role} was not stopped first`)
  }
  const { stdout } = await world.lab
    .host(from)
    .exec("systemctl list-units --plain --no-legend '*files-hdfs-namenode*' '*files-hdfs-zkfc*'")
  if (stdout.includes('running')) wrong(`${from} still runs ${stdout}`)
}

export const hdfsMoves = (
  dataNodes: (standing: Manifest, hosts: readonly string[]) => Manifest,
): readonly HdfsChange[] => [
  {
    name: 'HDFS: a NameNode that stands by goes to m6',
    // Nothing else is on m6, so that it can be lost later.
    given: (standing) => dataNodes(standing, ['m4', 'm5']),
    to: (standing, led) => moved(standing, standbyOf(standing, led).id, 'm6'),
    async check(world, steps, led, from) {
      const { host, id } = standbyOf(from, led)
      await nameNodeMoved(world, steps, { id, from: host, to: 'm6' })
    },
  },
  {
    name: 'HDFS: the host of a NameNode is off for ever (lifecycle: Lost), and it goes to m5',
    act: (world) => lose(world, 'm6'),
    to: (standing) => moved(standing, onHost(standing, 'm6').id, 'm5'),
    async check(world, steps, _led, from) {
      await nameNodeMoved(world, steps, { id: onHost(from, 'm6').id, from: 'm6', to: 'm5', lost: true })
    },
  },
  {
    name: 'HDFS: a NameNode that is active goes to m4',
    to: (standing, led) => moved(standing, led, 'm4'),
    async check(world, steps, led, from) {
      const host = placesOf(from).find(({ id }) => id === led)?.host ?? ''
      const handover = lastAt(steps, host, `hdfs-namenode-${led}@${host}`, 'FailOver')
      const stop = lastAt(steps, host, `hdfs-namenode-${led}@${host}`, 'StopUnit')
      if (handover < 0 || handover > stop) throw new Error(`${led} was stopped without a handover: ${steps.join('; ')}`)
      await nameNodeMoved(world, steps, { id: led, from: host, to: 'm4' })
    },
  },
]
