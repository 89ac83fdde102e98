import { type Quorum, quorumOf } from '../../model/health.ts'
import type { HdfsView, JournalNodeView, NameNodeView } from '../../services/hdfs-common/view.ts'
import { addressOf, lagOf } from '../../services/hdfs-namenode/journal-premises.ts'
import { isInStep } from '../../services/hdfs-namenode/journal-status.ts'
import { lagsOf } from './figures.ts'

/**
 * Journals that will take what is written next: by the active, who writes to all of its list; without one, those that serve. One that
 * was restarted takes nothing before the next segment begins (Journal.journal: "no segment open"), and the active does not know
 * that before it has tried: until then all that it says of it is from before.
 */
export function writtenQuorum(view: HdfsView, leader: NameNodeView | undefined): Quorum {
  const behind = journalsBehind(view, leader)
  const lags = lagsOf(leader)
  if (lags === undefined) return quorumOf(view.journals.length, view.journals.length - behind.length)
  const out = behind.flatMap((journal) => lagOf(journal, view.journals, lags) ?? [])
  return quorumOf(lags.length, lags.filter((lag) => isInStep(lag) && !out.includes(lag)).length)
}

/** On the way from one list to another a restart must leave a majority of the active's and of the declared one: the least margin. */
export function journalQuorum(view: HdfsView, leader: NameNodeView | undefined): Quorum {
  const declared = quorumOf(view.journals.length, view.journals.length - journalsBehind(view, leader).length)
  const written = writtenQuorum(view, leader)
  return written.margin < declared.margin ? written : declared
}

/** Its writer was started before it came, and writes to it from its restart on. */
export function isUnwritten(journal: JournalNodeView, view: HdfsView, leader: NameNodeView | undefined): boolean {
  const lags = lagsOf(leader)
  return lags !== undefined && lagOf(journal, view.journals, lags) === undefined
}

/** NameNodes that say that they write to, or read, other journals than those declared; of names they tell by address. */
export function withOtherJournals({ journals, names }: HdfsView): readonly NameNodeView[] {
  const own = journals.map(addressOf)
  if (!own.every((at) => /^[\d.]+:/.test(at))) return []
  return names.filter(({ report }) => {
    const list = report === undefined || report.state === 'loading' ? [] : report.journalList
    return list.length > 0 && (list.length !== own.length || list.some((at) => !own.includes(at)))
  })
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
