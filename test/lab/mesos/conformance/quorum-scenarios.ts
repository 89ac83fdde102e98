import { rmSync } from 'node:fs'
import { type Cluster, until } from './cluster.ts'
import { ask, askJson } from './http-client.ts'
import {
  elected,
  healthStatus,
  idsOf,
  lastWords,
  metric,
  othersThan,
  type Scenario,
  stopwatch,
  wipeMaster,
} from './scenario.ts'
import { compareSymptoms, sectionOf } from './symptoms.ts'

/** 01: the leader is killed; another leads when its session has timed out, and the agents keep their ids. */
export const leaderKilled: Scenario = async ({ cluster, facts, text }) => {
  await cluster.start()
  const leader = await cluster.leader(10)
  const before = await idsOf(cluster)
  const [other = 0] = await othersThan(cluster, leader)
  const since = stopwatch()
  await cluster.masters.get(leader)?.kill()
  await new Promise((resolve) => setTimeout(resolve, 3000))
  await compareSymptoms(cluster, facts, sectionOf(text, 'symptoms in the gap'), other, { recorded: 3, here: leader })
  await cluster.leader(20)
  facts.within('seconds to the next leader', 25.34 - 13.8, since(), [6.5, 13])
  await cluster.activeAgents(3, 10)
  facts.equal('ids of the agents', before, await idsOf(cluster))
  const again = stopwatch()
  cluster.startMaster(leader)
  await until('its health', 10, async () => ((await healthStatus(cluster, leader)).includes('200') ? true : undefined))
  facts.within('seconds to /health of the one that is back', 0.13, again(), [0.05, 15])
}

/** 03: a leader without its followers serves on, until the registry has to be written: 20 s later it is dead. */
export const followersKilled: Scenario = async ({ cluster, facts, text }) => {
  await cluster.start()
  const leader = await cluster.leader(10)
  const followers = await othersThan(cluster, leader)
  await killMasters(cluster, followers)
  await new Promise((resolve) => setTimeout(resolve, 2000))
  await compareSymptoms(cluster, facts, sectionOf(text, 'leader still answers'), leader, { recorded: 4, here: leader })
  await cluster.agents.get(1)?.kill()
  rmSync(cluster.workDir('a1'), { recursive: true, force: true })
  cluster.startAgent(1)
  const since = stopwatch()
  const exit = await cluster.masters.get(leader)?.end(40)
  facts.equal('exit code of the leader', facts.recorded(/leader master exit within .*: (-?\d+)/), String(exit))
  facts.within('seconds to its end', 22.97 - 2.61, since(), [19, 27])
  facts.equal('last words', lastWords(text), lastWords(cluster.masters.get(leader)?.output ?? ''))
}

/** 04: a survivor without a quorum is elected, serves what looks healthy, and dies of it a minute later. */
export const leaderAndFollowerKilled: Scenario = async ({ cluster, facts, text }) => {
  await cluster.start()
  const leader = await cluster.leader(10)
  const before = await idsOf(cluster)
  const [first = 0, survivor = 0] = await othersThan(cluster, leader)
  const since = stopwatch()
  await killMasters(cluster, [leader, first])
  await until('the election of the survivor', 20, async () =>
    (await metric(cluster, survivor, 'master/elected')) === 1 ? true : undefined,
  )
  facts.within('seconds to its election', 10.04, since(), [6, 13])
  await compareSymptoms(cluster, facts, sectionOf(text, 'symptoms:'), survivor, { recorded: 4, here: survivor })
  const exit = await cluster.masters.get(survivor)?.end(90)
  facts.equal('exit code of the survivor', facts.recorded(/survivor exit: (-?\d+)/), String(exit))
  facts.within('seconds to its end', 70.06, since(), [65, 76])
  facts.equal('last words', lastWords(text), lastWords(cluster.masters.get(survivor)?.output ?? ''))
  cluster.startMaster(survivor)
  cluster.startMaster(first)
  await cluster.activeAgents(3, 40)
  facts.equal('ids of the agents', before, await idsOf(cluster))
}

/** 05: one wiped master of three catches up by itself, and carries the quorum. */
export const oneWiped: Scenario = async ({ cluster, facts }) => {
  await cluster.start()
  const leader = await cluster.leader(10)
  const before = await idsOf(cluster)
  const [wiped = 0] = await othersThan(cluster, leader)
  await cluster.masters.get(wiped)?.kill()
  wipeMaster(cluster, wiped)
  const since = stopwatch()
  cluster.startMaster(wiped)
  await until('its recovery', 20, async () =>
    (await metric(cluster, wiped, 'registrar/log/recovered')) === 1 ? true : undefined,
  )
  facts.within('seconds to its recovery', 0.74, since(), [0.1, 6])
  const again = stopwatch()
  await cluster.masters.get(leader)?.kill()
  await cluster.leader(20)
  facts.within('seconds to the next leader', 10.8, again(), [6.5, 13])
  await cluster.activeAgents(3, 10)
  facts.equal('ids of the agents', before, await idsOf(cluster))
}

