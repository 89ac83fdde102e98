// A person who reads the one plan that waits, and approves it by the hash that it shows.
import { namespace } from '../world/manifests.ts'
import type { World } from '../world/world.ts'

export interface ShownStep {
  readonly host: string
  readonly member: string
  readonly verb: string
  readonly risk: string
  readonly reason: string
}

/** Approves the plan when every step that it shows is as meant, and resolves to them; throws with the others. */
export async function readAndApprove(
  world: World,
  plan: string,
  isMeant: (step: ShownStep) => boolean,
): Promise<readonly ShownStep[]> {
  const waits = (status: Readonly<Record<string, unknown>> | undefined): boolean => typeof status?.['hash'] === 'string'
  const shown = await world.until('clusterplan', plan, 'waiting', ({ status }) => waits(status), 90_000)
  const { hash, steps } = shown.status as unknown as { readonly hash: string; readonly steps: readonly ShownStep[] }
  const others = steps.filter((step) => !isMeant(step))
  if (others.length > 0 || steps.length === 0) throw new Error(`the plan shows ${JSON.stringify(steps)}`)
  const patch = JSON.stringify({ spec: { approve: hash } })
  const args = ['patch', 'clusterplan', plan, '-n', namespace, '--type=merge', '-p', patch]
  const { code, stderr } = await world.lab.kube.kubectl(args)
  if (code !== 0) throw new Error(stderr)
  return steps
}
