import type { Repair } from '../../model/kind.ts'
import { restart } from '../hdfs-common/acts.ts'
import type { HdfsView, NameNodeView } from '../hdfs-common/view.ts'
import { checkpointMissed } from '../hdfs-secondarynamenode/checkpoint.ts'
import { activeOnes } from './premises.ts'

/** Why nobody gets the checkpoints that a NameNode which stands by should make; undefined: the active does, or nobody knows. */
export function standbyMissed(own: NameNodeView, view: HdfsView): string | undefined {
  const [active, ...others] = activeOnes(view)
  if (own.report?.state !== 'standby' || others.length > 0) return undefined
  return checkpointMissed(own, active, view)
}

/** It serves, and makes no checkpoint any more: edits pile up, and the next start of a NameNode would read them all. */
export function stale(own: NameNodeView, view: HdfsView): readonly Repair[] {
  const evidence = standbyMissed(own, view)
  if (evidence === undefined) return []
  const { member } = own
  const cause = 'HdfsCheckpointStale'
  return [{ member: member.id, cause, evidence, actions: [restart(member)], holdsStart: false, disruptive: true }]
}
