import type { Resource } from '../../src/model/object.ts'
import type { HdfsMemory } from './hdfs.ts'
import type { MachineImage } from './machine.ts'
import type { World } from './world.ts'
import type { Write } from './zookeeper-server.ts'

/** What is left of a world when all its machines are switched off: their disks, the objects, and what clients were told. */
export interface Image {
  readonly machines: ReadonlyMap<string, MachineImage>
  readonly objects: readonly Resource[]
  readonly acknowledged: Write | undefined
  readonly hdfs: HdfsMemory
  readonly epoch: number
  readonly at: number
}

export function imageOf(world: World): Image {
  return {
    machines: new Map([...world.machines].map(([name, machine]) => [name, machine.image()])),
    objects: [...world.store.objects.values()].map((object) => structuredClone(object)),
    acknowledged: world.ensemble?.acknowledged,
    hdfs: world.hdfs.memory,
    epoch: world.leader?.epoch ?? 0,
    at: world.clock.now,
  }
}

/** Switches machines on with these disks. The world is new and its clock stands later than the image. */
export function switchOn(world: World, { acknowledged, epoch, hdfs, machines, objects }: Image): void {
  for (const object of objects) {
    const { kind, metadata, spec } = object
    world.store.apply(kind, metadata.name, spec, metadata)
  }
  for (const [name, image] of machines) world.machine(name).restore(image)
  world.takeOver(epoch, acknowledged)
  world.hdfs.remember(hdfs)
}
