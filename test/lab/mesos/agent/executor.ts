import { constants } from 'node:os'
import { info, warning } from '../common/log.ts'
import { formatPid, type Pid } from '../common/pid.ts'
import { Libprocess } from '../common/process.ts'
import { version } from '../common/version.ts'
import type { KillTask, RunTask, StatusUpdate, StatusUpdateAcknowledgement } from '../messages.ts'
import type { FrameworkInfo, TaskInfo, TaskState } from '../shapes.ts'
import type { ExecutorRegistered, ReregisterExecutor } from './executor-messages.ts'
import { type Settings, settingsOf } from './executor-settings.ts'
import { TaskProcess } from './executor-task.ts'
import { isTerminal } from './tasks.ts'
import { newUuid } from './uuid.ts'

const self = 'executor(1)'
const lastWordsMs = 1000
const statusNames: Readonly<Record<string, string>> = {
  SIGABRT: 'Aborted',
  SIGHUP: 'Hangup',
  SIGINT: 'Interrupt',
  SIGKILL: 'Killed',
  SIGSEGV: 'Segmentation fault',
  SIGTERM: 'Terminated',
}

/**
 * The program that runs one command task. The agent starts it with the task's sandbox as its directory and tells it
 * everything else by variables. Where the framework checkpoints, it outlives the agent and waits for its return for
 * MESOS_RECOVERY_TIMEOUT milliseconds; elsewhere it ends with the agent (c-failures/30, 61).
 */
class Executor {
  readonly #settings: Settings
  readonly #environment: NodeJS.ProcessEnv
  readonly #process: Libprocess
  readonly #unacknowledged = new Map<string, StatusUpdate['update']>()
  #framework: FrameworkInfo | undefined
  #task: TaskInfo | undefined
  #running: TaskProcess | undefined
  #killed = false
  #finished = false
  #connected = true
  #recovery: NodeJS.Timeout | undefined
  #link: { unlink(): void } | undefined

  constructor(settings: Settings, environment: NodeJS.ProcessEnv, process: Libprocess) {
    this.#settings = settings
    this.#environment = environment
    this.#process = process
  }

