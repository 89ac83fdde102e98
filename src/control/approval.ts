import type { ClusterPlanStatus } from '../api/cluster-plan.ts'
import { planBounds } from '../api/cluster-plan.ts'
import { needsPerson, type PendingPlan, type PlanPolicy, standsAlone, type Weighed } from '../model/approval.ts'
import type { Assessment } from '../model/health.ts'
import type { Expansion } from '../model/kind.ts'
import type { ObjectKey, Resource } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { Problem } from '../model/reasons.ts'
import { problem } from '../model/reasons.ts'
import type { Decision, Step, StepOutcome, Wave } from '../model/step.ts'
import { rfc3339 } from './conditions.ts'
import type { Context } from './context.ts'
import type { Pass } from './controller.ts'
import { everybody } from './expand.ts'
import type { Sight } from './look.ts'
import type { PlanApproval } from './memory.ts'
import { changesOf } from './plan-changes.ts'
import { namedBy, ownPlan, planKey, recordedIn, removePlan } from './plan-object.ts'
import { approveCommand, planStatus, riskOf } from './plan-status.ts'
import { canonical, standingConditions } from './publish.ts'
import { SourceError } from './store.ts'

/** What a pass asks approval for, and by what it was decided. */
export interface Asked {
  readonly policy: PlanPolicy
  readonly expansion: Expansion
  readonly assessment: Assessment
  readonly decision: Decision
  readonly sight: Sight
  /** Decides again, as if these members could not be worked on now: what does not wait must not wait with them. */
  readonly without: (members: readonly string[]) => Decision
}

/** What may be run, and what is to be said of the rest. */
export interface Answered {
  readonly run?: Wave
  readonly problems: readonly Problem[]
}

/**
 * Holds a decision against the policy and against what a person has approved, and shows in the ClusterPlan what waits.
 * An approval counts from the pass on in which its record stands in the status of the plan: one that could not be
 * written runs nothing. What was recorded before goes on while the source is down.
 */
export async function askApproval(context: Context, object: Resource, asked: Asked, pass: Pass): Promise<Answered> {
  const { decision, policy } = asked
  const remembered = context.memory.of(pass.key)
  const { kind, metadata } = object
  const cluster: ObjectKey = { kind, namespace: metadata.namespace, name: metadata.name }
  if (policy === 'Automatic' && !stepsOf(decision).some(needsPerson)) {
    delete remembered.approval
    await removePlan(context, cluster, pass)
    return answer(decision.run, [])
  }
  const plan = context.store.get(planKey(cluster))
  const standing = standingApproval(remembered.approval, plan)
  const { engine } = context.ports
  const named = namedBy(plan)
  const weighed = engine.weigh({ decision, policy, named, ...(standing === undefined ? {} : { approval: standing }) })
  const approval = approvalNow(weighed, standing, plan, context.now())
  const nothingLeft = weighed.pending === undefined && (approval?.keys.length ?? 0) === 0
  if (weighed.said === 'spent' || (nothingLeft && decision.problems.length === 0)) {
    // A new object begins without a word of anybody: what was named once is not named for the next time.
    delete remembered.approval
    await removePlan(context, cluster, pass)
    if (nothingLeft) return settle(context, object, decision)
    const bare = engine.weigh({ decision, policy, named: '' })
    return answer(bare.run, asks(cluster, bare))
  }
  if (weighed.said === 'counted' && tooMuch(approval)) {
    const bare = engine.weigh({ decision, policy, named: '' })
    await show(context, object, plan, { ...asked, weighed: bare, named }, undefined, pass)
    const why = `more than ${planBounds.approved} steps are more than one approval can cover: change less at once, or set spec.planPolicy to Automatic`
    return answer(bare.run, asks(cluster, bare, why))
  }
  const shown = await show(context, object, plan, { ...asked, weighed, named }, approval, pass)
  const takenBack = approval !== undefined && !isNamed(context.store.get(planKey(cluster)), approval, named)
  if (takenBack || (weighed.said === 'counted' && shown === 'not written')) {
    const bare = engine.weigh({ decision, policy, named: '' })
    return answer(bare.run, asks(cluster, bare))
  }
  if (approval === undefined) delete remembered.approval
  else remembered.approval = approval
  tell(context, object, cluster, weighed)
  return answer(runNow(context, asked, weighed, approval, named), asks(cluster, weighed))
}

