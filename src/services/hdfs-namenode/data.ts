import { valueOf } from '../../model/fact.ts'
import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Member } from '../../model/member.ts'
import { ruleOf, rulesOf } from '../hdfs-common/rules.ts'
import { lookAtStorage, type StorageView } from '../hdfs-common/storage.ts'
import { type NameDirQuestions, nameNodeQuestions } from './probe.ts'

/** With less room a NameNode enters safe mode (dfs.namenode.resource.du.reserved). */
const reserveMiB = 100

/** One name directory. */
export interface NameDir extends StorageView {
  /** An image of the file system is in it. */
  readonly image: boolean
  /** Signs that it was used after its format: edits of its own, or a transaction above 0. */
  readonly used: boolean
  readonly seenTxid: number | 'none' | 'unknown'
  /** Its disk takes something: mounted for writing, with room. */
  readonly writable: boolean
}

/**
 * What a NameNode's directories hold together. whole: at least one has VERSION and image, all that have VERSION agree. half: some
 * have VERSION, none an image, as a format or a bootstrap leaves that was cut off: VERSION comes first, the image last
 * (FSImage.format, BootstrapStandby.doRun). vacant: nothing in any. foreign: of another cluster. mixed: of two namespaces.
 * other: there is something, and no VERSION.
 */
export interface NameData {
  readonly state: 'whole' | 'half' | 'vacant' | 'foreign' | 'mixed' | 'other' | 'unknown'
  readonly dirs: readonly NameDir[]
  readonly detail: string
}

export function viewNameData(member: Member, facts: FleetFacts): NameData {
  const rules = rulesOf(member)
  const dirs = nameNodeQuestions(rules).dirs.map((questions) => viewDir(member, questions, facts))
  const detail = dirs.map((dir) => `${dir.path}: ${dir.detail}`).join('; ')
  return { state: stateOf(dirs, ruleOf(rules, 'clusterId')), dirs, detail }
}

function stateOf(dirs: readonly NameDir[], clusterId: string): NameData['state'] {
  const versioned = dirs.filter(({ state }) => state === 'versioned')
  if (versioned.some(({ version }) => version?.clusterId !== clusterId)) return 'foreign'
  if (dirs.length === 0 || dirs.some(({ state }) => state === 'unknown')) return 'unknown'
  if (new Set(versioned.map(({ version }) => version?.namespaceId)).size > 1) return 'mixed'
  if (versioned.some(({ image }) => image)) return 'whole'
  if (dirs.some(({ state }) => state === 'other')) return 'other'
  return versioned.length === 0 ? 'vacant' : 'half'
}

function viewDir(member: Member, questions: NameDirQuestions, facts: FleetFacts): NameDir {
  const storage = lookAtStorage(member, questions, facts)
  const { names, cut } = storage
  const found = names.some((name) => /^fsimage_\d+$/.test(name))
  const seenTxid = seenTxidOf(member, questions, facts)
  const used = names.some((name) => name.startsWith('edits')) || (typeof seenTxid === 'number' && seenTxid > 0)
  // Names of edits sort before those of images: where there are more than a listing holds, it was in use for long.
  const image = found || cut
  const lacks = storage.state === 'versioned' && !image
  const detail = lacks ? `${storage.detail}, but there is no image` : storage.detail
  const root = valueOf(answerOn(facts, member.host, questions.root))
  const writable = root !== undefined && !root.readOnly && root.freeMiB >= reserveMiB
  return { ...storage, detail, image, used, seenTxid, writable }
}

function seenTxidOf(member: Member, { seenTxid }: NameDirQuestions, facts: FleetFacts): NameDir['seenTxid'] {
  const answer = answerOn(facts, member.host, seenTxid)
  if (answer.state === 'absent') return 'none'
  const text = answer.state === 'known' ? (answer.value.content ?? '') : ''
  return /^\d+\s*$/.test(text) ? Number(text) : 'unknown'
}

/** Of the namespace that its directories hold; '' when there is none, or more than one. */
export function namespaceOf({ state, dirs }: NameData): string {
  const found = dirs.find(({ version }) => version !== undefined)?.version?.namespaceId ?? ''
  return state === 'whole' || state === 'half' ? found : ''
}
