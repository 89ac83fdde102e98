// The generated definitions in an API server: what it accepts, fills in, explains and shows.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crdOf, type Schema } from '../../src/api/crd.ts'
import type { KindDefinition } from '../../src/api/kind.ts'
import { kinds } from '../../src/api/kinds.ts'
import { exampleManifests, type Manifest, namespace } from '../world/manifests.ts'
import { type Plane, startPlane } from './plane.ts'

const examples = join(import.meta.dirname, '../../deploy/examples')

let plane: Plane

beforeAll(async () => {
  plane = await startPlane()
  await plane.applyDefinitions()
})

afterAll(async () => {
  await plane.down()
})

const named = kinds.map((kind) => [kind.kind, kind] as const)

interface Definition {
  readonly spec: { readonly versions: readonly { readonly schema: unknown }[] }
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] }
}

function definitionOf(kind: KindDefinition): Promise<Definition> {
  return plane.get<Definition>('crd', `${kind.plural}.ironherd.io`)
}

describe('the generated definitions', () => {
  it.each(named)('of %s are established, with structural schemas and names that nobody else has', async (_, kind) => {
    const { status } = await definitionOf(kind)
    const said = Object.fromEntries(status.conditions.map((condition) => [condition.type, condition.status]))
    expect(said).toEqual({ NamesAccepted: 'True', Established: 'True' })
  })

  it.each(named)('of %s are kept by the server as they were generated, every rule included', async (_, kind) => {
    const generated = crdOf(kind) as { readonly spec: Definition['spec'] }
    const { spec } = await definitionOf(kind)
    expect(spec.versions[0]?.schema).toEqual(generated.spec.versions[0]?.schema)
  })

  it.each(named)('of %s are explained by kubectl', async (_, kind) => {
    const words = (text: string): string => text.replaceAll(/\s+/g, ' ')
    const shown = words(await plane.kubectl(['explain', `${kind.plural}.spec`]))
    const { versions } = crdOf(kind).spec as { readonly versions: readonly [{ readonly schema: Schema }] }
    const spec = (versions[0].schema.openAPIV3Schema as { properties: { spec: Schema } }).properties.spec
    for (const [name, field] of Object.entries(spec.properties as Record<string, { description: string }>)) {
      expect(shown).toContain(name)
      expect(shown).toContain(words(field.description).slice(0, 60))
    }
  })

  it('have short names and plurals that nobody else has in this server, and none of other operators', async () => {
    const lines = (await plane.kubectl(['api-resources', '--no-headers', '--cached=false'])).trim().split('\n')
    const words = lines.flatMap((line) => {
      // NAME [SHORTNAMES] APIVERSION NAMESPACED KIND
      const fields = line.split(/\s+/)
      const shortNames = fields.length === 5 ? (fields[1] ?? '').split(',') : []
      return [fields[0] ?? '', ...shortNames]
    })
    const own = kinds.flatMap(({ plural, shortNames }) => [plural, ...shortNames])
    for (const name of own) expect(words.filter((word) => word === name)).toEqual([name])
    // What operators of Hadoop, Spark and ZooKeeper in containers, and of bare metal, already took.
    const others = [
      'zk',
      'hdfs',
      'spark',
      'sparkapp',
      'scheduledsparkapp',
      'sparkcluster',
      'shs',
      'bmh',
      'bmhost',
      'hs',
    ]
    expect(own.filter((name) => others.includes(name))).toEqual([])
  })
})

