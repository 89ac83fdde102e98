import type { Repair } from '../../model/kind.ts'
import { act } from '../hdfs-common/acts.ts'
import { isTooSoon } from '../hdfs-common/again.ts'
import { portOf, ruleOf, toolOf } from '../hdfs-common/rules.ts'
import type { HdfsView, JournalNodeView, NameNodeView } from '../hdfs-common/view.ts'
import { lagOf } from './journal-premises.ts'
import { idsOf, isActive } from './premises.ts'

/**
 * What waits for the segment that is being written to end. A standby ends it every two minutes; the active does when it is told to,
 * in seconds. For each process that waits again only after a while, since one that waits for something else would not be helped.
 */
export function rollRepairs(name: NameNodeView, view: HdfsView): readonly Repair[] {
  const { member, rules } = name
  const tool = toolOf(rules)
  if (!isActive(name) || view.names.filter(isActive).length > 1 || tool === undefined) return []
  const now = ({ health }: NameNodeView | JournalNodeView): boolean =>
    !isTooSoon('RollEdits', member, view.facts, view.now, health.startedAt)
  const journals = journalsBehind(name, view).filter(now)
  const standbys = standbysBehind(name, view).filter(now)
  if (journals.length + standbys.length === 0) return []
  const waits =
    journals.length > 0
      ? {
          cause: 'HdfsJournalBehind',
          evidence: `${idsOf(journals)} would not take the next edit before a new segment begins`,
        }
      : {
          cause: 'HdfsStandbyBehind',
          evidence: `${idsOf(standbys)} waits for blocks that no DataNode has and the active does not miss: of files that were removed in the segment that is being written`,
        }
  const guard = { guard: 'NameNodeIs', address: ruleOf(rules, 'address'), port: portOf(rules, 'httpPort') } as const
  const actions = [act({ verb: 'RollEdits', tool }, 'none', { ...guard, state: 'active' })]
  return [{ member: member.id, ...waits, actions, holdsStart: false, disruptive: false }]
}

/** Journals that were restarted, or have missed an edit, take part again with the next segment (Journal.journal: "no segment open"). */
function journalsBehind({ report }: NameNodeView, view: HdfsView): readonly JournalNodeView[] {
  const lags = report === undefined || report.state === 'loading' ? undefined : report.journals
  if (lags === undefined) return []
  return view.journals.filter((journal) => {
    const lag = lagOf(journal, view.journals, lags)
    return journal.health.verdict === 'serving' && lag !== undefined && (lag.outOfSync || hasNoSegment(journal))
  })
}

/**
 * A standby that was restarted reads segments that have ended, and knows of files that were removed since: for blocks of these it waits
 * in safe mode, though all DataNodes have reported to it and the active misses none (seen: 160 s).
 */
function standbysBehind({ report, system }: NameNodeView, view: HdfsView): readonly NameNodeView[] {
  if (report === undefined || report.state === 'loading' || system?.missing !== 0) return []
  const heard = Object.keys(report.live)
  return view.names.filter(({ health, report: said }) => {
    if (health.verdict !== 'waiting' || said?.state !== 'standby') return false
    return /needs additional \d+ blocks/.test(said.safeMode) && heard.every((node) => said.live[node] !== undefined)
  })
}

/** It has written nothing since its start: what its writer says of it is from before. */
function hasNoSegment({ report }: JournalNodeView): boolean {
  return report?.txnsWritten === 0
}
