import { finalizer } from '../../src/control/finalizer.ts'
import { toResource } from '../../src/control/kubernetes/resource.ts'
import type { Lab } from '../../test/lab/index.ts'
import { exampleManifests, namespace } from '../../test/world/manifests.ts'
import type { Snapshot } from './snapshot-store.ts'

/** The shipped examples on the lab's hosts, as an API server would hand them out right after `kubectl apply`. */
export function exampleSnapshot(lab: Lab, createdAt: Date): Snapshot {
  const manifests = (['hosts', 'zookeeper', 'spark'] as const).flatMap((file) => exampleManifests(file, lab))
  const objects = manifests
    .filter((manifest) => manifest.apiVersion.startsWith('ironherd.io/'))
    .map((manifest, at) => {
      const given = {
        uid: `bench-${at}`,
        resourceVersion: '1',
        generation: 1,
        creationTimestamp: createdAt.toISOString(),
        finalizers: [finalizer],
      }
      return toResource({ ...manifest, metadata: { ...given, ...manifest.metadata } }, manifest.kind)
    })
  return {
    objects,
    secrets: { [`${namespace}/fleet-ssh`]: { id_ed25519: lab.ssh.privateKey } },
    configMaps: {},
  }
}