describe('objects', () => {
  it('of the shipped examples are taken as they stand, and taken again without a change', async () => {
    const apply = ['apply', '--server-side', '-f', examples]
    await plane.kubectl(apply)
    const generations = ['get', 'ironherd', '-n', namespace, '-o', 'jsonpath={.items[*].metadata.generation}']
    const before = await plane.kubectl(generations)
    expect(before.split(' ')).toEqual(Array.from({ length: 10 }, () => '1'))
    await plane.kubectl(apply)
    expect(await plane.kubectl(generations)).toBe(before)
  })

  const manifests = (): readonly (readonly [KindDefinition, Manifest])[] =>
    [
      ...exampleManifests('hosts', plane.site),
      ...exampleManifests('zookeeper', plane.site),
      ...exampleManifests('hdfs', plane.site),
      ...exampleManifests('spark', plane.site),
      ...exampleManifests('mesos', plane.site),
    ].flatMap((manifest) => {
      const kind = kinds.find((definition) => definition.kind === manifest.kind)
      return kind === undefined ? [] : [[kind, manifest] as const]
    })

  it('get from the server the very defaults that ironherd itself would fill in', async () => {
    for (const [kind, manifest] of manifests()) {
      const dryRun = ['create', '--dry-run=server', '-o', 'json', '-f', '-']
      const other = { ...manifest, metadata: { ...manifest.metadata, name: `${manifest.metadata.name}-again` } }
      const shown = JSON.parse(await plane.kubectl(dryRun, JSON.stringify(other))) as { readonly spec: unknown }
      expect(shown.spec).toEqual(kind.spec.parse(manifest.spec))
      expect(shown.spec).not.toEqual(manifest.spec)
    }
  })

  it('of a plan take one as ironherd makes it, which no example shows', async () => {
    const clusterRef = { kind: 'ZookeeperCluster', name: 'zk' }
    const metadata = { name: 'zookeepercluster-zk', namespace }
    await plane.apply([{ apiVersion: 'ironherd.io/v1alpha1', kind: 'ClusterPlan', metadata, spec: { clusterRef } }])
    const shown = await plane.get<{ readonly spec: unknown }>('ClusterPlan', metadata.name)
    expect(shown.spec).toEqual({ clusterRef })
  })

  it.each(kinds.flatMap(({ kind, shortNames }) => [kind, ...shortNames]))(
    'are found under the name %s',
    async (name) => {
      expect(await plane.kubectl(['get', name, '-n', namespace, '-o', 'name'])).toMatch(/\.ironherd\.io\//)
    },
  )

  it('of every kind are found under the category ironherd', async () => {
    const lines = (await plane.kubectl(['get', 'ironherd', '-n', namespace, '-o', 'name'])).trim().split('\n')
    const found = new Set(lines.map((line) => line.split('.')[0]))
    expect([...found].sort()).toEqual(kinds.map(({ singular }) => singular).sort())
  })

  it('show in columns what their status says', async () => {
    const at = '2026-01-02T03:04:05Z'
    const condition = (type: string, reason: string): unknown => ({
      type,
      status: 'True',
      reason,
      message: 'as it should be',
      lastTransitionTime: at,
      observedGeneration: 1,
    })
    const cluster = {
      conditions: [condition('Ready', 'AllServing'), condition('Available', 'Serving')],
      members: { desired: 3, healthy: 2 },
      leader: 'server-2',
    }
    const host = { conditions: [condition('Reachable', 'Reached'), condition('HostKeyVerified', 'Seen')], members: 4 }
    const table = async (kind: string, name: string, status: unknown): Promise<readonly string[]> => {
      const patch = ['patch', kind, name, '-n', namespace, '--subresource=status', '--type=merge', '-p']
      await plane.kubectl([...patch, JSON.stringify({ status })])
      return (await plane.kubectl(['get', kind, name, '-n', namespace])).trim().split(/ {2,}|\n/)
    }
    const clusterHeads = ['NAME', 'READY', 'AVAILABLE', 'HEALTHY', 'DESIRED', 'LEADER']
    const zk = await table('zookeepercluster', 'zk', cluster)
    expect(zk.slice(0, 6)).toEqual(clusterHeads)
    expect(zk).toEqual(expect.arrayContaining(['zk', 'True', '2', '3', 'server-2', 'AllServing']))
    const spark = await table('sparkcluster', 'analytics', cluster)
    expect(spark.slice(0, 6)).toEqual(clusterHeads)
    expect(spark).toEqual(expect.arrayContaining(['analytics', 'True', '2', '3', 'server-2', 'AllServing']))
    const mesos = await table('mesoscluster', 'tasks', { ...cluster, mesos: { agents: { active: 3 } } })
    expect(mesos.slice(0, 7)).toEqual([...clusterHeads, 'AGENTS'])
    const m1 = await table('ihost', 'm1', host)
    const hostHeads = ['NAME', 'ADDRESS', 'REACHABLE', 'VERIFIED', 'MANAGED', 'PREPARED', 'LIFECYCLE', 'MEMBERS']
    expect(m1.slice(0, 8)).toEqual(hostHeads)
    expect(m1).toEqual(expect.arrayContaining(['m1', '192.0.2.11', 'True', '4', 'Reached']))
  })
})
