import type { Machine } from './machine.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/** What was done, and how it is taken back when that ends. */
export interface Happened {
  readonly told: string
  readonly end?: () => void
}

/** What is done to the world at one moment; undefined: nothing, it could not be. */
export type Fault = (world: World, random: Random) => Happened | undefined

export const someMachine = (world: World, random: Random): Machine => random.pick([...world.machines.values()])

export function someUnit(
  world: World,
  random: Random,
): { readonly machine: Machine; readonly unit: string } | undefined {
  const all = [...world.machines.values()].flatMap((machine) =>
    machine.on ? machine.systemd.names().map((unit) => ({ machine, unit })) : [],
  )
  return all.length === 0 ? undefined : random.pick(all)
}

export function someOwnFile(
  world: World,
  random: Random,
): { readonly machine: Machine; readonly path: string } | undefined {
  const machine = someMachine(world, random)
  const paths = [...machine.ownFiles.keys()].filter((path) => machine.files.has(path) && !path.startsWith('/var/lib/'))
  return machine.on && paths.length > 0 ? { machine, path: random.pick(paths) } : undefined
}

export const onProcess =
  (what: string, act: (machine: Machine, unit: string) => void): Fault =>
  (world, random) => {
    const found = someUnit(world, random)
    if (found === undefined) return undefined
    act(found.machine, found.unit)
    world.changed()
    return { told: `${what} ${found.unit} on ${found.machine.name}` }
  }

export const lasting =
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

export const everywhere =
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
