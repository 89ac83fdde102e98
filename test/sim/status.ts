import type { Machine } from './machine.ts'
import { hdfsFlattery } from './oracle-hdfs.ts'
import { dataHostsOf, journalHostsOf, nameHostsOf } from './people-hdfs.ts'
import { kinds } from './specs.ts'
import { serves } from './truth.ts'
import type { World } from './world.ts'

const everyMs = 5_000
/** A pass every five seconds, a look at a host that does not answer, and the pass in which that is told. */
const toleratedMs = 30_000

/** Looks every few seconds whether Ready=True is said of a cluster whose members have not served for a while. */
export function watchStatus(world: World): void {
  let wrongSince: number | undefined
  let watched: unknown
  const look = () => {
    const { clock, leader, store } = world
    // Nobody is there to say anything, or nobody listens.
    const mute = leader === undefined || leader.stands || store.down || leader !== watched
    watched = leader
    const wrong = mute ? '' : flattery(world)
    if (wrong === '') wrongSince = undefined
    else {
      wrongSince ??= clock.now
      if (clock.now - wrongSince > toleratedMs) {
        world.oracles.violate('status', wrong)
        wrongSince = undefined
      }
    }
    clock.after(everyMs, look)
  }
  world.clock.after(everyMs, look)
}

function flattery(world: World): string {
  for (const { kind, name, word } of kinds) {
    if (!world.condition(kind, name, 'Ready').startsWith('True')) continue
    const unusable = kind === 'HdfsCluster' ? hdfsFlattery(world.hdfs) : ''
    if (unusable !== '') return `${kind} is Ready, and ${unusable}`
    for (const machine of world.machines.values()) {
      if (world.wanted.lost.includes(machine.name)) continue
      const units = machine.systemd.names().filter((unit) => unit.includes(word) && isWanted(world, machine, unit))
      const bad = units.find((unit) => !serves(machine, unit))
      if (bad !== undefined) return `${kind} is Ready, and ${bad} on ${machine.name} does not serve`
    }
  }
  return ''
}

/** Declared there now, not on its way out. */
export function isWanted(world: World, { name }: Machine, unit: string): boolean {
  const { wanted } = world
  const id = /zookeeper-(\d+)\./.exec(unit)?.[1]
  const members = wanted.zookeeper['members'] as readonly { readonly id: number; readonly host: string }[]
  if (id !== undefined) return members.some((member) => member.host === name && member.id === Number(id))
  if (unit.includes('-hdfs-datanode-')) return dataHostsOf(world).includes(name)
  if (unit.includes('-hdfs-journalnode-')) return journalHostsOf(world).includes(name)
  // A simple one has no failover controller.
  if (unit.includes('-hdfs-zkfc-') && journalHostsOf(world).length === 0) return false
  if (unit.includes('-hdfs-')) return nameHostsOf(world).includes(name)
  const { masters, workerGroups } = (wanted.spark?.['standalone'] ?? { masters: { hosts: [] }, workerGroups: [] }) as {
    readonly masters: { readonly hosts: readonly string[] }
    readonly workerGroups: readonly { readonly hosts: readonly string[] }[]
  }
  return unit.includes('spark-master')
    ? masters.hosts.includes(name)
    : workerGroups.some(({ hosts }) => hosts.includes(name))
}
