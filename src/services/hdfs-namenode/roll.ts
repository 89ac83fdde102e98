import type { Repair } from '../../model/kind.ts'
import { act } from '../hdfs-common/acts.ts'
import { isTooSoon } from '../hdfs-common/again.ts'
import { portOf, ruleOf, toolOf } from '../hdfs-common/rules.ts'
import type { HdfsView, JournalNodeView, NameNodeView } from '../hdfs-common/view.ts'
import { lagOf } from './journal-premises.ts'
import { isActive } from './premises.ts'

/**
 * A journal that was restarted, or has missed an edit, takes part again with the next segment, which a standby begins every two
 * minutes (Journal.journal: "no segment open"; seen: 128 s). Until then there is one journal less. The active begins one when it
 * is told to, in seconds; again only after a while, since a journal that stays behind for another cause would not be helped.
 */
export function rollRepairs(name: NameNodeView, view: HdfsView): readonly Repair[] {
  const { member, report, rules } = name
  const tool = toolOf(rules)
  const lags = report === undefined || report.state === 'loading' ? undefined : report.journals
  if (!isActive(name) || view.names.filter(isActive).length > 1 || lags === undefined || tool === undefined) return []
  const left = view.journals.filter((journal) => {
    const lag = lagOf(journal, view.journals, lags)
    return journal.health.verdict === 'serving' && lag !== undefined && (lag.outOfSync || hasNoSegment(journal))
  })
  if (left.length === 0 || isTooSoon('RollEdits', member, view.facts, view.now)) return []
  const evidence = `${left.map((journal) => journal.member.id).join(', ')} would not take the next edit before a new segment begins`
  const guard = { guard: 'NameNodeIs', address: ruleOf(rules, 'address'), port: portOf(rules, 'httpPort') } as const
  const actions = [act({ verb: 'RollEdits', tool }, 'none', { ...guard, state: 'active' })]
  return [{ member: member.id, cause: 'HdfsJournalBehind', evidence, actions, holdsStart: false, disruptive: false }]
}

/** It has written nothing since its start: what its writer says of it is from before. */
function hasNoSegment({ report }: JournalNodeView): boolean {
  return report?.txnsWritten === 0
}
