import { info } from '../common/log.ts'
import { parsePid } from '../common/pid.ts'
import { formatDuration } from '../common/quantities.ts'
import type { Containers } from './containers.ts'
import type { ExecutorChannel } from './executor-channel.ts'
import type { Frameworks } from './frameworks.ts'
import { type Executor, type Framework, named } from './model.ts'
import { isAlive } from './processes.ts'
import type { Recovered, RecoveredExecutor, RecoveredFramework } from './recover.ts'
import type { Runner } from './runner.ts'
import type { TaskStates } from './task-states.ts'
import { isTerminal } from './tasks.ts'

export interface ReconnectParts {
  readonly containers: Containers
  readonly channel: ExecutorChannel
  readonly frameworks: Frameworks
  readonly runner: Runner
  readonly states: TaskStates
}

/** Takes up what the checkpoint holds: frameworks, executors, their tasks and the updates that nobody acknowledged. */
export function restore(parts: ReconnectParts, recovered: Recovered): void {
  for (const framework of recovered.frameworks) restoreFramework(parts, framework)
  info('task_status_update_manager.cpp:207', 'Recovering task status update manager')
  info('containerizer.cpp:859', 'Recovering Mesos containers')
  const executors = parts.frameworks.executors()
  for (const executor of executors) {
    const { containerId } = executor.path
    info('containerizer.cpp:916', `Recovering container ${containerId} for executor ${named(executor)}`)
  }
  info('containerizer.cpp:1199', 'Recovering isolators')
  info('containerizer.cpp:1238', 'Recovering provisioner')
  parts.containers.cleanOrphans(executors.map(({ path }) => path.containerId))
}

/**
 * Executors that live get `timeoutMs` to come back, those that do not are given up (c-failures/30: the wait is spent
 * whole even if all came at once). With `cleanup` they are told to end instead.
 */
export async function reconnect(parts: ReconnectParts, timeoutMs: number, cleanup: boolean): Promise<void> {
  info('slave.cpp:8235', 'Recovering executors')
  let asked = 0
  for (const executor of parts.frameworks.executors()) {
    const { forkedPid, pid } = executor
    if (executor.state === 'TERMINATED') continue
    if (forkedPid === undefined || !isAlive(forkedPid)) {
      parts.runner.exited(executor, 'terminated while the agent was away')
      continue
    }
    parts.containers.adopt(executor, forkedPid)
    if (pid === undefined || cleanup) continue
    asked += 1
    parts.channel.reconnect(executor, pid)
  }
  if (cleanup) for (const id of [...parts.frameworks.running.keys()]) parts.runner.shutdownFramework(id)
  if (asked === 0) return
  await new Promise((resolve) => setTimeout(resolve, timeoutMs))
  info('slave.cpp:5910', 'Cleaning up un-reregistered executors')
  for (const executor of parts.frameworks.executors()) {
    if (executor.state !== 'REGISTERING') continue
    const message = `Executor did not reregister within ${formatDuration(timeoutMs)}`
    parts.runner.giveUp(executor, 'REASON_EXECUTOR_REREGISTRATION_TIMEOUT', message)
  }
}

function restoreFramework(parts: ReconnectParts, { info: framework, executors }: RecoveredFramework): void {
  const id = framework.id?.value ?? ''
  info('slave.cpp:8485', `Recovering framework ${id}`)
  const known = parts.frameworks.ensure(id, framework)
  for (const executor of executors) restoreExecutor(parts, known, executor)
  const slaveId = executors[0]?.path.slaveId
  if (slaveId !== undefined) parts.frameworks.removeIfEmpty(known, slaveId)
}

function restoreExecutor(parts: ReconnectParts, framework: Framework, recovered: RecoveredExecutor): void {
  info('slave.cpp:10509', `Recovering executor '${recovered.path.executorId}' of framework ${framework.id}`)
  const executor: Executor = {
    path: recovered.path,
    info: recovered.info,
    directory: parts.states.sandboxOf(recovered.path),
    checkpoint: true,
    state: recovered.completed ? 'TERMINATED' : 'REGISTERING',
    pid: recovered.libprocessPid === undefined ? undefined : parsePid(recovered.libprocessPid),
    forkedPid: recovered.forkedPid,
    queued: undefined,
    tasks: new Map(),
    completedTasks: [],
  }
  framework.executors.set(executor.path.executorId, executor)
  for (const { task, updates } of recovered.tasks) {
    parts.states.reopen(executor, task)
    parts.states.replay(executor, task.task_id.value, updates)
  }
  const over = [...executor.tasks.values()].every((task) => isTerminal(task.state))
  if (recovered.completed && over) parts.frameworks.removeIfDone(framework, executor)
}
