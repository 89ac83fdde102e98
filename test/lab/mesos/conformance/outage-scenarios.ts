import { until } from './cluster.ts'
import { ask } from './http-client.ts'
import { idsOf, metric, othersThan, type Scenario, stopwatch } from './scenario.ts'
import { compareSymptoms, sectionOf } from './symptoms.ts'

const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

/** 20: ZooKeeper is away for less than a session may live: nobody minds. */
export const zookeeperAwayShortly: Scenario = async ({ cluster, facts, text }) => {
  await cluster.start()
  const leader = await cluster.leader(10)
  const before = await idsOf(cluster)
  const [other = 0] = await othersThan(cluster, leader)
  await cluster.zookeeper.kill()
  await pause(4)
  await compareSymptoms(cluster, facts, sectionOf(text, 'symptoms while zookeeper is down'), other, {
    recorded: 3,
    here: leader,
  })
  await cluster.zookeeper.start()
  await pause(6)
  facts.equal('the leader', leader, await cluster.leader(5))
  facts.equal('masters that run', 3, [...cluster.masters.values()].filter((master) => master.runs).length)
  facts.equal('ids of active agents', before, await idsOf(cluster))
}

/** 21: ZooKeeper is away for longer: the leader ends with 1, the others wait; ten seconds after ZooKeeper one leads. */
export const zookeeperAwayLong: Scenario = async ({ cluster, facts, text }) => {
  await cluster.start()
  const leader = await cluster.leader(10)
  const before = await idsOf(cluster)
  const [other = 0] = await othersThan(cluster, leader)
  const since = stopwatch()
  await cluster.zookeeper.kill()
  const exit = await cluster.masters.get(leader)?.end(20)
  facts.equal('exit code of the leader', facts.recorded(/master2 EXITED code (\d+)/), String(exit))
  facts.within('seconds to its end', 10.3, since(), [9.5, 12])
  await pause(9)
  await compareSymptoms(cluster, facts, sectionOf(text, 'symptoms while zookeeper is down'), other, {
    recorded: 0,
    here: 0,
  })
  facts.equal(
    'other programs that run',
    5,
    [...cluster.masters.values(), ...cluster.agents.values()].filter(({ runs }) => runs).length,
  )
  await cluster.zookeeper.start()
  const again = stopwatch()
  await cluster.leader(30)
  facts.within('seconds from ZooKeeper to the next leader', 37.34 - 27.3, again(), [3, 16])
  await cluster.activeAgents(3, 15)
  facts.equal('ids of the agents', before, await idsOf(cluster))
}

/** 25: ZooKeeper is there and does not answer: as if it were away, counted from its last word. */
export const zookeeperFrozen: Scenario = async ({ cluster, facts }) => {
  await cluster.start()
  const leader = await cluster.leader(10)
  await pause(2)
  const since = stopwatch()
  cluster.zookeeper.signal('SIGSTOP')
  const exit = await cluster.masters.get(leader)?.end(25)
  facts.equal('exit code of the leader', facts.recorded(/master3 EXIT (\d+)/), String(exit))
  facts.within('seconds to its end', 20.96 - 5.94, since(), [12, 18])
  const others = await othersThan(cluster, leader)
  for (const number of others) {
    facts.equal(
      `health of master${number}`,
      'HTTP/1.1 200 OK',
      (await ask(`${cluster.masterUrl(number)}/health`))?.status,
    )
    facts.equal(`master/elected of master${number}`, 0, await metric(cluster, number, 'master/elected'))
  }
  await pause(Math.max(0, 25 - since()))
  cluster.zookeeper.signal('SIGCONT')
  const again = stopwatch()
  await cluster.leader(20)
  facts.within('seconds from ZooKeeper to the next leader', 32.15 - 30.94, again(), [0, 6])
}

/** 23: masters and agents wait for a ZooKeeper that is not there yet. */
export const zookeeperLate: Scenario = async ({ cluster, facts }) => {
  cluster.startMaster(1)
  cluster.startMaster(2)
  cluster.startAgent(1)
  await pause(12)
  facts.equal(
    'programs that run',
    3,
    [...cluster.masters.values(), ...cluster.agents.values()].filter(({ runs }) => runs).length,
  )
  facts.equal(
    '/redirect meanwhile',
    'HTTP/1.1 503 Service Unavailable',
    (await ask(`${cluster.masterUrl(1)}/redirect`))?.status,
  )
  await cluster.zookeeper.start()
  await cluster.activeAgents(1, 40)
  facts.equal('masters that run', 2, [...cluster.masters.values()].filter(({ runs }) => runs).length)
}

/** 17: a rolling restart, followers first: the agents keep their ids, and only the leader's restart costs an election. */
export const rollingRestart: Scenario = async ({ cluster, facts }) => {
  await cluster.start()
  const leader = await cluster.leader(10)
  const before = await idsOf(cluster)
  for (const number of [...(await othersThan(cluster, leader)), leader]) {
    const master = cluster.masters.get(number)
    master?.signal('SIGTERM')
    facts.equal(`exit code of master${number === leader ? ' that led' : ''}`, -15, await master?.end(5))
    const since = stopwatch()
    cluster.startMaster(number)
    await until('its recovery', 20, async () =>
      (await metric(cluster, number, 'registrar/log/recovered')) === 1 ? true : undefined,
    )
    facts.within('seconds to its recovery', 0.12, since(), [0.05, 6])
  }
  await cluster.leader(20)
  await cluster.activeAgents(3, 15)
  facts.equal('ids of the agents', before, await idsOf(cluster))
}
