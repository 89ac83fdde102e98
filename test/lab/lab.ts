// Starting a lab, and attaching to one that runs. A started lab consists of processes, mounts and a record on disk; the `Lab`
// value is only a view of these, so any number of programs may hold one.

import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { REQUESTS_PATH, type Served, type ServedRequest } from './artifacts/server.ts'
import { LAB_USER, pythonLayer } from './cache/debian-root.ts'
import { type ArtifactName, type Cached, obtainAll } from './cache/index.ts'
import {
  type ControlPlane,
  controlPlane,
  createControlPlane,
  startControlPlane,
} from './control-plane/control-plane.ts'
import { takeDown, takeDownAbandoned } from './down.ts'
import { powerOn } from './hosts/boot.ts'
import { makeDisk } from './hosts/disk.ts'
import { type LabHost, labHost } from './hosts/host.ts'
import { addressOf, bringUpBridge, claimSubnet, gatewayOf, type Subnet } from './hosts/network.ts'
import { portFile } from './keeper.ts'
import { need, requireRoot, TO_RUN } from './machine/needs.ts'
import { labDir } from './machine/places.ts'
import { identify, startDetached } from './machine/processes.ts'
import type { Log } from './machine/progress.ts'
import { prepareMachine, releaseMachine } from './machine/settings.ts'
import { must, waitFor } from './machine/sh.ts'
import { type LabRecord, labNames, readRecord, rememberProcess, writeRecord } from './record.ts'

export interface LabOptions {
  /** Of this run; lower case letters, digits and hyphens, at most 20. Random if not given. */
  readonly name?: string
  /** m1 to mN; 0 to 200. None: a control plane alone, for tests of what only the API server can say. */
  readonly hosts: number
  /** Python on the hosts, for the benchmark's peers. */
  readonly withPython?: boolean
  readonly controlPlane?: boolean
  readonly log?: Log
}

export interface Artifact {
  readonly url: string
  readonly file: string
  readonly sha512: string
  readonly sha256: string
}

export interface Lab {
  readonly name: string
  /** Everything of this lab on disk; gone with it. A test may put files there. */
  readonly dir: string
  readonly hosts: readonly LabHost[]
  /** The bridge's address: this machine as the hosts see it. */
  readonly gateway: string
  readonly kube: ControlPlane
  readonly ssh: { readonly user: string; readonly privateKey: string; readonly privateKeyFile: string }
  readonly artifacts: Readonly<Record<ArtifactName, Artifact>>
  /** What was asked of the lab's HTTP server since its start, oldest first. */
  artifactRequests(): Promise<readonly ServedRequest[]>
  /** `line` goes into a host's /etc/apt/sources.list.d. It has Debian's zookeeper and a small package, `tree`. */
  readonly packageRepository: { readonly line: string }
  host(name: string): LabHost
  down(): Promise<void>
}

const MAX_HOSTS = 200

export async function startLab(options: LabOptions): Promise<Lab> {
  const log = options.log ?? (() => undefined)
  const name = options.name ?? `t${randomBytes(4).toString('hex')}`
  checkOptions(name, options.hosts)
  requireRoot()
  await need(TO_RUN, log)
  const cached = await obtainAll(log)
  const layers = options.withPython === true ? [await pythonLayer(log), cached.base] : [cached.base]
  await takeDownAbandoned(log)
  if (labNames().includes(name)) throw new Error(`A lab named ${name} is there already: \`lab down --name ${name}\``)
  const subnet = await claimSubnet(name)
  let record = firstRecord(subnet, options.hosts, layers, cached)
  writeRecord(record)
  try {
    await prepareMachine()
    await bringUpBridge(subnet)
    // From here on, the keeper takes the lab down if this program dies.
    record = { ...record, servers: { artifactsPort: await startKeeper(subnet, cached) } }
    writeRecord(record)
    const withKube = options.controlPlane ?? true
    const kube = withKube ? await createControlPlane(name, cached.programs) : null
    record = { ...record, kube }
    writeRecord(record)
    await Promise.all([kube === null ? undefined : startControlPlane(name, kube), startHosts(subnet, record)])
    record = { ...record, ready: true }
    writeRecord(record)
    return labOf(record)
  } catch (error) {
    await takeDown(name)
    throw error
  }
}

function checkOptions(name: string, hosts: number): void {
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(name))
    throw new Error(`lab name ${JSON.stringify(name)}: lower case, digits, hyphens, at most 20`)
  if (!Number.isInteger(hosts) || hosts < 0 || hosts > MAX_HOSTS)
    throw new Error(`hosts: 0 to ${String(MAX_HOSTS)}, not ${String(hosts)}`)
}

