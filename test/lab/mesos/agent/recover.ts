import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { info, warning } from '../common/log.ts'
import type { DrainConfig, ExecutorInfo, FrameworkInfo, SlaveInfo, Task } from '../shapes.ts'
import type { UpdateRecord } from './checkpoint.ts'
import type { RunPath } from './paths.ts'
import * as paths from './paths.ts'
import { readRecord, readRecords, readText } from './records.ts'

/** What an agent finds of its former self. */
export interface Recovered {
  /** The machine was started anew since. */
  readonly rebooted: boolean
  /** Absent where there is no `latest`, or its `slave.info` is empty. */
  readonly slave?: { readonly info: SlaveInfo; readonly id: string }
  readonly drain?: DrainConfig
  readonly frameworks: readonly RecoveredFramework[]
  /** Broken parts that were left out; always 0 in strict mode. */
  readonly errors: number
}

export interface RecoveredFramework {
  readonly info: FrameworkInfo
  readonly executors: readonly RecoveredExecutor[]
}

export interface RecoveredExecutor {
  readonly info: ExecutorInfo
  readonly path: RunPath
  readonly forkedPid?: number
  readonly libprocessPid?: string
  /** It ended before, and its end was seen. */
  readonly completed: boolean
  readonly tasks: readonly { readonly task: Task; readonly updates: readonly UpdateRecord[] }[]
}

/** Written only where resources were reserved or volumes made, which stand-ins do not do. */
const reservations = [
  ['state.cpp:917', 'resources and operations', 'resources_and_operations.state'],
  ['state.cpp:923', 'resources', 'resources.info'],
] as const

