import { Group, type ZkUrl } from '../common/group.ts'
import { info } from '../common/log.ts'
import type { Network } from './network.ts'

/**
 * Joins the replica to `<path>/log_replicas`, where the data of each znode is the pid of a replica (b-zookeeper), and
 * keeps the network as that folder says. Between two sessions the last members stand. Never settles.
 */
export async function joinByZooKeeper(
  url: ZkUrl,
  sessionTimeoutMs: number,
  pid: string,
  network: Network,
): Promise<never> {
  const group = new Group(url, { prefix: '', sessionTimeoutMs, subPath: 'log_replicas' })
  group.watch((members) => {
    if (members === undefined) return
    info('network.hpp:437', 'ZooKeeper group memberships changed')
    const pids = [...new Set(members.map(({ data }) => data.toString('utf8')))].sort()
    info('network.hpp:485', `ZooKeeper group PIDs: { ${pids.join(', ')} }`)
    network.become(pids)
  })
  info('log.cpp:108', 'Attempting to join replica to ZooKeeper group')
  for (;;) {
    const membership = await group.join(Buffer.from(pid))
    await membership.lost
    info('log.cpp:258', 'Renewing replica group membership')
  }
}
