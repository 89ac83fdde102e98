import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { askJson } from './http-client.ts'
import { Program } from './program.ts'
import { ZooKeeperServer } from './zookeeper-server.ts'

export interface Machinery {
  /** Of an unpacked ZooKeeper. */
  readonly zookeeperHome: string
  /** An empty folder: $RUN of the recordings. */
  readonly folder: string
  /** The third number of the addresses: 127.0.N.x. */
  readonly net: number
}

export interface AgentState {
  readonly id: string
  readonly hostname: string
  readonly active: boolean
}

/** A cluster as the recordings' README describes it: ZooKeeper, masters 1 to 3, agents 1 to 3. */
export class Cluster {
  readonly zookeeper: ZooKeeperServer
  readonly folder: string
  readonly net: number
  readonly masters = new Map<number, Program>()
  readonly agents = new Map<number, Program>()
  readonly #others: Program[] = []

  constructor({ zookeeperHome, folder, net }: Machinery) {
    this.folder = folder
    this.net = net
    this.zookeeper = new ZooKeeperServer(zookeeperHome, join(folder, 'zookeeper'), this.ip(1))
    mkdirSync(folder, { recursive: true })
  }

  ip(last: number): string {
    return `127.0.${this.net}.${last}`
  }

  get zk(): string {
    return `zk://${this.ip(1)}:2181/mesos`
  }

  masterIp(number: number): string {
    return this.ip(1 + number)
  }

  agentIp(number: number): string {
    return this.ip(11 + number)
  }

  masterUrl(number: number): string {
    return `http://${this.masterIp(number)}:5050`
  }

  agentUrl(number: number): string {
    return `http://${this.agentIp(number)}:5051`
  }

  workDir(name: string): string {
    return join(this.folder, name)
  }

  /** `extra` replaces flags of the same name; `--x=` without a value takes it away. */
  startMaster(number: number, extra: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): Program {
    const ip = this.masterIp(number)
    const program = new Program('master', merged(this.#masterFlags(number, ip), extra), environment)
    this.masters.set(number, program)
    this.#others.push(program)
    return program
  }

  #masterFlags(number: number, ip: string): string[] {
    const place = [`--ip=${ip}`, '--port=5050', `--hostname=${ip}`, `--zk=${this.zk}`, '--quorum=2']
    return [...place, `--work_dir=${this.workDir(`m${number}`)}`, '--webui_dir=/nonexistent']
  }

  startAgent(number: number, extra: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): Program {
    const ip = this.agentIp(number)
    const work = this.workDir(`a${number}`)
    const flags = [
      `--master=${this.zk}`,
      `--ip=${ip}`,
      '--port=5051',
      `--hostname=${ip}`,
      `--work_dir=${work}`,
      `--runtime_dir=${join(work, 'run')}`,
      `--launcher_dir=${this.workDir('bin')}`,
      '--launcher=posix',
      '--isolation=posix/cpu,posix/mem,filesystem/posix',
      '--containerizers=mesos',
      '--no-systemd_enable_support',
      '--resources=cpus:2;mem:1024;disk:2048;ports:[31000-31100]',
      `--attributes=rack:r${number};zone:z1`,
    ]
    // As the recorded agent was built: a machine that mounts cgroups in its own way must not decide.
    const excused = { LAB_MESOS_CGROUPS: 'ignore', ...environment }
    const program = new Program('agent', merged(flags, extra), excused)
    this.agents.set(number, program)
    this.#others.push(program)
    return program
  }

  execute(args: readonly string[]): Program {
    const program = new Program('execute', args)
    this.#others.push(program)
    return program
  }

  /** ZooKeeper, the masters, a leader, the agents, all of them active. */
  async start(masters = 3, agents = 3, masterFlags: readonly string[] = []): Promise<void> {
    await this.zookeeper.start()
    for (let number = 1; number <= masters; number += 1) this.startMaster(number, masterFlags)
    await this.leader(60)
    for (let number = 1; number <= agents; number += 1) this.startAgent(number)
    await this.activeAgents(agents, 60)
  }

  /** The number of the master that leads and has recovered. Throws after so many seconds. */
  async leader(seconds: number): Promise<number> {
    return until(`a leader on net ${this.net}`, seconds, async () => {
      for (const number of this.masters.keys()) {
        const url = `${this.masterUrl(number)}/api/v1`
        const asked = { method: 'POST', body: '{"type":"GET_MASTER"}', timeoutMs: 2000 }
        if (this.masters.get(number)?.runs && (await askJson(url, asked)) !== undefined) return number
      }
      return undefined
    })
  }

  async agentStates(): Promise<readonly AgentState[]> {
    for (const number of this.masters.keys()) {
      if (!this.masters.get(number)?.runs) continue
      const body = await askJson(`${this.masterUrl(number)}/slaves`, { timeoutMs: 2000 })
      if (body !== undefined) return (body as { readonly slaves: readonly AgentState[] }).slaves
    }
    return []
  }

  async activeAgents(count: number, seconds: number): Promise<readonly AgentState[]> {
    return until(`${count} active agents on net ${this.net}`, seconds, async () => {
      const ended = [...this.agents.values()].filter((agent) => !agent.runs)
      if (ended.length + count > this.agents.size) throw new Error(`an agent ended: ${ended[0]?.output.slice(-500)}`)
      const active = (await this.agentStates()).filter((agent) => agent.active)
      return active.length === count ? active : undefined
    })
  }

  async stop(): Promise<void> {
    await Promise.all(this.#others.map((program) => program.kill()))
    await this.zookeeper.kill()
  }
}

/** Asks five times a second; throws after so many seconds. */
export async function until<T>(what: string, seconds: number, look: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function merged(flags: readonly string[], extra: readonly string[]): string[] {
  const nameOf = (flag: string): string => flag.split('=')[0] ?? flag
  const replaced = new Set(extra.map(nameOf))
  const kept = flags.filter((flag) => !replaced.has(nameOf(flag)))
  return [...kept, ...extra.filter((flag) => !/^--\w+=$/.test(flag))]
}
