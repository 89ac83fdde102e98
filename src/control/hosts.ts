import type { HostSpec } from '../api/host.ts'
import { unknown } from '../model/fact.ts'
import type { HostFacts } from '../model/facts.ts'
import type { ObjectKey, Resource } from '../model/object.ts'
import { type Problem, problem } from '../model/reasons.ts'
import { jitter } from './backoff.ts'
import type { Said } from './conditions.ts'
import { rfc3339 } from './conditions.ts'
import type { Context } from './context.ts'
import type { Pass, PassResult } from './controller.ts'
import { fencedCondition, fenceTried } from './fences.ts'
import { addFinalizer, deletionOf, finalizer, removeFinalizer } from './finalizer.ts'
import type { HostStatus } from './host-status.ts'
import { hostConditions, hostProblems, hostStatus } from './host-status.ts'
import { keyOf } from './keys.ts'
import { lookAtHost } from './look.ts'
import { publish, standingConditions, tellConditions, tellProblems } from './publish.ts'
import { parseHost, resolveTarget } from './targets.ts'

/**
 * One pass over a Host: reach it, or ride on the look that a cluster took there, and say how it is. A Host that
 * clusters or other Hosts use is held when it is deleted.
 */
export async function reconcileHost(context: Context, pass: Pass): Promise<PassResult> {
  const key = keyOf(pass.key)
  const object = context.store.get(key)
  if (object === undefined) return forgetHost(context, key, pass.key)
  const deletion = deletionOf(context, object)
  if (deletion.state === 'release') return removeFinalizer(context, object, pass)
  if (deletion.state === 'gone') return { result: 'nothing' }
  if (!object.metadata.finalizers.includes(finalizer)) return addFinalizer(context, object, pass)

  const parsed = parseHost(object)
  if ('problem' in parsed) return refuse(context, object, parsed.problem, pass)
  const facts = await lookAt(context, key, pass)
  const tried = fenceTried(context, key.namespace, key.name)
  const said = [
    ...hostConditions(parsed.spec, facts, context.authority.installation),
    ...fencedCondition(object, parsed.spec, facts, tried),
  ]
  const held = deletion.state === 'held' ? deletion : undefined
  await report(context, object, parsed.spec, facts, said, held, pass)
  return { result: 'again', afterMs: jitter(context.timing.pollMs, 0.1, context.random) }
}

async function lookAt(context: Context, key: ObjectKey, pass: Pass): Promise<HostFacts> {
  const resolved = await resolveTarget(context.store, key.namespace, key.name, pass.signal)
  if ('problem' in resolved) return unknown(resolved.problem.code, resolved.problem.message)
  return lookAtHost(context, resolved.target, pass.key, context.now() - context.timing.pollMs, pass.signal)
}

async function report(
  context: Context,
  object: Resource,
  spec: HostSpec,
  facts: HostFacts,
  said: readonly Said[],
  held: Extract<ReturnType<typeof deletionOf>, { state: 'held' }> | undefined,
  pass: Pass,
): Promise<void> {
  const { namespace, name } = object.metadata
  const remembered = context.memory.of(pass.key)
  const before = remembered.conditions ?? standingConditions(object)
  const deleting =
    held === undefined
      ? []
      : [{ type: 'Deleting', status: 'True', reason: held.reason, message: held.message } as const]
  const status = hostStatus({
    object,
    spec,
    facts,
    before,
    said: [...said, ...deleting],
    members: context.census.membersOn(namespace, name),
    ...(remembered.status === undefined ? {} : { previous: remembered.status as HostStatus }),
    now: context.now(),
  })
  const conditions = status.conditions ?? []
  remembered.conditions = conditions
  const labels = { namespace, host: name }
  context.metrics.replace('ironherd_host_reachable', pass.key, [{ labels, value: facts.state === 'known' ? 1 : 0 }])
  const fenced = said.find(({ type }) => type === 'Fenced')
  context.metrics.replace(
    'ironherd_host_fenced',
    pass.key,
    fenced === undefined ? [] : [{ labels, value: fenced.status === 'True' ? 1 : 0 }],
  )
  context.metrics.replace(
    'ironherd_host_clock_skew_seconds',
    pass.key,
    facts.state === 'known' ? [{ labels, value: facts.value.clockSkewMs / 1000 }] : [],
  )
  tellConditions(context, object, before, conditions)
  const use = held === undefined ? [] : [problem(held.reason, held.message)]
  tellProblems(context, object, [...hostProblems(name, said), ...use])
  try {
    await publish(context, object, status, pass.signal)
  } catch (error) {
    if (!pass.signal.aborted) pass.log.warn({ err: error }, 'the status could not be written')
  }
}

async function refuse(context: Context, object: Resource, found: Problem, pass: Pass): Promise<PassResult> {
  const { generation } = object.metadata
  const conditions = (['Reachable', 'HostKeyVerified', 'Managed'] as const).map((type) => {
    const standing = standingConditions(object).find((condition) => condition.type === type)
    const status = 'Unknown' as const
    return {
      type,
      status,
      reason: found.code,
      message: found.message,
      observedGeneration: generation,
      lastTransitionTime: standing?.status === status ? standing.lastTransitionTime : rfc3339(context.now()),
    }
  })
  tellProblems(context, object, [found])
  await publish(context, object, { observedGeneration: generation, conditions }, pass.signal)
  return { result: 'terminal', why: found.message }
}

function forgetHost(context: Context, { namespace, name }: ObjectKey, key: string): PassResult {
  context.looks.forget(`${namespace}/${name}`)
  context.machines.forget(`${namespace}/${name}`)
  context.census.records.forget(`${namespace}/${name}`)
  context.memory.forget(key)
  context.metrics.forget(key)
  return { result: 'nothing' }
}
