import { type ChildProcess, spawn } from 'node:child_process'
import { info } from '../common/log.ts'
import type { TaskInfo } from '../shapes.ts'
import { killTree, signal, treeOf } from './processes.ts'

const defaultGraceMs = 3000

/** The process of a command task, in a session of its own. */
export class TaskProcess {
  readonly #child: ChildProcess
  readonly #graceMs: number
  #escalation: NodeJS.Timeout | undefined

  private constructor(child: ChildProcess, graceMs: number) {
    this.#child = child
    this.#graceMs = graceMs
  }

  /** `ended` gets what `wait` would say; a command that cannot be started ends with status 127, as a shell's does. */
  static start(
    task: TaskInfo,
    directory: string,
    environment: NodeJS.ProcessEnv,
    ended: (status: number | null, killed: NodeJS.Signals | null) => void,
  ): TaskProcess {
    const command = task.command ?? {}
    const own = (command.environment?.variables ?? []).map(({ name, value }) => [name, value ?? ''] as const)
    const [file, args] =
      command.shell === false
        ? [command.value ?? '', (command.arguments ?? []).slice(1)]
        : ['sh', ['-c', command.value ?? '']]
    const child = spawn(file, args, {
      cwd: directory,
      env: { ...environment, ...Object.fromEntries(own) },
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
      ...(command.shell === false && command.arguments?.[0] !== undefined ? { argv0: command.arguments[0] } : {}),
    })
    const policy = task.kill_policy?.grace_period?.nanoseconds
    const process = new TaskProcess(child, policy === undefined ? defaultGraceMs : policy / 1e6)
    child.once('error', (error) => {
      info('executor.cpp:740', `Failed to start the command: ${error.message}`)
      ended(127, null)
    })
    child.once('exit', (status, killed) => {
      clearTimeout(process.#escalation)
      // Nothing of the task outlives it.
      if (child.pid !== undefined) killTree(child.pid)
      ended(status, killed)
    })
    return process
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Asks, and makes an end when the grace period is over; the shortest period that anyone named counts. */
  kill(graceMs = this.#graceMs): void {
    const { pid } = this.#child
    if (pid === undefined) return
    info('executor.cpp:914', `Sending SIGTERM to process tree at pid ${pid}`)
    for (const each of treeOf(pid)) signal(each.pid, 'SIGTERM')
    clearTimeout(this.#escalation)
    this.#escalation = setTimeout(() => {
      info('executor.cpp:1111', `Process ${pid} did not terminate after ${graceMs / 1000}secs, sending SIGKILL`)
      killTree(pid)
    }, graceMs)
  }
}
