import type { Member } from '../../model/member.ts'
import type { HadoopTool } from '../../model/step.ts'
import { jsonOf } from '../common/http.ts'

/**
 * What `Member.rules` of HDFS holds: values of the spec, and what is known of the past, by which health and repairs go. Ports
 * and times are text, lists of paths are joined by ','. A key that is missing reads as ''.
 *
 * Every member: address, nameservice, clusterId (the one that the cluster has or is to have), extraJars, ahead ('true': it stands ready for a
 *   simple file system to become highly available).
 * NameNode: id, rpcPort, httpPort, nameDirs, first ('true': it is formatted, the others copy), tool
 *   (JSON of HadoopTool), with failover znode, zookeeper (host:port,…), sessionSeconds, healthSeconds, periodSeconds (from one
 *   checkpoint to the next), journalsBegin ('true': no record tells yet of the list of journals that it is to go to), journalsPass
 *   ('true': another list comes after that), and of the past:
 *   born (a sentence that names the record or the status that says that the cluster lived; '': none does), unseen (hosts on which
 *   the object had members and that nobody has seen, joined by ','), lost (declared hosts that are given up, joined by ','),
 *   simple (without failover, 'true': a record says that what stands has none), arrives ('true': it is on its way to another host, and all others do not know it there yet),
 *   untold ('true': another has left, and no failover controller runs yet that knows of it), copies (ImageCopies), upgrade (JSON of UpgradeStage),
 *   becomes (of a simple one that is to be highly available: its identity from then on, in JSON), initialises ('true': it was simple, and is
 *   not started before the journals hold all that it wrote),
 *   balance (JSON of BalanceWanted; of the first only).
 * JournalNode: rpcPort, httpPort, editsDir, journal. Failover controller: id, port, znode, zookeeper, tool, fallback, arrives, unaware
 *   (ids of controllers that run with the old address, joined by ',').
 * SecondaryNameNode: httpPort, checkpointDir, periodSeconds (from one checkpoint to the next).
 * DataNode: httpPort, dataDirs, rack, maintenance ('true': its host is in maintenance), replication (copies of a block).
 */
export type Rules = Readonly<Record<string, string>>

export function rulesOf(member: Member): Rules {
  return member.rules ?? {}
}

export function ruleOf(rules: Rules, key: string): string {
  return rules[key] ?? ''
}

/** Of a NameNode or its failover controller: it comes, or is on its way to another host. */
export function arrives(rules: Rules): boolean {
  return rules['arrives'] === 'true'
}

/** It stands ready for a simple file system to become highly available, which it is not yet. */
export function isAhead(rules: Rules): boolean {
  return rules['ahead'] === 'true'
}

/** 0 for what is no port, where nobody listens. */
export function portOf(rules: Rules, key: string): number {
  const port = Number(rules[key] ?? '')
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0
}

export function listOf(rules: Rules, key: string): readonly string[] {
  return ruleOf(rules, key)
    .split(',')
    .filter((item) => item !== '')
}

/** ms; `fallback` where nothing is declared. */
export function timeOf(rules: Rules, key: string, fallback: number): number {
  const seconds = Number(rules[key] ?? '')
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : fallback
}

/** Undefined for a member that runs no tool. */
export function toolOf(rules: Rules): HadoopTool | undefined {
  const value = jsonOf(ruleOf(rules, 'tool'))
  if (typeof value !== 'object' || value === null) return undefined
  const { home, config, user, group, unit, timeoutSeconds } = value as Readonly<Record<string, unknown>>
  if (typeof home !== 'string' || typeof config !== 'string' || typeof user !== 'string') return undefined
  if (typeof group !== 'string' || typeof unit !== 'string' || typeof timeoutSeconds !== 'number') return undefined
  return { home, config, user, group, unit, timeoutSeconds }
}
