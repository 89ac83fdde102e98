// Who may approve a plan, as the API server decides; and the way of an approval through it and through the store.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clusterPlanKind } from '../../src/api/cluster-plan.ts'
import { kinds } from '../../src/api/kinds.ts'
import { apiVersion, group, version } from '../../src/api/resource.ts'
import { type ApiClient, ApiError } from '../../src/control/kubernetes/client.ts'
import { KubernetesStore } from '../../src/control/kubernetes/store.ts'
import { namedBy, ownPlan, planKey } from '../../src/control/plan-object.ts'
import type { Resource } from '../../src/model/object.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import type { IdentityName } from '../lab/index.ts'
import { namespace } from '../world/manifests.ts'
import { clientOf, eventually, exampleEnsemble, type Plane, startPlane } from './plane.ts'

const never = new AbortController().signal
const stop = new AbortController()
const key = planKey({ kind: 'ZookeeperCluster', namespace, name: 'zk' })
const own = 'system:serviceaccount:ironherd-system:ironherd'
const hash = (digit: string): string => digit.repeat(64)

let plane: Plane
let client: ApiClient
let store: KubernetesStore
let running: Promise<void>
let cluster: Resource

function objectOf(kind: string, name: string): Promise<Resource> {
  return eventually(`${kind} ${name} in the store`, () => store.get({ kind, namespace, name }))
}

beforeAll(async () => {
  plane = await startPlane()
  await plane.applyDefinitions()
  await plane.applyRights()
  await plane.createNamespace()
  await plane.apply([exampleEnsemble(plane)])
  client = clientOf(plane, 'ironherd')
  const [log, metrics] = [createLogger('silent'), createMetrics()]
  store = new KubernetesStore({ client, group, version, kinds, namespaces: [], log, metrics, random: Math.random })
  running = store.run(stop.signal)
  cluster = await objectOf('ZookeeperCluster', 'zk')
})

afterAll(async () => {
  stop.abort()
  await running.catch(() => undefined)
  await client.close()
  await plane.down()
})

/** What kubectl said to a change of spec.approve, '' when it was done. */
async function approve(value: string | null, who: IdentityName): Promise<string> {
  const patch = ['patch', 'clusterplan', key.name, '-n', namespace, '--type=merge', '-p']
  const { code, stderr } = await plane.tryKubectl([...patch, JSON.stringify({ spec: { approve: value } })], '', who)
  return code === 0 ? '' : stderr
}

function allow(name: string, verbs: readonly string[]): Promise<string> {
  const metadata = { name, namespace }
  return plane.apply([
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: [group], resources: ['clusterplans', 'clusterplans/status'], verbs }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'stranger' }],
    },
  ] as never)
}

describe('a plan in the API server', () => {
  it("is made by ironherd's own identity, once, and goes with its cluster", async () => {
    const made = await store.applyOwn(ownPlan(cluster), never)
    const again = await store.applyOwn(ownPlan(cluster), never)
    expect([again.metadata.uid, again.metadata.resourceVersion]).toEqual([
      made.metadata.uid,
      made.metadata.resourceVersion,
    ])
    const shown = await plane.get<{ readonly metadata: { readonly ownerReferences: unknown } }>('ihplan', key.name)
    expect(shown.metadata.ownerReferences).toMatchObject([{ kind: 'ZookeeperCluster', uid: cluster.metadata.uid }])
  })

  it('shows cluster, hash, steps, risk and state in columns', async () => {
    const plan = await objectOf(key.kind, key.name)
    const lastTransitionTime = '2026-01-02T03:04:05Z'
    const status = {
      hash: hash('a'),
      shortHash: 'aaaaaaaaaaaa',
      stepCount: 6,
      risk: 'restart',
      conditions: [
        { type: 'Approved', status: 'False', reason: 'PlanAwaitsApproval', message: 'it waits', lastTransitionTime },
      ],
    }
    clusterPlanKind.status.parse(status)
    expect(await store.writeStatus(plan, status, never)).toBe('written')
    const table = (await plane.kubectl(['get', 'ihplan', '-n', namespace])).trim().split(/ {2,}|\n/)
    expect(table.slice(0, 7)).toEqual(['NAME', 'KIND', 'CLUSTER', 'HASH', 'STEPS', 'RISK', 'STATE'])
    expect(table).toEqual(expect.arrayContaining(['zk', 'aaaaaaaaaaaa', '6', 'restart', 'PlanAwaitsApproval']))
  })
})

