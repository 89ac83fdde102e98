import type { HdfsSpec } from '../../api/hdfs.ts'
import type { ExpandInput, StandingMember } from '../../model/kind.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { placesIn } from '../../services/hdfs-common/context.ts'
import { journalNodeService } from '../../services/hdfs-journalnode/service.ts'
import { nameNodeService } from '../../services/hdfs-namenode/service.ts'
import { zkfcService } from '../../services/hdfs-zkfc/service.ts'

type Input = ExpandInput<HdfsSpec>

export interface Form {
  /** With the spec in the form of what stands. */
  readonly input: Input
  /** What stands is simple, and the spec is highly available. */
  readonly becomes: boolean
  readonly refusals: readonly Problem[]
}

const field = 'spec.journalNodes'

/**
 * The form of what stands, by the records of its daemons (`simple`), wins over that of the spec until the record of its NameNode says
 * otherwise: a simple one is prepared for what it becomes (hdfs-conversion.ts). What a highly available one consists of the
 * simple spec does not say any more, so nothing can be done with it.
 */
export function formOf(input: Input): Form | { readonly problem: Problem } {
  const { object, standing } = input
  const { spec } = object
  const as = { input, becomes: false, refusals: [] }
  if (standing.length === 0) return as
  const simple = simpleIn(input)
  if (simple === undefined) {
    return spec.journalNodes === undefined ? { problem: notSimple(standing) } : as
  }
  const doubts = isDoubtful(standing) ? [doubtful(simple)] : []
  if (spec.journalNodes === undefined) return { ...as, refusals: doubts }
  const now: HdfsSpec = {
    ...spec,
    nameNodes: { ...spec.nameNodes, members: [...placesIn(simple)] },
    zookeeperRef: undefined,
    zookeeperConnect: undefined,
    journalNodes: undefined,
    fencing: undefined,
    failover: undefined,
  }
  return { input: { ...input, object: { ...object, spec: now } }, becomes: doubts.length === 0, refusals: doubts }
}

/**
 * As the records of a simple file system name its NameNode; undefined: there is none. Records of others are written anew after that of
 * the NameNode, and those of NameNodes and controllers tell before them.
 */
export function simpleIn({ standing }: Pick<Input, 'standing'>): string | undefined {
  const leaders = standing.filter(isOf(nameNodeService, zkfcService))
  if (leaders.length > 0 && leaders.every(({ record }) => record['simple'] === undefined)) return undefined
  return standing.find(({ record }) => record['simple'] !== undefined)?.record['simple']
}

/** A simple NameNode that was stopped to write to journals, and is not started before these hold all: its id. */
export function initialisesIn({ standing }: Pick<Input, 'standing'>): string | undefined {
  return standing.filter(isOf(nameNodeService)).find(({ record }) => record['initialises'] !== undefined)?.record['id']
}

/** Only the record of the NameNode could say whether it writes to the journals that were started; or there are two that say both. */
function isDoubtful(standing: Input['standing']): boolean {
  const leaders = standing.filter(isOf(nameNodeService, zkfcService))
  if (leaders.some(({ record }) => record['simple'] === undefined)) return true
  return standing.some(isOf(journalNodeService)) && !standing.some(isOf(nameNodeService))
}

function isOf(...roles: readonly string[]): (member: StandingMember) => boolean {
  return ({ record }) => roles.includes(record['role'] ?? '')
}

function notSimple(standing: Input['standing']): Problem {
  const other = standing.find(({ record }) => record['simple'] === undefined)
  const message = `${field}: ${other?.record['member'] ?? ''} was started for a highly available file system, which is not made a simple one: put journalNodes and what belongs to them back`
  return problem('MembershipChangeUnsupported', message, { field })
}

function doubtful(simple: string): Problem {
  const message = `${field}: JournalNodes were started for the simple file system of ${simple}, and no record of its NameNode, or none alone, says whether it writes to them: bring its host back, and take records of others away`
  return problem('ConversionRefused', message, { field })
}
