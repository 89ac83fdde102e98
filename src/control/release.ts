import { parseSpec } from '../api/resource.ts'
import type { Resource } from '../model/object.ts'
import type { Problem, ReasonCode } from '../model/reasons.ts'
import { act, failureProblems, foreignMachines } from './act.ts'
import { clusterStatus } from './cluster-status.ts'
import type { Findings } from './conditions.ts'
import { planMessage } from './conditions.ts'
import type { Context } from './context.ts'
import type { Pass, PassResult } from './controller.ts'
import type { ClusterSpec } from './dereference.ts'
import { bindingOf } from './dereference.ts'
import { everybody } from './expand.ts'
import { removeFinalizer } from './finalizer.ts'
import { publish, standingConditions, tellProblems } from './publish.ts'
import { seeCluster } from './see.ts'

/**
 * One pass over a cluster that is being deleted. Retain lets it go at once and touches nothing. Stop and Purge do one
 * wave after the other until the hosts prove that nothing is left to do; a host that cannot be seen holds the object,
 * because what runs there would otherwise be nobody's.
 */
export async function release(context: Context, object: Resource, pass: Pass): Promise<PassResult> {
  const spec = specOf(context, object)
  if (spec.deletionPolicy === 'Retain') return letGo(context, object, pass)
  const seen = await seeCluster(context, object, pass)
  if ('problems' in seen) {
    const why = `${seen.problems[0]?.message ?? 'the spec cannot be read'}; correct it, or set spec.deletionPolicy to Retain`
    return wait(context, object, spec, seen.problems, 'ReleaseWaits', why, pass)
  }
  const { expansion, sight } = seen
  const { namespace } = object.metadata
  const createdAt = object.metadata.creationTimestamp
  const key = { kind: object.kind, namespace, name: object.metadata.name }
  context.census.report({ key, createdAt, members: everybody(expansion), disruptions: [], facts: sight.facts })
  const decision = context.ports.engine.decideRelease({ expansion, facts: sight.facts, policy: spec.deletionPolicy })
  const foreign = foreignMachines(sight.facts, context.authority.installation)
  const problems = [...decision.problems, ...foreign, ...failureProblems(context.memory.of(pass.key), decision.plan)]
  if (decision.plan === undefined && problems.length === 0) return letGo(context, object, pass)
  const [first] = problems
  if (spec.paused) return wait(context, object, spec, problems, 'Paused', planMessage(decision), pass)
  const told = first === undefined ? planMessage(decision) : first.message
  await tell(context, object, spec, problems, first === undefined ? 'Releasing' : 'ReleaseWaits', told, pass)
  const kept = new Set(foreign.map(({ host }) => host))
  const steps = (decision.run?.steps ?? []).filter((step) => !kept.has(step.host))
  if (steps.length === 0) return { result: 'again', afterMs: context.timing.pollMs }
  const wave = { disruptive: decision.run?.disruptive ?? true, steps }
  const acted = await act(context, object, wave, sight, pass)
  const done = acted.outcomes.length > 0 && acted.outcomes.every(({ result }) => result === 'done')
  return { result: 'again', afterMs: done ? 0 : (acted.againMs ?? context.timing.busyMs) }
}

/** Of a spec that does not parse only the policy is believed when it stands there; else nothing is touched. */
function specOf(context: Context, object: Resource): ClusterSpec {
  const parsed = parseSpec(bindingOf(context, object.kind).definition, object.spec)
  if ('spec' in parsed) return parsed.spec as ClusterSpec
  const { deletionPolicy = 'Retain' } = object.spec as Partial<ClusterSpec>
  return { deletionPolicy, paused: false, planPolicy: 'Automatic' }
}

async function letGo(context: Context, object: Resource, pass: Pass): Promise<PassResult> {
  pass.log.info('the object is released')
  return removeFinalizer(context, object, pass)
}

async function wait(
  context: Context,
  object: Resource,
  spec: ClusterSpec,
  problems: readonly Problem[],
  reason: ReasonCode,
  message: string,
  pass: Pass,
): Promise<PassResult> {
  await tell(context, object, spec, problems, reason, message, pass)
  return { result: 'again', afterMs: context.timing.pollMs }
}

async function tell(
  context: Context,
  object: Resource,
  spec: ClusterSpec,
  problems: readonly Problem[],
  reason: ReasonCode,
  message: string,
  pass: Pass,
): Promise<void> {
  const remembered = context.memory.of(pass.key)
  const before = remembered.conditions ?? standingConditions(object)
  const findings: Findings = { paused: spec.paused, problems, deleting: { reason, message } }
  const status = clusterStatus(object, before, findings, remembered.repairs, context.now())
  remembered.conditions = status.conditions ?? []
  tellProblems(context, object, problems)
  await publish(context, object, status, pass.signal)
}
