import type { ClusterPlanSpec, ClusterPlanStatus } from '../api/cluster-plan.ts'
import { clusterPlanKind, clusterPlanName } from '../api/cluster-plan.ts'
import { apiVersion } from '../api/resource.ts'
import type { ObjectKey, Resource } from '../model/object.ts'
import type { Context } from './context.ts'
import type { Pass } from './controller.ts'
import type { PlanApproval } from './memory.ts'
import type { OwnObject } from './store.ts'
import { SourceError } from './store.ts'

/** The ClusterPlan of a cluster as an object: where it stands, what it says, how it is made and goes. */

export function planKey({ kind, namespace, name }: ObjectKey): ObjectKey {
  return { kind: clusterPlanKind.kind, namespace, name: clusterPlanName({ kind, name }) }
}

/** The cluster whose plan it is; undefined for one under a name that ironherd would not give it. */
export function clusterOfPlan({ metadata, spec }: Resource): ObjectKey | undefined {
  const { clusterRef } = spec as Partial<ClusterPlanSpec>
  if (clusterRef === undefined || clusterPlanName(clusterRef) !== metadata.name) return undefined
  return { kind: clusterRef.kind, namespace: metadata.namespace, name: clusterRef.name }
}

/** The hash that a person has named, '' for none. */
export function namedBy(plan: Resource | undefined): string {
  const { approve = '' } = (plan?.spec ?? {}) as Partial<ClusterPlanSpec>
  return approve
}

/** What was approved, as the object keeps it. */
export function recordedIn(plan: Resource | undefined): PlanApproval | undefined {
  const { approved } = (plan?.status ?? {}) as Partial<ClusterPlanStatus>
  if (plan === undefined || approved === undefined) return undefined
  return { uid: plan.metadata.uid, hash: approved.hash, at: approved.at, keys: approved.steps }
}

/** As it is to stand: everything but what a person writes into it. */
export function ownPlan(cluster: Resource): OwnObject {
  const { kind, metadata } = cluster
  const key = planKey({ kind, namespace: metadata.namespace, name: metadata.name })
  return { ...key, apiVersion, owner: cluster, spec: { clusterRef: { kind, name: metadata.name } } }
}

/** Takes the plan of a cluster away, when there is one. A source that does not answer is tried in a later pass. */
export async function removePlan(context: Context, cluster: ObjectKey, pass: Pass): Promise<void> {
  const plan = context.store.get(planKey(cluster))
  if (plan === undefined) return
  try {
    await context.store.removeOwn(plan, pass.signal)
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    if (!pass.signal.aborted) pass.log.warn({ err: error }, 'the plan could not be removed')
  }
}
