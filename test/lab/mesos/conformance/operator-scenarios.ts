import { until } from './cluster.ts'
import { askJson } from './http-client.ts'
import { replay } from './replay.ts'
import { idsOf, othersThan, type Scenario } from './scenario.ts'

/** 55: a maintenance schedule, machines down and up by both APIs, with a fail-over in between. */
export const maintenance: Scenario = async ({ cluster, facts, text }) => {
  await cluster.start(3, 3, ['--agent_ping_timeout=1secs', '--max_agent_ping_timeouts=4'])
  let leader = await cluster.leader(10)
  let other = (await othersThan(cluster, leader))[0] ?? 0
  let recordedLeader = 3
  const ended = async (number: number) => {
    facts.equal(`exit code of agent${number}`, 0, await cluster.agents.get(number)?.end(15))
    cluster.agents.delete(number)
  }
  const acts = [
    { note: '] agent1 exit 0', act: () => ended(1) },
    {
      note: 'restart agent1 while its machine is DOWN',
      act: async () => {
        cluster.startAgent(1)
        await ended(1)
      },
    },
    {
      note: 'leader killed',
      act: async () => {
        await cluster.masters.get(leader)?.kill()
        cluster.masters.delete(leader)
        leader = await cluster.leader(20)
        other = (await othersThan(cluster, leader))[0] ?? 0
        recordedLeader = 2
        await cluster.activeAgents(2, 20)
      },
    },
    {
      note: 'restart agent1 still running',
      act: async () => {
        cluster.startAgent(1)
        await cluster.activeAgents(3, 20)
      },
    },
    { note: '] agent2 exit 0', act: () => ended(2) },
  ]
  const cast = () => ({ recordedLeader, leader, other, ids: new Map<string, string>(), agent: 1 })
  await replay(cluster, facts, text, acts, cast)
}

/** 54: an agent is drained, stays so over its own restart and a fail-over, is taken back, and goes for good. */
export const drain: Scenario = async ({ cluster, facts, text }) => {
  await cluster.start(3, 3, ['--agent_ping_timeout=1secs', '--max_agent_ping_timeouts=4'])
  let leader = await cluster.leader(10)
  let other = (await othersThan(cluster, leader))[0] ?? 0
  let recordedLeader = 2
  const flags = ['--name=long', '--command=sleep 500', '--resources=cpus:0.1;mem:32']
  const task = cluster.execute([`--master=${cluster.zk}`, ...flags])
  const agent = await until('the agent of the task', 20, async () => {
    for (const number of task.output.includes('TASK_RUNNING') ? [1, 2, 3] : []) {
      const containers = await askJson(`${cluster.agentUrl(number)}/containers`)
      if (Array.isArray(containers) && containers.length > 0) return number
    }
    return undefined
  })
  const id = (await idsOf(cluster))[cluster.agentIp(agent)] ?? ''
  const drained = facts.recorded(/DRAIN_AGENT", "drain_agent": \{"agent_id": \{"value": "([^"]+)"/)
  const acts = [
    // The recorder looked when the task had ended; nobody had acknowledged that, so the agent was still draining.
    { note: "'DRAINING') (", act: async () => void (await task.end(20)) },
    { note: 'mesos-execute exit 0', act: async () => facts.equal('mesos-execute', 0, await task.end(20)) },
    { note: '] agent exit None', act: async () => facts.equal('the agent', true, cluster.agents.get(agent)?.runs) },
    {
      note: 'restarted drained agent',
      act: async () => {
        await cluster.agents.get(agent)?.kill()
        cluster.startAgent(agent)
        await until('its return', 20, async () => ((await registered(cluster.agentUrl(agent))) ? true : undefined))
        facts.equal('active agents', 2, (await cluster.agentStates()).filter(({ active }) => active).length)
      },
    },
    {
      note: 'leader killed',
      act: async () => {
        await cluster.masters.get(leader)?.kill()
        cluster.masters.delete(leader)
        leader = await cluster.leader(20)
        other = (await othersThan(cluster, leader))[0] ?? 0
        recordedLeader = 3
        await until('all three', 20, async () => ((await cluster.agentStates()).length === 3 ? true : undefined))
        facts.equal('active agents after it', 2, (await cluster.agentStates()).filter(({ active }) => active).length)
      },
    },
    {
      note: '] agent exit 0',
      act: async () => facts.equal('exit code of the agent', 0, await cluster.agents.get(agent)?.end(15)),
    },
  ]
  const ids = new Map([[drained, id]])
  await replay(cluster, facts, text, acts, () => ({ recordedLeader, leader, other, ids, agent }))
}

async function registered(url: string): Promise<boolean> {
  const metrics = await askJson(`${url}/metrics/snapshot`, { timeoutMs: 2000 })
  return (metrics as Readonly<Record<string, number>> | undefined)?.['slave/registered'] === 1
}
