import type { NameNode } from './hdfs-namenode.ts'

/** host:port of each journal that a NameNode writes to, or reads. */
export type JournalList = readonly string[]

export function majorityOf(list: JournalList): number {
  return Math.floor(list.length / 2) + 1
}

/** Any majority of the one and any of the other have a journal in common, so that whoever leads finds what was written. */
function shareJournals(one: JournalList, other: JournalList): boolean {
  return majorityOf(one) + majorityOf(other) > new Set([...one, ...other]).size
}

/** A NameNode that runs with a list of which a majority may know nothing of what another one wrote; undefined: there is none. */
export function apartFrom(name: NameNode, others: readonly NameNode[]): NameNode | undefined {
  if (name.isSimple) return undefined
  return others.find((other) => !other.isSimple && !shareJournals(name.journals, other.journals))
}
