import { Cluster, type Machinery, until } from './cluster.ts'
import { playExecute } from './execute-cases.ts'
import { playHttp } from './http-cases.ts'
import { askJson } from './http-client.ts'
import type { Result } from './result.ts'
import { playZnodes } from './znodes.ts'

/** The cluster of a-http, b-zookeeper and d-mesos-execute: three masters, three agents, tasks one after another. */
export async function playMainRun(machinery: Machinery): Promise<readonly Result[]> {
  const cluster = new Cluster(machinery)
  try {
    await cluster.start(3, 0)
    const leader = await cluster.leader(10)
    const other = leader === 1 ? 2 : 1
    const results = [await playZnodes(cluster, '00-three-masters-before-failover', 0, leader)]
    // One after another, so that their ids are in the order of their names, as recorded.
    for (let agent = 1; agent <= 3; agent += 1) {
      cluster.startAgent(agent)
      await cluster.activeAgents(agent, 60)
    }
    results.push(await playZnodes(cluster, '01-three-masters-three-agents', 0, leader))
    results.push(...(await playHttp(cluster, 'idle', { leader, other, agent: 1 })))
    results.push(...(await playTasks(cluster, leader)))
    const agent = await agentWithTask(cluster, leader)
    results.push(...(await playHttp(cluster, 'task', { leader, other, agent })))
    return results
  } finally {
    await cluster.stop()
  }
}

async function playTasks(cluster: Cluster, leader: number): Promise<readonly Result[]> {
  const names = [
    '01-via-zk-echo',
    '02-via-leader-sleep2',
    '03-via-NON-leader',
    '04-task-fails-exit-3',
    '05-too-many-resources',
    '06-wrong-port-no-master',
  ]
  const results: Result[] = []
  for (const name of names) results.push(await playExecute(cluster, name, leader))
  // What ran while the recordings "with-running-task" were made.
  const master = `--master=${cluster.masterIp(leader)}:5050`
  cluster.execute([master, '--name=long', '--command=sleep 600', '--resources=cpus:0.1;mem:32'])
  return results
}

async function agentWithTask(cluster: Cluster, leader: number): Promise<number> {
  return until('an agent with a task that runs', 20, async () => {
    const body = await askJson(`${cluster.masterUrl(leader)}/tasks`)
    const { tasks } = body as { readonly tasks: readonly { readonly state: string }[] }
    if (!tasks.some(({ state }) => state === 'TASK_RUNNING')) return undefined
    for (const number of [1, 2, 3]) {
      const containers = await askJson(`${cluster.agentUrl(number)}/containers`)
      if (Array.isArray(containers) && containers.length > 0) return number
    }
    return undefined
  })
}

/**
 * The other cluster of a-http, with the flags of c-failures/51: an agent dead, the leader killed, and the two other
 * agents back with the next one.
 */
export async function playRecovered(machinery: Machinery): Promise<readonly Result[]> {
  const cluster = new Cluster(machinery)
  try {
    await cluster.start(3, 3, [
      '--agent_ping_timeout=1secs',
      '--max_agent_ping_timeouts=4',
      '--registry_gc_interval=10mins',
    ])
    const leader = await cluster.leader(10)
    await cluster.masters.get(leader)?.kill()
    cluster.masters.delete(leader)
    await cluster.agents.get(3)?.kill()
    cluster.agents.delete(3)
    const next = await cluster.leader(30)
    await cluster.activeAgents(2, 30)
    const recovered = await playHttp(cluster, 'recovered', { leader: next, other: next, agent: 1 })
    cluster.startMaster(leader)
    const listed = await until('all three stand for election', 30, async () => {
      const result = await playZnodes(cluster, '02-failover-after-leader-kill9', 0, next)
      return result.different.length === 0 ? result : undefined
    }).catch(() => playZnodes(cluster, '02-failover-after-leader-kill9', 0, next))
    return [...recovered, listed]
  } finally {
    await cluster.stop()
  }
}
