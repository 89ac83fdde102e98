import { type Quorum, quorumOf } from '../model/health.ts'
import type { HdfsView, JournalNodeView, NameNodeView } from '../services/hdfs-common/view.ts'
import { lagOf } from '../services/hdfs-namenode/journal-premises.ts'
import { isInStep } from '../services/hdfs-namenode/journal-status.ts'
import { lagsOf } from './hdfs-figures.ts'

/**
 * Journals that will take what is written next: by the active, who writes to all of them; without one, those that serve. One that
 * was restarted takes nothing before the next segment begins (Journal.journal: "no segment open"), and the active does not know
 * that before it has tried: until then all that it says of it is from before.
 */
export function journalQuorum(view: HdfsView, leader: NameNodeView | undefined): Quorum {
  return quorumOf(view.journals.length, view.journals.filter((journal) => takesEdits(journal, view, leader)).length)
}

/** Those that do not, though they may serve. */
export function journalsBehind(view: HdfsView, leader: NameNodeView | undefined): readonly JournalNodeView[] {
  return view.journals.filter((journal) => !takesEdits(journal, view, leader))
}

function takesEdits(journal: JournalNodeView, view: HdfsView, leader: NameNodeView | undefined): boolean {
  if (journal.health.verdict !== 'serving') return false
  const lags = lagsOf(leader)
  const lag = lags === undefined ? undefined : lagOf(journal, view.journals, lags)
  return lag === undefined || (isInStep(lag) && (journal.report?.txnsWritten ?? 0) > 0)
}