function firstRecord(subnet: Subnet, hosts: number, lowerDirs: readonly string[], cached: Cached): LabRecord {
  const owner = identify(process.pid)
  if (owner === undefined) throw new Error('/proc is not mounted')
  return {
    name: subnet.lab,
    createdAt: new Date().toISOString(),
    owner,
    subnet: subnet.number,
    hosts: Array.from({ length: hosts }, (_, at) => `m${String(at + 1)}`),
    lowerDirs,
    servers: null,
    kube: null,
    artifacts: cached.artifacts,
    ready: false,
  }
}

async function startKeeper(subnet: Subnet, cached: Cached): Promise<number> {
  const dir = labDir(subnet.lab)
  const files = Object.values(cached.artifacts).map(({ file }) => [`/${fileName(file)}`, file] as const)
  const served: Served = { files: Object.fromEntries(files), directories: { '/packages/': cached.packages } }
  const program = join(import.meta.dirname, 'main.ts')
  const argv = [process.execPath, program, 'keeper', subnet.lab, gatewayOf(subnet), JSON.stringify(served)]
  // Not the options of the program that runs us: a test runner's hooks have no place in there.
  rememberProcess(subnet.lab, 'keeper', startDetached(argv, join(dir, 'keeper.log'), { NODE_OPTIONS: '' }))
  const port = portFile(subnet.lab)
  await waitFor('the artifact server', () => existsSync(port) && readFileSync(port, 'utf8') !== '', 20_000)
  return Number(readFileSync(port, 'utf8'))
}

async function startHosts(subnet: Subnet, record: LabRecord): Promise<void> {
  const key = join(labDir(record.name), 'id_ed25519')
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'ironherd-lab', '-f', key])
  const authorizedKey = await readFile(`${key}.pub`, 'utf8')
  const hosts = record.hosts.map((name) => ({ name, address: addressOf(subnet, name) }))
  await mkdir(join(labDir(record.name), 'hosts'), { recursive: true })
  await Promise.all(
    record.hosts.map(async (host) => {
      await makeDisk(record.lowerDirs, { lab: record.name, host, hosts, authorizedKey })
      await powerOn(subnet, host)
    }),
  )
}

/** A lab that runs already, started by this program or another. */
export function attachLab(name: string): Lab {
  const record = readRecord(name)
  if (record === undefined) throw new Error(`No lab named ${name}; there is ${labNames().join(', ') || 'none'}`)
  return labOf(record)
}

/** Leaves a lab running when this program ends; `lab down` ends it. */
export function leaveRunning(name: string): void {
  const record = readRecord(name)
  if (record !== undefined) writeRecord({ ...record, owner: null })
}

function labOf(record: LabRecord): Lab {
  const subnet: Subnet = { lab: record.name, number: record.subnet }
  const dir = labDir(record.name)
  const gateway = gatewayOf(subnet)
  const base = record.lowerDirs.at(-1) ?? ''
  const hosts = record.hosts.map((name) => labHost(subnet, name, base))
  const server = `http://${gateway}:${String(record.servers?.artifactsPort ?? 0)}`
  const artifact = (name: ArtifactName): Artifact => {
    const stored = record.artifacts[name]
    return { ...stored, url: `${server}/${fileName(stored.file)}` }
  }
  const privateKeyFile = join(dir, 'id_ed25519')
  return {
    name: record.name,
    dir,
    hosts,
    gateway,
    get kube() {
      if (record.kube === null) throw new Error(`The lab ${record.name} was started without a control plane`)
      return controlPlane(record.name, record.kube)
    },
    ssh: { user: LAB_USER, privateKeyFile, privateKey: readFileSync(privateKeyFile, 'utf8') },
    artifacts: {
      'zookeeper-3.8.4': artifact('zookeeper-3.8.4'),
      'zookeeper-3.9.3': artifact('zookeeper-3.9.3'),
      'spark-3.5.7': artifact('spark-3.5.7'),
      'hadoop-3.3.6': artifact('hadoop-3.3.6'),
      'hadoop-3.4.2': artifact('hadoop-3.4.2'),
      'mesos-1.11.0': artifact('mesos-1.11.0'),
      'mesos-1.12.0': artifact('mesos-1.12.0'),
    },
    async artifactRequests() {
      const response = await fetch(`${server}${REQUESTS_PATH}`, { signal: AbortSignal.timeout(5000) })
      return (await response.json()) as readonly ServedRequest[]
    },
    packageRepository: { line: `deb [trusted=yes] ${server}/packages ./` },
    host(name) {
      const found = hosts.find((host) => host.name === name)
      if (found === undefined) throw new Error(`No host ${name}; there are ${record.hosts.join(', ')}`)
      return found
    },
    async down() {
      if (readRecord(record.name) === undefined) return releaseMachine()
      await takeDown(record.name)
    },
  }
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
