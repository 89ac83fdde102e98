// A person who reads every ClusterPlan, keeps it, and approves it by its hash.
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterPlanStatus } from '../../src/api/cluster-plan.ts'
import { namespace } from '../world/manifests.ts'
import type { World } from '../world/world.ts'

/** What `kubectl get clusterplan -o json` said when it was read. */
export interface ReadPlan {
  readonly name: string
  readonly status: ClusterPlanStatus
}

export interface Approver {
  /** The plans that were read and approved since the last call, each hash once, in their order. */
  lap(): readonly ReadPlan[]
  stop(): Promise<void>
}

interface Shown {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly spec: { readonly approve?: string }
    readonly status?: ClusterPlanStatus
  }[]
}

export function startApprover(world: World): Approver {
  let read: ReadPlan[] = []
  let stopped = false
  const loop = (async () => {
    while (!stopped) {
      const { stdout } = await world.lab.kube.kubectl(['get', 'clusterplans', '-n', namespace, '-o', 'json'])
      const { items } = (stdout.trim() === '' ? { items: [] } : JSON.parse(stdout)) as Shown
      for (const { metadata, spec, status } of items) {
        if (status?.hash === undefined || status.hash === spec.approve) continue
        if (!read.some((plan) => plan.status.hash === status.hash)) read.push({ name: metadata.name, status })
        const patch = JSON.stringify({ spec: { approve: status.hash } })
        // One that has just gone was carried out, or is not wanted any more.
        await world.lab.kube.kubectl([
          ...['patch', 'clusterplan', metadata.name, '-n', namespace],
          ...['--type=merge', '-p', patch],
        ])
      }
      await sleep(500)
    }
  })()
  return {
    lap() {
      const lap = read
      read = []
      return lap
    },
    async stop() {
      stopped = true
      await loop
    },
  }
}
