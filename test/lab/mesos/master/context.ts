import type { MasterInfo } from '../common/detector.ts'
import type { Flags } from '../common/flags.ts'
import type { Metrics } from '../common/metrics.ts'
import type { Libprocess } from '../common/process.ts'
import type { Registrar } from '../log/registrar.ts'
import type { Allocator } from './allocator.ts'
import type { Authorizer } from './authorization.ts'
import type { Agent, Cluster, Framework } from './cluster.ts'
import type { Counters } from './counters.ts'
import type { Limiter } from './limiter.ts'
import type { Pings } from './pings.ts'
import type { Admits } from './registration.ts'

/** What every part of the master is handed. */
export interface Master {
  readonly flags: Flags
  readonly process: Libprocess
  readonly registrar: Registrar
  readonly metrics: Metrics
  readonly counters: Counters
  readonly allocator: Allocator
  readonly info: MasterInfo
  /** Seconds since 1970. */
  readonly startTime: number
  readonly cluster: Cluster
  readonly leadership: Leadership
  readonly limiter: Limiter
  readonly admits: Admits
  readonly may: Authorizer
  readonly pings: Pings
  readonly numbers: Numbers
  /** Agent ids and addresses with a registry write under way: what else they send meanwhile is ignored. */
  readonly busy: Set<string>
  /** Open connections to agents, by agent id. */
  readonly links: Map<string, { unlink(): void }>
  /** Timers of frameworks that nobody is subscribed for. */
  readonly failovers: Map<string, NodeJS.Timeout>
}

export interface Leadership {
  leader: MasterInfo | undefined
  /** Seconds since 1970; undefined on a follower. */
  electedTime: number | undefined
  recovered: boolean
}

/** The next numbers of the ids that this master gives. */
export interface Numbers {
  agent: number
  framework: number
  offer: number
}

/** Adds one to `master/<name>`. */
export function count(master: Master, name: string): void {
  master.counters.add(`master/${name}`)
}

export function nextAgentId(master: Master): string {
  return `${master.info.id}-S${master.numbers.agent++}`
}

export function nextFrameworkId(master: Master): string {
  return `${master.info.id}-${String(master.numbers.framework++).padStart(4, '0')}`
}

export function nextOfferId(master: Master): string {
  return `${master.info.id}-O${master.numbers.offer++}`
}

export function changeAgent(master: Master, id: string, change: Partial<Agent>): void {
  const agent = master.cluster.agents.get(id)
  if (agent !== undefined) master.cluster.agents.set(id, { ...agent, ...change })
}

export function changeFramework(master: Master, id: string, change: Partial<Framework>): void {
  const framework = master.cluster.frameworks.get(id)
  if (framework !== undefined) master.cluster.frameworks.set(id, { ...framework, ...change })
}
