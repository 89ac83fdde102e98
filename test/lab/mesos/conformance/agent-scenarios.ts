import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Cluster, until } from './cluster.ts'
import type { Facts } from './facts.ts'
import { ask, askJson } from './http-client.ts'
import type { Program } from './program.ts'
import { exchangesIn } from './recordings.ts'
import { idsOf, othersThan, type Scenario, stopwatch } from './scenario.ts'
import { sectionOf } from './symptoms.ts'

/** As c-failures/50 to 58: an agent that does not answer for four seconds is unreachable. */
const shortPings = ['--agent_ping_timeout=1secs', '--max_agent_ping_timeouts=4']

/** 30: an agent is killed under a checkpointed task, and comes back with its id to the task that ran on. */
export const agentKilledUnderTask: Scenario = async ({ cluster, facts }) => {
  await cluster.start(3, 1, ['--agent_ping_timeout=3secs'])
  const before = await idsOf(cluster)
  const task = await runningTask(cluster, ['--checkpoint'])
  await cluster.agents.get(1)?.kill()
  await new Promise((resolve) => setTimeout(resolve, 1500))
  facts.equal(
    'agents that are active 1.5 s later',
    0,
    (await cluster.agentStates()).filter(({ active }) => active).length,
  )
  const since = stopwatch()
  cluster.startAgent(1)
  await cluster.activeAgents(1, 20)
  facts.within('seconds to its registration', 2.68, since(), [0.3, 8])
  facts.equal('its id', before, await idsOf(cluster))
  facts.equal('states of the task', ['TASK_RUNNING'], await taskStates(cluster))
  facts.equal('mesos-execute', 'still running', task.exit)
}

/** 50: an agent that is stopped becomes unreachable with its task, and comes back as it was. */
export const agentStopped: Scenario = async ({ cluster, facts, text }) => {
  await cluster.start(3, 3, shortPings)
  const before = await idsOf(cluster)
  const task = await runningTask(cluster, [])
  const stopped = await agentOfTask(cluster)
  const since = stopwatch()
  stopped.signal('SIGSTOP')
  await cluster.activeAgents(2, 20)
  facts.within('seconds to unreachable', 13.57 - 8.06, since(), [3, 9])
  await until('the word of it', 5, async () => (task.output.includes('TASK_UNREACHABLE') ? true : undefined))
  facts.equal(
    'framework tasks',
    facts.recorded(/framework tasks: \[\('long', '(\w+)'\)\] completed/),
    (await taskStates(cluster)).join(),
  )
  stopped.signal('SIGCONT')
  await cluster.activeAgents(3, 20)
  facts.equal(
    'same id',
    facts.recorded(/same id\? (\w+)/),
    JSON.stringify(before) === JSON.stringify(await idsOf(cluster)) ? 'True' : 'False',
  )
  await until('the task again', 10, async () =>
    (await taskStates(cluster)).includes('TASK_RUNNING') ? true : undefined,
  )
  facts.equal('agent', true, stopped.runs)
  facts.equal('mesos-execute', text.includes('mesos-execute exit None'), task.runs)
}

/** 51: an agent that is dead is inactive at once, unreachable later, and comes back with its id. */
export const agentDead: Scenario = async ({ cluster, facts }) => {
  await cluster.start(3, 3, shortPings)
  const before = await idsOf(cluster)
  await cluster.agents.get(1)?.kill()
  const since = stopwatch()
  await until('an inactive agent', 5, async () =>
    (await cluster.agentStates()).some(({ active }) => !active) ? true : undefined,
  )
  facts.within('seconds to inactive', 0.39, since(), [0, 2])
  await until('two agents', 20, async () => ((await cluster.agentStates()).length === 2 ? true : undefined))
  facts.within('seconds to unreachable', 5.4, since(), [3, 9])
  cluster.startAgent(1)
  await cluster.activeAgents(3, 20)
  facts.equal('ids of the agents', before, await idsOf(cluster))
}

