import { parseSpec, withSpec } from '../api/resource.ts'
import type { PlanPolicy } from '../model/approval.ts'
import type { ExpandInput, HostView, Offer, References } from '../model/kind.ts'
import type { ObjectKey, Resource } from '../model/object.ts'
import { matchesLabels } from '../model/object.ts'
import type { Problem } from '../model/reasons.ts'
import type { Context } from './context.ts'
import type { ClusterBinding } from './engine.ts'
import { lastStatus } from './memory.ts'
import { basisOf } from './see.ts'
import type { ResourceStore } from './store.ts'
import { viewOf } from './targets.ts'

/** What every kind of cluster has in its spec. */
export interface ClusterSpec {
  readonly paused: boolean
  readonly deletionPolicy: 'Retain' | 'Stop' | 'Purge'
  readonly planPolicy: PlanPolicy
}

export type Dereferenced = { readonly input: ExpandInput<ClusterSpec> } | { readonly problems: readonly Problem[] }

export function bindingOf(context: Pick<Context, 'ports'>, kind: string): ClusterBinding {
  const binding = context.ports.clusters.find(({ definition }) => definition.kind === kind)
  if (binding === undefined) throw new Error(`${kind} is not a kind of cluster`)
  return binding
}

/** The object with everything that its spec names. Throws when the store cannot be asked for a Secret or ConfigMap. */
export async function dereference(context: Context, object: Resource, signal: AbortSignal): Promise<Dereferenced> {
  const { definition, cluster } = bindingOf(context, object.kind)
  const parsed = parseSpec(definition, object.spec)
  if ('problems' in parsed) return parsed
  const { namespace } = object.metadata
  const references = cluster.references(parsed.spec)
  const hosts = hostsOf(context, namespace)
  const offers = references.clusters.flatMap(({ kind, name }) => {
    const offer = offerOf(context, { kind, namespace, name }, hosts)
    return offer === undefined ? [] : [[`${kind}/${name}`, offer] as const]
  })
  const [configMaps, secrets] = await Promise.all([
    readAll(references.configMaps, (name) => context.store.configMap(namespace, name, signal)),
    readAll(references.secrets, (name) => context.store.secret(namespace, name, signal)),
  ])
  return {
    input: {
      // Every kind of cluster has these fields; its own parser has just filled them in.
      object: withSpec(withStatus(context, object), parsed.spec as ClusterSpec),
      hosts,
      offers: Object.fromEntries(offers),
      configMaps,
      secrets,
      ...basisOf(context, object),
    },
  }
}

type Hosts = Readonly<Record<string, HostView>>

/** By store and namespace: every pass of every cluster asks for all hosts, and they rarely change. */
const known = new WeakMap<ResourceStore, Map<string, Hosts>>()

function hostsOf({ store }: Context, namespace: string): Hosts {
  const standing = known.get(store)?.get(namespace)
  if (standing !== undefined) return standing
  const views = store.list('Host', namespace).flatMap((host) => viewOf(host) ?? [])
  const hosts = Object.fromEntries(views.map((view) => [view.name, view]))
  knownOf(store).set(namespace, hosts)
  return hosts
}

function knownOf(store: ResourceStore): Map<string, Hosts> {
  const standing = known.get(store)
  if (standing !== undefined) return standing
  const made = new Map<string, Hosts>()
  known.set(store, made)
  store.onChange((key) => {
    if (key.kind === 'Host') made.delete(key.namespace)
  })
  return made
}

/** Judged by the status that the last pass computed. */
function withStatus({ memory }: Context, object: Resource): Resource {
  const status = lastStatus(memory, object)
  return status === undefined ? object : { ...object, status }
}

function offerOf(context: Context, key: ObjectKey, hosts: Readonly<Record<string, HostView>>): Offer | undefined {
  const object = context.store.get(key)
  const binding = context.ports.clusters.find(({ definition }) => definition.kind === key.kind)
  if (object === undefined || binding?.cluster.offer === undefined) return undefined
  const parsed = parseSpec(binding.definition, object.spec)
  if ('problems' in parsed) return undefined
  return binding.cluster.offer({
    object: withSpec(withStatus(context, object), parsed.spec),
    hosts,
    offers: {},
    configMaps: {},
    secrets: {},
    standing: [],
    unseen: [],
  })
}

async function readAll(
  names: readonly string[],
  read: (name: string) => Promise<Readonly<Record<string, string>> | undefined>,
): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
  const found = await Promise.all([...new Set(names)].map(async (name) => [name, await read(name)] as const))
  return Object.fromEntries(found.flatMap(([name, data]) => (data === undefined ? [] : [[name, data]])))
}

/** Each object's, as long as it is the same: all of a namespace are asked whenever one Host changes. */
const referenced = new WeakMap<Resource, { readonly references: References | undefined }>()

/** Undefined: its spec cannot be read. */
function referencesOf({ definition, cluster }: ClusterBinding, object: Resource): References | undefined {
  const standing = referenced.get(object)
  if (standing !== undefined) return standing.references
  const parsed = parseSpec(definition, object.spec)
  const references = 'problems' in parsed ? undefined : cluster.references(parsed.spec)
  referenced.set(object, { references })
  return references
}

/** Objects of the namespace whose spec names `key`: they wake when it changes, and it is in use as long as they exist. */
export function referrersOf(
  context: Pick<Context, 'ports' | 'store'>,
  key: ObjectKey,
  labels?: Readonly<Record<string, string>>,
): readonly Resource[] {
  return context.ports.clusters.flatMap((binding) =>
    context.store.list(binding.definition.kind, key.namespace).filter((object) => {
      const references = referencesOf(binding, object)
      if (references === undefined) return false
      if (key.kind !== 'Host') {
        return references.clusters.some(({ kind, name }) => kind === key.kind && name === key.name)
      }
      return (
        references.hosts.includes(key.name) ||
        (labels !== undefined && references.hostSelectors.some((selector) => matchesLabels(selector, labels)))
      )
    }),
  )
}
