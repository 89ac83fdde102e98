// Objects, status, finalizers, events and values through a real API server, with ironherd's own identity and rights.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { kinds } from '../../src/api/kinds.ts'
import { group, version } from '../../src/api/resource.ts'
import { finalizer } from '../../src/control/finalizer.ts'
import type { ApiClient } from '../../src/control/kubernetes/client.ts'
import { KubernetesStore } from '../../src/control/kubernetes/store.ts'
import { KindMissing } from '../../src/control/store.ts'
import type { ObjectKey, Resource } from '../../src/model/object.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts'
import { type Manifest, namespace } from '../world/manifests.ts'
import { clientOf, eventually, exampleHost, type Plane, startPlane } from './plane.ts'
import { startWire, type Wire } from './wire.ts'

let plane: Plane
let wire: Wire
let client: ApiClient
let metrics: Metrics
let store: KubernetesStore
let changes: ObjectKey[]
let stop: AbortController
let running: Promise<void>

const never = new AbortController().signal

function newStore(namespaces: readonly string[] = []): KubernetesStore {
  const log = createLogger('silent')
  return new KubernetesStore({ client, group, version, kinds, namespaces, log, metrics, random: Math.random })
}

beforeAll(async () => {
  plane = await startPlane()
  await plane.applyRights()
  await plane.createNamespace()
  await plane.createNamespace('elsewhere')
  wire = await startWire(plane.lab.kube.url)
})

afterAll(async () => {
  await wire.close()
  await plane.down()
})

beforeEach(async () => {
  wire.mend()
  metrics = createMetrics()
  client = clientOf(plane, 'ironherd', { server: wire.url, metrics })
  store = newStore()
  changes = []
  stop = new AbortController()
  running = Promise.resolve()
})

afterEach(async () => {
  stop.abort()
  await running.catch(() => undefined)
  await client.close()
})

async function follow(): Promise<void> {
  store.onChange((key) => changes.push(key))
  running = store.run(stop.signal)
  await Promise.race([store.waitForSync(never), running])
}

function host(name: string, fields: Partial<Manifest> = {}): Manifest {
  const example = exampleHost(plane)
  return { ...example, metadata: { name, namespace }, ...fields }
}

function keyOf(name: string): ObjectKey {
  return { kind: 'Host', namespace, name }
}

function appears(name: string): Promise<Resource> {
  return eventually(`${name} in the store`, () => store.get(keyOf(name)))
}

function disappears(name: string): Promise<true> {
  return eventually(`${name} not in the store`, () => (store.get(keyOf(name)) === undefined ? true : undefined))
}

async function changeAddress(name: string, address: string): Promise<void> {
  await plane.apply([host(name, { spec: { ...exampleHost(plane).spec, address } })])
}

function showsAddress(name: string, address: string): Promise<Resource> {
  return eventually(`${name} has ${address}`, () => {
    const object = store.get(keyOf(name))
    return (object?.spec as { readonly address?: string } | undefined)?.address === address ? object : undefined
  })
}

async function remove(name: string): Promise<void> {
  await plane.kubectl(['delete', 'ihost', name, '-n', namespace, '--wait=false'])
}

async function requests(code: string, method: string): Promise<number> {
  const { text } = await metrics.render()
  const line = text.split('\n').find((each) => each.includes(`{code="${code}",method="${method}"`))
  return Number(line?.split(' ').at(-1) ?? 0)
}