/** 52: an agent that is marked gone ends with 0, and so does each start of it with that id. */
export const agentMarkedGone: Scenario = async ({ cluster, facts, text }) => {
  await cluster.start(3, 3, shortPings)
  const leader = await cluster.leader(10)
  const [other = 0] = await othersThan(cluster, leader)
  const id = (await idsOf(cluster))[cluster.agentIp(1)] ?? ''
  const statuses = ['to a non-leader:', 'unknown id:', 'empty body:'].map((note) => statusesIn(sectionOf(text, note)))
  facts.equal('MARK_AGENT_GONE to a follower', statuses[0]?.[0], await markGone(cluster, other, id))
  facts.equal('MARK_AGENT_GONE of an unknown agent', statuses[1]?.[0], await markGone(cluster, leader, 'no-such-agent'))
  facts.equal(
    'MARK_AGENT_GONE without a body',
    statuses[2]?.[0],
    await call(cluster, leader, { type: 'MARK_AGENT_GONE' }),
  )
  facts.equal('MARK_AGENT_GONE', statuses[2]?.[1], await markGone(cluster, leader, id))
  facts.equal(
    'exit code of the agent',
    facts.recorded(/agent1 exit: (\d+)/),
    String(await cluster.agents.get(1)?.end(10)),
  )
  facts.equal('agents left', 2, (await cluster.agentStates()).length)
  facts.equal('MARK_AGENT_GONE again', statusesIn(sectionOf(text, '] again:'))[0], await markGone(cluster, leader, id))
  await startedAgain(cluster, facts, facts.recorded(/restart agent1 with same work_dir\n\S+ \+ +\S+ exit (\d+)/))
  cluster.agents.delete(1)
  rmSync(join(cluster.workDir('a1'), 'meta', 'slaves', 'latest'), { force: true })
  cluster.startAgent(1)
  await cluster.activeAgents(3, 20)
  facts.equal('a new id', true, (await idsOf(cluster))[cluster.agentIp(1)] !== id)
}

/** 53: marked gone while it was unreachable: it ends when it comes back. */
export const agentGoneWhileUnreachable: Scenario = async ({ cluster, facts }) => {
  await cluster.start(3, 3, shortPings)
  const leader = await cluster.leader(10)
  const id = (await idsOf(cluster))[cluster.agentIp(1)] ?? ''
  cluster.agents.get(1)?.signal('SIGSTOP')
  await cluster.activeAgents(2, 20)
  facts.equal('MARK_AGENT_GONE', 'HTTP/1.1 200 OK', await markGone(cluster, leader, id))
  cluster.agents.get(1)?.signal('SIGCONT')
  facts.equal(
    'exit code of the agent',
    facts.recorded(/SIGCONT; exit: (\d+)/),
    String(await cluster.agents.get(1)?.end(20)),
  )
  facts.equal('agents left', 2, (await cluster.agentStates()).length)
}

async function startedAgain(cluster: Cluster, facts: Facts, recorded: string): Promise<void> {
  facts.equal('exit code of another start', recorded, String(await cluster.startAgent(1).end(15)))
}

function statusesIn(section: string): readonly string[] {
  return exchangesIn(section).map(({ answer }) => answer.status)
}

function markGone(cluster: Cluster, master: number, id: string): Promise<string> {
  return call(cluster, master, { type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id: { value: id } } })
}

async function call(cluster: Cluster, master: number, body: object): Promise<string> {
  const answer = await ask(`${cluster.masterUrl(master)}/api/v1`, { method: 'POST', body: JSON.stringify(body) })
  return answer?.status ?? 'no answer'
}

/** A task that sleeps, when it runs. */
async function runningTask(cluster: Cluster, more: readonly string[]): Promise<Program> {
  const flags = ['--name=long', '--command=sleep 500', '--resources=cpus:0.1;mem:32', ...more]
  const task = cluster.execute([`--master=${cluster.zk}`, ...flags])
  await until('its task', 20, async () => (task.output.includes('TASK_RUNNING') ? true : undefined))
  return task
}

async function agentOfTask(cluster: Cluster): Promise<Program> {
  return until('the agent of the task', 10, async () => {
    for (const [number, agent] of cluster.agents) {
      const containers = await askJson(`${cluster.agentUrl(number)}/containers`)
      if (Array.isArray(containers) && containers.length > 0) return agent
    }
    return undefined
  })
}

/** Of tasks that a leader lists, those of frameworks that are still there. */
async function taskStates(cluster: Cluster): Promise<readonly string[]> {
  const leader = await cluster.leader(5)
  const body = await askJson(`${cluster.masterUrl(leader)}/tasks`)
  return (body as { readonly tasks: readonly { readonly state: string }[] }).tasks.map(({ state }) => state)
}
