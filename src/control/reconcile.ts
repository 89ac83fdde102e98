import type { ClusterStatus } from '../api/status.ts'
import { isForget } from '../model/approval.ts'
import type { FleetFacts } from '../model/facts.ts'
import type { Assessment } from '../model/health.ts'
import type { Expansion, HostView } from '../model/kind.ts'
import type { ObjectKey, Resource } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { Problem } from '../model/reasons.ts'
import { reasons } from '../model/reasons.ts'
import type { Decision } from '../model/step.ts'
import type { Acted } from './act.ts'
import { act, failureProblems, foreignMachines, restingMembers } from './act.ts'
import { askApproval, rememberCarriedOut } from './approval.ts'
import { jitter } from './backoff.ts'
import type { CanaryState, CanaryTry } from './canary.ts'
import { publishClientFiles } from './client-files.ts'
import { measureCluster } from './cluster-metrics.ts'
import { clusterStatus } from './cluster-status.ts'
import type { Findings } from './conditions.ts'
import type { Context } from './context.ts'
import type { Pass, PassResult } from './controller.ts'
import type { ClusterSpec } from './dereference.ts'
import { bindingOf } from './dereference.ts'
import { everybody } from './expand.ts'
import { fencesOf } from './fences.ts'
import { addFinalizer, deletionOf, finalizer } from './finalizer.ts'
import { apartFromForgets, forget, withoutForgotten, withoutQuestions } from './forget.ts'
import { keyOf } from './keys.ts'
import type { Sight } from './look.ts'
import { lastFacts } from './look.ts'
import { lastStatus } from './memory.ts'
import { withOwn } from './own-status.ts'
import { removePlan } from './plan-object.ts'
import { unprepared } from './prepared.ts'
import { publish, standingConditions, tellConditions, tellProblems } from './publish.ts'
import { release } from './release.ts'
import { keepLedger } from './repairs.ts'
import { seeStage } from './see.ts'

/**
 * One pass over a cluster: what is wanted, what is there, what differs, is it safe; tell, then do. Telling comes before
 * doing because a wave may take minutes; what came of it is told by the pass that follows at once, from fresh facts.
 */
export async function reconcileCluster(context: Context, pass: Pass): Promise<PassResult> {
  const key = keyOf(pass.key)
  const object = context.store.get(key)
  if (object === undefined) {
    await removePlan(context, key, pass)
    return forgetCluster(context, pass.key)
  }
  const deletion = deletionOf(context, object)
  if (deletion.state === 'release') {
    return release(context, object, pass)
  }
  if (deletion.state === 'gone') return { result: 'nothing' }
  if (!object.metadata.finalizers.includes(finalizer)) return addFinalizer(context, object, pass)

  const seen = await seeStage(context, object, pass)
  if ('problems' in seen) return refuse(context, object, seen.problems, pass)
  const { hosts, spec, sight } = seen
  const remembered = context.memory.of(pass.key)
  const expansion = withoutForgotten(remembered, seen.expansion, sight.facts)
  const judged = judge(context, key, object, expansion, sight.facts)
  const canary = observeCanary(context, pass, expansion, judged.assessment, sight, hosts)
  const open = keepLedger(context, object, expansion, judged.assessment)
  const { assessment, decide, decision: wanted } = judged
  const asked = {
    policy: spec.planPolicy,
    expansion,
    assessment,
    decision: wanted,
    sight,
    without: (members: readonly string[]) => decide(members),
  }
  const answered = await askApproval(context, object, asked, pass)
  const { forgets, rest } = apartFromForgets(withRun(wanted, answered.run))
  // As soon as he has said yes, it is work.
  const isAsked = answered.problems.some(({ code }) => code === 'UpgradeAwaitsFinalize')
  const decision = isAsked ? withoutQuestions(rest) : rest
  const unpublished = spec.paused ? [] : await publishClientFiles(context, object, expansion, pass)
  // That a person may let somebody go is told where it is said that he cannot be stopped.
  const asks = forgets.length > 0 && (decision.plan === undefined || spec.planPolicy === 'Automatic')
  const findings: Findings = {
    paused: spec.paused,
    problems: [
      ...decision.problems,
      ...judged.foreign,
      ...failureProblems(remembered, rest.plan),
      ...(asks ? [] : answered.problems),
      ...unpublished,
    ],
    ...(deletion.state === 'held' ? { deleting: deletion } : {}),
    seen: {
      expansion,
      unseen: seen.basis.unseen,
      facts: sight.facts,
      assessment: judged.assessment,
      decision,
      canary,
      repairs: open,
    },
  }
  await report(context, object, findings, pass)
  if (pass.signal.aborted) return { result: 'again', afterMs: context.timing.pollMs }
  const acted = await actOn(context, object, findings, decision, sight, pass)
  const forgotten = spec.paused ? [] : (answered.run?.steps ?? []).filter(isForget)
  if (forgotten.length > 0) {
    rememberCarriedOut(context, pass.key, forget(context, object, remembered, forgotten))
    return { result: 'again', afterMs: 0 }
  }
  return { result: 'again', afterMs: nextPass(context, pass.key, findings, decision, acted) }
}

