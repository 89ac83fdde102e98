import type { Fault, Happened } from './fault.ts'
import { blocksIn } from './hdfs-datanode.ts'
import { dataDir, formatIn, journalRoot, makeDirectory, nameDirs, versionText, write } from './hdfs-disk.ts'
import { holdsEdit, type Segment } from './hdfs-edits.ts'
import { imageIn } from './hdfs-name-dirs.ts'
import type { Machine } from './machine.ts'
import { changeDataNodes, changeFilesSetting, dataHostsOf, journalHostsOf, nameHostsOf } from './people-hdfs.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

const machinesOf = (world: World, names: readonly string[]): readonly Machine[] =>
  names.map((name) => world.machine(name))

/** Where one of that role is declared, or still stands. */
function standingOn(world: World, declared: readonly string[], role: string): readonly string[] {
  const standing = [...world.machines.values()].filter((machine) => unitOf(machine, role) !== undefined)
  const names = standing.map(({ name }) => name).filter((name) => !world.wanted.lost.includes(name))
  return [...new Set([...declared, ...names])]
}

const journalHosts = (world: World): readonly string[] => standingOn(world, journalHostsOf(world), 'journalnode')
const nameHosts = (world: World): readonly string[] => standingOn(world, nameHostsOf(world), 'namenode')

/** With a journal, or with the names. */
const hosts = (world: World): readonly string[] => [...new Set([...journalHosts(world), ...nameHosts(world)])]

// What may be taken away: what others hold, so that somebody can bring it back.

function holdsJournal(world: World, machine: Machine): boolean {
  const segments = machine.files.get(`${journalRoot}/current/edits`)?.payload as readonly Segment[] | undefined
  const { acknowledged } = world.hdfs.client
  if (formatIn(machine, journalRoot) === undefined || segments === undefined) return false
  return (
    holdsEdit(segments.at(-1)?.edits.at(-1), acknowledged) && segments.slice(0, -1).every(({ finalized }) => finalized)
  )
}

function mayLoseJournal(world: World, machine: Machine): boolean {
  return machinesOf(world, journalHosts(world)).every((other) => other === machine || holdsJournal(world, other))
}

function holdsNames(machine: Machine): boolean {
  return nameDirs.every((path) => formatIn(machine, path) !== undefined && imageIn(machine, path) !== undefined)
}

function mayLoseNames(world: World, machine: Machine): boolean {
  const others = machinesOf(world, nameHosts(world)).filter((other) => other !== machine)
  return others.length > 0 && others.every(holdsNames)
}

function mayLoseBlocks(world: World, machine: Machine): boolean {
  // Those that leave may be gone before anybody has copied from them.
  const others = machinesOf(world, dataHostsOf(world)).flatMap((other) =>
    other === machine ? [] : [blocksIn(other, dataDir)],
  )
  return [...world.hdfs.client.blocks].every((block) => others.some((blocks) => blocks.has(block)))
}

/** Everything that this machine holds of the file system is held by the others. */
export function mayLoseFiles(world: World, machine: Machine): boolean {
  if (world.shape.hdfs === undefined) return true
  if (!world.hdfs.born) return world.hdfs.formats === 0
  if (!mayLoseBlocks(world, machine)) return false
  return !hosts(world).includes(machine.name) || (mayLoseJournal(world, machine) && mayLoseNames(world, machine))
}

function unitOf(machine: Machine, role: string): string | undefined {
  return machine.systemd.names().find((name) => name.includes(`-hdfs-${role}-`))
}

function takeAway(world: World, random: Random, machine: Machine, paths: readonly string[], role: string): Happened {
  machine.lostDataAt = world.clock.now
  for (const path of paths) {
    if (path.endsWith('/*'))
      for (const name of machine.namesIn(path.slice(0, -2))) machine.remove(path.slice(0, -1) + name)
    else machine.remove(path)
  }
  const unit = unitOf(machine, role)
  const killed = unit !== undefined && random.chance(0.6)
  if (killed && random.chance(0.5)) machine.systemd.kill(unit)
  else if (killed) machine.systemd.stop(unit)
  world.changed()
  return { told: `${machine.name} loses ${paths.join(' and ')}${killed ? `, and its ${role} goes` : ''}` }
}

export const wipeJournal: Fault = (world, random) => {
  if (journalHosts(world).length === 0) return undefined
  const machine = random.pick(machinesOf(world, journalHosts(world)))
  if (!machine.on || !holdsJournal(world, machine) || !mayLoseJournal(world, machine)) return undefined
  const path = random.pick([journalRoot, `${journalRoot}/*`, `${journalRoot}/current/*`, '/data/hdfs/jn'])
  return takeAway(world, random, machine, [path], 'journalnode')
}

/** All directories of a NameNode, or one of them. */
export const wipeNames: Fault = (world, random) => {
  const machine = random.pick(machinesOf(world, nameHosts(world)))
  if (!machine.on || !world.hdfs.born || !holdsNames(machine) || !mayLoseNames(world, machine)) return undefined
  const [one, other] = nameDirs
  const paths = random.pick([[one, other], [`${one}/*`, `${other}/*`], [`${one}/*`], [other]])
  return takeAway(world, random, machine, paths, 'namenode')
}

