import type { ClusterStatus, Condition, RepairRecord as RepairStatus } from '../api/status.ts'
import { mostStages } from '../api/status.ts'
import type { RepairRecord } from '../model/ledger.ts'
import type { Resource } from '../model/object.ts'
import type { Risk } from '../model/step.ts'
import type { Findings } from './conditions.ts'
import { conditionsOf, mergeConditions, rfc3339 } from './conditions.ts'
import { everybody } from './expand.ts'

export const risks: readonly Risk[] = ['none', 'restart', 'leaderChange', 'outage', 'data', 'destructive']

/**
 * The status of a cluster, from what one pass found. Small and without anything that changes while the cluster does not:
 * a settled cluster's status is the same in every pass, so it is not written.
 */
export function clusterStatus(
  object: Resource,
  before: readonly Condition[],
  findings: Findings,
  repairs: readonly RepairRecord[],
  now: number,
): ClusterStatus {
  const { generation } = object.metadata
  const conditions = [...mergeConditions(before, conditionsOf(findings), generation, now)]
  const common = { observedGeneration: generation, conditions }
  const history = repairHistory(repairs)
  const { seen } = findings
  // What was not looked at is not forgotten: a process that begins knows only from here where something may run.
  const { hosts: known = [] } = (object.status ?? {}) as Partial<ClusterStatus>
  if (seen === undefined) {
    return {
      ...common,
      ...(known.length === 0 ? {} : { hosts: known }),
      ...(history.length === 0 ? {} : { repairs: history }),
    }
  }
  const { assessment, decision, expansion } = seen
  const members = expansion.members.map((member) => ({ member, health: assessment.health[member.id] }))
  const unhealthy = members.flatMap(({ member, health }) => {
    const verdict = health?.verdict ?? 'unknown'
    if (verdict === 'serving') return []
    return [{ member: member.id, host: member.host, verdict, evidence: cut(health?.evidence ?? 'not assessed') }]
  })
  const steps = (decision.plan?.waves ?? []).flatMap((wave) => wave.steps)
  const risk = risks.findLast((level) => steps.some((step) => step.risk === level)) ?? 'none'
  return {
    ...common,
    version: expansion.version,
    members: { desired: members.length, healthy: members.length - unhealthy.length },
    hosts: [...new Set([...everybody(expansion).map(({ host }) => host), ...seen.unseen])].sort().slice(0, 1000),
    ...(assessment.leader === undefined ? {} : { leader: assessment.leader }),
    ...(assessment.quorum === undefined
      ? {}
      : {
          quorum: {
            voters: assessment.quorum.voters,
            serving: assessment.quorum.serving,
            margin: assessment.quorum.margin,
          },
        }),
    ...(unhealthy.length === 0 ? {} : { unhealthy: unhealthy.slice(0, 10) }),
    ...(history.length === 0 ? {} : { repairs: history }),
    ...(decision.plan === undefined ? {} : { plan: { hash: decision.plan.hash, steps: steps.length, risk } }),
    ...(expansion.stages === undefined ? {} : { stages: expansion.stages.slice(0, mostStages) }),
    ...(decision.held.length === 0 ? {} : { held: decision.held.slice(0, 5).map(cut) }),
  }
}

function repairHistory(repairs: readonly RepairRecord[]): RepairStatus[] {
  return repairs
    .toReversed()
    .slice(0, 10)
    .map(({ cause, member, host, evidence, by, detectedAt, repairedAt }) => ({
      cause,
      member,
      host,
      evidence: cut(evidence),
      by,
      detectedAt: rfc3339(detectedAt),
      ...(repairedAt === undefined
        ? {}
        : { repairedAt: rfc3339(repairedAt), seconds: Math.round((repairedAt - detectedAt) / 100) / 10 }),
    }))
}

/** Finished repairs that an earlier process wrote: kept as history, never acted on. */
export function historyFrom(status: unknown): readonly RepairRecord[] {
  const { repairs = [] } = (status ?? {}) as Partial<ClusterStatus>
  return repairs
    .flatMap(({ cause, member, host, evidence, by, detectedAt, repairedAt }) => {
      if (detectedAt === undefined || repairedAt === undefined) return []
      const times = { detectedAt: Date.parse(detectedAt), repairedAt: Date.parse(repairedAt) }
      return [{ cause, member, host, evidence, by, ...times, steps: [] }]
    })
    .toReversed()
}

function cut(text: string): string {
  return text.length <= 1024 ? text : `${text.slice(0, 1021)}...`
}
