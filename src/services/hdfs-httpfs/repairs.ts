import type { Repair } from '../../model/kind.ts'
import { restart } from '../hdfs-common/acts.ts'
import type { HttpFsView } from '../hdfs-common/view.ts'

/** Longer than a failover, in which it waits for the NameNode that was. */
const silentMs = 60_000

/** It keeps nothing and nobody waits for it: what does not answer is started anew, one at a time. */
export function httpFsRepairs(
  gateways: readonly HttpFsView[],
  now: number,
  since: Readonly<Record<string, number>> = {},
): readonly Repair[] {
  return gateways.flatMap(({ health, member }) => {
    if (health.verdict !== 'unhealthy' || now - (since[member.id] ?? now) < silentMs) return []
    const base = { member: member.id, cause: 'HdfsHttpFsSilent', evidence: health.evidence }
    return [{ ...base, actions: [restart(member)], holdsStart: false, disruptive: true }]
  })
}
