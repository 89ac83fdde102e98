// What the identity of deploy/rbac may do, and what it may not: as the API server itself answers.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { kinds } from '../../src/api/kinds.ts'
import { finalizer } from '../../src/control/finalizer.ts'
import { type ApiClient, ApiError } from '../../src/control/kubernetes/client.ts'
import { namespace } from '../world/manifests.ts'
import { clientOf, eventually, exampleHost, type Plane, startPlane } from './plane.ts'

const rights = join(import.meta.dirname, '../../deploy/rbac')
const own = 'ironherd-system'

let plane: Plane
let client: ApiClient

beforeAll(async () => {
  plane = await startPlane()
  await plane.applyDefinitions()
  await plane.applyRights()
  await plane.createNamespace()
  client = clientOf(plane, 'ironherd')
})

afterAll(async () => {
  await client.close()
  await plane.down()
})

/** `verb group/resource[/subresource] [namespace[/name]]`; no namespace: in all of them. */
async function may(what: string): Promise<boolean> {
  const [verb = '', thing = '', place = ''] = what.split(' ')
  const [group = '', resource = '', subresource = ''] = thing.split('/')
  const [space = '', name = ''] = place.split('/')
  const resourceAttributes = { verb, group, resource, subresource, namespace: space, name }
  const { status } = (await client.call({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    },
    signal: AbortSignal.timeout(10_000),
  })) as { readonly status: { readonly allowed: boolean } }
  return status.allowed
}

const plurals = kinds.map(({ plural }) => plural)
/** Everything but what is ironherd's own. */
const declared = plurals.filter((plural) => plural !== 'clusterplans')

/** Every call in src/control/kubernetes. */
const used = [
  ...plurals.flatMap((plural) => ['list', 'watch', 'patch'].map((verb) => `${verb} ironherd.io/${plural}`)),
  ...plurals.map((plural) => `patch ironherd.io/${plural}/status`),
  'create ironherd.io/clusterplans',
  'delete ironherd.io/clusterplans',
  'get /secrets',
  'get /configmaps',
  'create /configmaps',
  'patch /configmaps',
  'create /events',
  'patch /events',
  `get coordination.k8s.io/leases ${own}/ironherd`,
  `update coordination.k8s.io/leases ${own}/ironherd`,
  `create coordination.k8s.io/leases ${own}`,
  `get /configmaps ${own}/ironherd-authority`,
  `update /configmaps ${own}/ironherd-authority`,
  `create /configmaps ${own}`,
]

const forbidden = [
  ...['get', 'update', 'deletecollection', 'approve'].map((verb) => `${verb} ironherd.io/clusterplans`),
  ...declared.flatMap((plural) =>
    ['create', 'update', 'delete', 'deletecollection'].map((verb) => `${verb} ironherd.io/${plural}`),
  ),
  ...['list', 'watch', 'create', 'update', 'patch', 'delete'].map((verb) => `${verb} /secrets`),
  ...['list', 'watch', 'update', 'delete'].map((verb) => `${verb} /configmaps ${namespace}`),
  `list /secrets ${own}`,
  `update /configmaps ${own}/another`,
  `delete /configmaps ${own}/ironherd-authority`,
  `get coordination.k8s.io/leases ${own}/another`,
  `update coordination.k8s.io/leases ${own}/another`,
  `delete coordination.k8s.io/leases ${own}/ironherd`,
  ...['get', 'update', 'create', 'patch'].map((verb) => `${verb} coordination.k8s.io/leases kube-system`),
  'delete /events',
  'create /pods',
  'create /pods/exec',
  'list /pods',
  'list /nodes',
  'create /namespaces',
  'create /serviceaccounts/token',
  'impersonate /users',
  'create apps/deployments',
  'patch apiextensions.k8s.io/customresourcedefinitions',
  'create rbac.authorization.k8s.io/clusterrolebindings',
  'escalate rbac.authorization.k8s.io/clusterroles',
  'bind rbac.authorization.k8s.io/clusterroles',
  'patch admissionregistration.k8s.io/validatingadmissionpolicies',
]

describe("ironherd's identity", () => {
  it.each(used)('may %s', async (what) => {
    expect(await may(what)).toBe(true)
  })

  it.each(forbidden)('may not %s', async (what) => {
    expect(await may(what)).toBe(false)
  })

  it('is given no right that the code does not use', () => {
    const given = readdirSync(rights).flatMap((file) =>
      parseAllDocuments(readFileSync(join(rights, file), 'utf8')).flatMap((document) => {
        const { metadata, rules = [] } = document.toJS() as Role
        // That one is for people.
        if (metadata.name === 'ironherd-approver') return []
        return rules.flatMap(({ apiGroups, resources, verbs }) =>
          apiGroups.flatMap((group) => resources.flatMap((name) => verbs.map((verb) => `${verb} ${group}/${name}`))),
        )
      }),
    )
    const wanted = used.map((what) => what.split(' ').slice(0, 2).join(' '))
    expect([...new Set(given)].sort()).toEqual([...new Set(wanted)].sort())
  })

  it('is refused by the server when it lists Secrets all the same', async () => {
    const listing = client.call({ method: 'GET', path: '/api/v1/secrets', signal: AbortSignal.timeout(10_000) })
    await expect(listing).rejects.toMatchObject({ code: 403, reason: 'Forbidden' })
  })
})

