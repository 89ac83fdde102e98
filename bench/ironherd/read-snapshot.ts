import { toResource } from '../../src/control/kubernetes/resource.ts'
import type { Lab } from '../../test/lab/index.ts'
import type { Snapshot } from './snapshot-store.ts'

/** Everything that passes over the lab's clusters read, as it stands in the API server now. */
export async function readSnapshot(lab: Lab, namespace: string, plurals: readonly string[]): Promise<Snapshot> {
  const lists = await Promise.all(plurals.map((plural) => list(lab, namespace, `${plural}.ironherd.io`)))
  return {
    objects: lists.flat().map((item) => toResource(item, '')),
    secrets: values(await list(lab, namespace, 'secrets'), (data) => Buffer.from(data, 'base64').toString('utf8')),
    configMaps: values(await list(lab, namespace, 'configmaps'), (data) => data),
  }
}

interface Item {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly data?: Readonly<Record<string, string>>
}

async function list(lab: Lab, namespace: string, resource: string): Promise<readonly Item[]> {
  const got = await lab.kube.kubectl(['get', resource, '-n', namespace, '-o', 'json'])
  if (got.code !== 0) throw new Error(`kubectl get ${resource}: exit ${got.code}\n${got.stderr}`)
  return (JSON.parse(got.stdout) as { readonly items: readonly Item[] }).items
}

function values(items: readonly Item[], decode: (data: string) => string): Record<string, Record<string, string>> {
  return Object.fromEntries(
    items.map(({ metadata, data = {} }) => [
      `${metadata.namespace}/${metadata.name}`,
      Object.fromEntries(Object.entries(data).map(([key, value]) => [key, decode(value)])),
    ]),
  )
}