export const wipeBlocks: Fault = (world, random) => {
  const machine = world.machine(random.pick(dataHostsOf(world)))
  if (!machine.on || formatIn(machine, dataDir) === undefined || !mayLoseBlocks(world, machine)) return undefined
  return takeAway(world, random, machine, [random.pick([dataDir, `${dataDir}/*`])], 'datanode')
}

const foreign = { clusterID: 'CID-of-somebody', namespaceID: '4711', blockpoolID: 'BP-4711', cTime: '1' }

/** Somebody has put the data of another cluster where there is none; he takes it away again. */
export function foreignFilesOn(machine: Machine, random: Random, world: World): Happened | undefined {
  const [path, type] = random.pick([
    [random.pick(nameDirs), 'NAME_NODE'],
    [journalRoot, 'JOURNAL_NODE'],
    [dataDir, 'DATA_NODE'],
  ] as const)
  const above = path === journalRoot ? '/data/hdfs/jn' : path
  const runs = machine.systemd.processes().some(({ unit }) => unit.includes('-hdfs-'))
  if (!machine.on || !machine.isMounted('/data') || runs || machine.namesIn(path).length > 0) return undefined
  if (!machine.directories.has(above)) return undefined
  machine.filledAt = world.clock.now
  if (!machine.directories.has(path)) makeDirectory(machine, path)
  makeDirectory(machine, `${path}/current`)
  write(machine, `${path}/current/VERSION`, versionText(foreign, type))
  return {
    told: `${path} on ${machine.name} is of another cluster`,
    end: () => {
      machine.remount('/data')
      if (formatIn(machine, path)?.clusterID === foreign.clusterID) machine.remove(`${path}/current`)
      if (path === journalRoot && machine.namesIn(path).length === 0) machine.remove(path)
      world.changed()
    },
  }
}

export const foreignFiles: Fault = (world, random) => {
  // Of one that lived, only what was never used may be anybody's.
  if (world.hdfs.born || world.hdfs.formats > 0) return undefined
  return foreignFilesOn(random.pick(machinesOf(world, hosts(world))), random, world)
}

export const killTool: Fault = (world, random) => {
  const running = [...world.machines.values()].flatMap((machine) =>
    machine.systemd.processes().flatMap(({ unit }) => (unit.includes('-hdfs-tool.') ? [{ machine, unit }] : [])),
  )
  if (running.length === 0) return undefined
  const { machine, unit } = random.pick(running)
  machine.systemd.kill(unit)
  return { told: `${unit} on ${machine.name} is killed` }
}

function freezeAll(world: World, word: string, told: string): Happened | undefined {
  const processes = [...world.machines.values()].flatMap((machine) =>
    machine.systemd.processes().flatMap(({ process, unit }) => (unit.includes(word) ? [process] : [])),
  )
  if (processes.length === 0) return undefined
  for (const process of processes) process.frozen = true
  world.changed()
  return {
    told,
    end: () => {
      for (const process of processes) process.frozen = false
      world.changed()
    },
  }
}

export const zooKeeperAway: Fault = (world) => freezeAll(world, '-zookeeper-', 'every ZooKeeper server stands still')

export const freezeActive: Fault = (world) => {
  const { active } = world.hdfs
  if (active === undefined || active.frozen) return undefined
  active.frozen = true
  return {
    told: `${active.id} is active and stands still`,
    end: () => {
      active.frozen = false
      world.changed()
    },
  }
}

export const killActive: Fault = (world, random) => {
  const { active } = world.hdfs
  const unit = active === undefined ? undefined : unitOf(active.machine, 'namenode')
  if (active === undefined || unit === undefined) return undefined
  if (random.chance(0.7)) active.machine.systemd.kill(unit)
  else active.machine.systemd.stop(unit)
  world.changed()
  return { told: `${active.id} is active and is killed` }
}

/** Of one role all but one, or all. */
export const killRole: Fault = (world, random) => {
  const role = random.pick(['journalnode', 'zkfc', 'namenode', 'datanode'])
  const killed = machinesOf(world, hosts(world)).filter((machine) => {
    const unit = unitOf(machine, role)
    if (!machine.on || unit === undefined || random.chance(0.25)) return false
    machine.systemd.kill(unit)
    return true
  })
  world.changed()
  return killed.length === 0
    ? undefined
    : { told: `the ${role} on ${killed.map(({ name }) => name).join(', ')} is killed` }
}

export const rebootAll: Fault = (world, random) => {
  for (const machine of world.machines.values()) {
    if (machine.gone) continue
    machine.powerOff()
    machine.clock.after(random.between(3_000, 40_000), () => {
      machine.powerOn()
      world.changed()
    })
  }
  world.changed()
  return { told: 'all are rebooted' }
}

export const fencingFails: Fault = (world, random) => {
  const { election } = world.hdfs
  election.fencing = random.pick(['fail', 'hang'])
  return {
    told: `fencing comes to ${election.fencing}`,
    end: () => {
      election.fencing = 'ok'
    },
  }
}

/** How often each is drawn in a run with an HDFS. */
export const hdfsFaults: readonly (readonly [weight: number, fault: Fault])[] = [
  [3, wipeJournal],
  [3, wipeNames],
  [2, wipeBlocks],
  [3, foreignFiles],
  [3, killTool],
  [1, zooKeeperAway],
  [2, freezeActive],
  [2, killActive],
  [2, killRole],
  [1, rebootAll],
  [1, fencingFails],
  [2, changeFilesSetting],
  [2, changeDataNodes],
]
