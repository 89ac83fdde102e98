import type { Condition } from '../api/status.ts'
import type { RepairRecord } from '../model/ledger.ts'
import type { ObjectKey } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import { figureNames } from '../telemetry/figures.ts'
import type { Metrics, Series } from '../telemetry/metrics.ts'
import type { Findings } from './conditions.ts'

/** Brings a cluster's gauges to what this pass saw; series of members that are gone or unknown are removed. */
export function measureCluster(
  metrics: Metrics,
  key: ObjectKey,
  conditions: readonly Condition[],
  findings: Findings,
): void {
  const owner = keyText(key)
  const labels = { kind: key.kind, namespace: key.namespace, cluster: key.name }
  const one = (value: number | undefined): readonly Series[] => (value === undefined ? [] : [{ labels, value }])
  const statuses = ['True', 'False', 'Unknown'] as const
  metrics.replace(
    'ironherd_cluster_condition',
    owner,
    conditions.flatMap(({ type, status }) =>
      statuses.map((each) => ({ labels: { ...labels, type, status: each }, value: each === status ? 1 : 0 })),
    ),
  )
  const { seen } = findings
  const members = (seen?.expansion.members ?? []).map((member) => {
    const health = seen?.assessment.health[member.id]
    const known = health !== undefined && health.verdict !== 'unknown'
    return { labels: { ...labels, member: member.id, host: member.host }, health, known }
  })
  const visible = members.filter(({ known }) => known)
  const serving = visible.filter(({ health }) => health?.verdict === 'serving')
  const steps = (seen?.decision.plan?.waves ?? []).reduce((sum, wave) => sum + wave.steps.length, 0)
  metrics.replace('ironherd_cluster_members_desired', owner, one(seen === undefined ? undefined : members.length))
  metrics.replace('ironherd_cluster_members_healthy', owner, one(seen === undefined ? undefined : serving.length))
  // Without sight of a single member nothing is known about the quorum.
  metrics.replace(
    'ironherd_cluster_quorum_margin',
    owner,
    one(visible.length === 0 ? undefined : seen?.assessment.quorum?.margin),
  )
  const { figures = {} } = seen?.assessment ?? {}
  const { kind: _, ...own } = labels
  for (const name of figureNames) {
    const value = figures[name]
    metrics.replace(name, owner, value === undefined ? [] : [{ labels: own, value }])
  }
  metrics.replace('ironherd_plan_steps', owner, one(seen === undefined ? undefined : steps))
  metrics.replace('ironherd_repairs_open', owner, one(seen?.repairs.length))
  metrics.replace(
    'ironherd_member_known',
    owner,
    members.map(({ labels: each, known }) => ({ labels: each, value: known ? 1 : 0 })),
  )
  metrics.replace(
    'ironherd_member_up',
    owner,
    visible.map(({ labels: each, health }) => ({ labels: each, value: health?.verdict === 'serving' ? 1 : 0 })),
  )
  metrics.replace(
    'ironherd_member_role',
    owner,
    visible.flatMap(({ labels: each, health }) =>
      health === undefined || health.role === '' ? [] : [{ labels: { ...each, role: health.role }, value: 1 }],
    ),
  )
  metrics.replace(
    'ironherd_member_since_seconds',
    owner,
    visible.flatMap(({ labels: each, health }) =>
      health === undefined || health.startedAt === 0
        ? []
        : [{ labels: each, value: Math.round(health.startedAt / 1000) }],
    ),
  )
}

export function measureRepair(
  metrics: Metrics,
  key: ObjectKey,
  { by, cause, detectedAt, repairedAt }: RepairRecord,
): void {
  if (repairedAt === undefined) return
  const { kind, namespace, name } = key
  metrics.count('ironherd_repairs_total', { kind, namespace, cluster: name, cause, by })
  metrics.observe('ironherd_repair_duration_seconds', { kind, cause, by }, (repairedAt - detectedAt) / 1000)
}
