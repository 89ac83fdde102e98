import type { Group, Membership } from './group.ts'
import { info } from './log.ts'

/** Stands for election with `data`; settles when the node is there. What a loss means, the master knows. */
export async function contend(group: Group, data: Buffer): Promise<Membership> {
  info('contender.cpp:152', 'Joining the ZK group')
  const membership = await group.join(data)
  info('contender.cpp:268', `New candidate (id='${membership.id}') has entered the contest for leadership`)
  void membership.lost.then(() => info('contender.cpp:217', `Membership cancelled: ${membership.id}`))
  return membership
}
