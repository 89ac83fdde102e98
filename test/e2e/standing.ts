// What stands of the two clusters of the changes, and how one standing is brought about from another.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Manifest, namespace } from '../world/manifests.ts'
import { conditionOf, isReady, type World } from '../world/world.ts'
import { withSpec } from './edited.ts'

/** The manifests as they were applied last; a cluster that is `gone` was deleted and may be applied again. */
export interface Standing {
  readonly zk: Manifest
  readonly spark: Manifest
  readonly gone: readonly Which[]
}

export type Which = 'zk' | 'spark'

const kinds = { zk: 'zookeepercluster', spark: 'sparkcluster' } as const
const settleMs = 420_000

/** Deletes, then applies what differs, and waits until it is so. Spark goes first and comes last: it uses the ensemble. */
export async function bring(world: World, from: Standing, to: Standing): Promise<void> {
  for (const which of ['spark', 'zk'] as const) {
    if (to.gone.includes(which) && !from.gone.includes(which)) await remove(world, which, from[which])
  }
  const applied = (['zk', 'spark'] as const).filter(
    (which) =>
      !to.gone.includes(which) &&
      (from.gone.includes(which) || JSON.stringify(from[which]) !== JSON.stringify(to[which])),
  )
  if (applied.length > 0) await world.apply(applied.map((which) => to[which]))
  await settled(world, to)
}

async function remove(world: World, which: Which, { metadata }: Manifest): Promise<void> {
  await world.lab.kube.kubectl(['delete', kinds[which], metadata.name, '-n', namespace, '--wait=false'])
  const end = Date.now() + settleMs
  while ((await world.get(kinds[which], metadata.name)) !== undefined) {
    if (Date.now() > end)
      throw new Error(
        `${metadata.name} is still there: ${JSON.stringify(await world.get(kinds[which], metadata.name))}`,
      )
    await sleep(300)
  }
}

/** Every cluster that stands is Ready with nothing left to do. */
async function settled(world: World, { gone, spark, zk }: Standing): Promise<void> {
  const since = Date.now()
  for (const [which, { metadata }] of Object.entries({ zk, spark }) as [Which, Manifest][]) {
    if (gone.includes(which)) continue
    await world.until(
      kinds[which],
      metadata.name,
      'Ready with nothing left to do',
      (shown) =>
        isReady(shown) &&
        shown.status?.observedGeneration === shown.metadata.generation &&
        conditionOf(shown, 'UpToDate')?.status === 'True' &&
        shown.status['plan'] === undefined &&
        Date.now() - since > 4000,
      settleMs,
    )
  }
}

export function members(...places: readonly (readonly [id: number, host: string])[]): unknown {
  return places.map(([id, host]) => ({ id, host }))
}

export function withZk(standing: Standing, path: readonly (string | number)[], value: unknown): Standing {
  return { ...standing, zk: withSpec(standing.zk, path, value) }
}

export function withSpark(standing: Standing, path: readonly (string | number)[], value: unknown): Standing {
  return { ...standing, spark: withSpec(standing.spark, path, value) }
}

/** The one worker group on these hosts, by name. */
export function withWorkers(
  standing: Standing,
  hosts: readonly string[],
  more: Readonly<Record<string, unknown>> = {},
): Standing {
  const { standalone } = standing.spark.spec as { standalone: { workerGroups: Record<string, unknown>[] } }
  const { hostSelector: _, hosts: __, ...group } = standalone.workerGroups[0] ?? {}
  return withSpark(standing, ['standalone', 'workerGroups'], [{ ...group, hosts, ...more }])
}
