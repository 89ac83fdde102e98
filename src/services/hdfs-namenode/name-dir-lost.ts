import type { Repair } from '../../model/kind.ts'
import { restart } from '../hdfs-common/acts.ts'
import { isVacant } from '../hdfs-common/storage.ts'
import type { HdfsView, NameNodeView } from '../hdfs-common/view.ts'
import { handOver, successorOf } from './takeover.ts'

/**
 * A NameNode goes on with the directories that are left, and takes up an empty one only at its start: `current` is made in it then,
 * VERSION and image come with the next checkpoint (FSImage.recoverTransitionRead), and of one without others at once
 * (FSNamesystem.loadFSImage). For that one a moment of outage is less than to go on with a directory less.
 */
export function dirLost(name: NameNodeView, view: HdfsView): readonly Repair[] {
  const { member, data, report, health } = name
  if (data.state !== 'whole' || health.startedAt === 0 || report === undefined || report.state === 'loading') return []
  const lostDirs = data.dirs.filter(
    (dir) => dir.writable && (dir.state === 'empty' || (report.failedDirs.includes(dir.path) && isVacant(dir))),
  )
  const failed = data.dirs.filter((dir) => dir.writable && report.failedDirs.includes(dir.path))
  const found = [...new Set([...lostDirs, ...failed].map(({ path }) => path))]
  if (found.length === 0) return []
  const evidence = `${member.id} on ${member.host} works without ${found.join(', ')}`
  const base = { member: member.id, cause: 'HdfsNameDirLost', evidence, holdsStart: false, disruptive: true }
  if (report.state !== 'active') return [{ ...base, actions: [restart(member)] }]
  if (view.names.length === 1) {
    const kept = data.dirs.some(({ image, path }) => image && !report.failedDirs.includes(path))
    const actions = [{ ...restart(member), risk: 'outage' as const }]
    return [
      { ...base, actions, ...(kept ? {} : { waits: 'it would find none of the directories in which it writes' }) },
    ]
  }
  const to = successorOf(name, view)
  if (typeof to !== 'string') return [{ ...base, actions: handOver(name, to) }]
  return [{ ...base, actions: [restart(member)], waits: `it leads, and nobody can take over: ${to}` }]
}
