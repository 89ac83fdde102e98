import type { Fact } from './fact.ts'
import { unknown } from './fact.ts'
import type { Answer, Answers, Question } from './question.ts'
import { questionKey } from './question.ts'

/** One line of a machine's journal: what ironherd was about to do there, and what came of it. */
export interface JournalEntry {
  /** ms since the epoch, host's clock corrected by the measured skew. */
  readonly at: number
  readonly epoch: number
  readonly phase: 'intent' | 'done' | 'failed'
  /** Kind/namespace/name of the cluster. */
  readonly object: string
  readonly member: string
  readonly verb: string
  readonly step: string
  readonly detail: string
}

/** What one look at a reachable machine saw, plain and serialisable. */
export interface MachineFacts {
  /** The Host object's name. */
  readonly host: string
  /** When the look began, ms since the epoch on ironherd's clock. */
  readonly lookedAt: number
  readonly machineId: string
  readonly bootId: string
  readonly hostname: string
  /** Host's clock minus ironherd's, ms, taken at the middle of the round trip. */
  readonly clockSkewMs: number
  readonly uptimeSeconds: number
  readonly cpus: number
  readonly memoryMiB: number
  /** Who keeps this machine; installation is '' before the first step. */
  readonly custody: { readonly installation: string; readonly epoch: number }
  /** The last entries of the journal, oldest first. */
  readonly journal: readonly JournalEntry[]
  /** Files that ironherd wrote on this machine: path to sha256 as last written. */
  readonly ownFiles: Readonly<Record<string, string>>
  /** Records of the members of any object that were started here: unit name without .service → text as it stands. */
  readonly records: Readonly<Record<string, string>>
  readonly answers: Readonly<Record<string, Fact<Answer>>>
}

/** `unknown` says why the machine could not be looked at (unreachable, changed key, no sudo…). */
export type HostFacts = Fact<MachineFacts>

/** Facts of every host that a cluster has members on, by Host name. */
export type FleetFacts = Readonly<Record<string, HostFacts>>

/** The answer to one question on one host; unknown when the host, or the question on it, was not looked at. */
export function answerOn<Q extends Question>(facts: FleetFacts, host: string, question: Q): Fact<Answers[Q['ask']]> {
  const hostFacts = facts[host]
  if (hostFacts === undefined) return unknown('NotLooked', `${host} was not looked at in this pass`)
  if (hostFacts.state !== 'known') {
    return hostFacts.state === 'unknown' ? hostFacts : unknown('NotLooked', `${host} has no facts`)
  }
  const answer = hostFacts.value.answers[questionKey(question)]
  if (answer === undefined) return unknown('NotLooked', `${host} was not asked: ${questionKey(question)}`)
  // The key carries the question's kind, and `hosts/` stores under a key only what its parser for that kind returned.
  return answer as Fact<Answers[Q['ask']]>
}
