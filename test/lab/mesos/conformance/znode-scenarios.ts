import { cpSync } from 'node:fs'
import { join } from 'node:path'
import type { ZooKeeperClient } from '../common/zookeeper/client.ts'
import type { Cluster } from './cluster.ts'
import { until } from './cluster.ts'
import { ask } from './http-client.ts'
import { idsOf, lastWords, othersThan, type Scenario, stopwatch } from './scenario.ts'
import { withZooKeeper, zookeeperTree } from './znodes.ts'

/** 16: the leader's znode taken away is the leader's end at once; with /mesos gone, all end. */
export const znodesDeleted: Scenario = async ({ cluster, facts, text }) => {
  await cluster.start()
  const leader = await cluster.leader(10)
  await withZooKeeper(cluster, (client) => deleteLowest(client))
  const exit = await cluster.masters.get(leader)?.end(5)
  facts.equal('exit code of the leader', facts.recorded(/exit codes \{1: None, 2: (\d+), 3: None\}/), String(exit))
  facts.equal('last words', true, text.includes(lastWords(cluster.masters.get(leader)?.output ?? 'none').slice(2)))
  const others = await othersThan(cluster, leader)
  facts.equal('other masters that run', 2, others.filter((number) => cluster.masters.get(number)?.runs).length)
  const since = stopwatch()
  await cluster.leader(10)
  facts.within('seconds to the next leader', 1, since(), [0, 4])
  cluster.startMaster(leader)
  await cluster.activeAgents(3, 15)
  await deleteAll(cluster)
  const ends = await Promise.all([...cluster.masters.values()].map((master) => master.end(10)))
  facts.equal(
    'exit codes of the masters',
    [1, 1, 1],
    ends.map((end) => (end === -6 ? 1 : end)),
  )
  const agents = await Promise.all([...cluster.agents.values()].map((agent) => agent.end(10)))
  facts.equal('agents that ended with 1 or by SIGABRT', 3, agents.filter((end) => end === 1 || end === -6).length)
}

async function deleteLowest(client: ZooKeeperClient): Promise<void> {
  const [lowest = ''] = (await client.childrenWatched('/mesos')).filter((name) => name.startsWith('json.info_')).sort()
  await client.delete(`/mesos/${lowest}`)
}

/** As a person does it: again and again, until nothing is left. */
async function deleteAll(cluster: Cluster): Promise<void> {
  await until('an empty ZooKeeper', 20, async () => {
    const tree = await zookeeperTree(cluster).catch(() => [])
    await withZooKeeper(cluster, async (client) => {
      // The lowest first, so that each master in turn leads and loses it; a folder after what is in it.
      const depth = (path: string): number => path.split('/').length
      for (const { path } of tree.toSorted((a, b) => depth(b.path) - depth(a.path)))
        await client.delete(path).catch(() => undefined)
    })
    const left = await zookeeperTree(cluster).catch(() => [])
    return left.length === 0 ? true : undefined
  })
}

/** 19: a leader that comes back at once waits for its own dead session, and all masters redirect to it meanwhile. */
export const leaderRestartedAtOnce: Scenario = async ({ cluster, facts, text }) => {
  await cluster.start()
  const leader = await cluster.leader(10)
  await cluster.masters.get(leader)?.kill()
  const since = stopwatch()
  cluster.startMaster(leader)
  await new Promise((resolve) => setTimeout(resolve, 3000))
  for (const number of [1, 2, 3]) {
    const answer = await ask(`${cluster.masterUrl(number)}/redirect`)
    const location = answer?.headers.find(([name]) => name === 'Location')?.[1]
    facts.equal(`where master${number} sends to`, `//${cluster.masterIp(leader)}:5050`, location)
  }
  facts.equal('where a restarted one sends to', true, /\(3, \[\('Location', '\/\/127\.0\.15\.4:5050'\)\]/.test(text))
  await cluster.leader(20)
  facts.within('seconds to a leader', 12.8 - 4.19, since(), [5.5, 13])
  await cluster.activeAgents(3, 10)
}

/** 64: one master grows to three by copies of its log: the agent keeps its id, before and after a fail-over. */
export const grownByCopies: Scenario = async ({ cluster, facts }) => {
  await cluster.start(1, 1, ['--quorum=1'])
  const before = await idsOf(cluster)
  await cluster.masters.get(1)?.kill()
  const log = join(cluster.workDir('m1'), 'replicated_log')
  for (const number of [2, 3]) cpSync(log, join(cluster.workDir(`m${number}`), 'replicated_log'), { recursive: true })
  for (const number of [1, 2, 3]) cluster.startMaster(number)
  const leader = await cluster.leader(30)
  await cluster.activeAgents(1, 15)
  facts.equal('same id', facts.recorded(/agent back \S+ same id (\w+)/), python(same(before, await idsOf(cluster))))
  await cluster.masters.get(leader)?.kill()
  const since = stopwatch()
  await cluster.leader(20)
  facts.within('seconds to the next leader', 9.5, since(), [6.5, 13])
  await cluster.activeAgents(1, 15)
  facts.equal(
    'same id after the fail-over',
    facts.recorded(/agents \[(True)\] GET_HEALTH 200/),
    python(same(before, await idsOf(cluster))),
  )
}

function same(before: object, after: object): boolean {
  return JSON.stringify(before) === JSON.stringify(after)
}

function python(truth: boolean): string {
  return truth ? 'True' : 'False'
}
