import type { HdfsSpec } from '../../api/hdfs.ts'
import { type Problem, problem } from '../../model/reasons.ts'

function invalid(field: string, message: string): Problem {
  return problem('InvalidSpec', `${field}: ${message}`, { field })
}

/** Which form it is to be is said by journalNodes; the rest must be of that form. */
export function formProblems(spec: HdfsSpec): readonly Problem[] {
  return spec.journalNodes === undefined ? ofSimple(spec) : ofHighlyAvailable(spec)
}

function ofSimple({ failover, fencing, nameNodes, zookeeperConnect, zookeeperRef }: HdfsSpec): readonly Problem[] {
  const { length } = nameNodes.members
  const remedy = 'without spec.journalNodes there is no failover; add them, or leave it out'
  const given = [
    ['spec.zookeeperRef', zookeeperRef],
    ['spec.zookeeperConnect', zookeeperConnect],
    ['spec.fencing', fencing],
    ['spec.failover', failover],
  ] as const
  return [
    ...(length === 1
      ? []
      : [
          invalid(
            'spec.nameNodes.members',
            `${length} NameNodes: without spec.journalNodes there is exactly one; name one, or add them`,
          ),
        ]),
    ...given.flatMap(([field, value]) => (value === undefined ? [] : [invalid(field, remedy)])),
  ]
}

function ofHighlyAvailable({ nameNodes, secondary, zookeeperConnect, zookeeperRef }: HdfsSpec): readonly Problem[] {
  return [
    ...(nameNodes.members.length >= 2
      ? []
      : [
          invalid(
            'spec.nameNodes.members',
            'one NameNode: with spec.journalNodes name two at least, or leave them out',
          ),
        ]),
    ...((zookeeperConnect === undefined) !== (zookeeperRef === undefined)
      ? []
      : [invalid('spec.zookeeperRef', 'give exactly one of zookeeperRef and zookeeperConnect')]),
    ...(secondary === undefined
      ? []
      : [
          invalid(
            'spec.secondary',
            'with spec.journalNodes a NameNode that stands by makes the checkpoints; leave it out',
          ),
        ]),
  ]
}
