import type { Flags } from '../common/flags.ts'
import { info } from '../common/log.ts'
import type { Metrics } from '../common/metrics.ts'
import { formatPid, type Pid } from '../common/pid.ts'
import type { Libprocess } from '../common/process.ts'
import type { StatusUpdate } from '../messages.ts'
import { Checkpoint } from './checkpoint.ts'
import { type ContainerSettings, Containers } from './containers.ts'
import { type Counters, createCounters } from './counters.ts'
import { ExecutorChannel } from './executor-channel.ts'
import { Frameworks } from './frameworks.ts'
import { Gc } from './gc.ts'
import { Runner } from './runner.ts'
import { executorVariables } from './settings.ts'
import { shown, TaskStates } from './task-states.ts'
import { StatusUpdates } from './updates.ts'

/** What runs tasks on an agent. Each part knows only those above it. */
export interface Parts {
  readonly process: Libprocess
  readonly counters: Counters
  readonly checkpoint: Checkpoint
  readonly gc: Gc
  readonly updates: StatusUpdates
  readonly frameworks: Frameworks
  readonly states: TaskStates
  readonly containers: Containers
  readonly runner: Runner
  readonly channel: ExecutorChannel
}

export interface PartsEvents {
  /** Where updates go now. */
  master(): Pid | undefined
  /** The last framework has gone. */
  emptied(): void
}

export function assemble(
  flags: Flags,
  process: Libprocess,
  metrics: Metrics,
  hostname: string,
  events: PartsEvents,
): Parts {
  const self: Pid = { id: 'slave(1)', ip: process.ip, port: process.port }
  const workDirectory = flags.text('work_dir') ?? ''
  const counters = createCounters(metrics)
  const checkpoint = new Checkpoint(workDirectory)
  const gc = new Gc({
    workDirectory,
    delayMs: flags.duration('gc_delay') ?? 0,
    headroom: Number(flags.text('gc_disk_headroom')),
    watchMs: flags.duration('disk_watch_interval') ?? 0,
  })
  const updates = new StatusUpdates((update) => {
    const master = events.master()
    if (master === undefined) return
    info('slave.cpp:6538', `Forwarding the update ${shown(update)} to ${formatPid(master)}`)
    const body: StatusUpdate = { update, pid: formatPid(self) }
    process.send(self.id, master, 'mesos.internal.StatusUpdateMessage', body)
  })
  const maxCompletedExecutors = flags.integer('max_completed_executors_per_framework') ?? 0
  const frameworks = new Frameworks({ workDirectory, maxCompletedExecutors }, { checkpoint, updates, gc }, () =>
    events.emptied(),
  )
  const states = new TaskStates(workDirectory, { process, checkpoint, updates, frameworks, counters })
  const containers = new Containers(containerSettings(flags, self, counters), (executor, ending) =>
    runner.exited(executor, ending),
  )
  const runner = new Runner(
    {
      workDirectory,
      launcherDirectory: flags.text('launcher_dir') ?? '',
      switchUser: flags.boolean('switch_user'),
      registrationTimeoutMs: flags.duration('executor_registration_timeout') ?? 0,
      shutdownGraceMs: flags.duration('executor_shutdown_grace_period') ?? 0,
    },
    { process, checkpoint, containers, frameworks, states, counters },
  )
  const channel = new ExecutorChannel({ process, checkpoint, frameworks, states }, hostname, (executor) =>
    runner.registered(executor),
  )
  return { process, counters, checkpoint, gc, updates, frameworks, states, containers, runner, channel }
}

function containerSettings(flags: Flags, agent: Pid, counters: Counters): ContainerSettings {
  const hadoopHome = flags.text('hadoop_home')
  return {
    runtimeDirectory: flags.text('runtime_dir') ?? '',
    launcher: flags.text('launcher') ?? '',
    environment: {
      variables: executorVariables(flags),
      agent,
      recoveryMs: flags.duration('recovery_timeout') ?? 0,
      shutdownGraceMs: flags.duration('executor_shutdown_grace_period') ?? 0,
    },
    fetch: {
      frameworksHome: flags.text('frameworks_home') ?? '',
      stallMs: flags.duration('fetcher_stall_timeout') ?? 0,
      ...(hadoopHome === undefined ? {} : { hadoopHome }),
    },
    fetched: (succeeded) => (succeeded ? counters.fetchesSucceeded : counters.fetchesFailed).add(),
  }
}
