import { finalizer } from '../../src/control/finalizer.ts'
import { toResource } from '../../src/control/kubernetes/resource.ts'
import type { Lab } from '../../test/lab/index.ts'
import { exampleManifests, type Manifest, namespace } from '../../test/world/manifests.ts'
import type { Snapshot } from './snapshot-store.ts'

/**
 * The shipped examples on the lab's hosts, as an API server would hand them out right after `kubectl apply`. Hosts beyond
 * the six of the examples are workers like the last of these.
 */
export function exampleSnapshot(
  lab: Lab,
  createdAt: Date,
  examples: readonly ('zookeeper' | 'spark' | 'hdfs')[] = ['zookeeper', 'spark'],
): Snapshot {
  const [hosts, ...clusters] = (['hosts', ...examples] as const).map((file) => exampleManifests(file, lab))
  const last = hosts?.at(-1)
  const more = lab.hosts.slice(6).map(({ name, address, hostKeys }): Manifest => {
    const ssh = { ...(last?.spec?.['ssh'] as Record<string, unknown>), hostKeys }
    return {
      ...last,
      apiVersion: 'ironherd.io/v1alpha1',
      kind: 'Host',
      metadata: { ...last?.metadata, name },
      spec: { address, ssh },
    }
  })
  const manifests = [...(hosts ?? []), ...more, ...clusters.flat()]
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
