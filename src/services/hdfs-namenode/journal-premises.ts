import type { Evidence, Premise } from '../../model/kind.ts'
import { ruleOf } from '../hdfs-common/rules.ts'
import type { HdfsView, JournalNodeView } from '../hdfs-common/view.ts'
import { holdsAll, isInStep, type JournalLag } from './journal-status.ts'
import { activeOnes, idsOf, isNeverWritten, say } from './premises.ts'

/** What is left of a journal without its VERSION is moved aside first. */
export function ownJournalEmpty({ data }: JournalNodeView): Evidence {
  const states = {
    vacant: 'proven',
    other: 'proven',
    ours: 'disproven',
    foreign: 'disproven',
    unknown: 'unknown',
  } as const
  return say('OwnPlacesEmpty', states[data.state], data.detail)
}

/** A format asks every one of them. */
export function journalsServe({ journals }: HdfsView): Evidence {
  return answering('JournalsServe', journals, journals.length)
}

function answering(premise: Premise, journals: HdfsView['journals'], needed: number): Evidence {
  if (journals.length === 0) return say(premise, 'proven', 'no journal is declared')
  const alive = journals.filter(({ rpc }) => rpc.state === 'alive')
  if (alive.length >= needed) return say(premise, 'proven', `${alive.length} of ${journals.length} journals answer`)
  const silent = journals.filter(({ rpc }) => rpc.state !== 'alive')
  const state = silent.some(({ rpc }) => rpc.state === 'unseen') ? 'unknown' : 'disproven'
  return say(premise, state, silent.map(({ rpc }) => rpc.evidence).join('; '))
}

/**
 * Whoever copies an image reads what came after it from a majority of the journals: each segment was written to a majority, and the
 * active goes on only while one takes what it writes. Before anybody ever was active there is nothing to read.
 */
export function journalsInStep(view: HdfsView): Evidence {
  const { journals } = view
  const majority = Math.floor(journals.length / 2) + 1
  if (isNeverWritten(view)) return answering('JournalsInStep', journals, majority)
  const writer = writerOf('JournalsInStep', view)
  if ('premise' in writer) return writer
  const good = journals.filter((journal) => {
    const lag = lagOf(journal, journals, writer.lags)
    return lag !== undefined && isInStep(lag) && journal.data.state === 'ours' && journal.rpc.state === 'alive'
  })
  const counts = `${writer.id} calls ${idsOf(good) || 'none'} in step, ${majority} of ${journals.length} are needed`
  return say('JournalsInStep', good.length < majority ? 'disproven' : 'proven', counts)
}

/**
 * A majority of all journals, without this one, each of which holds all that the active was told to be acknowledged, takes what it
 * writes next, has promised the newest epoch, and is of the same format. With less, a journal that has forgotten its promise and one that was away when it
 * was made are a majority for an old writer, and what only two held is lost with the second. One that comes is in no list that
 * anybody writes to: for it a majority of those that are counts.
 */
export function othersInStep(own: JournalNodeView, view: HdfsView): Evidence {
  const writer = writerOf('OthersInStep', view)
  if ('premise' in writer) return writer
  const good = inStep(own, view, writer.lags)
  const comes = lagOf(own, view.journals, writer.lags) === undefined
  const voters = comes ? writer.lags.length : Math.max(view.journals.length, writer.lags.length)
  const majority = Math.floor(voters / 2) + 1
  const counts = `${writer.id} calls ${idsOf(good) || 'none'} in step, ${majority} of ${voters} are needed`
  if (good.length < majority) return say('OthersInStep', 'disproven', counts)
  return agreedVersion(good) === undefined
    ? say('OthersInStep', 'disproven', `${counts}; their VERSION files differ`)
    : say('OthersInStep', 'proven', `${counts}, epoch ${newestEpoch(view)}`)
}

function newestEpoch({ journals }: HdfsView): number {
  return Math.max(...journals.flatMap(({ report }) => report?.promisedEpoch ?? []))
}

/** One that was restarted takes nothing before the next segment begins, whatever the writer says of it (Journal.journal). */
function inStep(own: JournalNodeView, view: HdfsView, lags: readonly JournalLag[]): readonly JournalNodeView[] {
  const newest = newestEpoch(view)
  return view.journals.filter((journal) => {
    const lag = lagOf(journal, view.journals, lags)
    if (journal.member.id === own.member.id || lag === undefined) return false
    const { data, report, rpc } = journal
    const takes = (report?.txnsWritten ?? 0) > 0 && report?.promisedEpoch === newest
    return holdsAll(lag) && takes && data.state === 'ours' && rpc.state === 'alive'
  })
}

/** What a journal that lost it is told of itself: by those whose word lets it come back. */
export function versionOfOthers(own: JournalNodeView, view: HdfsView): Readonly<Record<string, string>> | undefined {
  const writer = writerOf('OthersInStep', view)
  return 'premise' in writer ? undefined : agreedVersion(inStep(own, view, writer.lags))
}

interface Writer {
  readonly id: string
  readonly lags: readonly JournalLag[]
}

/** The one NameNode that writes, and what it says of the journals; or why nobody can tell. */
function writerOf(premise: Premise, view: HdfsView): Writer | Evidence {
  const active = activeOnes(view)
  const [writer] = active
  if (active.length > 1) return say(premise, 'disproven', `${idsOf(active)} say that they are active`)
  if (writer?.report === undefined || writer.report.state === 'loading') {
    return say(premise, 'unknown', 'no NameNode is active, who could tell')
  }
  const { id } = writer.member
  const { journals: lags } = writer.report
  return lags === undefined ? say(premise, 'unknown', `${id} does not say how far the journals are`) : { id, lags }
}

/** The writer names journals by address, whatever it was configured with: by name and port they are told by their order. */
export function lagOf(
  own: JournalNodeView,
  all: readonly JournalNodeView[],
  lags: readonly JournalLag[],
): JournalLag | undefined {
  const found = lags.find(({ at }) => at === addressOf(own))
  const named = all.every(({ rules }) => !/^[\d.]+$/.test(ruleOf(rules, 'address')))
  if (found !== undefined || !named || lags.length !== all.length) return found
  return lags[all.findIndex(({ member }) => member.id === own.member.id)]
}

export function addressOf({ rules }: JournalNodeView): string {
  return `${ruleOf(rules, 'address')}:${ruleOf(rules, 'rpcPort')}`
}

/** What all of these have in their VERSION; undefined when they differ, or there is none. */
function agreedVersion(journals: readonly JournalNodeView[]): Readonly<Record<string, string>> | undefined {
  const versions = journals.flatMap(({ data }) => (data.state === 'ours' ? (data.storage.version ?? []) : []))
  const values = versions.map((version) => version.values)
  const [first] = values
  const texts = new Set(values.map((value) => JSON.stringify(value)))
  return texts.size === 1 ? first : undefined
}
