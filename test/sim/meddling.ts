import type { Happened } from './fault.ts'
import { foreignDataOn, unmounted } from './faults-data.ts'
import { foreignFilesOn } from './faults-hdfs.ts'
import type { Random } from './random.ts'
import type { Point } from './script.ts'
import type { World } from './world.ts'

/**
 * Somebody else is at work on the machine at the very moment, between the look and the script: an administrator, another
 * tool, a package's maintainer script. No look can see that, only the guards under the lock. `often`: how much more than
 * in an ordinary run.
 */
export function meddle(world: World, random: Random, { machine, step }: Point, often: number): readonly Happened[] {
  const { action } = step
  const starts = (probability: number): readonly Happened[] => {
    const stem = step.member.replace(/@.*/, '')
    const unit = machine.systemd.names().find((name) => name.includes(`-${stem}.`))
    if (!random.chance(probability) || unit === undefined || machine.systemd.start(unit) !== '') return []
    return [{ told: `somebody starts ${unit} on ${machine.name}` }]
  }
  const unmounts = (probability: number): readonly Happened[] =>
    random.chance(probability * often) ? [unmounted(world, random, machine)] : []
  switch (action.verb) {
    case 'MarkFirstStart': {
      const found = random.chance(0.05 * often) ? foreignDataOn(machine, world) : undefined
      // One that may begin from nothing already is not started by a person before the others may, too.
      const marked = [...machine.files.keys()].some((path) => path.endsWith('/initialize'))
      return [...(found === undefined ? [] : [found]), ...(marked ? [] : starts(0.03 * often)), ...unmounts(0.01)]
    }
    case 'MoveAside':
      return [...starts(0.3), ...unmounts(0.02)]
    case 'FormatNameNode':
    case 'BootstrapStandby':
    case 'SeedJournal': {
      const filled = random.chance(0.03 * often) ? foreignFilesOn(machine, random, world) : undefined
      return [...(filled === undefined ? [] : [filled]), ...starts(0.02 * often), ...unmounts(0.02)]
    }
    case 'RemoveFile':
      return starts(0.01 * often)
    case 'EnsureDirectory':
      return action.directory.path.startsWith('/data/') ? unmounts(0.03) : []
    case 'StartUnit':
    case 'RestartUnit':
      return unmounts(0.005)
    case 'ReconfigEnsemble': {
      const { leader } = world.ensemble
      if (leader === undefined || !random.chance(0.4) || world.ensemble.reconfigure(leader, leader.servers) !== '')
        return []
      return [{ told: 'somebody gives the ensemble its list anew' }]
    }
    case 'WriteFile': {
      const { path } = action.file
      // Below /var/lib/ironherd only ironherd writes; nobody keeps his files where a disk is missing, to be covered by it.
      const covered = path.startsWith('/data/') && !machine.isMounted('/data')
      const free = !machine.exists(path) && !machine.owns(path) && !path.startsWith('/var/lib/') && !covered
      if (!random.chance(0.005 * often) || !free) return []
      return [squatted(world, machine, path)]
    }
    default:
      return []
  }
}

/** A file of somebody's own where ironherd is about to write one, until he takes it away. */
function squatted(world: World, machine: Point['machine'], path: string): Happened {
  machine.put(path, { content: 'mine', owner: 'admin', group: 'admin', mode: '600' })
  world.oracles.foreign(machine, path, 'mine')
  return {
    told: `somebody writes ${path} on ${machine.name}`,
    end: () => {
      // On the disk on which he has put it.
      if (path.startsWith('/data/')) machine.remount('/data')
      world.oracles.forgetForeign(machine, path.slice(0, path.lastIndexOf('/')))
      if (machine.files.get(path)?.content === 'mine') machine.files.delete(path)
    },
  }
}
