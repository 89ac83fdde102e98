import type { ClusterPlanStatus } from '../api/cluster-plan.ts'
import { planBounds } from '../api/cluster-plan.ts'
import { type Condition, mostStages } from '../api/status.ts'
import type { PendingPlan, Weighed } from '../model/approval.ts'
import type { Assessment } from '../model/health.ts'
import type { ObjectKey } from '../model/object.ts'
import type { ReasonCode } from '../model/reasons.ts'
import type { Action, Step } from '../model/step.ts'
import { risks } from './cluster-status.ts'
import { mergeConditions } from './conditions.ts'
import type { FileChange, PlanApproval } from './memory.ts'

export interface PlanView {
  readonly plan: ObjectKey
  readonly generation: number
  readonly named: string
  readonly weighed: Weighed
  readonly approval?: PlanApproval
  readonly assessment: Assessment
  /** What comes after it. */
  readonly stages?: readonly string[]
  readonly changes: { readonly files: readonly FileChange[]; readonly more: number }
  readonly before: readonly Condition[]
  readonly now: number
}

/** Status of a ClusterPlan: bounded, and the same in every pass in which nothing changed. Pure. */
export function planStatus(view: PlanView): ClusterPlanStatus {
  const { approval, assessment, changes, generation, stages = [], weighed } = view
  const { pending } = weighed
  return {
    observedGeneration: generation,
    ...(pending === undefined ? {} : waiting(pending, assessment)),
    ...(pending === undefined || stages.length === 0 ? {} : { stages: stages.slice(0, mostStages) }),
    ...(pending === undefined || changes.files.length === 0 ? {} : { files: [...changes.files] }),
    ...(pending === undefined || changes.more === 0 ? {} : { filesNotShown: changes.more }),
    ...(approval === undefined
      ? {}
      : {
          approved: {
            hash: approval.hash,
            at: approval.at,
            stepsLeft: approval.keys.length,
            steps: [...approval.keys],
          },
        }),
    conditions: [...mergeConditions(view.before, [approvedCondition(view)], generation, view.now)],
  }
}

function waiting(pending: PendingPlan, assessment: Assessment): Partial<ClusterPlanStatus> {
  const { hash, steps } = pending
  const more = steps.length - planBounds.steps
  const quorum = marginsOf(steps, assessment)
  return {
    hash,
    shortHash: hash.slice(0, 12),
    stepCount: steps.length,
    steps: steps.slice(0, planBounds.steps).map((step) => ({
      host: step.host,
      member: step.member,
      verb: step.action.verb,
      target: cut(targetOf(step.action), 600),
      risk: step.risk,
      reason: cut(step.reason, 512),
    })),
    ...(more > 0 ? { stepsNotShown: more } : {}),
    risk: riskOf(steps),
    ...(quorum === undefined ? {} : { quorum }),
  }
}

export function riskOf(steps: readonly Step[]): string {
  return risks.findLast((level) => steps.some((step) => step.risk === level)) ?? 'none'
}

/** A quorum gives one member up at a time: the margin falls by one where that member serves, however many follow it. */
function marginsOf(steps: readonly Step[], { health, quorum }: Assessment): ClusterPlanStatus['quorum'] {
  if (quorum === undefined) return undefined
  const takesDown = steps.some(
    ({ action, member }) =>
      (action.verb === 'RestartUnit' || action.verb === 'StopUnit') && health[member]?.verdict === 'serving',
  )
  return { marginBefore: quorum.margin, marginAfter: quorum.margin - (takesDown ? 1 : 0) }
}

export function targetOf(action: Action): string {
  switch (action.verb) {
    case 'EnsureUser':
      return action.user.name
    case 'EnsureDirectory':
      return action.directory.path
    case 'InstallArchive':
      return action.software.path
    case 'InstallPackages':
      return action.software.packages.join(' ')
    case 'WriteFile':
      return action.file.path
    case 'RemoveFile':
    case 'MoveAside':
      return action.path
    case 'MarkFirstStart':
      return action.marker?.path ?? action.record
    case 'ReloadUnits':
      return 'systemd'
    case 'UnmaskUnit':
    case 'EnableUnit':
    case 'DisableUnit':
    case 'StartUnit':
    case 'StopUnit':
    case 'RestartUnit':
    case 'Forget':
    case 'DrainUnit':
      return action.unit
    case 'Fence':
      return action.target
    case 'ReconfigEnsemble':
      return action.servers.join(' ')
    case 'FormatNameNode':
      return action.clusterId
    case 'BootstrapStandby':
    case 'InitializeSharedEdits':
    case 'FormatFailover':
    case 'RollEdits':
      return action.tool.config
    case 'SeedJournal':
      return action.directory
    case 'FailOver':
      return `${action.from} to ${action.to}`
    case 'RefreshNodes':
      return action.address
    case 'CopyImage':
      return `${action.nameDir}.images`
    case 'Balance':
      return action.request
    case 'RollUpgrade':
      return `${action.what}: ${action.from} to ${action.to}`
    case 'WriteBlock':
    case 'RemoveBlock':
      return action.block.path
    case 'UpdatePackageLists':
      return action.sources.join(' ')
    case 'OpenPorts':
      return action.ports.join(' ')
    case 'SetHostName':
      return action.name
    case 'PruneSoftware':
      return `${action.familyPrefix}*`
  }
}

function approvedCondition({ approval, named, plan, weighed }: PlanView) {
  const say = (status: Condition['status'], reason: ReasonCode, message: string) => ({
    type: 'Approved',
    status,
    reason,
    message,
  })
  const { pending, said } = weighed
  const left = approval?.keys.length ?? 0
  if (pending === undefined) {
    return left > 0
      ? say('True', 'PlanApproved', `${left} approved steps are left`)
      : say('True', 'Settled', 'nothing waits for approval now')
  }
  const ask = `to approve: ${approveCommand(plan, pending.hash)}`
  if (said === 'changed') {
    const message = `spec.approve names ${named.slice(0, 12)}, but what waits now is ${pending.hash.slice(0, 12)}: read it again; ${ask}`
    return say('False', 'PlanChanged', message)
  }
  const going = left > 0 ? `${left} approved steps go on; ` : ''
  return say('False', 'PlanAwaitsApproval', `${going}${pending.steps.length} steps wait; ${ask}`)
}

/** What a person types, word by word. */
export function approveCommand({ name, namespace }: ObjectKey, hash: string): string {
  return `kubectl patch clusterplan ${name} -n ${namespace} --type=merge -p '{"spec":{"approve":"${hash}"}}'`
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 3)}...`
}
