import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { StatusUpdate } from '../messages.ts'
import type { DrainConfig, ExecutorInfo, FrameworkInfo, SlaveInfo, Task } from '../shapes.ts'
import type { RunPath } from './paths.ts'
import * as paths from './paths.ts'
import { appendRecord, pointTo, writeRecord, writeText } from './records.ts'

/** What `task.updates` holds, one record for each. */
export type UpdateRecord =
  | { readonly type: 'UPDATE'; readonly update: StatusUpdate['update'] }
  | { readonly type: 'ACK'; readonly uuid: string }

/** Writes the checkpoint under `<work_dir>/meta`. Every method is done when it returns; a failure ends the agent. */
export class Checkpoint {
  readonly #meta: string

  constructor(workDirectory: string) {
    this.#meta = paths.metaOf(workDirectory)
  }

  bootId(id: string): void {
    writeText(paths.bootIdFile(this.#meta), id)
  }

  /** With an id. `latest` names it from now on. */
  slave(info: SlaveInfo, id: string): void {
    const folder = paths.slaveFolder(this.#meta, id)
    writeRecord(join(folder, 'slave.info'), info)
    pointTo(paths.latestSlave(this.#meta), folder)
  }

  /** Nothing for an end of the draining. */
  draining(slaveId: string, config: DrainConfig | undefined): void {
    const path = join(paths.slaveFolder(this.#meta, slaveId), 'drain_config')
    if (config === undefined) rmSync(path, { force: true })
    else writeRecord(path, config)
  }

  /** `pid` is that of the framework, `@0.0.0.0:0` for one that speaks HTTP. */
  framework(slaveId: string, info: FrameworkInfo, frameworkId: string): void {
    const folder = paths.frameworkFolder(this.#meta, { slaveId, frameworkId })
    writeRecord(join(folder, 'framework.info'), info)
    writeText(join(folder, 'framework.pid'), '@0.0.0.0:0')
  }

  executor(path: RunPath, info: ExecutorInfo): void {
    const folder = paths.executorFolder(this.#meta, path)
    writeRecord(join(folder, 'executor.info'), info)
    writeText(join(folder, 'executor_generated_for_command_task'), '1')
    const run = paths.runFolder(this.#meta, path)
    mkdirSync(run, { recursive: true })
    pointTo(paths.latestRun(this.#meta, path), run)
  }

  forked(path: RunPath, pid: number): void {
    writeText(join(paths.runFolder(this.#meta, path), 'pids', 'forked.pid'), String(pid))
  }

  libprocess(path: RunPath, pid: string): void {
    writeText(join(paths.runFolder(this.#meta, path), 'pids', 'libprocess.pid'), pid)
  }

  /** The run is over: nothing of it is recovered any more. */
  sentinel(path: RunPath): void {
    writeText(join(paths.runFolder(this.#meta, path), 'executor.sentinel'), '')
  }

  task(path: RunPath, task: Task): void {
    writeRecord(join(paths.taskFolder(this.#meta, path, task.task_id.value), 'task.info'), task)
  }

  update(path: RunPath, taskId: string, record: UpdateRecord): void {
    appendRecord(join(paths.taskFolder(this.#meta, path, taskId), 'task.updates'), record)
  }
}
