import type { Fault } from './fault.ts'
import type { Machine } from './machine.ts'
import type { Random } from './random.ts'
import { byReconfig, softwareOf } from './specs.ts'
import type { World } from './world.ts'

interface Place {
  readonly id: number
  readonly host: string
}

interface Standalone {
  readonly masters: { hosts: string[]; jvm?: unknown }
  readonly workerGroups: { hosts: string[]; jvm?: unknown }[]
}

function placesOf(world: World): Place[] {
  return world.wanted.zookeeper['members'] as Place[]
}

function standaloneOf(world: World): Standalone | undefined {
  return world.wanted.spark?.['standalone'] as Standalone | undefined
}

/** The machines of the ensemble, as the spec names them now. */
export function serversOf(world: World): readonly Machine[] {
  return placesOf(world).map(({ host }) => world.machine(host))
}

/** Every server was started at least once: before that a spec may still be anything. */
function isLiving(world: World): boolean {
  return serversOf(world).every(hasServer)
}

/** The same of every daemon of Spark. */
function isSparkLiving(world: World, { masters, workerGroups }: Standalone): boolean {
  const started = (host: string, role: string) =>
    world.machine(host).files.has(`/var/lib/ironherd/members/ironherd-a-analytics-spark-${role}-${host}.json`)
  return (
    masters.hosts.every((host) => started(host, 'master')) &&
    workerGroups.every(({ hosts }) => hosts.every((host) => started(host, 'worker')))
  )
}

/** A setting that is rolled through the running cluster. */
export const changeSetting: Fault = (world, random) => {
  const { zookeeper } = world.wanted
  const standalone = standaloneOf(world)
  if (world.shape.reconfig && zookeeper['membershipChanges'] === undefined && random.chance(0.5)) {
    zookeeper['membershipChanges'] = byReconfig
    world.apply()
    return { told: 'members are changed by reconfig from now on' }
  }
  if (standalone !== undefined && random.chance(0.5)) {
    const heap = random.pick(['256m', '300m', '320m'])
    if (random.chance(0.5)) standalone.masters.jvm = { heap }
    else for (const group of standalone.workerGroups) group.jvm = { heap }
  } else if (random.chance(0.5)) zookeeper['tickTimeMs'] = random.pick([1500, 2000, 2500])
  else zookeeper['jvm'] = { heap: random.pick(['256m', '384m', '512m']) }
  world.apply()
  return { told: 'a setting is changed' }
}

/** Specs in which something stands that is put back by whoever wrote it. */
const changed = new WeakSet<object>()

/** What is not changed on a living cluster, put back later. */
export const unsupportedChange: Fault = (world, random) => {
  const { zookeeper } = world.wanted
  const field = random.pick(['version', 'dataDir'])
  if (changed.has(zookeeper) || !isLiving(world) || world.deleted.size > 0) return undefined
  changed.add(zookeeper)
  const before = zookeeper[field]
  zookeeper[field] = field === 'version' ? '3.7.2' : { mount: '/data', path: 'elsewhere' }
  world.apply()
  world.blockedSince = world.clock.now
  return {
    told: `spec.${field} is changed`,
    end: () => {
      // Where a record was taken away it may have been carried out, and has left what a change leaves.
      world.structural ||= [...world.machines.values()].some(({ forgotten }) => forgotten)
      zookeeper[field] = before
      changed.delete(zookeeper)
      world.blockedSince = undefined
      world.apply()
    },
  }
}

export const changeVersion: Fault = (world, random) => {
  const { spark, zookeeper } = world.wanted
  const product = spark !== undefined && random.chance(0.5) ? 'spark' : 'zookeeper'
  if (changed.has(zookeeper) || !isLiving(world)) return undefined
  if (product === 'spark' && spark !== undefined) Object.assign(spark, softwareOf('spark', '3.5.8'))
  else Object.assign(zookeeper, softwareOf('zookeeper', '3.9.3'))
  world.structural = true
  world.apply()
  return { told: `a newer ${product} is wanted` }
}

/** A server on this machine can be wanted elsewhere, or nowhere. */
export function canDoWithout(world: World, machine: Machine): boolean {
  const places = placesOf(world)
  return !places.some(({ host }) => host === machine.name) || places.length > 3 || freeHosts(world).length > 0
}

/** Where no server is to stand, nor any that is still leaving, of those that can be reached at all and were not given up. */
function freeHosts(world: World): readonly string[] {
  const taken = new Set(placesOf(world).map(({ host }) => host))
  return [...world.machines.values()]
    .filter((machine) => !machine.gone && !taken.has(machine.name) && !hasServer(machine))
    .filter(({ name }) => !world.wanted.lost.includes(name))
    .map(({ name }) => name)
}