function withRun({ run: _, ...decision }: Decision, run: Decision['run']): Decision {
  return run === undefined ? decision : { ...decision, run }
}

interface Judged {
  readonly assessment: Assessment
  readonly decision: Decision
  /** The same again, as if these members could not be worked on now. */
  readonly decide: (without: readonly string[]) => Decision
  readonly foreign: readonly Problem[]
}

/** A member that was taken down so long ago is a fault, no longer a disruption, whether or not it is seen. */
const unseenDisruptionEndsMs = 10 * 60_000

/** Assess, tell the census, decide. Pure but for the clock and the census, and without an await in between. */
function judge(context: Context, key: ObjectKey, object: Resource, expansion: Expansion, facts: FleetFacts): Judged {
  const { engine } = context.ports
  const { cluster } = bindingOf(context, key.kind)
  const now = context.now()
  const createdAt = object.metadata.creationTimestamp
  const assessment = cluster.assess(expansion, facts, now)
  const disruptions = engine.disruptionsOf(key, expansion.members, facts, assessment, now)
  const unseen = new Set(expansion.members.filter(({ host }) => facts[host]?.state !== 'known').map(({ id }) => id))
  context.census.report({ key, createdAt, members: everybody(expansion), disruptions, facts }, ({ member, since }) => {
    return unseen.has(member) && now - since < unseenDisruptionEndsMs
  })
  const resting = restingMembers(context.memory.of(keyText(key)), now)
  const input = {
    object: key,
    createdAt,
    expansion,
    facts,
    assessment,
    repairs: cluster.repairs(expansion, facts, assessment, now, verdictsSince(context, key, assessment)),
    claims: context.census.claimsOfOthers(key, (namespace, members) => lastFacts(context, namespace, members)),
    disruptions: context.census.disruptionsOfOthers(key),
    fences: fencesOf(context, key.namespace, expansion, facts),
    unprepared: unprepared(context, key.namespace, expansion.members),
    now,
  }
  const decide = (without: readonly string[]) => engine.decide({ ...input, resting: [...resting, ...without] })
  return { assessment, decide, decision: decide([]), foreign: foreignMachines(facts, context.authority.installation) }
}

/** When each member's verdict became what it is, as far as this process has seen it. */
function verdictsSince(context: Context, key: ObjectKey, { health }: Assessment): Readonly<Record<string, number>> {
  const remembered = context.memory.of(keyText(key))
  remembered.verdicts = Object.fromEntries(
    Object.entries(health).map(([member, { verdict }]) => {
      const before = remembered.verdicts[member]
      return [member, before?.verdict === verdict ? before : { verdict, since: context.now() }]
    }),
  )
  return Object.fromEntries(Object.entries(remembered.verdicts).map(([member, { since }]) => [member, since]))
}

function observeCanary(
  context: Context,
  pass: Pass,
  expansion: Expansion,
  assessment: Assessment,
  sight: Sight,
  hosts: Readonly<Record<string, HostView>>,
): CanaryState {
  const { canary } = expansion
  const tries = expansion.members.flatMap((member): CanaryTry[] => {
    const target = sight.targets[member.host]
    const address = hosts[member.host]?.serviceAddress
    const serves =
      assessment.health[member.id]?.verdict === 'serving' && member.ports.some((claim) => claim.port === canary?.port)
    const asked = canary?.by !== 'Leader' || member.id === assessment.leader
    return serves && asked && target !== undefined && address !== undefined
      ? [{ target, address, others: sight.targets }]
      : []
  })
  return context.canaries.observe(pass.key, expansion, assessment.available.ok ? tries : [], pass.signal)
}

/** Status, events and metrics. A store that does not answer must not keep ironherd from mending things. */
async function report(context: Context, object: Resource, findings: Findings, pass: Pass): Promise<void> {
  const remembered = context.memory.of(pass.key)
  const before = remembered.conditions ?? standingConditions(object)
  const assessment = findings.seen?.assessment
  const common = clusterStatus(object, before, findings, remembered.repairs, context.now())
  const status = withOwn(context, object, common, assessment?.own)
  const conditions = common.conditions ?? []
  remembered.conditions = conditions
  measureCluster(context.metrics, keyOf(pass.key), conditions, findings)
  countLeader(context, object, assessment?.leader)
  tellConditions(context, object, before, conditions)
  tellProblems(context, object, findings.problems)
  try {
    await publish(context, object, status, pass.signal)
  } catch (error) {
    if (!pass.signal.aborted) pass.log.warn({ err: error }, 'the status could not be written')
  }
}

