import { join } from 'node:path'
import type { ZkUrl } from '../common/group.ts'
import { abort, exitWith, error as logError } from '../common/log.ts'
import type { Metrics } from '../common/metrics.ts'
import type { Libprocess } from '../common/process.ts'
import { CheckFailed } from './check.ts'
import { realClock } from './clock.ts'
import { StorageError } from './files.ts'
import { joinByZooKeeper } from './membership.ts'
import { ReplicatedLog } from './replicated-log.ts'
import { DiskStorage } from './storage.ts'
import { overLibprocess } from './transport.ts'

/** Where the registrar has its text. */
export interface Store {
  /** Undefined where nothing was ever stored. */
  fetch(signal: AbortSignal): Promise<string | undefined>
  /** False when another master writes by now. */
  store(text: string, signal: AbortSignal): Promise<boolean>
  demote(): void
}

export interface LogStoreOptions {
  readonly libprocess: Libprocess
  readonly metrics: Metrics
  /** Has `replicated_log` in it. */
  readonly workDir: string
  readonly quorum: number
  /** Without it, the own replica is the only one. */
  readonly zk?: ZkUrl
  readonly autoInitialize: boolean
  readonly sessionTimeoutMs: number
}

/** The replica begins to join the others. A log that cannot be opened ends the process, as does a failed check in it. */
export function logStore(options: LogStoreOptions): Store {
  const { libprocess, metrics, workDir, quorum, autoInitialize, zk, sessionTimeoutMs } = options
  const log = new ReplicatedLog({
    storage: opened(join(workDir, 'replicated_log')),
    transport: overLibprocess(libprocess),
    clock: realClock,
    quorum,
    autoInitialize,
    failed: (error) => {
      if (error instanceof CheckFailed) abort(error.place, error.message)
      logError('log.cpp', `Failed to recover the log: ${String(error)}`)
    },
  })
  metrics.gauge('registrar/log/recovered', () => Number(log.isRecovered))
  metrics.gauge('registrar/log/ensemble_size', () => log.network.size)
  if (zk !== undefined) void joinByZooKeeper(zk, sessionTimeoutMs, log.replica.pid, log.network)
  return log
}

/** `--registry=in_memory`: nothing on disk, nothing shared. */
export function memoryStore(): Store {
  let kept: string | undefined
  return {
    fetch: () => Promise.resolve(kept),
    store: (text) => {
      kept = text
      return Promise.resolve(true)
    },
    demote: () => undefined,
  }
}

function opened(folder: string): DiskStorage {
  try {
    return new DiskStorage(folder)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return exitWith('replica.cpp:774', `Failed to recover the log: ${error.message}`)
  }
}
