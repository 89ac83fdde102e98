import type { Repair } from '../../model/kind.ts'
import { foreignRepair } from '../hdfs-common/acts.ts'
import { ruleOf } from '../hdfs-common/rules.ts'
import type { HdfsView, NameNodeView } from '../hdfs-common/view.ts'
import { copiesText, newestImage } from '../hdfs-secondarynamenode/checkpoint.ts'
import type { NameDir } from './data.ts'
import { isActive } from './premises.ts'

/**
 * The one NameNode of a simple HDFS, of which only a directory is left that it had given up long before: it would start, and know
 * nothing of what was acknowledged since. Before each checkpoint a segment of edits is begun in all directories that it still has
 * (FSEditLog.startLogSegment), so directories that have not heard of the one in the secondary's image are old.
 */
export function outdated(name: NameNodeView, view: HdfsView): readonly Repair[] {
  const { data, health, member } = name
  if (data.state !== 'whole' || isActive(name) || health.startedAt > 0) return []
  const newest = Math.max(-1, ...data.dirs.map(newestIn))
  if (view.secondaries.every((own) => newestImage(own) <= newest)) return []
  return [
    {
      member: member.id,
      cause: 'HdfsNamesOutdated',
      evidence: `${member.id} on ${member.host} has nothing newer than transaction ${newest} in its directories, and ${copiesText(view)}`,
      refused:
        'what was done in between would be lost, so it is not started. Bring a newer directory back, or put that image, with its VERSION, ' +
        "into all of them; or, where that may be given up, move the secondary's directory away",
      actions: [],
      refusedAs: 'DataLost',
      holdsStart: true,
      keepsAsItIs: true,
      disruptive: false,
    },
  ]
}

/**
 * Nobody remembers that this file system was simple. Of a highly available one the newest edits are in the journals alone, so what a
 * NameNode has on its own disks may be old, and it must not lead with that.
 */
export function unrecorded({ data, health, member, rules }: NameNodeView): readonly Repair[] {
  if (ruleOf(rules, 'simple') !== 'false' || data.state !== 'whole' || health.startedAt > 0) return []
  const evidence =
    `${member.id} on ${member.host} holds the file system, and no record on a host that was seen says that it is a simple one: what a ` +
    'highly available one wrote last is in its journals. If it had some, put journalNodes back; if it never had, start ' +
    `${member.unit.name} yourself`
  return [foreignRepair(member, data.dirs, evidence, 'ForeignData', 'HdfsFormUnknown')]
}

/** The last transaction that a directory is known to have heard of. */
function newestIn({ cut, names, seenTxid, state }: NameDir): number {
  if (typeof seenTxid === 'number') return seenTxid
  // What was not seen, or not listed, may be newer.
  if (state === 'unknown' || seenTxid === 'unknown' || cut) return Number.POSITIVE_INFINITY
  return Math.max(
    -1,
    ...names.map((file) => Number(/^(?:fsimage_|edits_inprogress_|edits_\d+-)(\d+)$/.exec(file)?.[1] ?? -1)),
  )
}
