import { contend } from '../common/contender.ts'
import { detectLeader, type MasterInfo } from '../common/detector.ts'
import { Group, type ZkUrl } from '../common/group.ts'
import { exitWith, info } from '../common/log.ts'
import { now } from './cluster.ts'
import type { Master } from './context.ts'
import { takeUp } from './recovered.ts'

const prefix = 'json.info_'

/** Stands for election and follows who leads. A leader that is none any more ends (c-failures/02, 16, 20–25). */
export function takePart(master: Master, zk: ZkUrl): void {
  const sessionTimeoutMs = master.flags.duration('zk_session_timeout') ?? 10_000
  void stand(master, new Group(zk, { prefix, sessionTimeoutMs }))
  detectLeader(
    new Group(zk, { prefix, sessionTimeoutMs }),
    (leader) => follow(master, leader),
    (words) => exitWith('master.cpp:2161', `Failed to detect the leading master: ${words}; committing suicide!`),
  )
}

/** Without ZooKeeper a master is alone, and leads (c-failures/10). */
export function leadAlone(master: Master): void {
  follow(master, master.info)
}

async function stand(master: Master, group: Group): Promise<void> {
  void group.failed.then((words) => exitWith('master.cpp:2139', `Failed to contend: ${words}; committing suicide!`))
  const data = Buffer.from(JSON.stringify(sorted(master.info)))
  for (;;) {
    const membership = await contend(group, data)
    await membership.lost
    if (master.leadership.electedTime !== undefined)
      exitWith('master.cpp:2148', 'Lost candidacy as a leader... committing suicide!')
    info('master.cpp:2151', 'Lost candidacy as a follower... Contend again')
    info('contender.cpp:207', `Now cancelling the membership: ${membership.id}`)
  }
}

/** In the order of b-zookeeper: by name. */
function sorted({ address, capabilities, hostname, id, ip, pid, port, version }: MasterInfo): MasterInfo {
  return { address, capabilities, hostname, id, ip, pid, port, version }
}

function follow(master: Master, leader: MasterInfo | undefined): void {
  const { leadership } = master
  const led = leadership.electedTime !== undefined
  leadership.leader = leader
  if (leader === undefined) {
    info('master.cpp:2225', 'No master was elected.')
    if (led) exitWith('master.cpp:2228', 'Lost leadership after indecisive election... committing suicide!')
    return
  }
  // The id tells apart a master that was here before, at the same address (c-failures/19).
  if (leader.id !== master.info.id) {
    info('master.cpp:2187', `The newly elected leader is ${leader.pid} with id ${leader.id}`)
    if (led) exitWith('master.cpp:2182', 'Lost leadership... committing suicide!')
    return
  }
  if (led) return
  info('master.cpp:2174', 'Elected as the leading master!')
  leadership.electedTime = now()
  void lead(master)
}

async function lead(master: Master): Promise<void> {
  info('master.cpp:1670', 'Recovering from registrar')
  takeUp(master, await master.registrar.recover(master.info))
  master.leadership.recovered = true
}
