import { info } from '../common/log.ts'
import { formatPid, type Pid } from '../common/pid.ts'
import type { ExitedExecutor, UnregisterSlave } from '../messages.ts'
import { describe, isActive } from './cluster.ts'
import { changeAgent, count, type Master } from './context.ts'
import { rescindOffersOf } from './offers.ts'
import { drop, isReady } from './registration.ts'
import { removeAgent } from './removal.ts'
import { giveUpTask } from './tasks.ts'

/** Links to the agent's process: its end is seen at once (c-failures/30). */
export function watchAgent(master: Master, id: string): void {
  const agent = master.cluster.agents.get(id)
  if (agent === undefined) return
  master.links.get(id)?.unlink()
  master.links.set(
    id,
    master.process.link(agent.pid, () => disconnected(master, id)),
  )
}

function disconnected(master: Master, id: string): void {
  const agent = master.cluster.agents.get(id)
  if (agent === undefined || !agent.connected) return
  info('master.cpp:1301', `Agent ${describe(agent)} disconnected`)
  info('master.cpp:3463', `Disconnecting agent ${describe(agent)}`)
  info('master.cpp:3482', `Deactivating agent ${describe(agent)}`)
  const wasActive = isActive(agent)
  changeAgent(master, id, { connected: false })
  master.pings.setConnected(id, false)
  if (wasActive) rescindOffersOf(master, ({ agentId }) => agentId === id)
  info('hierarchical.cpp:1256', `Agent ${id} deactivated`)
  // Without checkpointing nobody takes up the tasks of a framework after the agent's restart (c-failures/61).
  const words = `Agent ${agent.info.hostname} disconnected`
  for (const task of agent.tasks.values()) {
    const framework = master.cluster.frameworks.get(task.framework_id.value)
    if (framework?.info.checkpoint === true) continue
    giveUpTask(master, agent, task, { state: 'TASK_LOST', reason: 'REASON_SLAVE_DISCONNECTED', message: words })
  }
  const kept = agent.executors.filter(
    ({ framework_id: of }) => master.cluster.frameworks.get(of?.value ?? '')?.info.checkpoint === true,
  )
  changeAgent(master, id, { executors: kept })
}

/** SIGUSR1 to the agent (c-failures/61). */
export async function unregisterAgent(master: Master, from: Pid, message: UnregisterSlave): Promise<void> {
  count(master, 'messages_unregister_slave')
  if (!isReady(master)) return drop(master, 'UnregisterSlaveMessage', from)
  const agent = master.cluster.agents.get(message.slave_id.value)
  info('master.cpp:7733', `Asked to unregister agent ${message.slave_id.value}`)
  // Only its own process may say so.
  if (agent === undefined || formatPid(agent.pid) !== formatPid(from)) return
  await removeAgent(master, agent.id, 'the agent unregistered', 'unregistered')
}

export function executorExited(master: Master, message: ExitedExecutor): void {
  count(master, 'messages_exited_executor')
  const agent = master.cluster.agents.get(message.slave_id.value)
  if (agent === undefined) return
  const executors = agent.executors.filter(
    (executor) =>
      executor.executor_id.value !== message.executor_id.value ||
      executor.framework_id?.value !== message.framework_id.value,
  )
  changeAgent(master, agent.id, { executors })
  const framework = master.cluster.frameworks.get(message.framework_id.value)
  const failure = {
    agent_id: message.slave_id,
    executor_id: message.executor_id,
    status: message.status,
  }
  framework?.stream?.send({ type: 'FAILURE', failure })
  master.allocator.soon()
}
