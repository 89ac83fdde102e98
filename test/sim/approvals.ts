import type { ClusterPlanSpec, ClusterPlanStatus } from '../../src/api/cluster-plan.ts'
import { targetOf } from '../../src/control/plan-status.ts'
import type { ObjectKey, Resource } from '../../src/model/object.ts'
import { keyText } from '../../src/model/object.ts'
import type { Step } from '../../src/model/step.ts'
import type { MemoryStore } from '../unit/control/world.ts'

/** What a person has approved: every step, when the plan was too long to be shown whole. */
export type Approved = ReadonlySet<string> | 'all'

/** What a person sees of a plan. */
export interface SeenPlan {
  readonly plan: string
  readonly hash: string
  readonly steps: Approved
}

/**
 * The person's own book: what each plan showed when it was read, and what was said to it. The oracle goes by this book and
 * not by what ironherd has recorded.
 */
export class Approvals {
  readonly #store: MemoryStore
  /** cluster → what stands approved in the person's own words. */
  readonly #said = new Map<string, Approved>()

  constructor(store: MemoryStore) {
    this.#store = store
  }

  /** The plans that wait, as somebody reads them now. */
  read(): readonly SeenPlan[] {
    return this.#store.list('ClusterPlan').flatMap((object): SeenPlan[] => {
      const { hash = '', steps = [], stepsNotShown = 0 } = (object.status ?? {}) as Partial<ClusterPlanStatus>
      if (hash === '') return []
      const shown = new Set(steps.map(({ host, member, target, verb }) => [host, member, verb, target].join(' ')))
      return [{ plan: object.metadata.name, hash, steps: stepsNotShown > 0 ? 'all' : shown }]
    })
  }

  /** Writes the hash of what was read into the plan, whatever waits there by now. */
  approve({ hash, plan, steps }: SeenPlan): void {
    const object = this.#plan(plan)
    if (object === undefined) return
    this.#said.set(clusterOf(object), steps)
    this.#store.apply('ClusterPlan', plan, { ...(object.spec as ClusterPlanSpec), approve: hash })
  }

  /** Nothing more is to be begun. */
  takeBack(plan: string): void {
    const object = this.#plan(plan)
    if (object === undefined) return
    this.#said.delete(clusterOf(object))
    this.#store.apply('ClusterPlan', plan, { ...(object.spec as ClusterPlanSpec), approve: '' })
  }

  remove(plan: string): void {
    const object = this.#plan(plan)
    if (object !== undefined) this.#said.delete(clusterOf(object))
    this.#store.delete('ClusterPlan', plan)
  }

  /** `object`: key of a cluster. */
  of(object: string): Approved {
    return this.#said.get(object) ?? new Set()
  }

  #plan(name: string): Resource | undefined {
    return this.#store.get({ kind: 'ClusterPlan', namespace: 'a', name })
  }
}

function clusterOf({ metadata, spec }: Resource): string {
  const { kind, name } = (spec as ClusterPlanSpec).clusterRef
  const key: ObjectKey = { kind, namespace: metadata.namespace, name }
  return keyText(key)
}

export function stands(approved: Approved, { action, host, member }: Step): boolean {
  return approved === 'all' || approved.has([host, member, action.verb, targetOf(action).slice(0, 600)].join(' '))
}
