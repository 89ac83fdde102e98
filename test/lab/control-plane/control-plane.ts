// A real Kubernetes API for a lab: etcd and kube-apiserver on loopback. No controller manager: nothing collects garbage.
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import type { ControlPlanePrograms } from '../cache/go.ts'
import { labDir } from '../machine/places.ts'
import { freePorts } from '../machine/ports.ts'
import { identify, isAlive, kill, startDetached } from '../machine/processes.ts'
import { lastLines, type Outcome, run, waitFor } from '../machine/sh.ts'
import { type KubeRecord, rememberedProcess, rememberProcess } from '../record.ts'
import { type IdentityName, kubeconfig, tokenFile, tokenOf } from './identities.ts'

const READY_TIMEOUT_MS = 60_000

export interface ControlPlane {
  readonly url: string
  readonly caFile: string
  /** Writes the administrator's kubeconfig to `path`. */
  adminKubeconfig(path: string): void
  /** The path of a kubeconfig for an identity, kept in the lab's directory. */
  tokenKubeconfig(identity: IdentityName): string
  /** Runs kubectl as the administrator, or as `identity`. */
  kubectl(args: readonly string[], stdin?: string, identity?: IdentityName): Promise<Outcome>
  /** Kills the API server, as its machine's failure would. etcd lives on, so all data is kept. */
  stop(): Promise<void>
  /** Starts the API server again at the same address; resolves when /readyz says 200. */
  start(): Promise<void>
  /**
   * Forgets the history: compacts etcd to its present revision, and restarts the API server, whose watch cache would else
   * go on serving the past from memory. A watch from an older resourceVersion then gets 410. Takes about 3 s.
   */
  compact(): Promise<void>
  /** Whether /readyz says 200 now. */
  isReady(): Promise<boolean>
}

export async function createControlPlane(name: string, programs: ControlPlanePrograms): Promise<KubeRecord> {
  const dir = kubeDir(name)
  mkdirSync(join(dir, 'etcd'), { recursive: true, mode: 0o700 })
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(join(dir, 'service-account.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  writeFileSync(join(dir, 'service-account.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
  writeFileSync(join(dir, 'tokens.csv'), tokenFile(), { mode: 0o600 })
  const [port = 0, etcdPort = 0, etcdPeerPort = 0] = await freePorts(3)
  return { ...programs, port, etcdPort, etcdPeerPort }
}

function kubeDir(name: string): string {
  return join(labDir(name), 'kube')
}

function startEtcd(name: string, record: KubeRecord): void {
  const client = `http://127.0.0.1:${String(record.etcdPort)}`
  const peer = `http://127.0.0.1:${String(record.etcdPeerPort)}`
  const flags = [
    `--data-dir=${join(kubeDir(name), 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    // Its data lives as long as the lab; a machine that loses power loses the lab too.
    '--unsafe-no-fsync',
  ]
  rememberProcess(name, 'etcd', startDetached([record.etcd, ...flags], join(kubeDir(name), 'etcd.log')))
}

function startApiserver(name: string, record: KubeRecord): void {
  const dir = kubeDir(name)
  const flags = [
    `--etcd-servers=http://127.0.0.1:${String(record.etcdPort)}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${String(record.port)}`,
    `--cert-dir=${join(dir, 'certs')}`,
    // No endpoints of its own: a loopback address is refused as one.
    '--endpoint-reconciler-type=none',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${join(dir, 'service-account.key')}`,
    `--service-account-key-file=${join(dir, 'service-account.pub')}`,
    '--authorization-mode=RBAC',
    `--token-auth-file=${join(dir, 'tokens.csv')}`,
    '--service-cluster-ip-range=10.0.0.0/24',
  ]
  rememberProcess(name, 'kube-apiserver', startDetached([record.apiserver, ...flags], join(dir, 'kube-apiserver.log')))
}

export async function startControlPlane(name: string, record: KubeRecord): Promise<ControlPlane> {
  startEtcd(name, record)
  const plane = controlPlane(name, record)
  await plane.start()
  return plane
}

export function controlPlane(name: string, record: KubeRecord): ControlPlane {
  const dir = kubeDir(name)
  const url = `https://127.0.0.1:${String(record.port)}`
  const caFile = join(dir, 'certs', 'apiserver.crt')

  function isReady(): Promise<boolean> {
    if (!existsSync(caFile)) return Promise.resolve(false)
    return new Promise((resolve) => {
      const options = {
        ca: readFileSync(caFile),
        headers: { authorization: `Bearer ${tokenOf('admin')}` },
        timeout: 2000,
        agent: false,
      }
      const probe = request(`${url}/readyz`, options, (response) => {
        response.resume()
        resolve(response.statusCode === 200)
      })
      probe.on('timeout', () => probe.destroy())
      probe.on('error', () => {
        resolve(false)
      })
      probe.end()
    })
  }

  async function stop(): Promise<void> {
    const id = rememberedProcess(name, 'kube-apiserver')
    if (id === undefined) return
    kill(id)
    await waitFor('the end of kube-apiserver', () => !isAlive(id), 10_000)
  }

  async function start(): Promise<void> {
    const before = rememberedProcess(name, 'kube-apiserver')
    if (before === undefined || !isAlive(before)) startApiserver(name, record)
    const now = rememberedProcess(name, 'kube-apiserver')
    await waitFor(
      'kube-apiserver: /readyz',
      () => {
        if (now === undefined || identify(now.pid) === undefined) {
          const log = readFileSync(join(dir, 'kube-apiserver.log'), 'utf8')
          throw new Error(`kube-apiserver ended:\n${lastLines(log, 8)}`)
        }
        return isReady()
      },
      READY_TIMEOUT_MS,
      50,
    )
  }

  function tokenKubeconfig(identity: IdentityName): string {
    const path = join(dir, `${identity}.kubeconfig`)
    if (!existsSync(path)) writeFileSync(path, kubeconfig(url, caFile, identity), { mode: 0o600 })
    return path
  }

  return {
    url,
    caFile,
    isReady,
    stop,
    start,
    tokenKubeconfig,
    adminKubeconfig(path) {
      writeFileSync(path, kubeconfig(url, caFile, 'admin'), { mode: 0o600 })
    },
    kubectl(args, stdin, identity = 'admin') {
      const env = { KUBECONFIG: tokenKubeconfig(identity), KUBECACHEDIR: join(dir, 'kubectl-cache') }
      return run([record.kubectl, ...args], stdin === undefined ? { env } : { env, stdin })
    },
    async compact() {
      await stop()
      await compactEtcd(record)
      await start()
    },
  }
}

/** etcd speaks JSON beside gRPC, so no client of it is needed. */
async function compactEtcd(record: KubeRecord): Promise<void> {
  const post = async (path: string, body: object): Promise<unknown> => {
    const url = `http://127.0.0.1:${String(record.etcdPort)}/v3/kv/${path}`
    const response = await fetch(url, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    })
    const answer: unknown = await response.json()
    if (!response.ok) throw new Error(`etcd ${path}: ${JSON.stringify(answer)}`)
    return answer
  }
  const key = Buffer.from('compact').toString('base64')
  const { header } = (await post('range', { key })) as { header: { revision: string } }
  await post('compaction', { revision: header.revision, physical: true })
}
