import type { Fault } from './fault.ts'
import { someMachine, someUnit } from './fault.ts'
import { mayLoseData } from './faults-data.ts'
import { mayLoseFiles } from './faults-hdfs.ts'
import { canDoWithout, giveUp, serversOf } from './people.ts'
import { nameHostsOf } from './people-hdfs.ts'
import { canMoveFiles, moveFiles } from './people-hdfs-members.ts'

export const freezeProcess: Fault = (world, random) => {
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

export const fence: Fault = (world, random) => {
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

export const reboot: Fault = (world, random) => {
  const machine = someMachine(world, random)
  machine.powerOff()
  world.changed()
  machine.clock.after(random.between(5_000, 20_000), () => {
    machine.powerOn()
    world.changed()
  })
  return { told: `${machine.name} is rebooted` }
}

export const apiDown: Fault = (world) => {
  world.store.down = true
  return {
    told: 'the API server is down',
    end: () => {
      world.store.down = false
    },
  }
}

/** Half of an ensemble of five in trouble: two out of sight, and one that stands still. */
export const epidemic: Fault = (world) => {
  const [first, second, third] = serversOf(world)
  const unit = third?.systemd.names().find((name) => name.includes('zookeeper'))
  const process = unit === undefined ? undefined : third?.systemd.process(unit)
  if (serversOf(world).length < 5 || first === undefined || second === undefined || process === undefined)
    return undefined
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

/** A machine that never comes back, until somebody says so; and now and then it comes back all the same. */
export const loseForEver: Fault = (world, random) => {
  const machine = someMachine(world, random)
  const holds = machine.files.has('/data/zookeeper/version-2/snapshot.0')
  // Where nobody changes who is in it, what it held of the file system is declared nowhere else.
  if (world.shape.hdfs !== undefined && !(canMoveFiles(world, machine) && mayLoseFiles(world, machine)))
    return undefined
  const already = [...world.machines.values()].some(({ gone }) => gone)
  const counted = world.ensemble.servers().some(({ servers }) => servers.size < 3)
  if (already || !machine.on || counted || !canDoWithout(world, machine) || (holds && !mayLoseData(world, machine)))
    return undefined
  if (world.blockedSince !== undefined || !world.ensemble.born || !world.shape.keepsHosts) return undefined
  machine.powerOff()
  machine.gone = true
  world.changed()
  // A NameNode that runs again where it was is not told from the one that took its place (docs/hdfs-design.md).
  const returns = random.chance(0.2) && !nameHostsOf(world).includes(machine.name)
  let said = false
  const say = () => {
    if (said) return
    said = true
    if (world.shape.hdfs !== undefined) moveFiles(world, random, machine)
    giveUp(world, random, machine)
  }
  machine.clock.after(random.between(3_000, 40_000), say)
  return {
    told: `${machine.name} is off for ever`,
    end: () => {
      say()
      if (!returns) return
      machine.gone = false
      machine.powerOn()
      world.changed()
    },
  }
}
