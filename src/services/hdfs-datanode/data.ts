import type { FleetFacts } from '../../model/facts.ts'
import type { Member } from '../../model/member.ts'
import { listOf, ruleOf, rulesOf } from '../hdfs-common/rules.ts'
import { isVacant, lookAtStorage, type StorageView } from '../hdfs-common/storage.ts'
import type { DataNodeView } from '../hdfs-common/view.ts'
import { dataNodeQuestions } from './probe.ts'

/** What the directories of a DataNode hold, each for itself: one may be lost or foreign while the others are well. */
export interface BlockData {
  readonly dirs: readonly StorageView[]
  /** Of another cluster, or of nobody knows whom. */
  readonly foreign: readonly StorageView[]
  readonly ours: readonly StorageView[]
  readonly unseen: readonly StorageView[]
}

export function viewBlockData(member: Member, facts: FleetFacts): BlockData {
  const rules = rulesOf(member)
  const clusterId = ruleOf(rules, 'clusterId')
  const dirs = dataNodeQuestions(rules).dirs.map((questions) => lookAtStorage(member, questions, facts))
  const isOurs = (dir: StorageView): boolean => dir.version?.clusterId === clusterId
  return {
    dirs,
    ours: dirs.filter(isOurs),
    foreign: dirs.filter((dir) => !isOurs(dir) && !isVacant(dir) && dir.state !== 'unknown'),
    unseen: dirs.filter(({ state }) => state === 'unknown'),
  }
}

/**
 * Directories that a DataNode which runs has given up, or did not find at its start: it goes on without as many as
 * `failedVolumesTolerated` allows, and copies of their blocks are made elsewhere. Before it knows its file system it names none that it uses.
 */
export function unusedDirs({ report, rules }: Pick<DataNodeView, 'report' | 'rules'>): readonly string[] {
  const used = report?.volumes ?? []
  return used.length === 0 ? [] : listOf(rules, 'dataDirs').filter((path) => !used.includes(path))
}

/** A DataNode makes a directory BP-… for the blocks of each NameNode that it ever served (BlockPoolSliceStorage.java). */
export function holdsBlocks({ names, cut, state }: StorageView): boolean {
  return state !== 'versioned' || cut || names.some((name) => name.startsWith('BP-'))
}
