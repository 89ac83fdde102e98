import type { Machine } from './machine.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/** What is done to the world at one moment. What is returned, if anything, takes it back when it ends. */
export type Fault = (world: World, random: Random) => { readonly told: string; readonly end?: () => void } | undefined

const someMachine = (world: World, random: Random): Machine => random.pick([...world.machines.values()])

function someUnit(world: World, random: Random): { readonly machine: Machine; readonly unit: string } | undefined {
  const all = [...world.machines.values()].flatMap((machine) =>
    machine.on ? machine.systemd.names().map((unit) => ({ machine, unit })) : [],
  )
  return all.length === 0 ? undefined : random.pick(all)
}

function someOwnFile(world: World, random: Random): { readonly machine: Machine; readonly path: string } | undefined {
  const machine = someMachine(world, random)
  const paths = [...machine.ownFiles.keys()].filter((path) => machine.files.has(path) && !path.startsWith('/var/lib/'))
  return machine.on && paths.length > 0 ? { machine, path: random.pick(paths) } : undefined
}

const tree = '/data/zookeeper/version-2'

/** Taking this server's data leaves a majority with theirs: what more is lost, nobody brings back. */
function mayLoseData(world: World, machine: Machine): boolean {
  const { ensemble } = world
  if (ensemble === undefined || !machine.files.has(`${tree}/snapshot.0`)) return false
  const holders = serversOf(world).filter((other) => other.files.has(`${tree}/snapshot.0`))
  return holders.length - 1 >= ensemble.majority
}

const onProcess =
  (what: string, act: (machine: Machine, unit: string) => void): Fault =>
  (world, random) => {
    const found = someUnit(world, random)
    if (found === undefined) return undefined
    act(found.machine, found.unit)
    world.changed()
    return { told: `${what} ${found.unit} on ${found.machine.name}` }
  }

const lasting =
  (what: string, begin: (machine: Machine) => void, end: (machine: Machine) => void): Fault =>
  (world, random) => {
    const machine = someMachine(world, random)
    begin(machine)
    world.changed()
    return {
      told: `${machine.name} is ${what}`,
      end: () => {
        end(machine)
        world.changed()
      },
    }
  }

const everywhere =
  (what: string, begin: (machine: Machine) => void, end: (machine: Machine) => void): Fault =>
  (world) => {
    for (const machine of world.machines.values()) begin(machine)
    world.changed()
    return {
      told: `all are ${what}`,
      end: () => {
        for (const machine of world.machines.values()) end(machine)
        world.changed()
      },
    }
  }

const freezeProcess: Fault = (world, random) => {
  const found = someUnit(world, random)
  const process = found?.machine.systemd.process(found.unit)
  if (found === undefined || process === undefined) return undefined
  process.frozen = true
  world.changed()
  return {
    told: `${found.unit} on ${found.machine.name} stands still`,
    end: () => {
      process.frozen = false
      world.changed()
    },
  }
}

const editFile: Fault = (world, random) => {
  const found = someOwnFile(world, random)
  if (found === undefined) return undefined
  const { machine, path } = found
  const file = machine.files.get(path)
  if (file === undefined) return undefined
  const broken = random.chance(0.3)
  machine.put(path, { ...file, content: broken ? 'rubbish\n' : `${file.content}# edited ${random.whole(1, 9)}\n` })
  return { told: `${path} on ${machine.name} is ${broken ? 'overwritten' : 'edited'}` }
}

const deleteFile: Fault = (world, random) => {
  const found = someOwnFile(world, random)
  if (found === undefined) return undefined
  found.machine.files.delete(found.path)
  return { told: `${found.path} on ${found.machine.name} is deleted` }
}

const changeMode: Fault = (world, random) => {
  const found = someOwnFile(world, random)
  const file = found?.machine.files.get(found.path)
  if (found === undefined || file === undefined) return undefined
  found.machine.put(found.path, { ...file, mode: '777', owner: 'nobody' })
  return { told: `${found.path} on ${found.machine.name} has another mode` }
}

const deleteDirectory: Fault = (world, random) => {
  const machine = someMachine(world, random)
  const paths = [...machine.directories.keys()].filter((path) => /^\/(etc|var\/log)\/ironherd/.test(path))
  if (!machine.on || paths.length === 0) return undefined
  const path = random.pick(paths)
  machine.remove(path)
  world.oracles.forgetForeign(machine, path)
  return { told: `${path} on ${machine.name} is deleted` }
}

const deleteRecord: Fault = (world, random) => {
  const machine = someMachine(world, random)
  const paths = [...machine.ownFiles.keys()].filter(
    (path) => /members\/.*\.json$/.test(path) && machine.files.has(path),
  )
  const [path] = paths
  if (!machine.on || path === undefined) return undefined
  machine.files.delete(path)
  return { told: `${path} on ${machine.name} is deleted` }
}