function stepsOf({ plan, run }: Decision): readonly Step[] {
  return [...(plan?.waves ?? []), ...(run === undefined ? [] : [run])].flatMap(({ steps }) => steps)
}

/** What was run is not run again by the same word. */
export function rememberCarriedOut(context: Context, key: string, outcomes: readonly StepOutcome[]): void {
  const remembered = context.memory.of(key)
  const { approval } = remembered
  if (approval === undefined) return
  const done = outcomes.filter(({ result }) => result === 'done').map(({ step }) => step)
  if (done.length > 0) remembered.approval = { ...approval, ...context.ports.engine.carriedOut(approval, done) }
}

/** That of this process is newer than the copy of the object; one of an object that is gone or another is none. */
function standingApproval(own: PlanApproval | undefined, plan: Resource | undefined): PlanApproval | undefined {
  if (plan === undefined) return undefined
  return own?.uid === plan.metadata.uid ? own : recordedIn(plan)
}

function approvalNow(
  { approval }: Weighed,
  standing: PlanApproval | undefined,
  plan: Resource | undefined,
  now: number,
): PlanApproval | undefined {
  if (approval === undefined || plan === undefined) return undefined
  return { ...approval, uid: plan.metadata.uid, at: standing?.hash === approval.hash ? standing.at : rfc3339(now) }
}

/** What is shown may take a look at the hosts to make, and a person may take his word back meanwhile. */
function isNamed(plan: Resource | undefined, { uid }: PlanApproval, named: string): boolean {
  return plan?.metadata.uid === uid && namedBy(plan) === named
}

function tooMuch(approval: PlanApproval | undefined): boolean {
  return (approval?.keys.length ?? 0) > planBounds.approved
}

/** The decision's own wave as far as it may run; when nothing of it may, one that is made without those who wait. */
function runNow(
  context: Context,
  { decision, policy, without }: Asked,
  weighed: Weighed,
  approval: PlanApproval | undefined,
  named: string,
): Wave | undefined {
  if (weighed.run !== undefined || decision.run === undefined) return weighed.run
  const other = without(weighed.waiting)
  // Held against what counts now: it is never counted anew for another decision than the one that was shown.
  if (approval === undefined) return context.ports.engine.weigh({ decision: other, policy, named: '' }).run
  return context.ports.engine.weigh({ decision: other, policy, named, approval }).run
}

type Shown = 'written' | 'not written'

/** Makes the object when something waits and it is not there, and writes its status when it says something else. */
async function show(
  context: Context,
  object: Resource,
  standing: Resource | undefined,
  asked: Asked & { readonly weighed: Weighed; readonly named: string },
  approval: PlanApproval | undefined,
  pass: Pass,
): Promise<Shown> {
  const { assessment, expansion, named, sight, weighed } = asked
  const { pending } = weighed
  if (standing === undefined && pending === undefined) return 'not written'
  try {
    const plan = standing ?? (await context.store.applyOwn(ownPlan(object), pass.signal))
    const changes =
      pending === undefined
        ? { files: [], more: 0 }
        : await changesOnce(context, object.metadata.namespace, pending, expansion, sight, pass)
    const { namespace, name } = plan.metadata
    const status: ClusterPlanStatus = planStatus({
      plan: { kind: plan.kind, namespace, name },
      generation: plan.metadata.generation,
      named,
      weighed,
      ...(approval === undefined ? {} : { approval }),
      assessment,
      ...(expansion.stages === undefined ? {} : { stages: expansion.stages }),
      changes,
      before: standingConditions(plan),
      now: context.now(),
    })
    if (canonical(status) === canonical(plan.status)) return 'written'
    return (await context.store.writeStatus(plan, status, pass.signal)) === 'written' ? 'written' : 'not written'
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    if (!pass.signal.aborted) pass.log.warn({ err: error }, 'the plan could not be written')
    return 'not written'
  }
}