/** 06: two wiped masters of three never recover, however healthy they look, and the registry cannot be read. */
export const twoWiped: Scenario = async ({ cluster, facts }) => {
  await cluster.start()
  await killMasters(cluster, [1, 2, 3])
  for (const number of [1, 2]) wipeMaster(cluster, number)
  for (const number of [1, 2, 3]) cluster.startMaster(number)
  const leader = await elected(cluster, 30)
  await new Promise((resolve) => setTimeout(resolve, 10_000))
  for (const number of [1, 2, 3]) {
    const line = new RegExp(`master${number} 127\\S+ \\{'health': 200.*'recovery': ([\\d.]+)`)
    facts.equal(
      `registrar/log/recovered of master${number}`,
      Number(facts.recorded(line)),
      await metric(cluster, number, 'registrar/log/recovered'),
    )
    facts.equal(`/health of master${number}`, 'HTTP/1.1 200 OK', await healthStatus(cluster, number))
  }
  facts.equal('agents', facts.recorded(/agent ids after (.*)$/m), JSON.stringify(await idsOf(cluster)))
  const health = await ask(`${cluster.masterUrl(leader)}/api/v1`, { method: 'POST', body: '{"type":"GET_HEALTH"}' })
  facts.equal('GET_HEALTH of the leader', 'HTTP/1.1 503 Service Unavailable', health?.status)
  facts.equal('its words (c-failures/04)', 'Master has not finished recovery', health?.body)
}

/** 07: one master with a quorum of its own is not noticed anywhere but in its flags. */
export const oneWithQuorumOne: Scenario = async ({ cluster, facts }) => {
  await cluster.start()
  const leader = await cluster.leader(10)
  const [other = 0] = await othersThan(cluster, leader)
  await cluster.masters.get(other)?.kill()
  cluster.startMaster(other, ['--quorum=1'])
  await new Promise((resolve) => setTimeout(resolve, 6000))
  const quorums = await Promise.all(
    [1, 2, 3].map(async (number) => {
      const body = await askJson(`${cluster.masterUrl(number)}/flags`)
      return (body as { readonly flags: Readonly<Record<string, string>> }).flags.quorum
    }),
  )
  const recorded = facts
    .recorded(/shown by \/flags of each: (.*)$/m)
    .match(/'\d'/g)
    ?.map((each) => each.slice(1, 2))
  facts.equal('quorums in /flags', recorded?.sort(), quorums.sort())
  facts.equal('masters that run', 3, [...cluster.masters.values()].filter((master) => master.runs).length)
  facts.equal('active agents', 3, (await cluster.agentStates()).filter((agent) => agent.active).length)
}

/** 08: three masters with a quorum of one: a leader all the same. */
export const allWithQuorumOne: Scenario = async ({ cluster, facts }) => {
  await cluster.zookeeper.start()
  const since = stopwatch()
  for (const number of [1, 2, 3]) cluster.startMaster(number, ['--quorum=1'])
  await cluster.leader(20)
  facts.within('seconds to a leader', 0.76, since(), [0.3, 8])
}

/** 09: with a quorum of three of three, the death of one is the end of the leader. */
export const quorumTooLarge: Scenario = async ({ cluster, facts, text }) => {
  await cluster.zookeeper.start()
  for (const number of [1, 2, 3]) cluster.startMaster(number, ['--quorum=3'])
  const leader = await elected(cluster, 20)
  const [other = 0] = await othersThan(cluster, leader)
  const recovered = await metric(cluster, leader, 'registrar/log/recovered')
  await cluster.masters.get(other)?.kill()
  facts.equal('/health of the leader', 'HTTP/1.1 200 OK', await healthStatus(cluster, leader))
  const exit = await cluster.masters.get(leader)?.end(80)
  facts.equal(
    'exit code of the leader',
    facts.recorded(/leader exit (-?\d+)/),
    `${exit}${recovered === 1 ? ' (it had recovered before)' : ''}`,
  )
  facts.equal('last words', lastWords(text), lastWords(cluster.masters.get(leader)?.output ?? ''))
}

/** 12: with all masters wiped, the agents bring themselves and their tasks to the new registry. */
export const allWiped: Scenario = async ({ cluster, facts }) => {
  await cluster.start()
  const leader = await cluster.leader(10)
  const before = await idsOf(cluster)
  const zk = `--master=${cluster.zk}`
  const task = cluster.execute([zk, '--name=long', '--command=sleep 600', '--resources=cpus:0.1;mem:32'])
  await until('its task', 20, async () => (task.output.includes('TASK_RUNNING') ? true : undefined))
  await killMasters(cluster, [1, 2, 3])
  for (const number of [1, 2, 3]) wipeMaster(cluster, number)
  const since = stopwatch()
  for (const number of [1, 2, 3]) cluster.startMaster(number)
  const next = await cluster.leader(30)
  facts.within('seconds to a leader', 9.67, since(), [5, 16])
  await cluster.activeAgents(3, 15)
  facts.equal('ids of the agents', before, await idsOf(cluster))
  const tasks = await until('the task', 10, async () => {
    const body = await askJson(`${cluster.masterUrl(next)}/tasks`)
    const states = (body as { readonly tasks: readonly { readonly name: string; readonly state: string }[] }).tasks
    return states.length > 0 ? states.map(({ name, state }) => `('${name}', '${state}')`) : undefined
  })
  facts.equal('tasks', facts.recorded(/tasks \[(.*)\] mesos-execute/), tasks.join(', '))
  facts.equal('mesos-execute', 'None', task.runs ? 'None' : `${task.exit} of master ${leader}`)
}

async function killMasters(cluster: Cluster, numbers: readonly number[]): Promise<void> {
  for (const number of numbers) await cluster.masters.get(number)?.kill()
}
