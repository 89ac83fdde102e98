import { z } from 'zod'
import type { HdfsSpec } from '../../api/hdfs.ts'
import type { ExpandInput } from '../../model/kind.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { nameNodeService } from '../../services/hdfs-namenode/service.ts'

const status = z.object({ hdfs: z.object({ clusterId: z.string().min(1) }) })

/**
 * The id of the file system: what its members were started with, else what the status says, else one of its own from the uid of the
 * object. So an object that was deleted with Retain and applied anew finds its file system again.
 */
export function clusterIdOf({ object, standing }: Pick<ExpandInput<HdfsSpec>, 'object' | 'standing'>): {
  readonly clusterId: string
  readonly problems: readonly Problem[]
} {
  const started = standing.flatMap(({ host, record }) => {
    const id = record['clusterId'] ?? ''
    return id === '' ? [] : [{ id, where: `${record['member'] ?? ''} on ${host}` }]
  })
  const said = saidIn(object.status)
  const [first] = started
  const clusterId = first?.id ?? said ?? `CID-${object.metadata.uid}`
  const all = [...started, ...(said === undefined ? [] : [{ id: said, where: 'the status of the object' }])]
  const other = all.find(({ id }) => id !== clusterId)
  if (other === undefined) return { clusterId, problems: [] }
  const remedy =
    other.id === said && started.every(({ id }) => id === clusterId)
      ? `If the hosts are right, put ${clusterId} into status.hdfs.clusterId (kubectl patch --subresource=status)`
      : 'Find out whose data is where'
  const message =
    `${first?.where ?? 'a member'} is of the file system ${clusterId}, and ${other.where} of ${other.id}: two file systems are mixed ` +
    `up here. ${remedy}; nothing is changed meanwhile`
  return { clusterId, problems: [problem('IdentityChanged', message)] }
}

/**
 * By what it is known that a NameNode of this object was started once: then nothing is ever formatted for it again. '': by nothing
 * that outlives the hosts' data; what stands on their disks is looked at besides.
 */
export function bornBy({ object, standing }: Pick<ExpandInput<HdfsSpec>, 'object' | 'standing'>): string {
  const started = standing.find(({ record }) => record['role'] === nameNodeService)
  if (started !== undefined)
    return `${started.record['member'] ?? 'a NameNode'} was started on ${started.host}, by its record`
  const said = saidIn(object.status)
  return said === undefined ? '' : `the status of the object knows the file system ${said}`
}

function saidIn(text: unknown): string | undefined {
  return status.safeParse(text ?? {}).data?.hdfs.clusterId
}
