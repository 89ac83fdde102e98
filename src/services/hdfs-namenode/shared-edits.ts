import { valueOf } from '../../model/fact.ts'
import { answerOn } from '../../model/facts.ts'
import type { Evidence } from '../../model/kind.ts'
import { ruleOf } from '../hdfs-common/rules.ts'
import type { HdfsView, JournalNodeView, NameNodeView } from '../hdfs-common/view.ts'
import { namespaceOf } from './data.ts'
import { isGivenUp, say } from './premises.ts'
import { imageQuestions } from './probe.ts'

/**
 * A NameNode that was simple and is to write to journals: by its record, which was changed when it was stopped for that. Until the
 * journals hold all that it wrote it is not started, since it would read its edits from them alone.
 */
export function initialises({ rules }: Pick<NameNodeView, 'rules'>): boolean {
  return ruleOf(rules, 'initialises') === 'true'
}

/** It of all NameNodes; undefined: there is none, or the journals hold all of its edits. */
export function initialising(view: Pick<HdfsView, 'names' | 'journals'>): NameNodeView | undefined {
  const name = view.names.find(initialises)
  return name === undefined || sharedEdits(name, view).done ? undefined : name
}

/**
 * What one journal holds of what a NameNode wrote before it had journals. bare: nothing. half: it was formatted for this file
 * system, and not all edits were copied. whole: the last segment is there, which is copied last. strange: it was no copy that
 * wrote it, or none of this NameNode.
 */
export interface Share {
  readonly state: 'bare' | 'half' | 'whole' | 'strange' | 'unknown'
  readonly detail: string
  /** Last transaction of a whole one. */
  readonly last?: string
}

/**
 * By the names of segments: `InitializeSharedEdits` copies one after the other, in their order, each under its name
 * (NameNode.copyEditLogSegmentsToSharedDir), as the first writer that the journals ever promise something to; and the NameNode keeps in
 * `seen_txid` with which transaction its last one begins.
 */
export function shareOf({ data }: JournalNodeView, name: NameNodeView): Share {
  const { detail, epoch, promised, state, storage } = data
  const say = (share: Share['state'], why = detail): Share => ({ state: share, detail: why })
  if (state === 'vacant') return say('bare')
  if (state === 'unknown' || promised === 'unknown') return say('unknown')
  if (state !== 'ours') return say('strange')
  const own = namespaceOf(name.data)
  const { namespaceId = '' } = storage.version ?? {}
  if (namespaceId !== own) return say('strange', `${detail}, namespace ${namespaceId} and not ${own}`)
  if (promised === 'yes' && epoch === undefined)
    return say('unknown', `${detail}, and what it has promised cannot be read`)
  if (promised === 'yes' && epoch !== 1) return say('strange', `${detail}, and it has promised epoch ${epoch}`)
  if (storage.cut) return say('unknown', `${detail}, with more files than are listed`)
  const begins = lastSegmentOf(name)
  if (begins === undefined) return say('unknown', `${detail}, and what ${name.member.id} wrote last is not known`)
  const newest = Math.max(0, ...segmentsIn(storage.names))
  if (newest > begins)
    return say(
      'strange',
      `${detail}, with edits from ${newest} on, and the last of ${name.member.id} begin with ${begins}`,
    )
  const whole = storage.names.flatMap((file) => {
    const [, first, last] = /^edits_(\d+)-(\d+)$/.exec(file) ?? []
    return first !== undefined && last !== undefined && Number(first) === begins ? [last] : []
  })
  return whole[0] === undefined
    ? say('half', `${detail}, without the edits from ${begins} on`)
    : { state: 'whole', detail, last: whole[0] }
}

/** With which transaction the last segment in its directories begins: `seen_txid` is written right after that is opened. */
function lastSegmentOf({ data }: NameNodeView): number | undefined {
  const seen = data.dirs.map(({ seenTxid }) => seenTxid)
  const numbers = seen.filter((txid): txid is number => typeof txid === 'number')
  if (numbers.length === 0 || numbers.length < seen.length) return undefined
  return Math.max(...numbers, ...data.dirs.flatMap(({ names }) => segmentsIn(names)))
}