const deleteSoftware: Fault = (world, random) => {
  const machine = someMachine(world, random)
  const paths = [...machine.software.keys()]
  if (!machine.on || paths.length === 0) return undefined
  const path = random.pick(paths)
  const damaged = random.chance(0.5)
  const standing = machine.software.get(path)
  if (damaged && standing !== undefined) machine.software.set(path, { ...standing, listing: 'changed by hand' })
  else machine.software.delete(path)
  return { told: `${path} on ${machine.name} is ${damaged ? 'changed' : 'deleted'}` }
}

/**
 * What is lost: the tree alone, the directory, or its snapshot; with the server killed, or under it. Not its log alone: a
 * snapshot without the writes after it looks like sound data to everybody.
 */
const wipe: Fault = (world, random) => {
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

const loseDisk: Fault = (world, random) => {
  const machine = someMachine(world, random)
  if (!machine.on || !mayLoseData(world, machine)) return undefined
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

const unmount: Fault = (world, random) => {
  const machine = someMachine(world, random)
  if (!machine.on) return undefined
  // Nobody writes to a disk that is gone.
  for (const unit of machine.systemd.names())
    if (random.chance(0.7) || unit.includes('zookeeper')) machine.systemd.kill(unit)
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

const foreignFile: Fault = (world, random) => {
  const machine = someMachine(world, random)
  const directories = [...machine.directories.keys()].filter((path) => path.startsWith('/etc/ironherd/'))
  if (!machine.on || directories.length === 0) return undefined
  const path = `${random.pick(directories)}/notes-${random.whole(1, 99)}.txt`
  machine.put(path, { content: 'mine', owner: 'admin', group: 'admin', mode: '600' })
  world.oracles.foreign(machine, path, 'mine')
  return { told: `somebody writes ${path} on ${machine.name}` }
}

const fence: Fault = (world, random) => {
  const found = someUnit(world, random)
  if (found === undefined) return undefined
  const { machine, unit } = found
  machine.systemd.stop(unit)
  machine.systemd.mask(unit)
  machine.fences.add(unit)
  const path = `/var/lib/ironherd/fences/${unit}`
  machine.put(path, { content: '', owner: 'root', group: 'root', mode: '600' })
  world.changed()
  return {
    told: `${unit} on ${machine.name} is fenced`,
    end: () => {
      machine.fences.delete(unit)
      machine.files.delete(path)
      machine.systemd.unmask(unit)
    },
  }
}

const reboot: Fault = (world, random) => {
  const machine = someMachine(world, random)
  machine.powerOff()
  world.changed()
  machine.clock.after(random.between(5_000, 20_000), () => {
    machine.powerOn()
    world.changed()
  })
  return { told: `${machine.name} is rebooted` }
}

const apiDown: Fault = (world) => {
  world.store.down = true
  return {
    told: 'the API server is down',
    end: () => {
      world.store.down = false
    },
  }
}

/** A setting that this release rolls through the running cluster. */
const changeSetting: Fault = (world, random) => {
  const { zookeeper, spark } = world.wanted
  if (spark !== undefined && random.chance(0.5)) {
    const standalone = spark['standalone'] as {
      workerGroups: Record<string, unknown>[]
      masters: Record<string, unknown>
    }
    const heap = random.pick(['256m', '300m', '320m'])
    if (random.chance(0.5)) standalone.masters['jvm'] = { heap }
    else for (const group of standalone.workerGroups) group['jvm'] = { heap }
  } else if (random.chance(0.5)) zookeeper['tickTimeMs'] = random.pick([1500, 2000, 2500])
  else zookeeper['jvm'] = { heap: random.pick(['256m', '384m', '512m']) }
  world.apply()
  return { told: 'a setting is changed' }
}

const changed = new WeakSet<object>()

/** The machines of the ensemble, as the spec names them now. */
function serversOf(world: World): readonly Machine[] {
  const members = world.wanted.zookeeper['members'] as readonly { readonly host: string }[]
  return members.map(({ host }) => world.machine(host))
}

/** Every server was started at least once: before that a spec may still be anything. */
function isLiving(world: World): boolean {
  return serversOf(world).every((machine) =>
    [...machine.files.keys()].some((path) => /members\/.*zookeeper-\d+\.json$/.test(path)),
  )
}

/** What is not changed on a living cluster, put back later. */
const unsupportedChange: Fault = (world, random) => {
  const { zookeeper } = world.wanted
  const field = random.pick(['version', 'dataDir'])
  // Put back by the one who changed it.
  if (changed.has(zookeeper) || !isLiving(world)) return undefined
  changed.add(zookeeper)
  const before = zookeeper[field]
  zookeeper[field] = field === 'version' ? '3.7.2' : { mount: '/data', path: 'elsewhere' }
  world.apply()
  world.blockedSince = world.clock.now
  return {
    told: `spec.${field} is changed`,
    end: () => {
      zookeeper[field] = before
      changed.delete(zookeeper)
      world.blockedSince = undefined
      world.apply()
    },
  }
}

/** Somebody has put a file of his own where ironherd is about to write one. */
const squat: Fault = (world, random) => {
  const machine = random.pick(serversOf(world))
  const path = `/etc/ironherd/ironherd-a-zk-zookeeper-${machine.name.slice(1)}/${random.pick(['zoo.cfg', 'logback.xml'])}`
  if (!machine.on || machine.exists(path) || machine.owns(path)) return undefined
  machine.put(path, { content: 'mine', owner: 'admin', group: 'admin', mode: '600' })
  world.oracles.foreign(machine, path, 'mine')
  return {
    told: `somebody writes ${path} on ${machine.name}`,
    end: () => {
      world.oracles.forgetForeign(machine, path.slice(0, path.lastIndexOf('/')))
      if (machine.files.get(path)?.content === 'mine') machine.files.delete(path)
    },
  }
}

/** Somebody has put the data of another server where a new one is to begin. */
const foreignData: Fault = (world, random) => foreignDataOn(random.pick(serversOf(world)), world)

export function foreignDataOn(machine: Machine, world: World): ReturnType<Fault> {
  if (!machine.on || !machine.isMounted('/data') || machine.namesIn(tree).length > 0 || world.ensemble?.born === true)
    return undefined
  const own = { owner: 'zookeeper', group: 'zookeeper', mode: '640', payload: { history: undefined, epoch: 1 } }
  machine.mkdir(tree, { owner: 'zookeeper', group: 'zookeeper', mode: '750' })
  machine.put(`${tree}/snapshot.0`, { ...own, content: 'of another server' })
  return {
    told: `data of another server is put on ${machine.name}`,
    end: () => {
      machine.remount('/data')
      if (machine.files.get(`${tree}/snapshot.0`)?.content === 'of another server') machine.remove(tree)
    },
  }
}

/** Half of an ensemble of five in trouble: two out of sight, and one that stands still. */
const epidemic: Fault = (world) => {
  const [first, second, third] = serversOf(world)
  const unit = third?.systemd.names().find((name) => name.includes('zookeeper'))
  const process = unit === undefined ? undefined : third?.systemd.process(unit)
  if (world.shape.voters < 5 || first === undefined || second === undefined || process === undefined) return undefined
  first.unreachable = true
  second.unreachable = true
  process.frozen = true
  world.changed()
  return {
    told: `${first.name} and ${second.name} are out of sight, and the server on ${third?.name ?? ''} stands still`,
    end: () => {
      first.unreachable = false
      second.unreachable = false
      process.frozen = false
      world.changed()
    },
  }
}

/** What a run is chiefly about: what is drawn there more often. */
export const themes = ['anything', 'roll', 'daemons', 'unseen', 'disk', 'first', 'spec'] as const

export type Theme = (typeof themes)[number]

/** How often each is drawn, and in which themes it is drawn ten times as often. */
export const faults: readonly (readonly [weight: number, fault: Fault, ...chiefly: Theme[]])[] = [
  [6, onProcess('SIGKILL for', (machine, unit) => machine.systemd.kill(unit))],
  [4, onProcess('systemctl stop', (machine, unit) => machine.systemd.stop(unit))],
  [2, onProcess('systemctl mask', (machine, unit) => machine.systemd.mask(unit))],
  [2, onProcess('systemctl disable', (machine, unit) => void machine.systemd.disable(unit))],
  [3, freezeProcess, 'unseen'],
  [3, editFile],
  [2, deleteFile],
  [1, changeMode],
  [1, deleteDirectory],
  [1, deleteRecord],
  [1, deleteSoftware],
  [4, wipe, 'disk'],
  [1, loseDisk, 'disk'],
  [1, unmount, 'disk'],
  [1, foreignFile],
  [1, fence, 'roll'],
  [3, reboot],
  [
    3,
    lasting(
      'off',
      (machine) => machine.powerOff(),
      (machine) => machine.powerOn(),
    ),
  ],
  [
    3,
    lasting(
      'unreachable',
      (machine) => (machine.unreachable = true),
      (machine) => (machine.unreachable = false),
    ),
    'unseen',
  ],
  [
    2,
    lasting(
      'frozen',
      (machine) => machine.freeze(true),
      (machine) => machine.freeze(false),
    ),
  ],
  [
    2,
    lasting(
      'cut off from its peers',
      (machine) => (machine.cutOff = true),
      (machine) => (machine.cutOff = false),
    ),
  ],
  [
    1,
    everywhere(
      'off',
      (machine) => machine.powerOff(),
      (machine) => machine.powerOn(),
    ),
  ],
  [
    1,
    everywhere(
      'unreachable',
      (machine) => (machine.unreachable = true),
      (machine) => (machine.unreachable = false),
    ),
  ],
  [1, apiDown],
  [6, changeSetting, 'roll', 'daemons', 'unseen'],
  [1, unsupportedChange, 'spec'],
  [2, epidemic, 'unseen'],
  [2, squat, 'first'],
  [2, foreignData, 'first'],
]