describe('the store of objects', () => {
  it('is reached by HTTP/1.1, though the API server would rather speak HTTP/2', async () => {
    const spoken: unknown[] = []
    const connected = (message: unknown): void => {
      spoken.push((message as { readonly connectParams: { readonly version?: string } }).connectParams.version)
    }
    subscribe('undici:client:connected', connected)
    await client.call({ method: 'GET', path: '/version', signal: never })
    unsubscribe('undici:client:connected', connected)
    expect(spoken).toEqual(['h1'])
  })

  it('refuses to start without the definitions, and says the command that brings them', async () => {
    running = store.run(stop.signal)
    await expect(running).rejects.toThrow(KindMissing)
    await expect(running).rejects.toThrow(
      /does not know \w+\.ironherd\.io\/v1alpha1.*kubectl apply --server-side -f crds/,
    )
    await plane.applyDefinitions()
  })

  it('holds what is there, and sees what appears, changes and goes away', async () => {
    await plane.apply([host('a')])
    await follow()
    expect(store.unsynced()).toEqual([])
    expect(store.list('Host').map(({ metadata }) => metadata.name)).toEqual(['a'])
    await plane.apply([host('b')])
    expect(await appears('b')).toMatchObject({ apiVersion: 'ironherd.io/v1alpha1', kind: 'Host' })
    await changeAddress('b', '192.0.2.200')
    expect((await showsAddress('b', '192.0.2.200')).metadata.generation).toBe(2)
    await remove('b')
    await disappears('b')
    expect(changes.filter(({ name }) => name === 'b').length).toBeGreaterThanOrEqual(3)
  })

  it('follows one namespace only where it is told to', async () => {
    store = newStore(['elsewhere'])
    await follow()
    await plane.apply([{ ...host('there'), metadata: { name: 'there', namespace: 'elsewhere' } }, host('here')])
    await eventually('there', () => store.get({ kind: 'Host', namespace: 'elsewhere', name: 'there' }))
    expect(store.list('Host').map(({ metadata }) => metadata.name)).toEqual(['there'])
  })

  it('keeps what it knew while the API server is down, and goes on when it is back', async () => {
    await plane.apply([host('a')])
    await follow()
    await plane.lab.kube.stop()
    await expect(store.writeStatus(await appears('a'), { members: 1 }, never)).rejects.toThrow(/came to nothing/)
    expect(store.get(keyOf('a'))).toBeDefined()
    expect(store.unsynced()).toEqual([])
    await plane.lab.kube.start()
    await changeAddress('a', '192.0.2.201')
    await showsAddress('a', '192.0.2.201')
  })

  it('lists anew when its version is too old, and so learns of what it missed, deletions too', async () => {
    await plane.apply([host('a'), host('leaves')])
    await follow()
    await appears('leaves')
    wire.cut()
    await remove('leaves')
    await plane.apply([host('joins')])
    await changeAddress('a', '192.0.2.202')
    await plane.lab.kube.compact()
    const before = await requests('200', 'GET')
    wire.mend()
    await disappears('leaves')
    await appears('joins')
    await showsAddress('a', '192.0.2.202')
    expect(changes).toContainEqual(keyOf('leaves'))
    // Each kind was listed and watched again, and not in a tight loop.
    expect((await requests('200', 'GET')) - before).toBeLessThan(3 * kinds.length)
    await remove('joins')
    await disappears('joins')
  })

  it('takes an object that was made anew under its old name for another one', async () => {
    await plane.apply([host('again')])
    await follow()
    const old = await appears('again')
    await remove('again')
    await plane.apply([host('again')])
    await eventually('the new one', () => {
      const now = store.get(keyOf('again'))
      return now !== undefined && now.metadata.uid !== old.metadata.uid ? now : undefined
    })
    expect(await store.writeStatus(old, { members: 7 }, never)).toBe('conflict')
    expect(await store.writeFinalizers(old, [finalizer], never)).toBe('conflict')
    await remove('again')
    await disappears('again')
    expect(await store.writeFinalizers(old, [finalizer], never)).toBe('gone')
  })
})

interface ShownHost {
  readonly metadata: {
    readonly finalizers?: readonly string[]
    readonly generation: number
    readonly resourceVersion: string
  }
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly members?: number
    readonly machineId?: string
  }
}

