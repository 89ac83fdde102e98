import { isObject, numberOf, textOf } from '../hdfs-common/jmx.ts'

/** A DataNode as a NameNode knows it. */
export interface KnownNode {
  /** Addresses and names, without ports, by which it is told. */
  readonly names: readonly string[]
  readonly live: boolean
  /** In Service, Decommission In Progress, Decommissioned, Entering Maintenance, In Maintenance (DatanodeInfo.AdminStates). */
  readonly admin: string
  readonly lastContactSeconds: number | undefined
}

/**
 * LiveNodes and DeadNodes (FSNamesystem.java). Only who is in the hosts file is in one of them: who was never heard of is dead, and
 * who is in the file no more is in none (DatanodeManager.getDatanodeListForReport). So they tell which file it acts by.
 * Undefined: one of them is not said, and nothing can be told.
 */
export function knownNodes(live: unknown, dead: unknown): readonly KnownNode[] | undefined {
  if (!isObject(live) || !isObject(dead)) return undefined
  return [...nodesIn(live, true), ...nodesIn(dead, false)]
}

function nodesIn(nodes: Readonly<Record<string, unknown>>, live: boolean): readonly KnownNode[] {
  return Object.entries(nodes).flatMap(([key, node]) => {
    if (!isObject(node)) return []
    const at = [key, textOf(node, 'infoAddr'), textOf(node, 'xferaddr')].filter((place) => place !== '')
    const names = [...new Set(at.map((place) => place.replace(/:\d+$/, '')))]
    return [{ names, live, admin: textOf(node, 'adminState'), lastContactSeconds: numberOf(node, 'lastContact') }]
  })
}

export function nodeAt(nodes: readonly KnownNode[], address: string): KnownNode | undefined {
  const found = nodes.filter(({ names }) => names.includes(address))
  return found.find(({ live }) => live) ?? found[0]
}
