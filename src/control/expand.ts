import type { ExpandInput, Expansion, Heard, HostView } from '../model/kind.ts'
import type { Member } from '../model/member.ts'
import type { ObjectKey, Resource } from '../model/object.ts'
import type { Problem } from '../model/reasons.ts'
import type { Context } from './context.ts'
import type { Pass } from './controller.ts'
import type { ClusterSpec } from './dereference.ts'
import { bindingOf, dereference } from './dereference.ts'

/** What of a cluster is known to stand, and where that cannot be told. */
export type Basis = Pick<ExpandInput, 'standing' | 'unseen' | 'bereft'>

export type Expanded =
  | {
      readonly expansion: Expansion
      /** From what it was expanded, besides the spec. */
      readonly basis: Basis
      readonly spec: ClusterSpec
      /** By name. */
      readonly hosts: Readonly<Record<string, HostView>>
    }
  | { readonly problems: readonly Problem[] }

/**
 * Dereference and expand, by what its services were `heard` to say; as far as what stands when it `stays`. Whatever comes of it, the
 * census has then seen the cluster.
 */
export async function expandCluster(
  context: Context,
  object: Resource,
  pass: Pass,
  { heard = {}, stays = false }: { readonly heard?: Heard; readonly stays?: boolean } = {},
): Promise<Expanded> {
  const key: ObjectKey = { kind: object.kind, ...object.metadata }
  const nobody = { key, createdAt: object.metadata.creationTimestamp, members: [], disruptions: [], facts: {} }
  try {
    const dereferenced = await dereference(context, object, pass.signal)
    const expansion =
      'problems' in dereferenced
        ? dereferenced
        : bindingOf(context, key.kind).cluster.expand({ ...dereferenced.input, heard, stays })
    if ('problems' in dereferenced || 'problems' in expansion) {
      context.census.report(nobody)
      return { problems: 'problems' in expansion ? expansion.problems : [] }
    }
    const { bereft = [], hosts, object: typed, standing, unseen } = dereferenced.input
    return {
      expansion,
      basis: { standing, unseen, bereft },
      spec: typed.spec,
      hosts,
    }
  } catch (error) {
    context.census.report(nobody)
    throw error
  }
}

/** Declared and leaving: all that have something on hosts. */
export function everybody({ members, leaving }: Expansion): readonly Member[] {
  return [...members, ...leaving.map(({ member }) => member)]
}
