import type { Heard } from '../model/kind.ts'
import type { Resource } from '../model/object.ts'
import type { Context } from './context.ts'
import type { Pass } from './controller.ts'
import { bindingOf } from './dereference.ts'
import type { Basis, Expanded } from './expand.ts'
import { everybody, expandCluster } from './expand.ts'
import { fenceRunners } from './fences.ts'
import { inquire } from './inquire.ts'
import type { Sight } from './look.ts'
import { lookAtMembers } from './look.ts'
import { viewOf } from './targets.ts'

export type SeenCluster =
  | (Exclude<Expanded, { readonly problems: unknown }> & { readonly sight: Sight })
  | Extract<Expanded, { readonly problems: unknown }>

/**
 * What a cluster is to be now depends on what of it stands and on what it says of itself, and what is looked at depends on
 * what it is to be: expanded and looked at until both agree. That is at once, but in the first pass of a process and between two stages of a change;
 * no machine is looked at twice for that, and none that does not answer is waited for twice.
 */
export async function seeCluster(context: Context, object: Resource, pass: Pass): Promise<SeenCluster> {
  return see(context, object, pass, context.now() - context.timing.shareMs)
}

async function see(
  context: Context,
  object: Resource,
  pass: Pass,
  notBefore: number,
  stays = false,
): Promise<SeenCluster> {
  const { namespace } = object.metadata
  const { cluster } = bindingOf(context, object.kind)
  const remembered = context.memory.of(pass.key)
  for (let tries = 1; ; tries++) {
    const { heard = {} } = remembered
    const expanded = await expandCluster(context, object, pass, { heard, stays })
    if ('problems' in expanded) return expanded
    const { expansion } = expanded
    const runners = fenceRunners(context, namespace, expansion)
    const sight = await lookAtMembers(
      context,
      pass.key,
      namespace,
      everybody(expansion),
      pass.signal,
      runners,
      notBefore,
    )
    const said = cluster.hear?.(expansion, sight.facts) ?? {}
    remembered.heard = said
    if (tries === 4 || (isSame(expanded.basis, basisOf(context, object)) && isSame(heard, said)))
      return { ...expanded, sight }
  }
}

/** As it is to be now; the next stage of a change is only begun when all that it rests on are well. */
export async function seeStage(context: Context, object: Resource, pass: Pass): Promise<SeenCluster> {
  const notBefore = context.now() - context.timing.shareMs
  const seen = await see(context, object, pass, notBefore)
  if ('problems' in seen) return seen
  const { cluster } = bindingOf(context, object.kind)
  const { expansion } = seen
  const sight = await inquire(context, cluster, expansion, seen.sight, pass.signal)
  if (expansion.begins === undefined) return { ...seen, sight }
  const now = context.now()
  const assessment = cluster.assess(expansion, sight.facts, now)
  const repairs = cluster.repairs(expansion, sight.facts, assessment, now)
  const why = context.ports.engine.unsettled(expansion, sight.facts, assessment, repairs)
  if (why.length === 0) return { ...seen, sight }
  const stayed = await see(context, object, pass, notBefore, true)
  if ('problems' in stayed) return stayed
  const held = [`the next change is not begun before all serve and have their data: ${why.join('; ')}`]
  return {
    ...stayed,
    expansion: { ...stayed.expansion, held },
    sight: await inquire(context, cluster, stayed.expansion, stayed.sight, pass.signal),
  }
}

/** By the records of this object on all hosts of its namespace, as last seen; a host that was seen once is remembered. */
export function basisOf(context: Context, object: Resource): Basis {
  const { namespace, name } = object.metadata
  const { records } = context.census
  const hostOf = (host: string) => context.store.get({ kind: 'Host', namespace, name: host })
  const isThere = (host: string) => hostOf(host) !== undefined
  const { hosts: before = [] } = (object.status ?? {}) as { readonly hosts?: readonly string[] }
  const isLost = (host: string): boolean => {
    const found = hostOf(host)
    return found !== undefined && viewOf(found)?.lost === true
  }
  return {
    standing: records.standingOf(
      { kind: object.kind, namespace, name },
      isThere,
      (host) => context.looks.last(`${namespace}/${host}`)?.state === 'known',
    ),
    unseen: before.filter((host) => !(isThere(host) && records.has(`${namespace}/${host}`)) && !isLost(host)),
    bereft: records.bereftIn(namespace).filter((place) => isThere(place.replace(/\/.*/, ''))),
  }
}

function isSame<T extends Basis | Heard>(a: T, b: T): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