function hasServer(machine: Machine): boolean {
  return [...machine.files.keys()].some((path) => /members\/.*zookeeper-\d+\.json$/.test(path))
}

/** Two more servers, two fewer, or one on another host: an ensemble has an odd number. */
export const changeMembers: Fault = (world, random) => {
  const places = placesOf(world)
  const free = freeHosts(world)
  if (!isLiving(world) || !world.shape.keepsHosts) return undefined
  const can: (() => string)[] = []
  // Not from one: whoever comes cannot join a single server, and with it is no majority before that (docs/simulation.md).
  if (free.length > 1 && places.length === 3) can.push(() => grow(world, places, free.slice(0, 2)))
  if (free.length > 0 && places.length > 1) can.push(() => move(places, random.pick(places).id, random.pick(free)))
  if (places.length > 3) can.push(() => shrink(places, random))
  if (can.length === 0) return undefined
  const told = random.pick(can)()
  world.structural = true
  world.apply()
  return { told }
}

function grow(world: World, places: Place[], hosts: readonly string[]): string {
  for (const host of hosts) {
    world.lastId = Math.max(world.lastId, ...places.map(({ id }) => id)) + 1
    places.push({ id: world.lastId, host })
  }
  return `more servers are to be on ${hosts.join(' and ')}`
}

function move(places: Place[], id: number, host: string): string {
  places.splice(0, places.length, ...places.map((place) => (place.id === id ? { id, host } : place)))
  return `server ${id} is to move to ${host}`
}

function shrink(places: Place[], random: Random): string {
  const one = places.splice(random.whole(0, places.length - 1), 1)
  const other = places.splice(random.whole(0, places.length - 1), 1)
  return `servers ${[...one, ...other].map(({ id }) => id).join(' and ')} are to leave`
}

/** A worker more, a worker less, or a master elsewhere. */
export const changeWorkers: Fault = (world, random) => {
  const standalone = standaloneOf(world)
  const [group] = standalone?.workerGroups ?? []
  if (!world.shape.keepsHosts || standalone === undefined || group === undefined) return undefined
  if (!isSparkLiving(world, standalone)) return undefined
  const all = [...world.machines.values()].filter(({ gone }) => !gone).map(({ name }) => name)
  const idle = all.filter((name) => !group.hosts.includes(name))
  const masterless = all.filter((name) => !standalone.masters.hosts.includes(name))
  const what = random.pick(['more', 'less', 'master'])
  if (what === 'more' && idle.length > 0) group.hosts.push(random.pick(idle))
  else if (what === 'less' && group.hosts.length > 1) group.hosts.splice(random.whole(0, group.hosts.length - 1), 1)
  else if (what === 'master' && masterless.length > 0)
    standalone.masters.hosts.splice(random.whole(0, 1), 1, random.pick(masterless))
  else return undefined
  world.structural = true
  world.apply()
  return { told: `workers on ${group.hosts.join(', ')}, masters on ${standalone.masters.hosts.join(', ')}` }
}

/** A person's word that a machine does not come back, and what was on it wanted elsewhere. */
export function giveUp(world: World, random: Random, machine: Machine): void {
  const { name } = machine
  const places = placesOf(world)
  const place = places.find(({ host }) => host === name)
  const free = freeHosts(world)
  world.wanted.lost.push(name)
  if (place !== undefined && free.length > 0) move(places, place.id, random.pick(free))
  else if (place !== undefined) {
    places.splice(places.indexOf(place), 1)
    // One that is only on its way cannot be the one that stays.
    const coming = places.findIndex(({ host }) => !hasServer(world.machine(host)))
    const other = random.whole(0, places.length - 1)
    places.splice(coming < 0 ? other : coming, 1)
  }
  const standalone = standaloneOf(world)
  if (standalone !== undefined) {
    const { masters, workerGroups } = standalone
    const others = [...world.machines.values()].filter(({ gone }) => !gone).map((other) => other.name)
    const masterless = others.filter((other) => !masters.hosts.includes(other))
    masters.hosts = masters.hosts.map((host) => (host === name ? random.pick(masterless) : host))
    for (const group of workerGroups) group.hosts = group.hosts.filter((host) => host !== name)
  }
  world.structural = true
  world.apply()
  world.say(() => `! ${name} is said to be lost for ever`)
}

export function changeTick(world: World): void {
  world.wanted.zookeeper['tickTimeMs'] = 2500
}

/** The first server is to be on the machine on which nothing stands. */
export function moveServer(world: World): void {
  const [host = ''] = freeHosts(world)
  move(placesOf(world), 1, host)
  world.structural = true
}
