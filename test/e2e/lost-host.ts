// A machine that does not come back, and the word of a person that says so.
import { exampleManifests, type Manifest } from '../world/manifests.ts'
import type { World } from '../world/world.ts'
import { withSpec } from './edited.ts'

export function hostManifest(world: World, name: string): Manifest {
  const found = exampleManifests('hosts', world.lab).find(
    ({ kind, metadata }) => kind === 'Host' && metadata.name === name,
  )
  if (found === undefined) throw new Error(`no Host ${name} in the example`)
  return found
}

export async function lose(world: World, name: string): Promise<void> {
  await world.lab.host(name).powerOff()
  await world.apply([withSpec(hostManifest(world, name), ['lifecycle'], 'Lost')])
}