/** Counts when another leads than who was last seen to, however long nobody did. */
function countLeader({ memory, metrics }: Context, object: Resource, leader: string | undefined): void {
  if (leader === undefined) return
  const { kind, metadata } = object
  const remembered = memory.of(keyText({ kind, ...metadata }))
  const { leader: said } = (lastStatus(memory, object) ?? {}) as Partial<ClusterStatus>
  const before = remembered.leader ?? said ?? leader
  remembered.leader = leader
  if (before === leader) return
  const labels = { kind, namespace: metadata.namespace, cluster: metadata.name }
  metrics.count('ironherd_cluster_leader_changes_total', labels)
}

/** The spec cannot work: say so, and look at nothing and touch nothing. */
async function refuse(
  context: Context,
  object: Resource,
  problems: readonly Problem[],
  pass: Pass,
): Promise<PassResult> {
  context.looks.register(pass.key, {})
  const { paused = false } = object.spec as Partial<ClusterSpec>
  await report(context, object, { paused, problems }, pass)
  const terminal = problems.every(({ code }) => reasons[code].kind === 'Terminal')
  return terminal
    ? { result: 'terminal', why: problems.map(({ message }) => message).join('; ') }
    : { result: 'again', afterMs: jitter(context.timing.pollMs, 0.1, context.random) }
}

async function actOn(
  context: Context,
  object: Resource,
  { paused, seen }: Findings,
  decision: Decision,
  sight: Sight,
  pass: Pass,
): Promise<Acted> {
  const remembered = context.memory.of(pass.key)
  const kept = new Set(foreignMachines(seen?.facts ?? {}, context.authority.installation).map(({ host }) => host))
  const steps = (decision.run?.steps ?? []).filter((step) => !kept.has(step.host))
  if (paused || steps.length === 0) {
    remembered.settled ||= decision.plan === undefined && decision.problems.length === 0
    return { outcomes: [], waits: [] }
  }
  const stranger = context.census.unseen(otherClusters(context, pass.key))
  if (stranger !== undefined) {
    const why = `${keyText(stranger)} was not looked at yet since this process leads`
    return { outcomes: [], waits: [why], againMs: context.timing.busyMs }
  }
  const wave = { disruptive: decision.run?.disruptive ?? false, steps }
  const acted = await act(context, object, wave, sight, pass)
  remembered.outcomes.push(...acted.outcomes)
  rememberCarriedOut(context, pass.key, acted.outcomes)
  const done = acted.outcomes.filter(({ result }) => result === 'done')
  if (done.length > 0) {
    const verbs = Map.groupBy(done, ({ step }) => step.action.verb)
    const message = [...verbs].map(([verb, all]) => `${all.length} × ${verb}`).join(', ')
    context.store.event(object, { type: 'Normal', reason: 'StepsDone', message })
  }
  return acted
}

export function otherClusters(context: Context, key: string): readonly ObjectKey[] {
  return context.ports.clusters
    .flatMap(({ definition }) => context.store.list(definition.kind))
    .map(
      (object): ObjectKey => ({ kind: object.kind, namespace: object.metadata.namespace, name: object.metadata.name }),
    )
    .filter((other) => keyText(other) !== key)
}

/** A fault is followed closely for so long; after that it is looked at as often as everything else. */
const closelyMs = 120_000

function nextPass(context: Context, key: string, findings: Findings, decision: Decision, acted: Acted): number {
  const { busyMs, pollMs } = context.timing
  if (acted.outcomes.length > 0 && acted.outcomes.every(({ result }) => result === 'done')) return 0
  const progressing = context.memory
    .of(key)
    .conditions?.some(({ type, status }) => type === 'Progressing' && status === 'True')
  const recent = findings.seen?.repairs.some((repair) => context.now() - repair.detectedAt < closelyMs) ?? false
  const canaryIn = context.canaries.dueIn(key)
  const waits = [
    jitter(progressing === true || recent || acted.outcomes.length > 0 ? busyMs : pollMs, 0.1, context.random),
    ...(acted.againMs === undefined ? [] : [acted.againMs]),
    ...(decision.lookAgainMs === undefined ? [] : [decision.lookAgainMs]),
    ...(canaryIn === undefined ? [] : [canaryIn]),
  ]
  // Never in a tight loop, whatever the parts say.
  return Math.max(50, Math.min(...waits))
}

export function forgetCluster(context: Context, key: string): PassResult {
  context.looks.register(key, {})
  context.census.forget(key)
  context.canaries.forget(key)
  context.memory.forget(key)
  context.metrics.forget(key)
  return { result: 'nothing' }
}