/** This boot of the machine; `LAB_MESOS_BOOT_ID` stands for it where a test makes a reboot. */
export function bootId(environment: NodeJS.ProcessEnv): string {
  return environment.LAB_MESOS_BOOT_ID ?? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/**
 * Reads `<work_dir>/meta`. Throws an Error with the words of a failed recovery on something broken; where not
 * `strict`, what is broken is left out and counted instead.
 */
export function recoverState(workDirectory: string, currentBoot: string, strict: boolean): Recovered {
  const meta = paths.metaOf(workDirectory)
  info('state.cpp:68', `Recovering state from '${meta}'`)
  if (!existsSync(meta)) return { rebooted: false, frameworks: [], errors: 0 }
  for (const [place, what, file] of reservations) {
    const path = join(meta, 'resources', file)
    if (!existsSync(path)) info(place, `No committed checkpointed ${what} found at '${path}'`)
    else throw new Error(`Failed to recover ${what} from '${path}': no reservation or volume is known here`)
  }

  const boot = readText(paths.bootIdFile(meta))
  const rebooted = boot !== undefined && boot !== currentBoot
  if (rebooted) info('state.cpp:100', 'Agent host rebooted')
  return { rebooted, ...recoverSlave(meta, rebooted, strict) }
}

function recoverSlave(meta: string, rebooted: boolean, strict: boolean): Omit<Recovered, 'rebooted'> {
  const latest = paths.latestSlave(meta)
  const id = existsSync(latest) ? basename(readlinkSync(latest)) : undefined
  if (id === undefined) {
    info('state.cpp:112', `Failed to find the latest agent from '${meta}'`)
    return { frameworks: [], errors: 0 }
  }
  const folder = paths.slaveFolder(meta, id)
  const faults = new Faults(strict)
  const slave = faults.guard('agent info', join(folder, 'slave.info'), isSlave)
  if (slave === undefined) {
    const path = join(folder, 'slave.info')
    if (faults.count === 0 && existsSync(path)) warning('state.cpp:176', `Found empty agent info file '${path}'`)
    return { frameworks: [], errors: faults.count }
  }
  const drain = existsSync(join(folder, 'drain_config'))
    ? faults.guard('drain config', join(folder, 'drain_config'), isDrain)
    : undefined
  const frameworks = names(join(folder, 'frameworks')).flatMap((frameworkId) =>
    recoverFramework(meta, id, frameworkId, rebooted, faults),
  )
  return {
    slave: { info: slave, id },
    ...(drain === undefined ? {} : { drain }),
    frameworks,
    errors: faults.count,
  }
}

function recoverFramework(
  meta: string,
  slaveId: string,
  frameworkId: string,
  rebooted: boolean,
  faults: Faults,
): readonly RecoveredFramework[] {
  const folder = paths.frameworkFolder(meta, { slaveId, frameworkId })
  const framework = faults.guard('framework info', join(folder, 'framework.info'), isFramework)
  if (framework === undefined) return []
  const executors = names(join(folder, 'executors')).flatMap((executorId) =>
    recoverExecutor(meta, { slaveId, frameworkId, executorId }, rebooted, faults),
  )
  return [{ info: framework, executors }]
}

function recoverExecutor(
  meta: string,
  place: Omit<RunPath, 'containerId'>,
  rebooted: boolean,
  faults: Faults,
): readonly RecoveredExecutor[] {
  const latest = paths.latestRun(meta, place)
  const executor = faults.guard('executor info', join(paths.executorFolder(meta, place), 'executor.info'), isExecutor)
  if (executor === undefined || !existsSync(latest)) return []
  const path: RunPath = { ...place, containerId: basename(readlinkSync(latest)) }
  const run = paths.runFolder(meta, path)
  const completed = existsSync(join(run, 'executor.sentinel'))
  // The pids of another boot belong to anybody.
  const forked = rebooted ? undefined : readText(join(run, 'pids', 'forked.pid'))
  const libprocess = rebooted ? undefined : readText(join(run, 'pids', 'libprocess.pid'))
  const tasks = names(join(run, 'tasks')).flatMap((taskId) => {
    const task = faults.guard('task', join(paths.taskFolder(meta, path, taskId), 'task.info'), isTask)
    if (task === undefined) return []
    // A record that was cut off is what a crash leaves: it was not acted on yet.
    const { records } = readRecords(join(paths.taskFolder(meta, path, taskId), 'task.updates'))
    return [{ task, updates: records.filter(isUpdate) }]
  })
  return [
    {
      info: executor,
      path,
      completed,
      tasks,
      ...(forked === undefined ? {} : { forkedPid: Number(forked) }),
      ...(libprocess === undefined ? {} : { libprocessPid: libprocess }),
    },
  ]
}

class Faults {
  readonly #strict: boolean
  count = 0

  constructor(strict: boolean) {
    this.#strict = strict
  }

  /** The record of a file; undefined where it is missing or empty and, if not strict, where it is broken. */
  guard<T>(what: string, path: string, is: (record: unknown) => record is T): T | undefined {
    // An end between the making of a folder and that of its first file leaves it so (c-failures/62).
    if (!existsSync(path)) {
      warning('state.cpp:160', `Failed to find ${what} file '${path}'`)
      return undefined
    }
    try {
      const record = readRecord(path)
      if (record === undefined || is(record)) return record
      throw new Error('Failed to deserialize message')
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const words = `Failed to read ${what} from '${path}': ${reason}`
      if (this.#strict) throw new Error(words)
      warning('state.cpp:168', words)
      this.count += 1
      return undefined
    }
  }
}

function names(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : []
}

const isSlave = (record: unknown): record is SlaveInfo => has(record, 'hostname') && has(record, 'resources')
const isDrain = (record: unknown): record is DrainConfig => typeof record === 'object' && record !== null
const isFramework = (record: unknown): record is FrameworkInfo => has(record, 'id') && has(record, 'name')
const isExecutor = (record: unknown): record is ExecutorInfo => has(record, 'executor_id')
const isTask = (record: unknown): record is Task => has(record, 'task_id') && has(record, 'framework_id')
const isUpdate = (record: unknown): record is UpdateRecord => has(record, 'type')

function has(record: unknown, name: string): boolean {
  return typeof record === 'object' && record !== null && name in record
}