/** First transactions, whole or open. */
function segmentsIn(names: readonly string[]): readonly number[] {
  return names.flatMap((file) => {
    const first = /^edits_(?:inprogress_)?(\d+)(?:-\d+)?$/.exec(file)?.[1]
    return first === undefined ? [] : [Number(first)]
  })
}

/** Done: a majority holds all of it, and the same; whoever reads finds it then. */
export function sharedEdits(
  name: NameNodeView,
  { journals }: Pick<HdfsView, 'journals'>,
): { readonly done: boolean; readonly detail: string } {
  const shares = journals.map((journal) => ({ journal, share: shareOf(journal, name) }))
  const whole = shares.flatMap(({ share }) => share.last ?? [])
  const most = Math.max(0, ...whole.map((last) => whole.filter((other) => other === last).length))
  const detail = shares.map(({ journal, share }) => `${journal.member.id}: ${share.detail}`).join('; ')
  return { done: most > journals.length / 2, detail }
}

// What InitializeSharedEdits needs to be true

/** Also of the others, of whom none may hold anything that was not copied from this one. */
export function nameNodesStopped(name: NameNodeView, view: HdfsView): Evidence {
  const { names, replaced } = view
  const premise = 'NameNodesStopped'
  const up = [...names, ...replaced.names].filter((one) => one.health.verdict !== 'stopped' && !isGivenUp(one, view))
  if (up.length > 0) {
    const state = up.some(({ health }) => health.verdict !== 'unknown') ? 'disproven' : 'unknown'
    return say(premise, state, up.map(({ health }) => health.evidence).join('; '))
  }
  const others = names.filter((one) => one !== name && one.data.state !== 'vacant' && !isGivenUp(one, view))
  if (others.length === 0) return say(premise, 'proven', 'every NameNode is stopped')
  const state = others.some(({ data }) => data.state !== 'unknown') ? 'disproven' : 'unknown'
  return say(premise, state, others.map(({ data, member }) => `${member.id}: ${data.detail}`).join('; '))
}

/** With a directory that is missing or old it cannot be told that the others hold the newest edits. */
export function namesWhole({ data }: Pick<NameNodeView, 'data'>): Evidence {
  const lacking = data.dirs.filter(({ image, state }) => state !== 'versioned' || !image)
  if (data.state === 'whole' && lacking.length === 0) return say('NamesWhole', 'proven', data.detail)
  return say('NamesWhole', data.state === 'unknown' ? 'unknown' : 'disproven', data.detail)
}

export function imageCopied({ data, member, rules }: NameNodeView, { facts }: Pick<HdfsView, 'facts'>): Evidence {
  const [question] = imageQuestions(rules)
  const answer = question === undefined ? undefined : answerOn(facts, member.host, question)
  if (answer === undefined || answer.state === 'unknown') {
    return say('ImageCopied', 'unknown', answer?.why ?? 'nobody has looked for one')
  }
  const [first] = data.dirs
  const images = (first?.names ?? []).flatMap((file) => /^fsimage_(\d+)$/.exec(file)?.[1] ?? [])
  const newest = images.at(-1)
  const copies = (valueOf(answer)?.entries ?? []).filter((copy) => /^\d{8}T\d{6}Z-\d+$/.test(copy))
  const own = copies.findLast((copy) => newest === undefined || copy.endsWith(`-${newest}`))
  return own === undefined
    ? say('ImageCopied', 'disproven', `${question?.path ?? ''} holds no copy of image ${newest ?? 'that is newest'}`)
    : say('ImageCopied', 'proven', `${question?.path ?? ''}/${own}`)
}

export function journalsBare(name: NameNodeView, { journals }: Pick<HdfsView, 'journals'>): Evidence {
  const against = journals
    .map((journal) => ({ journal, share: shareOf(journal, name) }))
    .filter(({ share }) => share.state !== 'bare')
  if (journals.length > 0 && against.length === 0) return say('JournalsBare', 'proven', 'every journal is empty')
  const state = against.some(({ share }) => share.state !== 'unknown') ? 'disproven' : 'unknown'
  const why = against.map(({ journal, share }) => `${journal.member.id} on ${journal.member.host}: ${share.detail}`)
  return say('JournalsBare', state, why.join('; ') || 'no journal is declared')
}
