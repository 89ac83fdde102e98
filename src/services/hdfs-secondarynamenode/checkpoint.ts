import { valueOf } from '../../model/fact.ts'
import { ruleOf, timeOf } from '../hdfs-common/rules.ts'
import type { HdfsView, NameNodeView, SecondaryView } from '../hdfs-common/view.ts'

/** Hadoop's own, where nothing is declared. */
const periodMs = 3_600_000
/** So many periods without a checkpoint are not by chance. */
const patience = 3

/**
 * The copies of the names that secondaries hold, a sentence: where, and of when. VERSION is written last in each checkpoint
 * (SecondaryNameNode.doMerge), so its time is that of the image. '': none is declared.
 */
export function copiesText({ secondaries }: Pick<HdfsView, 'secondaries'>): string {
  return secondaries.map(copyText).join('; ')
}

/** The last transaction in the newest image that a secondary has of this cluster; -1: it has none, or none that was seen. */
export function newestImage({ data, rules }: SecondaryView): number {
  if (data.version?.clusterId !== ruleOf(rules, 'clusterId')) return -1
  return Math.max(-1, ...data.names.map((name) => Number(/^fsimage_(\d+)$/.exec(name)?.[1] ?? -1)))
}

function copyText(own: SecondaryView): string {
  const { data, member } = own
  const place = `the secondary on ${member.host}`
  const newest = newestImage(own)
  if (data.state === 'unknown') return `what ${place} has in ${data.path} could not be seen: ${data.detail}`
  if (newest < 0) return `${place} has no image in ${data.path}: ${data.detail}`
  const at = data.writtenAt === undefined ? '' : `, made at ${new Date(data.writtenAt).toISOString()}`
  return `${place} has the image of transaction ${newest} in ${data.path}/current${at}`
}

/**
 * Why the checkpoints of a secondary, or of a NameNode that stands by, are missed: by the NameNode that gets each of them, the last is too
 * old, though both were up for as long. Undefined: they are not, or nobody knows. In safe mode none is made.
 */
export function checkpointMissed(
  own: NameNodeView | SecondaryView,
  name: NameNodeView | undefined,
  { facts, now }: Pick<HdfsView, 'facts' | 'now'>,
): string | undefined {
  const last = name?.system?.lastCheckpoint
  if (name === undefined || name.health.verdict !== 'serving' || last === undefined || last <= 0) return undefined
  if (own.health.verdict !== 'serving') return undefined
  const at = last - (valueOf(facts[name.member.host])?.clockSkewMs ?? 0)
  const since = Math.max(at, own.health.startedAt, name.health.startedAt)
  if (now - since < patience * timeOf(own.rules, 'periodSeconds', periodMs)) return undefined
  return `${own.member.id} has made no checkpoint since ${new Date(at).toISOString()}, by ${name.member.id}: its log says why`
}
