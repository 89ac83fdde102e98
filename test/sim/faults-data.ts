import type { Fault, Happened } from './fault.ts'
import { someMachine } from './fault.ts'
import { mayLoseFiles } from './faults-hdfs.ts'
import type { Machine } from './machine.ts'
import { serversOf } from './people.ts'
import type { Random } from './random.ts'
import { serves } from './truth.ts'
import type { World } from './world.ts'
import { parsed } from './zookeeper-server.ts'

const tree = '/data/zookeeper/version-2'

/** Every list that a server runs with, or would be started with. */
function listsIn(world: World): readonly ReadonlyMap<number, string>[] {
  const written = [...world.machines.values()].flatMap((machine) =>
    [...machine.files].flatMap(([path, { content }]) => (path.endsWith('/zoo.cfg') ? (parsed(content) ?? []) : [])),
  )
  return [...written, ...world.ensemble.servers().map(({ configuration }) => configuration)].map(
    ({ servers }) => servers,
  )
}

/** Taking this server's data leaves a majority with theirs by every list: what more is lost, nobody brings back. */
export function mayLoseData(world: World, machine: Machine): boolean {
  if (!machine.files.has(`${tree}/snapshot.0`)) return false
  const holders = new Set(
    [...world.machines.values()]
      .filter((other) => other !== machine && !other.gone && other.files.has(`${tree}/snapshot.0`))
      .map(({ address }) => address),
  )
  // While nobody runs and the files are gone, too, nobody can tell.
  const lists = listsIn(world)
  return (
    lists.length > 0 && lists.every((list) => [...list.values()].filter((at) => holders.has(at)).length > list.size / 2)
  )
}

/**
 * What is lost: the tree alone, the directory, or its snapshot; with the server killed, or under it. Not its log alone: a
 * snapshot without the writes after it looks like sound data to everybody.
 */
export const wipe: Fault = (world, random) => {
  const machine = someMachine(world, random)
  if (!machine.on || !mayLoseData(world, machine)) return undefined
  const path = random.pick([tree, '/data/zookeeper', `${tree}/snapshot.0`, `${tree}/*`])
  machine.lostDataAt = world.clock.now
  if (path.endsWith('*')) for (const name of machine.namesIn(tree)) machine.remove(`${tree}/${name}`)
  else machine.remove(path)
  const killed = random.chance(0.7)
  const unit = machine.systemd.names().find((name) => name.includes('zookeeper'))
  if (killed && unit !== undefined) {
    if (random.chance(0.5)) machine.systemd.kill(unit)
    else machine.systemd.stop(unit)
  }
  world.changed()
  return { told: `${machine.name} loses ${path}${killed ? ', and its server goes' : ''}` }
}

export const loseDisk: Fault = (world, random) => {
  const machine = someMachine(world, random)
  if (!machine.on || !mayLoseData(world, machine) || !mayLoseFiles(world, machine)) return undefined
  machine.powerOff()
  machine.lostDataAt = world.clock.now
  for (const name of machine.namesIn('/data')) machine.remove(`/data/${name}`)
  world.changed()
  return {
    told: `${machine.name} gets a new disk`,
    end: () => {
      machine.powerOn()
      world.changed()
    },
  }
}

export const unmount: Fault = (world, random) => {
  const machine = someMachine(world, random)
  return machine.on ? unmounted(world, random, machine) : undefined
}

export function unmounted(world: World, random: Random, machine: Machine): Happened {
  // Nobody writes to a disk that is gone.
  for (const unit of machine.systemd.names())
    if (random.chance(0.7) || /zookeeper|-hdfs-/.test(unit)) machine.systemd.kill(unit)
  for (const { unit } of machine.systemd.processes()) if (unit.includes('-hdfs-tool.')) machine.systemd.kill(unit)
  machine.unmount('/data')
  world.changed()
  return {
    told: `/data of ${machine.name} is not mounted`,
    end: () => {
      machine.remount('/data')
      world.changed()
    },
  }
}

/** Somebody has put the data of another server where a new one is to begin. */
export const foreignData: Fault = (world, random) => foreignDataOn(random.pick(serversOf(world)), world)

export function foreignDataOn(machine: Machine, world: World): Happened | undefined {
  if (!machine.on || !machine.isMounted('/data') || machine.namesIn(tree).length > 0 || world.ensemble.born)
    return undefined
  const own = { owner: 'zookeeper', group: 'zookeeper', mode: '640', payload: { history: undefined, epoch: 1 } }
  machine.mkdir(tree, { owner: 'zookeeper', group: 'zookeeper', mode: '750' })
  machine.put(`${tree}/snapshot.0`, { ...own, content: 'of another server' })
  return {
    told: `data of another server is put on ${machine.name}`,
    end: () => {
      machine.remount('/data')
      // Nobody takes away what a server has begun to work with.
      const server = machine.systemd.processes().find(({ unit }) => unit.includes('zookeeper'))
      const stands = machine.files.get(`${tree}/snapshot.0`)?.content === 'of another server'
      if (!stands || (server !== undefined && serves(machine, server.unit))) return
      if (server !== undefined) machine.systemd.stop(server.unit)
      machine.remove(tree)
      world.changed()
    },
  }
}

/**
 * The history in which acknowledged writes are lost when an emptied server may vote (runbook §1.3): one follower misses
 * writes, the other loses its data and is started by its systemd, and just then the leader goes.
 */
export const lostWrite: Fault = (world) => {
  const { clock, ensemble } = world
  const [leader, behind, emptied, ...more] = ensemble.serving()
  if (leader === undefined || behind === undefined || emptied === undefined || more.length > 0) return undefined
  behind.machine.cutOff = true
  world.changed()
  let ended = false
  clock.after(9_000, () => {
    if (ended) return
    behind.machine.cutOff = false
    const stands = ensemble.leader === leader && ensemble.serving().includes(emptied)
    if (stands && mayLoseData(world, emptied.machine)) {
      emptied.machine.lostDataAt = clock.now
      emptied.machine.remove(tree)
      emptied.machine.systemd.kill(emptied.unit)
      leader.machine.powerOff()
    }
    world.changed()
  })
  return {
    told: `${behind.machine.name} misses writes, ${emptied.machine.name} loses its data, and ${leader.machine.name} goes`,
    end: () => {
      ended = true
      behind.machine.cutOff = false
      leader.machine.powerOn()
      world.changed()
    },
  }
}
