// A control plane without hosts, as a fresh cluster is: what `kubectl apply` puts in comes in by the test.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KubeConfig } from '@kubernetes/client-node'
import { ApiClient, accessFrom } from '../../src/control/kubernetes/client.ts'
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts'
import { type IdentityName, type Lab, type Outcome, startLab } from '../lab/index.ts'
import { exampleManifests, type Manifest, namespace, type Site } from '../world/manifests.ts'

const root = join(import.meta.dirname, '../..')

export interface Plane {
  readonly lab: Lab
  /** The examples filled in with it are right in every word, though nobody stands behind the addresses. */
  readonly site: Site
  /** What kubectl printed; throws when it failed. */
  kubectl(args: readonly string[], stdin?: string, identity?: IdentityName): Promise<string>
  /** The same, also of a refusal. */
  tryKubectl(args: readonly string[], stdin?: string, identity?: IdentityName): Promise<Outcome>
  /** One object as JSON; `Shown` is what the test reads of it. */
  get<Shown>(kind: string, name: string, space?: string): Promise<Shown>
  apply(manifests: readonly Manifest[], identity?: IdentityName): Promise<string>
  applyDefinitions(): Promise<string>
  applyRights(): Promise<string>
  /** The namespace of the examples. */
  createNamespace(name?: string): Promise<void>
  down(): Promise<void>
}

export async function startPlane(): Promise<Plane> {
  const lab = await startLab({ hosts: 0 })

  const tryKubectl: Plane['tryKubectl'] = (args, stdin, identity) => lab.kube.kubectl(args, stdin, identity)
  const kubectl: Plane['kubectl'] = async (args, stdin, identity) => {
    const { code, stderr, stdout } = await tryKubectl(args, stdin, identity)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: exit ${String(code)}\n${stderr}`)
    return stdout
  }

  return {
    lab,
    site: siteOf(lab),
    kubectl,
    tryKubectl,
    async get<Shown>(kind: string, name: string, space = namespace) {
      return JSON.parse(await kubectl(['get', kind, name, '-n', space, '-o', 'json'])) as Shown
    },
    apply: (manifests, identity) => {
      const text = manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n')
      return kubectl(['apply', '--server-side', '-f', '-'], text, identity)
    },
    async applyDefinitions() {
      const said = await kubectl(['apply', '--server-side', '-f', join(root, 'crds')])
      await kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all'])
      return said
    },
    applyRights: () => kubectl(['apply', '--server-side', '-f', join(root, 'deploy/rbac')]),
    async createNamespace(name = namespace) {
      await kubectl(['create', 'namespace', name])
    },
    down: () => lab.down(),
  }
}

/** Right in every word for an API server, though nobody stands behind it. */
function siteOf({ artifacts, gateway, ssh }: Pick<Site, 'artifacts' | 'gateway' | 'ssh'>): Site {
  const hostKeys = [`ssh-ed25519 ${Buffer.alloc(51, 1).toString('base64')}`]
  return {
    artifacts,
    gateway,
    ssh,
    host: (name) => ({ address: `192.0.2.${String(10 + Number(name.slice(1)))}`, hostKeys }),
  }
}

const noArtifact = { url: 'http://192.0.2.1/none.tgz', file: '', sha512: 'ab'.repeat(64), sha256: 'ab'.repeat(32) }

/** The same before there is a lab. */
export const sketch: Site = siteOf({
  artifacts: {
    'zookeeper-3.8.4': noArtifact,
    'zookeeper-3.9.3': noArtifact,
    'spark-3.5.7': noArtifact,
    'hadoop-3.3.6': noArtifact,
    'hadoop-3.4.2': noArtifact,
    'mesos-1.11.0': noArtifact,
    'mesos-1.12.0': noArtifact,
  },
  gateway: '192.0.2.1',
  ssh: { user: 'ops', privateKey: '', privateKeyFile: '' },
})

/** The only ZookeeperCluster of the examples, under the name it has there: zk. */
export function exampleEnsemble(plane: Plane): Manifest {
  return example(plane, 'zookeeper', 'ZookeeperCluster')
}

export function exampleHost(plane: Plane): Manifest {
  return example(plane, 'hosts', 'Host')
}

function example(plane: Plane, file: 'hosts' | 'zookeeper', kind: string): Manifest {
  const found = exampleManifests(file, plane.site).find((manifest) => manifest.kind === kind)
  if (found === undefined) throw new Error(`deploy/examples/${file}.yaml has no ${kind}`)
  return found
}

/** As main.ts makes it; `server` when the way there leads through somebody else. */
export function clientOf(plane: Plane, identity: IdentityName, options: { server?: string; metrics?: Metrics } = {}) {
  const config = new KubeConfig()
  config.loadFromFile(plane.lab.kube.tokenKubeconfig(identity))
  const access = accessFrom(config)
  return new ApiClient({ ...access, server: options.server ?? access.server }, options.metrics ?? createMetrics())
}

/** Waits until `test` gives something; throws after `limitMs` with `what`. */
export async function eventually<Found>(
  what: string,
  test: () => Found | undefined | Promise<Found | undefined>,
  limitMs = 20_000,
): Promise<Found> {
  const end = performance.now() + limitMs
  for (;;) {
    const found = await test()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`not within ${String(limitMs / 1000)} s: ${what}`)
    await sleep(50)
  }
}