describe('what the store writes', () => {
  beforeEach(async () => {
    await plane.apply([host('a')])
    await follow()
  })

  const at = '2026-01-02T03:04:05Z'
  const condition = (type: string, status: string): unknown => ({
    type,
    status,
    reason: 'Reached',
    message: 'looked at',
    lastTransitionTime: at,
    observedGeneration: 1,
  })
  const shown = (): Promise<ShownHost> => plane.get<ShownHost>('ihost', 'a')

  it('is a status that it owns whole: what it no longer says is gone, conditions of others stay', async () => {
    const object = await appears('a')
    const first = { conditions: [condition('Reachable', 'True'), condition('Managed', 'True')], members: 2 }
    expect(await store.writeStatus(object, { ...first, machineId: 'f'.repeat(32) }, never)).toBe('written')
    const theirs = { status: { conditions: [condition('Audited', 'True')] } }
    const foreign = { apiVersion: object.apiVersion, kind: 'Host', metadata: { name: 'a', namespace }, ...theirs }
    const apply = ['apply', '--server-side', '--subresource=status', '--field-manager=auditor', '-f', '-']
    await plane.kubectl(apply, JSON.stringify(foreign))
    // The resourceVersion of `object` is old by now: a status needs no new one.
    expect(await store.writeStatus(object, { conditions: [condition('Reachable', 'False')] }, never)).toBe('written')
    const { metadata, status } = await shown()
    expect(status?.machineId).toBeUndefined()
    expect(status?.members).toBeUndefined()
    expect(status?.conditions?.map(({ type, status: held }) => `${type}=${held}`).sort()).toEqual([
      'Audited=True',
      'Reachable=False',
    ])
    expect(metadata.generation).toBe(object.metadata.generation)
  })

  it('does not touch the object when nothing is new', async () => {
    const object = await appears('a')
    const status = { conditions: [condition('Reachable', 'True')], members: 3 }
    await store.writeStatus(object, status, never)
    const before = (await shown()).metadata.resourceVersion
    await store.writeStatus(object, status, never)
    expect((await shown()).metadata.resourceVersion).toBe(before)
  })

  it('is finalizers, which hold an object until they are removed', async () => {
    const object = await appears('a')
    expect(await store.writeFinalizers(object, [...object.metadata.finalizers, finalizer], never)).toBe('written')
    expect((await shown()).metadata.finalizers).toEqual([finalizer])
    await remove('a')
    const leaving = await eventually('the wish to delete it', () => {
      const now = store.get(keyOf('a'))
      return now?.metadata.deletionTimestamp === undefined ? undefined : now
    })
    expect(await store.writeFinalizers(object, [], never)).toBe('conflict')
    expect(await store.writeFinalizers(leaving, [], never)).toBe('written')
    await disappears('a')
  })

  interface ShownEvents {
    readonly items: readonly { readonly message: string; readonly count: number; readonly type: string }[]
  }

  const events = async (about: string): Promise<ShownEvents['items']> => {
    const selector = `involvedObject.name=a,reason=${about}`
    const text = await plane.kubectl(['get', 'events', '-n', namespace, '--field-selector', selector, '-o', 'json'])
    return (JSON.parse(text) as ShownEvents).items
  }

  it('is events, shown by kubectl describe, and counted up instead of repeated', async () => {
    const object = await appears('a')
    const event = { type: 'Warning', reason: 'Unreachable', message: 'no route to it' } as const
    store.event(object, event)
    await eventually('the event', async () => ((await events('Unreachable')).length > 0 ? true : undefined))
    store.event(object, event)
    store.event(object, { ...event, message: 'connection refused' })
    const seen = await eventually('the count', async () => {
      const found = await events('Unreachable')
      return found.some(({ count }) => count === 2) && found.length === 2 ? found : undefined
    })
    expect(seen.map(({ count, message }) => `${message} ${String(count)}`).sort()).toEqual([
      'connection refused 1',
      'no route to it 2',
    ])
    expect(await plane.kubectl(['describe', 'ihost', 'a', '-n', namespace])).toMatch(/Unreachable.*no route to it/)
  })

  it('is events of an outage too, told once it is over', async () => {
    const object = await appears('a')
    wire.cut()
    store.event(object, { type: 'Normal', reason: 'Reached', message: 'seen while the API server was not' })
    wire.mend()
    await eventually('the event', async () => ((await events('Reached')).length > 0 ? true : undefined))
  })
})

