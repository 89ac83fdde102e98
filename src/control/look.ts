import type { HostTarget } from '../model/engine.ts'
import { unknown } from '../model/fact.ts'
import type { FleetFacts, HostFacts } from '../model/facts.ts'
import type { Member } from '../model/member.ts'
import type { Context } from './context.ts'
import { underThisLeader } from './custody.ts'
import { resolveTarget, viewOf } from './targets.ts'

export interface Sight {
  /** By Host name, as `targets`. */
  readonly facts: FleetFacts
  /** Of the hosts that can be tried at all. */
  readonly targets: Readonly<Record<string, HostTarget>>
}

/**
 * Looks at every machine of the members, and of `others`, all at once, unless it was seen since `notBefore` (ms since the
 * epoch); each look is shared with the other objects on the machine.
 */
export async function lookAtMembers(
  context: Context,
  owner: string,
  namespace: string,
  members: readonly Member[],
  signal: AbortSignal,
  others: readonly string[],
  notBefore: number,
): Promise<Sight> {
  const none = Object.fromEntries(others.map((host) => [host, []]))
  const questions = { ...none, ...context.ports.engine.questionsOf(members) }
  const byKey = Object.fromEntries(Object.entries(questions).map(([host, list]) => [`${namespace}/${host}`, list]))
  context.looks.register(owner, byKey)
  const seen = await Promise.all(
    Object.keys(questions).map(async (host) => {
      if (isInMaintenance(context, namespace, host)) return { host, facts: unknown('InMaintenance', restsWhy(host)) }
      const resolved = await resolveTarget(context.store, namespace, host, signal)
      if ('problem' in resolved) return { host, facts: unknown(resolved.problem.code, resolved.problem.message) }
      const { target } = resolved
      const look = (from: number) => lookAtHost(context, target, owner, from, signal)
      return { host, target, facts: await underThisLeader(context, owner, target, look, notBefore, signal) }
    }),
  )
  // Only now that all of them were seen is it known which of two Hosts of one machine is the older.
  const told = seen.map(
    ({ facts, host, target }) => [host, target === undefined ? facts : ofElder(context, target, facts)] as const,
  )
  return {
    facts: Object.fromEntries(told),
    targets: Object.fromEntries(seen.flatMap(({ host, target }) => (target === undefined ? [] : [[host, target]]))),
  }
}

function isInMaintenance({ store }: Context, namespace: string, name: string): boolean {
  const object = store.get({ kind: 'Host', namespace, name })
  return object !== undefined && viewOf(object)?.maintenance === true
}

function restsWhy(host: string): string {
  return `${host} is in maintenance: nothing is done there until its lifecycle is Active again`
}

/** One machine; what is seen through the younger of two objects for one machine does not count. */
export async function lookAtHost(
  context: Context,
  target: HostTarget,
  owner: string,
  notBefore: number,
  signal: AbortSignal,
): Promise<HostFacts> {
  const facts = await context.looks.look(target, owner, notBefore, signal)
  if (facts.state !== 'known') return facts
  const [namespace = '', name = ''] = target.key.split('/')
  const object = context.store.get({ kind: 'Host', namespace, name })
  if (object !== undefined) context.machines.see(object, facts.value.machineId)
  context.census.records.see(target.key, facts.value.records, facts.value.ownFiles)
  return ofElder(context, target, facts)
}

/** Nobody stands on the younger of two Hosts of one machine: what its records say is said of the older one. */
function ofElder(context: Context, target: HostTarget, facts: HostFacts): HostFacts {
  const elder = context.machines.elderOf(target.key)
  if (facts.state !== 'known' || elder === undefined) return facts
  context.census.records.forget(target.key)
  return unknown(
    'DuplicateMachine',
    `${target.name} is the same machine as Host ${elder.host} (machine-id ${elder.machineId}), which is older: delete one of the two, or give a cloned machine a machine-id and host keys of its own`,
  )
}

/** The last facts of the members' hosts, without looking: they tie Host names to machines. */
export function lastFacts(context: Context, namespace: string, members: readonly Member[]): FleetFacts {
  const hosts = new Set(members.map((member) => member.host))
  return Object.fromEntries(
    [...hosts].flatMap((host) => {
      const facts = context.looks.last(`${namespace}/${host}`)
      return facts === undefined ? [] : [[host, facts]]
    }),
  )
}