  start(): void {
    const on = (name: string, handler: (from: Pid, body: unknown) => void): void =>
      this.#process.receive(self, `mesos.internal.${name}`, handler)
    on('ExecutorRegisteredMessage', (_, body) => this.#registered(body as ExecutorRegistered))
    on('ExecutorReregisteredMessage', () => this.#reregistered())
    on('ReconnectExecutorMessage', (from) => this.#reconnect(from))
    on('RunTaskMessage', (_, body) => this.#launch(body as RunTask))
    on('KillTaskMessage', (_, body) => this.#kill(body as KillTask))
    on('StatusUpdateAcknowledgementMessage', (_, body) => this.#acknowledged(body as StatusUpdateAcknowledgement))
    on('ShutdownExecutorMessage', () => {
      info('exec.cpp:478', 'Executor asked to shutdown')
      this.#shutdown()
    })
    this.#watch(this.#settings.agent)
    this.#tell(this.#settings.agent, 'RegisterExecutorMessage', this.#ids())
  }

  #registered({ slave_id, hostname, framework_info }: ExecutorRegistered): void {
    info('exec.cpp:237', `Executor registered on agent ${slave_id.value}`)
    info('executor.cpp:190', 'Received SUBSCRIBED event')
    info('executor.cpp:194', `Subscribed executor on ${hostname}`)
    this.#framework = framework_info
  }

  #reregistered(): void {
    info('exec.cpp:263', `Executor re-registered on agent ${this.#settings.slaveId}`)
    this.#connected = true
    clearTimeout(this.#recovery)
  }

  #reconnect(agent: Pid): void {
    info('exec.cpp:288', `Received reconnect request from agent ${this.#settings.slaveId}`)
    this.#watch(agent)
    const body: ReregisterExecutor = {
      ...this.#ids(),
      updates: [...this.#unacknowledged.values()],
      tasks: this.#task === undefined ? [] : [this.#task],
    }
    this.#tell(agent, 'ReregisterExecutorMessage', body)
  }

  #launch({ framework, task }: RunTask): void {
    info('executor.cpp:190', 'Received LAUNCH event')
    if (this.#task !== undefined) return
    info('executor.cpp:722', `Starting task ${task.task_id.value}`)
    this.#framework = framework
    this.#task = task
    this.#update('TASK_STARTING')
    this.#running = TaskProcess.start(task, this.#settings.directory, this.#environment, (status, killed) =>
      this.#ended(status, killed),
    )
    const { pid } = this.#running
    if (pid === undefined) return
    info('executor.cpp:740', `Forked command at ${pid}`)
    this.#update('TASK_RUNNING')
  }

  #kill({ kill_policy }: KillTask): void {
    info('executor.cpp:190', 'Received KILL event')
    const policy = kill_policy?.grace_period?.nanoseconds
    this.#end(policy === undefined ? undefined : policy / 1e6)
  }

  #shutdown(): void {
    info('executor.cpp:190', 'Received SHUTDOWN event')
    info('executor.cpp:843', 'Shutting down')
    if (this.#running === undefined || this.#finished) this.#leave()
    else this.#end(this.#settings.shutdownGraceMs)
  }

  #end(graceMs: number | undefined): void {
    if (this.#running === undefined || this.#finished) return
    const capabilities = this.#framework?.capabilities ?? []
    if (!this.#killed && capabilities.some(({ type }) => type === 'TASK_KILLING_STATE')) this.#update('TASK_KILLING')
    this.#killed = true
    this.#running.kill(graceMs)
  }

  #ended(status: number | null, killed: NodeJS.Signals | null): void {
    if (this.#finished) return
    this.#finished = true
    const words =
      killed === null
        ? `exited with status ${status ?? 0}`
        : `terminated with signal ${statusNames[killed] ?? `Unknown signal ${constants.signals[killed]}`}`
    info('executor.cpp:1041', `Command ${words} (pid: ${this.#running?.pid ?? 0})`)
    const state = this.#killed ? 'TASK_KILLED' : status === 0 ? 'TASK_FINISHED' : 'TASK_FAILED'
    this.#update(state, `Command ${words}`)
    if (!this.#connected && !this.#settings.checkpoint) this.#leave()
  }

  #acknowledged({ uuid }: StatusUpdateAcknowledgement): void {
    const update = this.#unacknowledged.get(uuid)
    this.#unacknowledged.delete(uuid)
    if (update !== undefined && isTerminal(update.status.state)) this.#leave()
  }

  #update(state: TaskState, message?: string): void {
    const { frameworkId, executorId, slaveId, agent } = this.#settings
    const task = this.#task
    if (task === undefined) return
    const uuid = newUuid()
    const timestamp = Date.now() / 1000
    const update: StatusUpdate['update'] = {
      framework_id: { value: frameworkId },
      executor_id: { value: executorId },
      slave_id: { value: slaveId },
      status: {
        task_id: task.task_id,
        state,
        source: 'SOURCE_EXECUTOR',
        timestamp,
        uuid,
        ...(message === undefined ? {} : { message }),
      },
      timestamp,
      uuid,
    }
    this.#unacknowledged.set(uuid, update)
    this.#tell(agent, 'StatusUpdateMessage', {
      update,
      pid: formatPid({ id: self, ip: this.#process.ip, port: this.#process.port }),
    })
  }

  #watch(agent: Pid): void {
    this.#link?.unlink()
    this.#link = this.#process.link(agent, () => this.#lost())
  }

  #lost(): void {
    this.#connected = false
    const { checkpoint, recoveryMs, slaveId } = this.#settings
    if (!checkpoint) {
      info('exec.cpp:530', 'Agent exited ... shutting down')
      this.#shutdown()
      return
    }
    const words = `Waiting ${recoveryMs / 1000}secs to reconnect with agent ${slaveId}`
    info('exec.cpp:518', `Agent exited, but framework has checkpointing enabled. ${words}`)
    this.#recovery ??= setTimeout(() => {
      info('exec.cpp:575', `Recovery timeout of ${recoveryMs / 1000}secs exceeded; Shutting down`)
      this.#connected = false
      this.#shutdown()
      // Nobody is there to acknowledge the end.
      setTimeout(() => this.#leave(), this.#settings.shutdownGraceMs)
    }, recoveryMs)
  }

  /** A second is left for what is still on its way. */
  #leave(): void {
    setTimeout(() => {
      void this.#process.close().then(() => process.exit(0))
    }, lastWordsMs)
  }

  #tell(to: Pid, name: string, body: unknown): void {
    this.#process.send(self, to, `mesos.internal.${name}`, body)
  }

  #ids(): { framework_id: { value: string }; executor_id: { value: string } } {
    return { framework_id: { value: this.#settings.frameworkId }, executor_id: { value: this.#settings.executorId } }
  }
}

process.title = 'mesos-executor'
info('exec.cpp:164', `Version: ${version}`)
// What the agent's service manager sends to all of a service is not for an executor that is to outlive it.
process.on('SIGHUP', () => warning('exec.cpp:164', 'Ignoring SIGHUP'))
new Executor(
  settingsOf(process.env),
  process.env,
  await Libprocess.listen(process.env.LIBPROCESS_IP ?? '127.0.0.1', 0),
).start()
