import type { HdfsSpec } from '../api/hdfs.ts'
import type { ExpandInput } from '../model/kind.ts'
import { type Problem, problem } from '../model/reasons.ts'
import { placesIn } from '../services/hdfs-common/context.ts'

type Input = ExpandInput<HdfsSpec>

const field = 'spec.journalNodes'

/**
 * The form of what stands, by the records of its daemons (`simple`), wins over that of the spec: a file system that stands is not made
 * over. A simple one is kept as it is; what a highly available one consists of the simple spec does not say any more, so nothing
 * can be done with it.
 */
export function formOf(
  input: Input,
): { readonly input: Input; readonly refusals: readonly Problem[] } | { readonly problem: Problem } {
  const { object, standing } = input
  const { spec } = object
  if (standing.length === 0) return { input, refusals: [] }
  const simple = simpleIn(input)
  if (spec.journalNodes === undefined) {
    return simple === undefined ? { problem: notSimple(standing[0]?.record['member'] ?? '') } : { input, refusals: [] }
  }
  if (simple === undefined) return { input, refusals: [] }
  const members = placesIn(simple)
  const now: HdfsSpec = {
    ...spec,
    nameNodes: { ...spec.nameNodes, members: [...members] },
    zookeeperRef: undefined,
    zookeeperConnect: undefined,
    journalNodes: undefined,
    fencing: undefined,
    failover: undefined,
  }
  return { input: { ...input, object: { ...object, spec: now } }, refusals: [notHighlyAvailable(simple)] }
}

/** As the records of a simple file system name its NameNode; undefined: there is none. */
export function simpleIn({ standing }: Pick<Input, 'standing'>): string | undefined {
  return standing.find(({ record }) => record['simple'] !== undefined)?.record['simple']
}

function notSimple(member: string): Problem {
  const message = `${field}: ${member} was started for a highly available file system, which is not made a simple one: put journalNodes and what belongs to them back`
  return problem('MembershipChangeUnsupported', message, { field })
}

function notHighlyAvailable(stands: string): Problem {
  const message = `${field}: the file system that stands is simple (${stands}), and this release does not make it highly available: put the spec back; or create another HdfsCluster with journalNodes on other hosts and copy the files over (hadoop distcp)`
  return problem('MembershipChangeUnsupported', message, { field })
}