async function changesOnce(
  context: Context,
  namespace: string,
  pending: PendingPlan,
  expansion: Expansion,
  sight: Sight,
  pass: Pass,
) {
  const remembered = context.memory.of(pass.key)
  if (remembered.changes?.hash === pending.hash) return remembered.changes
  const changes = await changesOf(context, namespace, pending, everybody(expansion), sight, pass)
  remembered.changes = changes
  return changes
}

/** Each plan is told once, and each approval that came too late. */
function tell(context: Context, object: Resource, cluster: ObjectKey, weighed: Weighed): void {
  const remembered = context.memory.of(keyText(cluster))
  const { pending, said } = weighed
  const text = `${said} ${pending?.hash ?? ''}`
  const before = remembered.awaited
  remembered.awaited = text
  if (before === text) return
  if (said === 'counted') {
    const count = weighed.approval?.keys.length ?? 0
    const message = count === 1 ? '1 step was approved' : `${count} steps were approved`
    context.store.event(object, { type: 'Normal', reason: 'PlanApproved', message })
  }
  if (pending === undefined) return
  if (said === 'changed') {
    const message = `the plan has changed since it was approved: what waits now is ${pending.hash.slice(0, 12)}; ${howTo(cluster, pending)}`
    context.store.event(object, { type: 'Normal', reason: 'PlanChanged', message })
    return
  }
  // The first plan is told as a problem; while approved steps are being run what waits gets less with each.
  if (said === 'none' && before?.startsWith('none ') === true) {
    const message = `what waits has changed: ${howTo(cluster, pending)}`
    context.store.event(object, { type: 'Normal', reason: 'PlanAwaitsApproval', message })
  }
}

function settle(context: Context, object: Resource, decision: Decision): Answered {
  const { kind, metadata } = object
  const remembered = context.memory.of(keyText({ kind, ...metadata }))
  delete remembered.changes
  delete remembered.awaited
  return answer(decision.run, [])
}

function asks(cluster: ObjectKey, { pending, said }: Weighed, why?: string): readonly Problem[] {
  if (pending === undefined) return []
  const changed = said === 'changed' ? 'the plan has changed since it was approved; ' : ''
  const [first] = pending.steps
  if (first !== undefined && pending.steps.every(standsAlone)) {
    return [problem('UpgradeAwaitsFinalize', `${changed}${first.reason}; ${why ?? howTo(cluster, pending)}`)]
  }
  const what = `${changed}${awaited(pending)}: ${why ?? howTo(cluster, pending)}`
  return [problem('PlanAwaitsApproval', what)]
}

/** Of what cannot be undone also what it does to whom. */
function awaited({ steps }: PendingPlan): string {
  const count = steps.length === 1 ? '1 step' : `${steps.length} steps`
  const told = `${count} (risk ${riskOf(steps)}) ${steps.length === 1 ? 'waits' : 'wait'} for approval`
  const final = steps.find(({ risk }) => risk === 'destructive')
  return final === undefined ? told : `${told} (${final.reason})`
}

function howTo(cluster: ObjectKey, { hash }: PendingPlan): string {
  const plan = planKey(cluster)
  return `see kubectl get clusterplan ${plan.name} -n ${plan.namespace} -o yaml; to approve: ${approveCommand(plan, hash)}`
}

function answer(run: Wave | undefined, problems: readonly Problem[]): Answered {
  return { ...(run === undefined ? {} : { run }), problems }
}
