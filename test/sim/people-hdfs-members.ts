import type { Fault } from './fault.ts'
import type { Machine } from './machine.ts'
import { dataHostsOf, filesOf, isLiving, journalHostsOf, nameHostsOf, putDataNodes } from './people-hdfs.ts'
import type { Random } from './random.ts'
import { hdfsOf } from './specs.ts'
import type { World } from './world.ts'

/** Those on which such a daemon may be wanted: where none stands, of those that were not given up and where nobody works. */
function freeHosts(world: World, declared: readonly string[], role: string): readonly string[] {
  const { lost, resting } = world.wanted
  return [...world.machines.values()]
    .filter(({ gone, name }) => !gone && ![...declared, ...lost, ...resting].includes(name))
    .filter(({ systemd }) => !systemd.names().some((unit) => unit.includes(`-hdfs-${role}-`)))
    .map(({ name }) => name)
}

function mayChange(world: World): boolean {
  return world.shape.hdfs?.changes === true && isLiving(world)
}

/** Whoever is active, or stands by. */
export const moveNameNode: Fault = (world, random) => {
  const members = filesOf(world)?.nameNodes.members ?? []
  const free = freeHosts(world, nameHostsOf(world), 'namenode')
  // One that is to be highly available is refused while its NameNode is declared elsewhere.
  if (!mayChange(world) || members.length < 2 || isSimple(world) || free.length === 0) return undefined
  const place = random.pick(members)
  place.host = random.pick(free)
  world.structural = true
  world.apply()
  return { told: `NameNode ${place.id} is to be on ${place.host}` }
}

function putJournals(world: World, hosts: readonly string[]): void {
  const { journalNodes } = filesOf(world) ?? {}
  if (journalNodes !== undefined) journalNodes.hosts = hosts
  world.structural = true
  world.apply()
}

/** One on another host, two more, or two fewer. */
export const changeJournals: Fault = (world, random) => {
  const standing = journalHostsOf(world)
  const free = freeHosts(world, standing, 'journalnode')
  if (!mayChange(world) || standing.length === 0 || isSimple(world)) return undefined
  const can: (readonly string[])[] = []
  if (free.length > 0) {
    const [gone, comes] = [random.pick(standing), random.pick(free)]
    can.push(standing.map((host) => (host === gone ? comes : host)))
  }
  if (standing.length === 3 && free.length > 1) can.push([...standing, ...free.slice(0, 2)])
  if (standing.length === 5) can.push(standing.filter((_, at) => at !== 1 && at !== 3))
  if (can.length === 0) return undefined
  const hosts = random.pick(can)
  putJournals(world, hosts)
  return { told: `JournalNodes are to be on ${hosts.join(', ')}` }
}

function hasRecord({ files }: Machine, role: string): boolean {
  return [...files.keys()].some(
    (path) => path.includes(`/members/ironherd-a-files-hdfs-${role}-`) && path.endsWith('.json'),
  )
}

/** What stands is a simple one, by the record of its NameNode. */
function isSimple(world: World): boolean {
  const [host = ''] = nameHostsOf(world)
  const record = [...world.machine(host).files].find(([path]) => /members\/.*-hdfs-namenode-.*\.json$/.test(path))
  return record?.[1].content.includes('"simple"') === true
}

/** A simple one is to be highly available; now and then somebody thinks better of it, if that can still be. */
export const makeAvailable: Fault = (world, random) => {
  const files = filesOf(world)
  if (files === undefined || !mayChange(world) || files.journalNodes !== undefined || !isSimple(world)) return undefined
  const { fencing, journalNodes, nameNodes, zookeeperRef } = hdfsOf({ fencing: world.shape.hdfs?.fencing ?? 'QjmOnly' })
  const [first] = files.nameNodes.members
  const [, second] = (nameNodes as typeof files.nameNodes).members
  if (first === undefined || second === undefined) return undefined
  const parts = { fencing, journalNodes, zookeeperRef, nameNodes: { ...files.nameNodes, members: [first, second] } }
  const convert = () => {
    Object.assign(files, structuredClone(parts))
    world.structural = true
    world.apply()
  }
  convert()
  const stays = random.chance(0.3)
  return {
    told: 'the file system is to be highly available',
    end: () => {
      if (!stays || !isLiving(world) || !isSimple(world)) return
      const prepared = journalHostsOf(world).filter((host) => !hasRecord(world.machine(host), 'journalnode'))
      Object.assign(files, { nameNodes: { ...files.nameNodes, members: [first] } })
      for (const key of ['fencing', 'journalNodes', 'zookeeperRef']) Reflect.deleteProperty(files, key)
      const journals = prepared.map((host) => `-hdfs-journalnode-${host}`)
      world.takenBack.push('-hdfs-zkfc-', `-hdfs-namenode-${second.id}`, ...journals)
      world.apply()
      world.say(() => '! the file system is to stay simple')
      // Whoever reads that there is no way back does not wait for one.
      world.clock.after(15_000, () => {
        if (!isSimple(world)) convert()
      })
    },
  }
}

/** Somebody works at a machine, and as often as not switches it off meanwhile. */
export const restHost: Fault = (world, random) => {
  const machine = random.pick([...world.machines.values()])
  const { wanted } = world
  const off = random.chance(0.5)
  if (!mayChange(world) || machine.gone || !machine.on || wanted.resting.length > 0) return undefined
  wanted.resting.push(machine.name)
  world.restsSince = world.clock.now
  world.apply()
  let ended = false
  world.clock.after(random.between(5_000, 60_000), () => {
    if (off && !ended) machine.powerOff()
    world.changed()
  })
  return {
    told: `${machine.name} is in maintenance`,
    end: () => {
      ended = true
      if (!machine.on) machine.powerOn()
      wanted.resting = []
      world.restsSince = undefined
      world.apply()
      world.changed()
    },
  }
}

/** All that this machine has of the file system can be wanted elsewhere. */
export function canMoveFiles(world: World, { name }: Machine): boolean {
  const { hdfs } = world.shape
  if (hdfs?.changes !== true || !isLiving(world) || world.wanted.resting.length > 0) return false
  const names = nameHostsOf(world)
  return !names.includes(name) || (names.length > 1 && freeHosts(world, names, 'namenode').length > 0)
}

/** A person has given the machine up: what is declared on it is to be elsewhere, or nowhere. */
export function moveFiles(world: World, random: Random, { name }: Machine): void {
  const files = filesOf(world)
  if (files === undefined) return
  const place = files.nameNodes.members.find(({ host }) => host === name)
  const free = freeHosts(world, nameHostsOf(world), 'namenode')
  if (place !== undefined && free.length > 0) place.host = random.pick(free)
  const journals = journalHostsOf(world)
  if (journals.includes(name)) {
    const others = journals.filter((host) => host !== name)
    const [comes] = freeHosts(world, journals, 'journalnode')
    putJournals(world, comes === undefined ? others.slice(0, 3) : [...others, comes])
  }
  const nodes = dataHostsOf(world)
  if (!nodes.includes(name)) return
  const idle = freeHosts(world, nodes, 'datanode')
  putDataNodes(world, [...nodes.filter((host) => host !== name), ...idle.slice(0, 1)])
}

/** What a run is about in which people change who is in it, and how often each is drawn. */
export const memberChanges: readonly (readonly [weight: number, change: Fault])[] = [
  [3, moveNameNode],
  [3, changeJournals],
  [6, makeAvailable],
]
