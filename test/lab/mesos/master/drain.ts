import { ok, type Reply, refusal } from '../common/http.ts'
import { info } from '../common/log.ts'
import type { DrainSlave } from '../messages.ts'
import type { DrainConfig } from '../shapes.ts'
import { type Agent, type Draining, describe, isActive, now } from './cluster.ts'
import { changeAgent, type Master } from './context.ts'
import { markGone } from './gone.ts'
import { rescindOffersOf } from './offers.ts'
import { deactivated, drained, draining as drainingWith, reactivated } from './registry-changes.ts'

/** DRAIN_AGENT: no new tasks, the old ones are killed, then DRAINED or gone (c-failures/54). */
export async function drain(master: Master, id: string, config: DrainConfig): Promise<Reply> {
  if (!isKnown(master, id)) return refusal(400, 'Unknown agent')
  await master.registrar.apply(drainingWith(id, config), `Failed to drain agent ${id}`)
  const draining: Draining = { state: 'DRAINING', config, startTime: Math.floor(now()) }
  markAbsent(master, id, { deactivated: true, drain: draining })
  const agent = master.cluster.agents.get(id)
  if (agent === undefined) return ok()
  const has = `agent has (tasks, operations) == (${tasksText(agent)}, {  })`
  info('http.cpp:3798', `Transitioning agent ${id} to the DRAINING state; ${has}`)
  deactivateNow(master, agent, { drain: draining })
  sendDrain(master, agent, config)
  checkDrained(master, id)
  return ok()
}

/** As google's Duration is read, which the call has: `nanoseconds` is no field of it and counts as none (c-failures/54). */
export function gracePeriod(given: unknown): { readonly nanoseconds: number } | undefined {
  if (given === null || typeof given !== 'object') return undefined
  const part = (name: string): number => {
    const value: unknown = Reflect.get(given, name)
    return typeof value === 'number' ? value : 0
  }
  return { nanoseconds: part('seconds') * 1e9 + part('nanos') }
}

export function sendDrain(master: Master, agent: Agent, config: DrainConfig): void {
  const body: DrainSlave = { config }
  master.process.send('master', agent.pid, 'mesos.internal.DrainSlaveMessage', body)
}

/**
 * When the last task is over, the agent is DRAINED. Not looked at when a framework's end took the task: then the agent
 * stays DRAINING until it registers again or is drained again (c-failures/54, GET_AGENTS after the task's end).
 */
export function checkDrained(master: Master, id: string): void {
  const agent = master.cluster.agents.get(id)
  if (agent?.drain?.state !== 'DRAINING' || agent.tasks.size > 0 || master.busy.has(`drained ${id}`)) return
  master.busy.add(`drained ${id}`)
  void finish(master, id, agent.drain).finally(() => master.busy.delete(`drained ${id}`))
}

async function finish(master: Master, id: string, draining: Draining): Promise<void> {
  info('master.cpp:5557', `Transitioning agent ${id} to the DRAINED state`)
  if (draining.config.mark_gone === true) {
    await markGone(master, id)
    return
  }
  await master.registrar.apply(drained(id), `Failed to mark agent ${id} as drained`)
  changeAgent(master, id, { drain: { ...draining, state: 'DRAINED' } })
  info('master.cpp:5578', `Agent ${id} successfully marked as DRAINED`)
}

export async function deactivate(master: Master, id: string): Promise<Reply> {
  if (!isKnown(master, id)) return refusal(400, 'Unknown agent')
  await master.registrar.apply(deactivated(id), `Failed to deactivate agent ${id}`)
  const agent = master.cluster.agents.get(id)
  if (agent !== undefined) deactivateNow(master, agent, {})
  markAbsent(master, id, { deactivated: true })
  return ok()
}

export async function reactivate(master: Master, id: string): Promise<Reply> {
  const { agents, recovered, unreachable } = master.cluster
  const known = agents.get(id) ?? recovered.get(id) ?? unreachable.get(id)
  if (known === undefined) return refusal(400, 'Unknown agent')
  if (!known.deactivated) return refusal(400, 'Agent is not deactivated')
  if (known.drain?.state === 'DRAINING') return refusal(400, 'Agent is still in the DRAINING state')
  await master.registrar.apply(reactivated(id), `Failed to reactivate agent ${id}`)
  const agent = agents.get(id)
  if (agent !== undefined) {
    const { drain: _over, ...rest } = agent
    agents.set(id, { ...rest, deactivated: false })
  }
  markAbsent(master, id, { deactivated: false })
  info('hierarchical.cpp:1244', `Agent ${id} reactivated`)
  master.allocator.soon()
  return ok()
}

/** The same for an agent that is not here now. */
function markAbsent(
  master: Master,
  id: string,
  marks: { readonly deactivated: boolean; readonly drain?: Draining },
): void {
  const { recovered, unreachable } = master.cluster
  const waiting = recovered.get(id)
  if (waiting !== undefined) recovered.set(id, { info: waiting.info, ...marks })
  const lost = unreachable.get(id)
  if (lost !== undefined) unreachable.set(id, { since: lost.since, ...marks })
}

function deactivateNow(master: Master, agent: Agent, change: Partial<Agent>): void {
  const wasActive = isActive(agent)
  changeAgent(master, agent.id, { ...change, deactivated: true })
  info('master.cpp:3482', `Deactivating agent ${describe(agent)}`)
  if (wasActive) rescindOffersOf(master, ({ agentId }) => agentId === agent.id)
  info('hierarchical.cpp:1256', `Agent ${agent.id} deactivated`)
}

function isKnown(master: Master, id: string): boolean {
  return master.cluster.agents.has(id) || master.cluster.recovered.has(id) || master.cluster.unreachable.has(id)
}

function tasksText(agent: Agent): string {
  const byFramework = new Map<string, string[]>()
  for (const task of agent.tasks.values()) {
    const ids = byFramework.get(task.framework_id.value) ?? []
    byFramework.set(task.framework_id.value, [...ids, task.task_id.value])
  }
  const shown = [...byFramework].map(([id, tasks]) => `${id}: { ${tasks.join(', ')} }`)
  return `{ ${shown.join(', ')} }`
}
