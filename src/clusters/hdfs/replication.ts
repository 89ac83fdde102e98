import type { HdfsSpec } from '../../api/hdfs.ts'
import type { HostView } from '../../model/kind.ts'
import { matchesLabels } from '../../model/object.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import type { Hosts } from '../hosts.ts'

const key = 'dfs.replication'

/** Copies of each block that clients ask for, unless they say otherwise: 3 in Hadoop. Of the NameNodes' own configuration. */
export function replicationOf(spec: HdfsSpec): number {
  const text = declared(spec)
  const copies = text === undefined ? 3 : Number(text)
  return Number.isInteger(copies) && copies > 0 ? copies : 3
}

function declared({ coreSite, hdfsSite }: HdfsSpec): string | undefined {
  return hdfsSite[key] ?? coreSite[key]
}

/** A block that wants more copies than there are DataNodes never has them. */
export function replicationProblems(spec: HdfsSpec, hosts: Hosts): readonly Problem[] {
  const text = declared(spec)
  const field = `spec.hdfsSite[${key}]`
  if (text !== undefined && !/^[1-9][0-9]{0,2}$/.test(text)) {
    return [problem('InvalidSpec', `${field}: ${text} is no number of copies; give one from 1 to 512`, { field })]
  }
  const nodes = declaredDataNodes(spec, Object.values(hosts))
  const copies = replicationOf(spec)
  if (copies <= nodes) return []
  const origin = text === undefined ? `${copies}, by default,` : String(copies)
  const message = `${field}: ${origin} is more than the ${nodes} DataNodes declared, so no block would ever have all its copies; declare more DataNodes, or set it to ${nodes}`
  return [problem('InvalidSpec', message, { field })]
}

/** Those on hosts that are lost, too: a host that burns down makes no spec wrong. */
function declaredDataNodes({ dataNodeGroups }: HdfsSpec, hosts: readonly HostView[]): number {
  const names = dataNodeGroups.flatMap(({ hosts: named, hostSelector }) => {
    if (hostSelector === undefined) return named ?? []
    return hosts.filter(({ labels }) => matchesLabels(hostSelector, labels)).map(({ name }) => name)
  })
  return new Set(names).size
}
