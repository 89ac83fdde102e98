// Clusters and ClusterPlans as the API server tells of them, every version: what was shown under which hash, and what was counted.
import { CustomObjectsApi, KubeConfig, PatchStrategy, setHeaderOptions, Watch } from '@kubernetes/client-node'
import { namespace } from '../world/manifests.ts'
import type { Shown, World } from '../world/world.ts'
import type { ShownStep } from './approval-judge.ts'

export interface PlanHistory {
  /** Steps under each hash that was shown. */
  readonly shown: ReadonlyMap<string, readonly ShownStep[]>
  /** Keys of each hash that was counted, whole as at the first time, in the order of counting. */
  readonly counted: ReadonlyMap<string, readonly string[]>
}

export interface PlanWatch {
  /** As last told of; undefined: it is not there. */
  latest(plural: string, name: string): Shown | undefined
  /** Names a hash in a plan, as `kubectl patch` does. A plan that has gone meanwhile cannot be approved, and need not be. */
  approve(plan: string, hash: string): Promise<void>
  /** How many versions of plans it was told of. */
  told(): number
  /** Of this plan, all versions after the first `from`. Steps beyond those that a plan shows make it throw. */
  historyOf(plan: string, from: number): PlanHistory
  end(): void
}

interface PlanStatus {
  readonly hash?: string
  readonly steps?: readonly ShownStep[]
  readonly stepsNotShown?: number
  readonly approved?: { readonly hash: string; readonly steps: readonly string[] }
}

/** `plurals`: what is followed besides the plans. */
export function watchPlans(world: World, plurals: readonly string[]): PlanWatch {
  const versions: Shown[] = []
  const latest = new Map<string, Shown>()
  const ended = new AbortController()
  let failed: Error | undefined
  const config = new KubeConfig()
  config.loadFromFile(world.lab.kube.tokenKubeconfig('admin'))
  const api = config.makeApiClient(CustomObjectsApi)
  for (const plural of ['clusterplans', ...plurals]) {
    follow(config, plural, ended.signal, (type, object) => {
      const key = `${plural}/${object.metadata.name}`
      if (type === 'DELETED') latest.delete(key)
      else latest.set(key, object)
      if (plural === 'clusterplans' && type !== 'DELETED') versions.push(object)
    }).catch((error: unknown) => {
      failed = error instanceof Error ? error : new Error(String(error))
    })
  }
  return {
    latest(plural, name) {
      if (failed !== undefined) throw failed
      return latest.get(`${plural}/${name}`)
    },
    async approve(name, hash) {
      const plan = { group: 'ironherd.io', version: 'v1alpha1', namespace, plural: 'clusterplans', name }
      const options = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
      try {
        await api.patchNamespacedCustomObject({ ...plan, body: { spec: { approve: hash } } }, options)
      } catch (error) {
        if ((error as { readonly code?: number }).code !== 404) throw error
      }
    },
    told: () => versions.length,
    historyOf(plan, from) {
      if (failed !== undefined) throw failed
      return historyOf(versions.slice(from).filter(({ metadata }) => metadata.name === plan))
    },
    end: () => {
      ended.abort()
    },
  }
}

function historyOf(versions: readonly Shown[]): PlanHistory {
  const shown = new Map<string, readonly ShownStep[]>()
  const counted = new Map<string, readonly string[]>()
  for (const version of versions) {
    const { approved, hash, steps = [], stepsNotShown = 0 } = (version.status ?? {}) as PlanStatus
    if (stepsNotShown > 0) throw new Error(`${version.metadata.name} has more steps than it shows`)
    if (hash !== undefined) shown.set(hash, steps)
    if (approved !== undefined && !counted.has(approved.hash)) counted.set(approved.hash, approved.steps)
  }
  return { shown, counted }
}

/** One watch after the other, each from where the last one ended: no version is missed, or it rejects. */
async function follow(
  config: KubeConfig,
  plural: string,
  signal: AbortSignal,
  told: (type: string, object: Shown) => void,
): Promise<void> {
  const path = `/apis/ironherd.io/v1alpha1/namespaces/${namespace}/${plural}`
  let from = ''
  let current: AbortController | undefined
  signal.addEventListener('abort', () => current?.abort(), { once: true })
  while (!signal.aborted) {
    const since = from
    await new Promise<void>((resolve, reject) => {
      const query = { timeoutSeconds: 25, ...(since === '' ? {} : { resourceVersion: since }) }
      const onTold = (type: string, object: Shown): void => {
        if (type === 'ERROR') reject(new Error(`the watch of ${plural} has missed something`))
        else {
          from = object.metadata.resourceVersion
          told(type, object)
        }
      }
      const watch = new Watch(config).watch(path, query, onTold, () => {
        resolve()
      })
      watch.then(
        (controller) => {
          current = controller
        },
        (error: unknown) => {
          reject(error instanceof Error ? error : new Error(String(error)))
        },
      )
    })
  }
}
