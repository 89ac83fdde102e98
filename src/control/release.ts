import { parseSpec } from '../api/resource.ts'
import type { Expansion } from '../model/kind.ts'
import type { Resource } from '../model/object.ts'
import type { Problem, ReasonCode } from '../model/reasons.ts'
import type { Decision, Step } from '../model/step.ts'
import { act, failureProblems, foreignMachines } from './act.ts'
import { askApproval } from './approval.ts'
import { clusterStatus } from './cluster-status.ts'
import type { Findings } from './conditions.ts'
import { planMessage } from './conditions.ts'
import type { Context } from './context.ts'
import type { Pass, PassResult } from './controller.ts'
import type { ClusterSpec } from './dereference.ts'
import { bindingOf } from './dereference.ts'
import { everybody } from './expand.ts'
import { removeFinalizer } from './finalizer.ts'
import { apartFromForgets, tellForgotten } from './forget.ts'
import type { Sight } from './look.ts'
import { withOwn } from './own-status.ts'
import { removePlan } from './plan-object.ts'
import { publish, standingConditions, tellProblems } from './publish.ts'
import { seeCluster } from './see.ts'

/**
 * One pass over a cluster that is being deleted. Retain lets it go at once and touches nothing. Stop and Purge do one
 * wave after the other until the hosts prove that nothing is left to do; a host that cannot be seen holds the object,
 * because what runs there would otherwise be nobody's.
 */
export async function release(context: Context, object: Resource, pass: Pass): Promise<PassResult> {
  const spec = specOf(context, object)
  const key = { kind: object.kind, namespace: object.metadata.namespace, name: object.metadata.name }
  if (spec.deletionPolicy === 'Retain') {
    await removePlan(context, key, pass)
    return letGo(context, object, pass)
  }
  const seen = await seeCluster(context, object, pass)
  if ('problems' in seen) {
    await removePlan(context, key, pass)
    const why = `${seen.problems[0]?.message ?? 'the spec cannot be read'}; correct it, or set spec.deletionPolicy to Retain`
    return wait(context, object, spec, seen.problems, 'ReleaseWaits', why, pass)
  }
  const { expansion, sight } = seen
  const createdAt = object.metadata.creationTimestamp
  context.census.report({ key, createdAt, members: everybody(expansion), disruptions: [], facts: sight.facts })
  const { decision, forgotten, asks } = await decideRelease(
    context,
    object,
    spec.deletionPolicy,
    expansion,
    sight,
    pass,
  )
  const foreign = foreignMachines(sight.facts, context.authority.installation)
  const problems = [...decision.problems, ...foreign, ...failureProblems(context.memory.of(pass.key), decision.plan)]
  if (decision.plan === undefined && problems.length === 0) {
    for (const step of forgotten) tellForgotten(context, object, step)
    return letGo(context, object, pass)
  }
  const [first] = problems
  if (spec.paused) return wait(context, object, spec, problems, 'Paused', planMessage(decision), pass)
  const told = first === undefined ? planMessage(decision) : [first, ...asks].map(({ message }) => message).join('; ')
  await tell(context, object, spec, problems, first === undefined ? 'Releasing' : 'ReleaseWaits', told, pass)
  const kept = new Set(foreign.map(({ host }) => host))
  const steps = (decision.run?.steps ?? []).filter((step) => !kept.has(step.host))
  if (steps.length === 0) return { result: 'again', afterMs: context.timing.pollMs }
  const wave = { disruptive: decision.run?.disruptive ?? true, steps }
  const acted = await act(context, object, wave, sight, pass)
  const done = acted.outcomes.length > 0 && acted.outcomes.every(({ result }) => result === 'done')
  return { result: 'again', afterMs: done ? 0 : (acted.againMs ?? context.timing.busyMs) }
}

interface ReleaseDecided {
  /** Without those who were let go as they are. */
  readonly decision: Decision
  readonly forgotten: readonly Step[]
  /** Whom else a person may let go, and how. */
  readonly asks: readonly Problem[]
}

/**
 * What a deletion does was asked for by deleting, and waits for no approval. But to let go of what cannot be seen does: the
 * approval stands in the plan of the cluster until the object is gone, and only as long as the host is out of sight.
 */
async function decideRelease(
  context: Context,
  object: Resource,
  policy: 'Stop' | 'Purge',
  expansion: Expansion,
  sight: Sight,
  pass: Pass,
): Promise<ReleaseDecided> {
  const { engine } = context.ports
  const input = { expansion, facts: sight.facts, policy }
  const whole = engine.decideRelease(input)
  const { forgets } = apartFromForgets(whole)
  const { cluster } = bindingOf(context, object.kind)
  const assessment = cluster.assess(expansion, sight.facts, context.now())
  const wave = { disruptive: false, steps: forgets }
  const plan =
    whole.plan === undefined || forgets.length === 0 ? {} : { plan: { ...whole.plan, waves: [wave] }, run: wave }
  const only: Decision = { ...plan, problems: [], held: [] }
  const asked = { policy: 'Automatic', expansion, assessment, decision: only, sight, without: () => only } as const
  const { problems: asks, run } = await askApproval(context, object, asked, pass)
  const forgotten = run?.steps ?? []
  const members = forgotten.map(({ member }) => member)
  const decision = apartFromForgets(engine.decideRelease({ ...input, forgotten: members })).rest
  return { decision, forgotten, asks }
}

/** Of a spec that does not parse only the policy is believed when it stands there; else nothing is touched. */
function specOf(context: Context, object: Resource): ClusterSpec {
  const parsed = parseSpec(bindingOf(context, object.kind).definition, object.spec)
  if ('spec' in parsed) return parsed.spec as ClusterSpec
  const { deletionPolicy = 'Retain' } = object.spec as Partial<ClusterSpec>
  return { deletionPolicy, paused: false, planPolicy: 'Automatic' }
}

/** Only by who leads: another may have begun to stop what this one saw stopped, and knows nothing of it. */
async function letGo(context: Context, object: Resource, pass: Pass): Promise<PassResult> {
  if (!context.held()) return { result: 'again', afterMs: context.timing.busyMs }
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
  await publish(context, object, withOwn(context, object, status, undefined), pass.signal)
}
