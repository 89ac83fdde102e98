import { info } from '../common/log.ts'
import type { TaskState } from '../shapes.ts'
import { type Agent, describe, now, title } from './cluster.ts'
import { count, type Master } from './context.ts'
import { rescindOffersOf } from './offers.ts'
import { removed, unreachable as unreachableSince } from './registry-changes.ts'
import { giveUpTask } from './tasks.ts'

/** Takes an agent out of the registry for good: it may only come back as a new one. */
export async function removeAgent(
  master: Master,
  id: string,
  message: string,
  reason: 'registered' | 'unregistered' | undefined,
): Promise<void> {
  const agent = master.cluster.agents.get(id)
  if (agent === undefined || master.busy.has(id)) return
  info('master.cpp:10811', `Removing agent ${describe(agent)}: ${message}`)
  master.busy.add(id)
  try {
    await master.registrar.apply(removed(id), `Failed to remove agent ${describe(agent)} from the registrar`)
  } finally {
    master.busy.delete(id)
  }
  info('master.cpp:10853', `Removed agent ${describe(agent)}: ${message}`)
  count(master, 'slave_removals')
  if (reason !== undefined) count(master, `slave_removals/reason_${reason}`)
  const words = `Agent ${agent.info.hostname} removed: ${message}`
  forget(master, id, { state: 'TASK_LOST', reason: 'REASON_SLAVE_REMOVED', message: words })
}

/** Gives an agent up that may come back under its id (c-failures/50, 51). */
export async function markUnreachable(master: Master, id: string, message: string): Promise<void> {
  const { agents, recovered, unreachable } = master.cluster
  const known = agents.get(id) ?? recovered.get(id)
  if (known === undefined || master.busy.has(id)) return
  const named = `agent ${id} (${known.info.hostname}) unreachable: ${message}`
  info('master.cpp:8671', `Marking ${named}`)
  const since = now()
  master.busy.add(id)
  try {
    await master.registrar.apply(unreachableSince(id, since), `Failed to mark agent ${id} unreachable`)
  } finally {
    master.busy.delete(id)
  }
  info('master.cpp:8714', `Marked ${named}`)
  count(master, 'slave_removals')
  count(master, 'slave_removals/reason_unhealthy')
  const drain = known.drain === undefined ? {} : { drain: known.drain }
  unreachable.set(id, { since, deactivated: known.deactivated, ...drain })
  if (recovered.delete(id)) return
  forget(master, id, { state: 'TASK_UNREACHABLE', reason: 'REASON_SLAVE_REMOVED', message })
}

/** Nothing of the agent stays here; its tasks end as said, and the frameworks that had any hear that it is lost. */
export function forget(
  master: Master,
  id: string,
  ended: { readonly state: TaskState; readonly reason: string; readonly message: string },
): void {
  const agent = master.cluster.agents.get(id)
  if (agent === undefined) return
  master.pings.stop(id)
  master.links.get(id)?.unlink()
  master.links.delete(id)
  rescindOffersOf(master, ({ agentId }) => agentId === id)
  for (const task of agent.tasks.values()) giveUpTask(master, agent, task, ended)
  master.cluster.agents.delete(id)
  master.allocator.forgetAgent(id)
  tellFrameworks(master, agent)
  info('hierarchical.cpp:1232', `Removed all filters for agent ${id}`)
  info('hierarchical.cpp:1108', `Removed agent ${id}`)
}

function tellFrameworks(master: Master, agent: Agent): void {
  for (const framework of master.cluster.frameworks.values()) {
    const lost = `lost agent ${agent.id} (${agent.info.hostname})`
    info('master.cpp:2091', `Notifying framework ${title(framework)} of ${lost}`)
    framework.stream?.send({ type: 'FAILURE', failure: { agent_id: { value: agent.id } } })
  }
}
