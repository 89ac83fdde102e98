import type { Authority } from '../model/engine.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Canaries } from './canary.ts'
import type { Census } from './census.ts'
import type { Ports } from './engine.ts'
import type { Looks } from './looks.ts'
import type { Machines } from './machines.ts'
import type { Memory } from './memory.ts'
import type { ResourceStore } from './store.ts'

export interface Timing {
  /** Every object is looked at again after so long, though nothing changed. */
  readonly pollMs: number
  /** The same while something is in progress. */
  readonly busyMs: number
  /** A look that is younger than this is shared. */
  readonly shareMs: number
}

/** All that passes work with: one per leadership, so that nothing survives the loss of one. */
export interface Context {
  readonly store: ResourceStore
  readonly ports: Ports
  readonly authority: Authority
  /** False as soon as this process may no longer act. */
  readonly held: () => boolean
  /** Aborts work on hosts: when leadership is lost, or when the time for an orderly stop is over. */
  readonly handsSignal: AbortSignal
  /** Called when a machine says that a newer leader has acted: this process must stop. */
  readonly superseded: (why: string) => void
  readonly looks: Looks
  readonly machines: Machines
  readonly census: Census
  readonly canaries: Canaries
  readonly memory: Memory
  readonly metrics: Metrics
  readonly timing: Timing
  readonly random: () => number
  /** ms since the epoch. */
  readonly now: () => number
}
