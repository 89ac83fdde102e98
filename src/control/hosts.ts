import type { HostSpec } from '../api/host.ts'
import { unknown, valueOf } from '../model/fact.ts'
import type { HostFacts } from '../model/facts.ts'
import type { DesiredHost } from '../model/host.ts'
import type { ObjectKey, Resource } from '../model/object.ts'
import { type Problem, problem } from '../model/reasons.ts'
import type { Wave } from '../model/step.ts'
import { type Acted, act } from './act.ts'
import { jitter, sleep } from './backoff.ts'
import type { Said } from './conditions.ts'
import { rfc3339 } from './conditions.ts'
import type { Context } from './context.ts'
import type { Pass, PassResult } from './controller.ts'
import { fencedCondition, fenceTried } from './fences.ts'
import { addFinalizer, deletionOf, finalizer, removeFinalizer } from './finalizer.ts'
import type { HostStatus } from './host-status.ts'
import { hostConditions, hostProblems, hostStatus } from './host-status.ts'
import { keyOf } from './keys.ts'
import { lookAtHost, type Sight } from './look.ts'
import { judgePreparation, type Wanted } from './prepared.ts'
import { publish, standingConditions, tellConditions, tellProblems } from './publish.ts'
import { otherClusters } from './reconcile.ts'
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
  const remembered = context.memory.of(pass.key)
  const wanted = await wantedOf(context, object, pass)
  const sight = await lookAt(context, key, wanted.desired, pass)
  const facts = sight.facts[key.name] ?? unknown('NotLooked', `${key.name} was not looked at`)
  const basics = hostConditions(
    parsed.spec,
    facts,
    context.authority.installation,
    context.machines.sharesKey(`${key.namespace}/${key.name}`),
  )
  const resting = restingOf(parsed.spec, basics)
  const prepared = judgePreparation(context, object, wanted, facts, resting, remembered)
  const tried = fenceTried(context, key.namespace, key.name)
  const said = [...basics, ...fencedCondition(object, parsed.spec, facts, tried), ...prepared.said]
  const held = deletion.state === 'held' ? deletion : undefined
  const told = { spec: parsed.spec, desired: wanted.desired, facts, said, problems: prepared.problems, held }
  await report(context, object, told, pass)
  const run = prepared.decision.run === undefined ? undefined : withMembers(context, pass.key, prepared.decision.run)
  remembered.settled ||= facts.state === 'known' && prepared.decision.plan === undefined
  const again = jitter(context.timing.pollMs, 0.1, context.random)
  if (run === undefined || pass.signal.aborted) return { result: 'again', afterMs: again }
  const acted = await beside(context, object, run, sight, pass)
  const done =
    acted !== undefined && acted.outcomes.length > 0 && acted.outcomes.every(({ result }) => result === 'done')
  return { result: 'again', afterMs: done ? 0 : Math.max(50, Math.min(again, acted?.againMs ?? again)) }
}

/** Which ports are declared is only known when every cluster was looked at since this process leads. */
function withMembers(context: Context, key: string, run: Wave): Wave | undefined {
  const opens = run.steps.some(({ action }) => action.verb === 'OpenPorts')
  return opens && context.census.unseen(otherClusters(context, key)) !== undefined ? undefined : run
}

/** Packages may take a quarter of an hour: the passes of this Host, and those of others, do not wait so long. */
const patienceMs = 10_000

/** Undefined: it is still being worked on, and nothing else is begun there until that has ended. */
async function beside(
  context: Context,
  object: Resource,
  run: Wave,
  sight: Sight,
  pass: Pass,
): Promise<Acted | undefined> {
  const remembered = context.memory.of(pass.key)
  remembered.preparing ??= act(context, object, run, sight, pass).finally(() => delete remembered.preparing)
  const doing = remembered.preparing
  doing.catch((error: unknown) => pass.log.warn({ err: error }, 'the preparation was cut off'))
  const over = new AbortController()
  try {
    const late = sleep(patienceMs, AbortSignal.any([over.signal, pass.signal])).then(() => undefined)
    return await Promise.race([doing, late])
  } finally {
    over.abort()
  }
}

