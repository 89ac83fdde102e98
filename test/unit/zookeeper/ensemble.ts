import { parseSpec } from '../../../src/api/resource.ts'
import { type ZookeeperSpec, zookeeperKind } from '../../../src/api/zookeeper.ts'
import { zookeeperCluster } from '../../../src/clusters/zookeeper/kind.ts'
import type { ExpandInput, Expansion, HostView } from '../../../src/model/kind.ts'
import type { Problem } from '../../../src/model/reasons.ts'

const digest = 'ab'.repeat(64)

/** What a user would write at least. */
export function minimalSpec(more: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    version: '3.8.4',
    software: { archive: { url: 'http://files.example/zookeeper-3.8.4.tar.gz', sha512: digest } },
    members: [
      { id: 1, host: 'm1' },
      { id: 2, host: 'm2' },
      { id: 3, host: 'm3' },
    ],
    dataDir: { mount: '/data', path: 'zookeeper' },
    ...more,
  }
}

export function specOf(value: unknown): ZookeeperSpec {
  const parsed = parseSpec(zookeeperKind, value)
  if ('problems' in parsed) throw new Error(parsed.problems.map((found) => found.message).join('; '))
  return parsed.spec
}

export function hostView(name: string, address: string): HostView {
  return { name, serviceAddress: address, advertisedAddress: address, labels: {}, lost: false }
}

const sixHosts: Readonly<Record<string, HostView>> = Object.fromEntries(
  ['m1', 'm2', 'm3', 'm4', 'm5', 'm6'].map((name, index) => [name, hostView(name, `10.0.0.${index + 1}`)]),
)

export function expandInput(
  value: unknown,
  more: Partial<Omit<ExpandInput, 'object'>> & { readonly name?: string } = {},
): ExpandInput<ZookeeperSpec> {
  return {
    object: {
      apiVersion: 'ironherd.io/v1alpha1',
      kind: 'ZookeeperCluster',
      metadata: {
        name: more.name ?? 'zk',
        namespace: 'default',
        uid: 'u',
        generation: 1,
        resourceVersion: '1',
        creationTimestamp: '2026-01-01T00:00:00Z',
        finalizers: [],
        labels: {},
        annotations: {},
      },
      spec: specOf(value),
    },
    hosts: more.hosts ?? sixHosts,
    offers: {},
    standing: more.standing ?? [],
    unseen: more.unseen ?? [],
    stays: more.stays ?? false,
    configMaps: more.configMaps ?? {},
    secrets: more.secrets ?? {},
  }
}

export function expansionOf(input: ExpandInput<ZookeeperSpec>): Expansion {
  const result = zookeeperCluster.expand(input)
  if ('problems' in result) throw new Error(result.problems.map((found) => found.message).join('; '))
  return result
}

export function problemsOf(input: ExpandInput<ZookeeperSpec>): readonly Problem[] {
  const result = zookeeperCluster.expand(input)
  return 'problems' in result ? result.problems : []
}
