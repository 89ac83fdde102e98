import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, closeSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { info, warning } from '../common/log.ts'
import type { TaskInfo } from '../shapes.ts'
import { type ExecutorEnvironment, executorEnvironment } from './environment.ts'
import { type FetchSettings, fetchUri } from './fetcher.ts'
import type { Executor } from './model.ts'
import type { Owner } from './owner.ts'
import { isAlive, killMarked, killTree } from './processes.ts'
import { writeText } from './records.ts'
import { openOutput } from './sandbox.ts'

export interface ContainerSettings {
  readonly runtimeDirectory: string
  /** The posix launcher forgets processes that no checkpoint names; the linux one kills them (c-failures/60). */
  readonly launcher: string
  readonly environment: ExecutorEnvironment
  readonly fetch: Omit<FetchSettings, 'owner' | 'log'>
  readonly fetched: (succeeded: boolean) => void
}

/** How an executor's process ended: `exited with status 0`. */
export type Ending = string

const program = fileURLToPath(new URL('./executor.ts', import.meta.url))
const pollMs = 200

/** The processes of executors: started, taken over from an agent that was here before, watched and ended. */
export class Containers {
  readonly #settings: ContainerSettings
  readonly #exited: (executor: Executor, ending: Ending) => void
  readonly #watched = new Map<string, NodeJS.Timeout | undefined>()

  constructor(settings: ContainerSettings, exited: (executor: Executor, ending: Ending) => void) {
    this.#settings = settings
    this.#exited = exited
  }

  /** Fetches what the task needs and starts its executor; the process id. Throws an Error with the reason. */
  async launch(executor: Executor, task: TaskInfo, owner: Owner | undefined): Promise<number> {
    await this.#fetch(executor, task, owner)
    const outputs = [openOutput(executor.directory, 'stdout', owner), openOutput(executor.directory, 'stderr', owner)]
    const child = spawn(process.execPath, [program], {
      cwd: executor.directory,
      env: executorEnvironment(executor, this.#settings.environment, process.env),
      detached: true,
      stdio: ['ignore', outputs[0], outputs[1]],
      ...owner,
    })
    for (const file of outputs) closeSync(file)
    const pid = await started(child)
    child.unref()
    const { containerId } = executor.path
    writeText(this.#pidFile(containerId), String(pid))
    this.#watched.set(containerId, undefined)
    child.once('exit', (status, signal) => {
      this.#ended(executor, signal === null ? `exited with status ${status ?? 0}` : `terminated with signal ${signal}`)
    })
    return pid
  }

  /** Watches over a process that an earlier agent started: whose child it is not, of that it hears no status. */
  adopt(executor: Executor, pid: number): void {
    const timer = setInterval(() => {
      if (!isAlive(pid)) this.#ended(executor, 'exited with status 0')
    }, pollMs)
    this.#watched.set(executor.path.containerId, timer)
  }

  destroy(executor: Executor): void {
    const { containerId } = executor.path
    info('containerizer.cpp:2745', `Destroying container ${containerId} in RUNNING state`)
    info('launcher.cpp:161', `Asked to destroy container ${containerId}`)
    this.#kill(containerId, executor.forkedPid)
  }

  /** Containers of the runtime directory that no checkpoint names (c-failures/31, 60). */
  cleanOrphans(known: readonly string[]): void {
    const folder = join(this.#settings.runtimeDirectory, 'containers')
    const orphans = (existsSync(folder) ? readdirSync(folder) : []).filter((id) => !known.includes(id))
    for (const id of orphans) {
      info('containerizer.cpp:1310', `Cleaning up orphan container ${id}`)
      info('containerizer.cpp:2745', `Destroying container ${id} in RUNNING state`)
      info('launcher.cpp:161', `Asked to destroy container ${id}`)
      if (this.#settings.launcher === 'linux') this.#kill(id, undefined)
      else warning('launcher.cpp:164', `Ignored destroy for unknown container ${id}`)
      rmSync(join(folder, id), { recursive: true, force: true })
    }
  }

  async #fetch(executor: Executor, task: TaskInfo, owner: Owner | undefined): Promise<void> {
    const log = (words: string): void => appendFileSync(join(executor.directory, 'stderr'), `${words}\n`)
    const uris = task.command?.uris ?? []
    if (uris.length === 0) return
    closeSync(openOutput(executor.directory, 'stderr', owner))
    try {
      for (const uri of uris) {
        await fetchUri(uri, executor.directory, {
          ...this.#settings.fetch,
          log,
          ...(owner === undefined ? {} : { owner }),
        })
      }
      this.#settings.fetched(true)
    } catch (error) {
      this.#settings.fetched(false)
      log(`Failed to fetch: ${error instanceof Error ? error.message : String(error)}`)
      const { containerId } = executor.path
      throw new Error(`Failed to fetch all URIs for container '${containerId}': exited with status 1`)
    }
  }

  #ended(executor: Executor, ending: Ending): void {
    const { containerId } = executor.path
    if (!this.#watched.has(containerId)) return
    clearInterval(this.#watched.get(containerId))
    this.#watched.delete(containerId)
    info('containerizer.cpp:3281', `Container ${containerId} has exited`)
    this.#kill(containerId, executor.forkedPid)
    rmSync(join(this.#settings.runtimeDirectory, 'containers', containerId), { recursive: true, force: true })
    this.#exited(executor, ending)
  }

  /** The posix launcher knows a tree of processes, the linux one all that belongs to the container. */
  #kill(containerId: string, pid: number | undefined): void {
    if (this.#settings.launcher === 'linux') killMarked(`MESOS_CONTAINER_ID=${containerId}`)
    else if (pid !== undefined) killTree(pid)
  }

  #pidFile(containerId: string): string {
    return join(this.#settings.runtimeDirectory, 'containers', containerId, 'pid')
  }
}

function started(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`Failed to fork executor: ${error.message}`)))
    child.once('spawn', () => resolve(child.pid ?? 0))
  })
}
