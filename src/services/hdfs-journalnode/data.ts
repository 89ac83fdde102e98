import { valueOf } from '../../model/fact.ts'
import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Member } from '../../model/member.ts'
import { ruleOf, rulesOf } from '../hdfs-common/rules.ts'
import { lookAtStorage, type StorageView } from '../hdfs-common/storage.ts'
import { journalNodeQuestions } from './probe.ts'

/**
 * What a JournalNode's disk holds of the journal. ours: formatted for this cluster. vacant: nothing. foreign: of another cluster.
 * other: what cannot be told.
 */
export interface JournalData {
  readonly state: 'ours' | 'vacant' | 'foreign' | 'other' | 'unknown'
  readonly detail: string
  readonly storage: StorageView
  /** JNStorage.format makes it after VERSION: without it a format was cut off. */
  readonly paxos: 'yes' | 'no' | 'unknown'
  /** It has promised an epoch to a writer: a NameNode was active. */
  readonly promised: 'yes' | 'no' | 'unknown'
  /** Which one, where that can be read. */
  readonly epoch?: number
  /** What else stands in the directory of the journals, where nothing should before a first start. */
  readonly beside?: { readonly state: 'other' | 'unknown'; readonly detail: string }
}

export function viewJournalData(member: Member, facts: FleetFacts): JournalData {
  const rules = rulesOf(member)
  const { journal } = journalNodeQuestions(rules)
  const storage = lookAtStorage(member, journal, facts)
  const there = (answer: { readonly state: string }): 'yes' | 'no' | 'unknown' =>
    answer.state === 'known' ? 'yes' : answer.state === 'absent' ? 'no' : 'unknown'
  const paxos = there(answerOn(facts, member.host, journal.paxos))
  const promised = there(answerOn(facts, member.host, journal.promised))
  const said = valueOf(answerOn(facts, member.host, journal.promised))?.content ?? ''
  const epoch = /^\d+\s*$/.test(said) ? Number(said) : undefined
  const beside = strangersBeside(member, facts)
  const detail = `${storage.path}: ${storage.detail}`
  const say = (state: JournalData['state'], words = detail): JournalData => ({
    state,
    detail: words,
    storage,
    paxos,
    promised,
    ...(epoch === undefined ? {} : { epoch }),
    ...(beside === undefined ? {} : { beside }),
  })
  switch (storage.state) {
    case 'unknown':
      return say('unknown')
    case 'other':
      return say('other')
    case 'versioned':
      return say(storage.version?.clusterId === ruleOf(rules, 'clusterId') ? 'ours' : 'foreign')
    case 'empty':
    case 'leftovers':
      // The files were not looked at in one instant.
      return promised === 'no' && paxos === 'no'
        ? say('vacant')
        : say('unknown', `${detail}, but not all of it was seen`)
  }
}

/** Most likely the journal of another cluster. What ironherd moved aside is none. */
function strangersBeside(member: Member, facts: FleetFacts): JournalData['beside'] {
  const rules = rulesOf(member)
  const { editsDir, root } = journalNodeQuestions(rules).journal
  const answer = answerOn(facts, member.host, editsDir)
  if (answer.state === 'unknown') return { state: 'unknown', detail: answer.why }
  const own = root.path.slice(editsDir.path.length + 1)
  const strangers = (valueOf(answer)?.entries ?? []).filter((name) => name !== own && !name.startsWith(`${own}.aside-`))
  if (strangers.length === 0) return undefined
  return { state: 'other', detail: `${editsDir.path} holds ${strangers.slice(0, 4).join(', ')}` }
}