describe('spec.approve', () => {
  it('is refused to somebody who may patch the plan and has not the verb approve', async () => {
    await allow('patcher', ['get', 'list', 'patch', 'update'])
    // A policy acts a moment after it was applied.
    let digit = 0
    const said = await eventually('the policy acts', async () => {
      const answer = await approve(hash(String(digit++ % 10)), 'stranger')
      return answer === '' ? undefined : answer
    })
    expect(said).toMatch(/takes the verb approve on clusterplans\.ironherd\.io/)
    const before = namedBy(await objectOf(key.kind, key.name))
    expect(await approve(null, before === '' ? 'admin' : 'stranger')).toMatch(before === '' ? /^$/ : /verb approve/)
  })

  it("is refused to ironherd's own identity, also where an administrator has given it the verb", async () => {
    const path = `/apis/${apiVersion}/namespaces/${namespace}/clusterplans`
    const contentType = 'application/merge-patch+json'
    // With the rights it has, by the very call that its store would make.
    const patched = client.call({
      method: 'PATCH',
      path: `${path}/${key.name}`,
      contentType,
      body: { spec: { approve: hash('b') } },
      signal: AbortSignal.timeout(10_000),
    })
    await expect(patched).rejects.toThrow(/ironherd does not approve its own plans/)
    await plane.kubectl(['create', 'clusterrolebinding', 'too-much', '--clusterrole=cluster-admin', `--user=${own}`])
    await eventually('the right is given', async () => {
      const { stdout } = await plane.tryKubectl(
        ['auth', 'can-i', 'approve', 'clusterplans.ironherd.io'],
        '',
        'ironherd',
      )
      return stdout.trim() === 'yes' ? true : undefined
    })
    expect(await approve(hash('b'), 'ironherd')).toMatch(/ironherd does not approve its own plans/)
    const born = { apiVersion, kind: 'ClusterPlan', metadata: { name: 'born', namespace } }
    const spec = { clusterRef: { kind: 'ZookeeperCluster', name: 'born' }, approve: hash('b') }
    const call = client.call({ method: 'POST', path, body: { ...born, spec }, signal: AbortSignal.timeout(10_000) })
    await expect(call).rejects.toThrow(ApiError)
    await expect(call).rejects.toThrow(/does not approve its own plans/)
    await plane.kubectl(['delete', 'clusterrolebinding', 'too-much'])
  })

  it('is written by whoever holds ironherd-approver there, and comes to ironherd by the watch', async () => {
    const subject = ['--clusterrole=ironherd-approver', '--user=stranger', '-n', namespace]
    await plane.kubectl(['create', 'rolebinding', 'approvers', ...subject])
    await eventually('the right is given', async () =>
      (await approve(hash('c'), 'stranger')) === '' ? true : undefined,
    )
    await eventually('it is seen', () => (namedBy(store.get(key)) === hash('c') ? true : undefined))
    expect(await approve('c0ffee', 'stranger')).toMatch(/spec\.approve/)
    // What ironherd says of the object takes nothing away from what a person wrote into it.
    await store.applyOwn(ownPlan(cluster), never)
    expect(namedBy(await objectOf(key.kind, key.name))).toBe(hash('c'))
  })

  it('cannot be got around by writing the status, and a plan is not handed to another cluster', async () => {
    const approved = { hash: hash('c'), at: '2026-01-02T03:04:05Z', stepsLeft: 1, steps: ['0123456789abcdef restart'] }
    const status = ['patch', 'clusterplan', key.name, '-n', namespace, '--subresource=status', '--type=merge', '-p']
    await plane.kubectl(['delete', 'rolebinding', 'approvers', '-n', namespace])
    const answer = await eventually('the right is taken', async () => {
      const { code, stderr } = await plane.tryKubectl(
        [...status, JSON.stringify({ status: { approved } })],
        '',
        'stranger',
      )
      return code === 0 ? undefined : stderr
    })
    expect(answer).toMatch(/the status of a plan is ironherd's/)
    const patch = ['patch', 'clusterplan', key.name, '-n', namespace, '--type=merge', '-p']
    const other = { spec: { clusterRef: { kind: 'SparkCluster', name: 'other' } } }
    const { stderr } = await plane.tryKubectl([...patch, JSON.stringify(other)])
    expect(stderr).toMatch(/cannot become that of another/)
  })
})

describe('a plan that is done', () => {
  it('is removed by ironherd, and one that was made anew under its name is not', async () => {
    const plan = await objectOf(key.kind, key.name)
    const stranger = { ...plan, metadata: { ...plan.metadata, uid: '00000000-0000-4000-8000-000000000000' } }
    expect(await store.removeOwn(stranger, never)).toBe('conflict')
    expect(await store.removeOwn(plan, never)).toBe('written')
    expect(await store.removeOwn(plan, never)).toBe('gone')
    await eventually('the store has seen it', () => (store.get(key) === undefined ? true : undefined))
  })
})
