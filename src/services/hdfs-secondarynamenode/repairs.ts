import type { Repair } from '../../model/kind.ts'
import { foreignRepair, restart } from '../hdfs-common/acts.ts'
import { ruleOf } from '../hdfs-common/rules.ts'
import { isVacant } from '../hdfs-common/storage.ts'
import type { HdfsView, SecondaryView } from '../hdfs-common/view.ts'
import { checkpointMissed } from './checkpoint.ts'

type Since = Readonly<Record<string, number>>

const silentMs = 60_000

export function secondaryRepairs(view: HdfsView, since: Since = {}): readonly Repair[] {
  if (view.birth.state !== 'born') return []
  return view.secondaries.flatMap((own) =>
    [...foreign(own), ...silent(own, view.now, since), ...stale(own, view)].slice(0, 1),
  )
}

/** Over the image of another cluster it would make no checkpoint (CheckpointSignature.validateStorageInfo), and that may be the last copy. */
function foreign({ data, member, rules, started }: SecondaryView): readonly Repair[] {
  const clusterId = ruleOf(rules, 'clusterId')
  if (isVacant(data) || data.state === 'unknown' || data.version?.clusterId === clusterId) return []
  // What it was making when it was cut off, before the first VERSION: it goes on from there.
  if (data.state === 'other' && started === 'yes') return []
  const evidence = `${member.id} on ${member.host} is to be of cluster ${clusterId}: ${data.path}: ${data.detail}`
  return [foreignRepair(member, [data], evidence, 'ForeignData')]
}

/** Nobody waits for it: what does not answer is started anew. */
function silent({ health, member }: SecondaryView, now: number, since: Since): readonly Repair[] {
  if (health.verdict !== 'unhealthy' || now - (since[member.id] ?? now) < silentMs) return []
  return [restarted(member, 'HdfsSecondarySilent', health.evidence)]
}

/** It answers, and makes no checkpoint any more: edits pile up, and the next start of the NameNode would read them all. */
function stale(own: SecondaryView, view: HdfsView): readonly Repair[] {
  const why = checkpointMissed(own, view.names[0], view)
  return why === undefined ? [] : [restarted(own.member, 'HdfsCheckpointStale', why)]
}

function restarted(member: SecondaryView['member'], cause: string, evidence: string): Repair {
  return { member: member.id, cause, evidence, actions: [restart(member)], holdsStart: false, disruptive: true }
}