describe('a ConfigMap for clients', () => {
  interface ShownConfigMap {
    readonly metadata: {
      readonly resourceVersion: string
      readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[]
    }
    readonly data: Readonly<Record<string, string>>
  }
  const shown = (name: string): Promise<ShownConfigMap> => plane.get<ShownConfigMap>('configmap', name)

  it('goes with its owner, is put back when somebody changed it, and is not written when it is right', async () => {
    await plane.apply([host('owner')])
    await follow()
    const owner = await appears('owner')
    const own = { owner, name: 'owner-client', data: { 'core-site.xml': '<a/>', 'hdfs-site.xml': '<b/>' } }
    expect(await store.applyConfigMap(own, never)).toBe('written')
    const made = await shown('owner-client')
    expect(made.data).toEqual(own.data)
    expect(made.metadata.ownerReferences).toMatchObject([{ kind: 'Host', name: 'owner', uid: owner.metadata.uid }])
    expect(await store.applyConfigMap(own, never)).toBe('written')
    expect((await shown('owner-client')).metadata.resourceVersion).toBe(made.metadata.resourceVersion)
    const edit = JSON.stringify({ data: { 'core-site.xml': 'mine', more: 'mine' } })
    await plane.kubectl(['patch', 'configmap', 'owner-client', '-n', namespace, '--type=merge', '-p', edit])
    expect(await store.applyConfigMap(own, never)).toBe('written')
    expect((await shown('owner-client')).data).toEqual(own.data)
  })

  it('is left as it is where it is of somebody else', async () => {
    await plane.apply([host('other')])
    await plane.kubectl(['create', 'configmap', 'other-client', '-n', namespace, '--from-literal=a=b'])
    await follow()
    const own = { owner: await appears('other'), name: 'other-client', data: { 'core-site.xml': '<a/>' } }
    expect(await store.applyConfigMap(own, never)).toBe('foreign')
    expect((await shown('other-client')).data).toEqual({ a: 'b' })
  })

  it('of an earlier life under the same name is taken over', async () => {
    await plane.apply([host('again')])
    await follow()
    const first = await appears('again')
    await store.applyConfigMap({ owner: first, name: 'again-client', data: { a: '1' } }, never)
    await plane.kubectl(['delete', 'ihost', 'again', '-n', namespace])
    await disappears('again')
    await plane.apply([host('again')])
    const second = await appears('again')
    expect(second.metadata.uid).not.toBe(first.metadata.uid)
    expect(await store.applyConfigMap({ owner: second, name: 'again-client', data: { a: '1' } }, never)).toBe('written')
    const owners = (await shown('again-client')).metadata.ownerReferences ?? []
    expect(owners.map(({ uid }) => uid)).toEqual([second.metadata.uid])
  })
})

describe('values', () => {
  it('are read by name and decoded, and are absent where there is no such object', async () => {
    running = Promise.resolve()
    await plane.kubectl(['create', 'secret', 'generic', 'keys', '-n', namespace, '--from-literal=k=zwölf\nZeilen'])
    await plane.kubectl(['create', 'configmap', 'settings', '-n', namespace, '--from-literal=a=b'])
    expect(await store.secret(namespace, 'keys', never)).toEqual({ k: 'zwölf\nZeilen' })
    expect(await store.configMap(namespace, 'settings', never)).toEqual({ a: 'b' })
    expect(await store.secret(namespace, 'none', never)).toBeUndefined()
    wire.cut()
    expect(await store.secret(namespace, 'keys', never)).toEqual({ k: 'zwölf\nZeilen' })
    await expect(store.secret(namespace, 'other', never)).rejects.toThrow(/came to nothing/)
  })
})