async function wantedOf({ census, ports, store }: Context, object: Resource, pass: Pass): Promise<Wanted> {
  const { name: host, namespace } = object.metadata
  const names = [...new Set(ports.preparation.configMaps(object))]
  const read = await Promise.all(
    names.map(async (name) => [name, await store.configMap(namespace, name, pass.signal)] as const),
  )
  const configMaps = Object.fromEntries(read.flatMap(([name, data]) => (data === undefined ? [] : [[name, data]])))
  const hosts = store.list('Host', namespace)
  return ports.preparation.expand({ object, hosts, configMaps, memberPorts: census.portsOn(namespace, host) })
}

/** What is asked beside goes by what was last seen to stand there: a part that was let go of in the spec has to be found. */
async function lookAt(context: Context, key: ObjectKey, desired: DesiredHost, pass: Pass): Promise<Sight> {
  const resolved = await resolveTarget(context.store, key.namespace, key.name, pass.signal)
  if ('problem' in resolved) {
    const { code, message } = resolved.problem
    return { facts: { [key.name]: unknown(code, message) }, targets: {} }
  }
  const { target } = resolved
  const ask = () => {
    const last = context.looks.last(target.key)
    const questions = context.ports.engine.questionsOfHost(desired, last === undefined ? undefined : valueOf(last))
    context.looks.register(pass.key, { [target.key]: questions })
    return lookAtHost(context, target, pass.key, context.now() - context.timing.pollMs, pass.signal)
  }
  const first = await ask()
  // What was learnt now may raise a question; when it does not, this look serves the second time as well.
  const facts = first.state === 'known' ? await ask() : first
  return { facts: { [key.name]: facts }, targets: { [key.name]: target } }
}

/** Why nothing is done on the machine, whatever is declared. */
function restingOf({ lifecycle }: HostSpec, said: readonly Said[]): Said | undefined {
  const type = 'Prepared'
  if (lifecycle === 'Lost') {
    return { type, status: 'Unknown', reason: 'NotLooked', message: 'lifecycle is Lost: nothing is done there' }
  }
  return said.find(({ reason }) => reason === 'InMaintenance' || reason === 'ManagedByAnother')
}

interface Told {
  readonly spec: HostSpec
  readonly desired: DesiredHost
  readonly facts: HostFacts
  readonly said: readonly Said[]
  /** Of the preparation; what else is wrong stands in `said`. */
  readonly problems: readonly Problem[]
  readonly held: Extract<ReturnType<typeof deletionOf>, { state: 'held' }> | undefined
}

async function report(
  context: Context,
  object: Resource,
  { desired, facts, held, problems, said, spec }: Told,
  pass: Pass,
): Promise<void> {
  const { namespace, name } = object.metadata
  const remembered = context.memory.of(pass.key)
  const before = remembered.conditions ?? standingConditions(object)
  const deleting =
    held === undefined
      ? []
      : [{ type: 'Deleting', status: 'True', reason: held.reason, message: held.message } as const]
  const selinux = context.ports.engine.selinuxOf(name, { [name]: facts })
  const status = hostStatus({
    object,
    spec,
    facts,
    before,
    said: [...said, ...deleting],
    members: context.census.membersOn(namespace, name),
    ...(selinux === undefined ? {} : { selinux }),
    ...(desired.java === undefined ? {} : { javaHome: desired.java.path }),
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
  const others = said.filter(({ type }) => type !== 'Prepared')
  tellProblems(context, object, [...hostProblems(name, others), ...problems, ...use])
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
  context.looks.register(key, {})
  context.looks.forget(`${namespace}/${name}`)
  context.machines.forget(`${namespace}/${name}`)
  context.census.records.forget(`${namespace}/${name}`)
  context.memory.forget(key)
  context.metrics.forget(key)
  return { result: 'nothing' }
}
