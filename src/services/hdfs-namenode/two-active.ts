import { valueOf } from '../../model/fact.ts'
import type { Repair } from '../../model/kind.ts'
import { restart } from '../hdfs-common/acts.ts'
import { timeOf } from '../hdfs-common/rules.ts'
import type { HdfsView, NameNodeView } from '../hdfs-common/view.ts'
import { isActive } from './premises.ts'

/** Beyond the session: a graceful fence, and the first edit of the new writer. */
const takeoverMs = 15_000

/**
 * One of two that say that they are active. The journals take no edit of an older writer, which ends with the first that it tries:
 * until then it may tell readers what was true a while ago. One that does not notice for longer than a session and a takeover is
 * started anew, as a standby: by the clocks it became active earlier, and the lock is held for another.
 */
export function twoActive(name: NameNodeView, view: HdfsView): readonly Repair[] {
  const { member, rules } = name
  const since = activeSince(name, view)
  const latest = Math.max(0, ...view.names.map((other) => activeSince(other, view)))
  const newest = view.names.find((other) => activeSince(other, view) === latest)
  if (since === 0 || newest === undefined || since >= latest) return []
  const { holder } = view.election
  if (holder === undefined || holder === name.id) return []
  if (view.now - latest < timeOf(rules, 'sessionSeconds', 10_000) + takeoverMs) return []
  const evidence = `${member.id} on ${member.host} says that it is active, and so does ${newest.member.id}, which became it later`
  const base = { member: member.id, cause: 'HdfsTwoActive', evidence }
  return [{ ...base, actions: [restart(member)], holdsStart: false, disruptive: true }]
}

/** ms since the epoch, by our clock; 0: it is not active, or does not say since when. */
function activeSince(name: NameNodeView, { facts }: HdfsView): number {
  const { member, report } = name
  if (!isActive(name) || report === undefined || report.state === 'loading' || report.lastTransition === 0) return 0
  return report.lastTransition - (valueOf(facts[member.host])?.clockSkewMs ?? 0)
}
