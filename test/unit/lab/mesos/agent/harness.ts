import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Pid } from '../../../../lab/mesos/common/pid.ts'
import { Libprocess } from '../../../../lab/mesos/common/process.ts'
import type { FrameworkInfo, SlaveReregistered, StatusUpdate, TaskInfo } from '../../../../lab/mesos/messages.ts'

export const agentIp = '127.0.219.12'
const masterIp = '127.0.219.2'
export const agentId = '424b725b-d378-433a-ba88-6a2b08ebc368-S0'
const program = fileURLToPath(new URL('../../../../lab/mesos/agent.ts', import.meta.url))
const deadlineMs = 30_000

interface Received {
  readonly name: string
  readonly from: Pid
  readonly body: unknown
}

/** A master that admits whoever comes, gives tasks and acknowledges updates: all that one agent needs. */
export class FakeMaster {
  readonly process: Libprocess
  readonly #received: Received[] = []
  /** What it sends instead of an admission. */
  shutdownWords: string | undefined

  private constructor(process: Libprocess) {
    this.process = process
    for (const name of [
      'RegisterSlaveMessage',
      'ReregisterSlaveMessage',
      'UnregisterSlaveMessage',
      'UpdateSlaveMessage',
      'StatusUpdateMessage',
    ]) {
      process.receive('master', `mesos.internal.${name}`, (from, body) => this.#take({ name, from, body }))
    }
  }

  static async start(): Promise<FakeMaster> {
    return new FakeMaster(await Libprocess.listen(masterIp, 0))
  }

  get address(): string {
    return `${masterIp}:${this.process.port}`
  }

  tell(to: Pid, name: string, body: unknown): void {
    this.process.send('master', to, `mesos.internal.${name}`, body)
  }

  /** The oldest message of that name that nobody took yet. */
  async next<T = unknown>(name: string): Promise<{ readonly from: Pid; readonly body: T }> {
    const found = await until(`a ${name}`, () => this.#received.findIndex((one) => one.name === name) + 1)
    const [message] = this.#received.splice(found - 1, 1)
    return message as { readonly from: Pid; readonly body: T }
  }

  forget(): void {
    this.#received.length = 0
  }

  /** Acknowledges updates up to the one of that state, and returns it. */
  async update(state: string): Promise<StatusUpdate['update']> {
    for (;;) {
      const { from, body } = await this.next<StatusUpdate>('StatusUpdateMessage')
      const { framework_id, slave_id, status, uuid } = body.update
      this.tell(from, 'StatusUpdateAcknowledgementMessage', {
        framework_id,
        slave_id,
        task_id: status.task_id,
        uuid,
      })
      if (status.state === state) return body.update
    }
  }

  run(agent: Pid, framework: FrameworkInfo, command: NonNullable<TaskInfo['command']>, name = 'long'): void {
    const task: TaskInfo = {
      name,
      task_id: { value: name },
      agent_id: { value: agentId },
      resources: [
        { name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } },
        { name: 'mem', type: 'SCALAR', scalar: { value: 32 } },
      ],
      command,
    }
    this.tell(agent, 'RunTaskMessage', { framework, task })
  }

  #take(message: Received): void {
    this.#received.push(message)
    if (this.shutdownWords !== undefined) {
      this.tell(message.from, 'ShutdownMessage', { message: this.shutdownWords })
      return
    }
    const connection = { total_ping_timeout_seconds: 75 }
    if (message.name === 'RegisterSlaveMessage') {
      this.tell(message.from, 'SlaveRegisteredMessage', { slave_id: { value: agentId }, connection })
    }
    if (message.name === 'ReregisterSlaveMessage') {
      const body: SlaveReregistered = { slave_id: { value: agentId }, connection, reconciliations: [] }
      this.tell(message.from, 'SlaveReregisteredMessage', body)
    }
  }
}

export interface RunningAgent {
  readonly child: ChildProcess
  readonly log: () => string
  readonly url: string
  /** The code, or the signal. */
  readonly end: Promise<number | NodeJS.Signals>
}

/** One machine: a work directory and an address that stay, and agents one after another. */
export class Machine {
  readonly work = mkdtempSync(join(tmpdir(), 'mesos-agent-'))
  readonly port: number
  readonly #children: ChildProcess[] = []

  private constructor(port: number) {
    this.port = port
  }

  static async create(): Promise<Machine> {
    const server = createServer()
    server.listen(0, agentIp)
    await once(server, 'listening')
    const address = server.address()
    server.close()
    await once(server, 'close')
    return new Machine(typeof address === 'object' && address !== null ? address.port : 0)
  }

  start(master: string, flags: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): RunningAgent {
    const usual = [
      `--master=${master}`,
      `--ip=${agentIp}`,
      `--port=${this.port}`,
      `--hostname=${agentIp}`,
      `--work_dir=${this.work}`,
      `--runtime_dir=${this.work}/run`,
      '--launcher=posix',
      '--isolation=posix/cpu,posix/mem,filesystem/posix',
      '--no-systemd_enable_support',
      '--resources=cpus:2;mem:1024;disk:2048;ports:[31000-31100]',
      '--attributes=rack:r1;zone:z1',
      '--registration_backoff_factor=100ms',
    ]
    // The last of two flags of one name is not Mesos' way: a flag given here stands for the usual one.
    const named = flags.map((flag) => `${flag.split('=')[0]}=`)
    const kept = usual.filter((flag) => !named.some((name) => flag.startsWith(name)))
    const child = spawn(process.execPath, [program, ...kept, ...flags], {
      env: { ...process.env, LAB_MESOS_CGROUPS: 'ignore', ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let log = ''
    child.stderr.on('data', (data: Buffer) => {
      log += data.toString()
    })
    const end = new Promise<number | NodeJS.Signals>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ?? code ?? 0))
    })
    this.#children.push(child)
    return { child, log: () => log, url: `http://${agentIp}:${this.port}`, end }
  }

  /** Ends what is left, executors with their agents. */
  remove(): void {
    for (const child of this.#children) child.kill('SIGKILL')
    rmSync(this.work, { recursive: true, force: true })
  }
}

/** Waits for a first value that is not false, 0 or undefined. */
export async function until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + deadlineMs
  while (Date.now() < deadline) {
    const value = await look()
    if (value !== undefined && value !== null && value !== false && value !== 0) return value
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`waited too long for ${what}`)
}

export function framework(id: string, checkpoint: boolean): FrameworkInfo {
  const user = process.getuid?.() === 0 ? 'root' : (process.env.USER ?? 'root')
  return { user, name: 'test', id: { value: id }, checkpoint, capabilities: [{ type: 'TASK_KILLING_STATE' }] }
}
