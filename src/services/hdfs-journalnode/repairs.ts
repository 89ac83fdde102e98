import type { Repair } from '../../model/kind.ts'
import { act, foreignRepair, mounted, moveAside, notRunning, restart, stop, waiting } from '../hdfs-common/acts.ts'
import { ruleOf } from '../hdfs-common/rules.ts'
import { renderVersion } from '../hdfs-common/version-file.ts'
import type { HdfsView, JournalNodeView } from '../hdfs-common/view.ts'
import { journalsBefore } from '../hdfs-namenode/initialising.ts'
import { othersInStep, ownJournalEmpty, versionOfOthers } from '../hdfs-namenode/journal-premises.ts'
import { atMostOneActive, stillToSay } from '../hdfs-namenode/premises.ts'

type Since = Readonly<Record<string, number>>

/**
 * A JournalNode of a cluster that was born. One that lost its journal does not take part again by itself
 * (JournalNotFormattedException): it gets the identity of the journal back and nothing else, never promises or epochs of another,
 * and what it lacks from the others, by JournalNodeSyncer or with the next segment. Before that, a majority without it must hold
 * everything.
 */
export function journalNodeRepairs(view: HdfsView, since: Since = {}): readonly Repair[] {
  if (view.birth.state !== 'born') return []
  return view.journals.flatMap((journal) =>
    [
      ...changed(journal, view),
      ...(journalsBefore(journal, view) ?? wiped(journal, view)),
      ...silent(journal, view, since),
    ].slice(0, 1),
  )
}

function idOf({ member }: JournalNodeView): string {
  return `${member.id} on ${member.host}`
}

function changed(journal: JournalNodeView, view: HdfsView): readonly Repair[] {
  const { member, data, rules, started } = journal
  if (data.state === 'foreign') {
    const evidence = `${idOf(journal)} is to be of cluster ${ruleOf(rules, 'clusterId')}: ${data.detail}`
    return started === 'no'
      ? [foreignRepair(member, [data.storage], evidence, 'ForeignData')]
      : [foreignRepair(member, [data.storage], evidence, 'IdentityChanged', 'HdfsIdentityChanged')]
  }
  if (data.state === 'other' && started !== 'yes') {
    const evidence = `${idOf(journal)} was never started there, but ${data.detail}`
    return [foreignRepair(member, [data.storage], evidence, 'ForeignData')]
  }
  const own = data.storage.version?.namespaceId
  const ids = view.journals.flatMap((other) =>
    other.data.state === 'ours' ? (other.data.storage.version?.namespaceId ?? []) : [],
  )
  const others = ids.filter((id) => id !== own)
  if (data.state !== 'ours' || others.length < majorityOf(view)) return []
  const evidence = `${idOf(journal)} holds namespace ${own}, the other journals hold ${[...new Set(others)].join(', ')}`
  return [foreignRepair(member, [data.storage], evidence, 'IdentityChanged', 'HdfsIdentityChanged')]
}

function majorityOf({ journals }: HdfsView): number {
  return Math.floor(journals.length / 2) + 1
}

/** No majority of the journals holds anything, and nobody is out of sight who might. */
export function journalsLost(view: HdfsView): boolean {
  const may = view.journals.filter(({ data }) => data.state === 'ours' || data.state === 'unknown')
  return view.birth.state === 'born' && view.journals.length > 0 && may.length < majorityOf(view)
}

function lacks({ data }: JournalNodeView): boolean {
  return data.state === 'vacant' || data.state === 'other'
}

function wiped(journal: JournalNodeView, view: HdfsView): readonly Repair[] {
  if (!lacks(journal)) return []
  const { member, data, health, rules } = journal
  const { storage } = data
  const evidence = `${idOf(journal)} ${journal.started === 'no' ? 'has no journal yet' : 'lost its journal'}: ${data.detail}`
  if (journalsLost(view)) return [lost(journal, `${evidence} (${view.birth.detail})`)]
  const cause = journal.started === 'no' ? 'HdfsJournalNew' : 'HdfsJournalWiped'
  const earlier = view.journals.slice(0, view.journals.indexOf(journal)).find(lacks)
  if (earlier !== undefined && othersInStep(earlier, view).state === 'proven') {
    return [waiting(member, cause, { evidence, waits: `${earlier.member.id} comes first` })]
  }
  const soon = stillToSay(view)
  if (soon !== undefined) return [waiting(member, cause, { evidence, waits: soon })]
  const values = versionOfOthers(journal, view)
  const seed =
    values === undefined
      ? []
      : [
          act(
            {
              verb: 'SeedJournal',
              directory: ruleOf(rules, 'journal'),
              version: renderVersion(values),
              owner: member.user.name,
              group: member.user.group,
            },
            'data',
            ...notRunning(member),
            { guard: 'DirectoryEmpty', path: storage.path },
            ...mounted(member),
          ),
        ]
  const up = health.startedAt > 0 || health.verdict === 'starting'
  // A process whose files were deleted under it goes on with what it has open, and may still count for the writer.
  const stops = up ? [stop(member, 'none')] : []
  return [
    {
      member: member.id,
      cause,
      evidence,
      actions: [...stops, ...moveAside(member, [storage]), ...seed],
      permit: {
        rule: 'Proven',
        verb: 'SeedJournal',
        evidence: [ownJournalEmpty(journal), othersInStep(journal, view), atMostOneActive(view)],
      },
      refusedAs: 'RejoinRefused',
      holdsStart: true,
      fetchesData: true,
      disruptive: false,
    },
  ]
}

function lost(journal: JournalNodeView, evidence: string): Repair {
  return {
    member: journal.member.id,
    cause: 'HdfsJournalsLost',
    evidence,
    refused: 'no majority of the journals holds anything: they have to be made anew from the NameNode that knows most',
    actions: [],
    refusedAs: 'DataLost',
    holdsStart: true,
    keepsAsItIs: true,
    disruptive: false,
  }
}

const silentMs = 60_000

/** It takes connections and does not answer, or nobody listens though it runs. */
function silent(journal: JournalNodeView, view: HdfsView, since: Since): readonly Repair[] {
  const { member, health } = journal
  if (health.verdict !== 'unhealthy' || journal.rpc.state === 'alive' || journal.rpc.state === 'unseen') return []
  if (view.now - (since[member.id] ?? view.now) < silentMs) return []
  const base = { member: member.id, cause: 'HdfsJournalNodeSilent', evidence: health.evidence }
  return [{ ...base, actions: [restart(member)], holdsStart: false, disruptive: true }]
}
