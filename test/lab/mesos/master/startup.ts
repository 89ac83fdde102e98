import { existsSync, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Flags } from '../common/flags.ts'
import { parseZkUrl, type ZkUrl } from '../common/group.ts'
import { exitWith } from '../common/log.ts'
import type { Metrics } from '../common/metrics.ts'
import type { Libprocess } from '../common/process.ts'
import { Registrar } from '../log/registrar.ts'

const leastReregisterMs = 600_000

/** What the replicated log needs; nothing with `--registry=in_memory`. */
export function checkRegistry(flags: Flags): boolean {
  if (flags.text('registry') === 'in_memory') return false
  const workDir = flags.text('work_dir')
  if (workDir === undefined) exitWith('main.cpp:360', '--work_dir needed for replicated log based registry')
  try {
    makeFolder(workDir)
  } catch (error) {
    exitWith('main.cpp:366', `Failed to create work directory '${workDir}': ${reasonOf(error)}`)
  }
  if (flags.text('zk') !== undefined && flags.integer('quorum') === undefined)
    exitWith('main.cpp:374', 'Need to specify --quorum for replicated log based registry when using ZooKeeper')
  return true
}

/** Folder by folder: asked to make parents too, Node tries for ever below a place like /proc that takes none. */
function makeFolder(path: string): void {
  const parent = dirname(resolve(path))
  if (!existsSync(parent)) makeFolder(parent)
  if (!existsSync(path)) mkdirSync(path)
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  ENOTDIR: 'Not a directory',
  EEXIST: 'File exists',
  EROFS: 'Read-only file system',
  ENOSPC: 'No space left on device',
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return reasons[code] ?? String(error)
}

export function zkOf(flags: Flags, replicated: boolean): ZkUrl | undefined {
  const text = flags.text('zk')
  if (text === undefined) return undefined
  try {
    return parseZkUrl(text)
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    return exitWith(replicated ? 'main.cpp:381' : 'main.cpp:425', `Error parsing ZooKeeper URL: ${words}`)
  }
}

export function registrarOf(flags: Flags, libprocess: Libprocess, metrics: Metrics, zk: ZkUrl | undefined): Registrar {
  return new Registrar({
    libprocess,
    metrics,
    workDir: flags.text('work_dir') ?? '',
    quorum: zk === undefined ? 1 : (flags.integer('quorum') ?? 1),
    ...(zk === undefined ? {} : { zk }),
    autoInitialize: flags.boolean('log_auto_initialize'),
    fetchTimeoutMs: flags.duration('registry_fetch_timeout') ?? 0,
    storeTimeoutMs: flags.duration('registry_store_timeout') ?? 0,
    sessionTimeoutMs: flags.duration('zk_session_timeout') ?? 10_000,
    inMemory: flags.text('registry') === 'in_memory',
  })
}

/** The minimum of Mesos holds (c-failures/56) unless a test asks for short timers. */
export function checkReregisterTimeout(flags: Flags, environment: NodeJS.ProcessEnv): void {
  const ms = flags.duration('agent_reregister_timeout') ?? 0
  if (ms >= leastReregisterMs || environment.LAB_MESOS_TIMERS === 'short') return
  const value = flags.all().agent_reregister_timeout ?? ''
  exitWith('master.cpp:465', `Invalid value '${value}' for --agent_reregister_timeout: Must be at least 10mins`)
}
