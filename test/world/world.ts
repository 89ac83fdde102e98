// The whole house at work: a lab, the CRDs, the shipped RBAC, ironherd itself, and a user with kubectl.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Lab, type LabOptions, startLab } from '../lab/index.ts'
import { exampleManifests, type Manifest, namespace } from './manifests.ts'
import { type Operator, type OperatorOptions, startOperator } from './operator.ts'

export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  readonly observedGeneration?: number
  readonly lastTransitionTime: string
}

/** An object as `kubectl get -o json` shows it; only what tests read is named. */
export interface Shown {
  readonly metadata: {
    readonly name: string
    readonly generation: number
    readonly uid: string
    readonly resourceVersion: string
    readonly deletionTimestamp?: string
  }
  readonly spec: Record<string, unknown>
  readonly status?: {
    readonly observedGeneration?: number
    readonly conditions?: readonly Condition[]
    readonly leader?: string
    readonly members?: { readonly desired: number; readonly healthy: number }
    readonly quorum?: { readonly voters: number; readonly serving: number; readonly margin: number }
    readonly unhealthy?: readonly { readonly member: string; readonly verdict: string; readonly evidence: string }[]
    readonly repairs?: readonly {
      readonly cause: string
      readonly member: string
      readonly by: string
      readonly evidence: string
      readonly detectedAt?: string
      readonly repairedAt?: string
      readonly seconds?: number
    }[]
    readonly [field: string]: unknown
  }
}

export interface World {
  readonly lab: Lab
  operator: Operator
  startOperator(options?: OperatorOptions): Promise<Operator>
  apply(manifests: readonly Manifest[]): Promise<void>
  /** What `kubectl apply` printed and its exit code, also when the API server refuses. */
  tryApply(manifest: Manifest): Promise<{ readonly code: number; readonly output: string }>
  get(kind: string, name: string): Promise<Shown | undefined>
  condition(kind: string, name: string, type: string): Promise<Condition | undefined>
  /** Waits until the test holds for the object as shown; throws with its last state after `limitMs`. */
  until(kind: string, name: string, what: string, test: (shown: Shown) => boolean, limitMs: number): Promise<Shown>
  untilReady(kind: string, name: string, limitMs: number): Promise<Shown>
  down(): Promise<void>
}

const root = join(import.meta.dirname, '../..')

export interface WorldOptions {
  readonly lab: LabOptions
  readonly operator?: OperatorOptions
  readonly log?: (line: string) => void
}

/** Lab up, CRDs and RBAC applied, ironherd running, the example Hosts applied. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const log = options.log ?? (() => undefined)
  const lab = await startLab({ ...options.lab, log })
  try {
    const world = createWorld(lab)
    await world.kubectlApplyDirectory(join(root, 'crds'))
    await world.kubectlApplyDirectory(join(root, 'deploy/rbac'))
    world.operator = await world.startOperator(options.operator)
    const known = new Set(lab.hosts.map((host) => host.name))
    const hosts = exampleManifests('hosts', lab.hosts.length >= 6 ? lab : partial(lab, known))
    await world.apply(hosts.filter((manifest) => manifest.kind !== 'Host' || known.has(manifest.metadata.name)))
    return world
  } catch (error) {
    await lab.down()
    throw error
  }
}

/** A lab of fewer hosts than the examples: those that are missing get the address of the first, and are then left out. */
function partial(lab: Lab, known: ReadonlySet<string>): Lab {
  return {
    ...lab,
    ssh: lab.ssh,
    artifacts: lab.artifacts,
    host: (name) => lab.host(known.has(name) ? name : (lab.hosts[0]?.name ?? name)),
  }
}

function createWorld(lab: Lab): World & { kubectlApplyDirectory(path: string): Promise<void> } {
  const started: Operator[] = []
  let current: Operator | undefined

  async function kubectl(args: readonly string[], stdin?: string): Promise<string> {
    const outcome = await lab.kube.kubectl(args, stdin)
    if (outcome.code !== 0)
      throw new Error(`kubectl ${args.join(' ')}: exit ${String(outcome.code)}\n${outcome.stderr}`)
    return outcome.stdout
  }

  async function get(kind: string, name: string): Promise<Shown | undefined> {
    const text = await kubectl(['get', kind, name, '-n', namespace, '-o', 'json', '--ignore-not-found'])
    return text.trim() === '' ? undefined : (JSON.parse(text) as Shown)
  }

  async function until(
    kind: string,
    name: string,
    what: string,
    test: (shown: Shown) => boolean,
    limitMs: number,
  ): Promise<Shown> {
    const end = Date.now() + limitMs
    let last: Shown | undefined
    for (;;) {
      last = await get(kind, name)
      if (last !== undefined && test(last)) return last
      if (Date.now() > end) {
        throw new Error(
          `${kind}/${name} is not ${what} after ${String(limitMs / 1000)} s: ${JSON.stringify(last?.status, null, 1)}`,
        )
      }
      await sleep(300)
    }
  }

  return {
    lab,
    get operator() {
      if (current === undefined) throw new Error('no operator was started')
      return current
    },
    set operator(operator: Operator) {
      current = operator
    },
    async startOperator(options = {}) {
      const operator = await startOperator(lab, options)
      started.push(operator)
      return operator
    },
    async apply(manifests) {
      await kubectl(
        ['apply', '--server-side', '-f', '-'],
        manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n'),
      )
    },
    async tryApply(manifest) {
      const outcome = await lab.kube.kubectl(['apply', '-f', '-'], JSON.stringify(manifest))
      return { code: outcome.code, output: `${outcome.stdout}${outcome.stderr}`.trim() }
    },
    get,
    async condition(kind, name, type) {
      return conditionOf(await get(kind, name), type)
    },
    until,
    untilReady: (kind, name, limitMs) => until(kind, name, 'Ready', isReady, limitMs),
    async kubectlApplyDirectory(path) {
      if (!existsSync(path) || readdirSync(path).length === 0) throw new Error(`${path} has no manifests`)
      await kubectl(['apply', '--server-side', '-f', path])
    },
    async down() {
      await Promise.all(started.map((operator) => operator.kill()))
      await lab.down()
    },
  }
}

export function conditionOf(shown: Shown | undefined, type: string): Condition | undefined {
  return shown?.status?.conditions?.find((condition) => condition.type === type)
}

/** Ready=True, said of the spec as it is now. */
export function isReady(shown: Shown): boolean {
  const ready = conditionOf(shown, 'Ready')
  return ready?.status === 'True' && ready.observedGeneration === shown.metadata.generation
}