interface Role {
  readonly metadata: { readonly name: string }
  readonly rules?: readonly Rule[]
}

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

describe('of an object, the identity', () => {
  const hosts = `/apis/ironherd.io/v1alpha1/namespaces/${namespace}/hosts`

  async function patch(body: unknown, name = 'm1'): Promise<string> {
    const path = `${hosts}/${name}`
    const signal = AbortSignal.timeout(10_000)
    const contentType = 'application/merge-patch+json'
    try {
      await client.call({ method: 'PATCH', path, contentType, body, signal })
      return 'written'
    } catch (error) {
      if (error instanceof ApiError && error.code === 403) return error.message
      throw error
    }
  }

  it('cannot write the spec, nor labels and annotations, but sets and removes finalizers', async () => {
    const [host, probe] = [exampleHost(plane), { ...exampleHost(plane), metadata: { name: 'probe', namespace } }]
    await plane.apply([host, probe])
    // A policy acts a moment after it was applied.
    let tries = 0
    await eventually('the policy acts', async () => {
      tries += 1
      const said = await patch({ spec: { address: `192.0.2.${String(100 + (tries % 100))}` } }, 'probe')
      return said === 'written' ? undefined : said
    })
    expect(await patch({ spec: { address: '192.0.2.99' } })).toMatch(/ironherd does not write what is wanted/)
    expect(await patch({ metadata: { labels: { role: 'worker' } } })).toMatch(/neither labels nor annotations/)
    expect(await patch({ metadata: { annotations: { a: 'b' } } })).toMatch(/neither labels nor annotations/)
    expect(await patch({ metadata: { finalizers: [finalizer] } })).toBe('written')
    expect(await patch({ metadata: { finalizers: [] } })).toBe('written')
  })

  it('leaves everybody else to RBAC: an administrator changes what he likes', async () => {
    const changed = { ...exampleHost(plane), spec: { ...exampleHost(plane).spec, address: '192.0.2.77' } }
    await plane.apply([changed])
    const shown = await plane.get<{ readonly spec: { readonly address: string } }>('ihost', 'm1')
    expect(shown.spec.address).toBe('192.0.2.77')
  })
})

describe('of ConfigMaps, the identity', () => {
  const owner = { apiVersion: 'ironherd.io/v1alpha1', kind: 'HdfsCluster', name: 'files', uid: 'u1' }

  async function write(name: string, ownerReferences: readonly object[], method: 'POST' | 'PATCH'): Promise<string> {
    const collection = `/api/v1/namespaces/${namespace}/configmaps`
    const path = method === 'POST' ? collection : `${collection}/${name}`
    const metadata = { name, namespace, ownerReferences }
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [method]: 'written' } }
    const type = method === 'POST' ? {} : { contentType: 'application/merge-patch+json' }
    try {
      await client.call({ method, path, ...type, body, signal: AbortSignal.timeout(10_000) })
      return 'written'
    } catch (error) {
      if (error instanceof ApiError && (error.code === 403 || error.code === 422)) return error.message
      throw error
    }
  }

  it('makes and changes those for clients of its clusters, and no other', async () => {
    await plane.kubectl(['create', 'configmap', 'others', '-n', namespace, '--from-literal=a=b'])
    await plane.kubectl(['create', 'configmap', 'taken-client', '-n', namespace, '--from-literal=a=b'])
    // A policy acts a moment after it was applied.
    let tries = 0
    await eventually('the policy acts', async () => {
      tries += 1
      const said = await write(`try-${String(tries)}`, [], 'POST')
      return said === 'written' ? undefined : said
    })
    const refused = /ironherd writes no ConfigMap but those with the configuration for clients/
    expect(await write('files-client', [owner], 'POST')).toBe('written')
    expect(await write('files-client', [owner], 'PATCH')).toBe('written')
    expect(await write('files-client', [], 'PATCH')).toMatch(refused)
    expect(await write('else', [owner], 'POST')).toMatch(refused)
    expect(await write('files-client2', [{ ...owner, apiVersion: 'v1' }], 'POST')).toMatch(refused)
    expect(await write('others', [owner], 'PATCH')).toMatch(refused)
    const named = { ...owner, name: 'taken' }
    expect(await write('taken-client', [named], 'PATCH')).toMatch(refused)
  })
})
