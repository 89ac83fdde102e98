import pLimit from 'p-limit'
import type { HostTarget, Looker } from '../model/engine.ts'
import { unknown } from '../model/fact.ts'
import type { HostFacts } from '../model/facts.ts'
import type { Question } from '../model/question.ts'
import { questionKey } from '../model/question.ts'
import { sleep } from './backoff.ts'
import { Places } from './places.ts'
import { isOutOfReach } from './reach.ts'

export interface LooksOptions {
  readonly looker: Looker
  /** ms since the epoch. */
  readonly now: () => number
  readonly concurrency: number
  readonly deadlineMs: number
  /** A host that was out of sight is waited for only so long (default 1000); its look goes on and serves a later pass. */
  readonly unseenMs?: number
}

interface Seen {
  /** When the look began, and how often the machine had been touched by then. */
  readonly began: number
  readonly touches: number
  readonly asked: ReadonlySet<string>
  readonly facts: HostFacts
}

interface Entry {
  readonly questions: Map<string, readonly Question[]>
  last?: Seen
  running?: Omit<Seen, 'facts'> & { readonly seen: Promise<Seen> }
  /** Since when no look came back, ms since the epoch. */
  unseenSince?: number
  /** How often something was done to the machine: a look that began before the last time does not count any more. */
  touches: number
}

/**
 * One look at a machine serves every object with members on it: a look asks the union of what all of them want to know,
 * and is shared when it is still running or young enough. Never two looks at one machine at a time.
 */
export class Looks {
  readonly #options: LooksOptions
  readonly #entries = new Map<string, Entry>()
  /** Who wants to know something of which hosts. */
  readonly #owners = new Places()
  readonly #limit: ReturnType<typeof pLimit>

  constructor(options: LooksOptions) {
    this.#options = options
    this.#limit = pLimit(options.concurrency)
  }

  /** Replaces what `owner` wants to know, by host key (namespace/name). Empty: it wants nothing any more. */
  register(owner: string, questions: Readonly<Record<string, readonly Question[]>>): void {
    const wanted = Object.entries(questions)
    for (const host of this.#owners.of(owner))
      if (!(host in questions)) this.#entries.get(host)?.questions.delete(owner)
    for (const [host, list] of wanted) this.#entry(host).questions.set(owner, list)
    this.#owners.put(owner, new Set(wanted.map(([host]) => host)))
  }

  /** Something was done to the machine: only looks that begin from now on count. */
  touched(host: string): void {
    this.#entry(host).touches++
  }

  /** The last facts, however old; undefined: never looked at. */
  last(host: string): HostFacts | undefined {
    return this.#entries.get(host)?.last?.facts
  }

  /** Since when the host was found out of reach by every look of this process, ms since the epoch; undefined: it was not by the last. */
  outOfReachSince(host: string): number | undefined {
    return this.#entries.get(host)?.unseenSince
  }

  forget(host: string): void {
    this.#entries.delete(host)
  }

  /** Facts from a look that began at `notBefore` (ms since the epoch) or later, with the answers that `owner` wants. */
  async look(target: HostTarget, owner: string, notBefore: number, signal: AbortSignal): Promise<HostFacts> {
    const last = this.last(target.key)
    const fresh = this.#fresh(target, owner, notBefore, signal)
    if (last?.state !== 'unknown') return fresh
    // Connecting to a host that is off takes its full deadline; the others' faults must not wait for that.
    return Promise.race([fresh, sleep(this.#options.unseenMs ?? 1000, signal).then(() => last)])
  }

  /** These questions alone, in a look of their own after any that is under way: nobody else is served by it, and nothing of it stays. */
  async ask(target: HostTarget, questions: readonly Question[], signal: AbortSignal): Promise<HostFacts> {
    await this.#entries.get(target.key)?.running?.seen
    return this.#limit(() => this.#ask(target, questions, signal))
  }

  async #fresh(target: HostTarget, owner: string, notBefore: number, signal: AbortSignal): Promise<HostFacts> {
    for (;;) {
      const entry = this.#entry(target.key)
      const { last, running } = entry
      if (last !== undefined && this.#serves(last, entry, owner, notBefore)) return last.facts
      if (running === undefined) return (await this.#start(target, entry, signal)).facts
      // One that does not serve is waited for all the same: two looks at once would only slow each other down.
      const seen = await running.seen
      if (this.#serves(running, entry, owner, notBefore)) return seen.facts
      if (signal.aborted) return unknown('NotLooked', `${target.name} was not looked at: stopping`)
    }
  }

  #serves(seen: Omit<Seen, 'facts'>, entry: Entry, owner: string, notBefore: number): boolean {
    if (seen.began < notBefore || seen.touches !== entry.touches) return false
    return (entry.questions.get(owner) ?? []).every((question) => seen.asked.has(questionKey(question)))
  }

  async #start(target: HostTarget, entry: Entry, signal: AbortSignal): Promise<Seen> {
    const union = new Map([...entry.questions.values()].flat().map((question) => [questionKey(question), question]))
    const asked = new Set(union.keys())
    const begun = { began: this.#options.now(), touches: entry.touches, asked }
    const seen = this.#limit(() => this.#ask(target, [...union.values()], signal)).then(
      (facts): Seen => ({ ...begun, facts }),
    )
    entry.running = { ...begun, seen }
    try {
      entry.last = await seen
      const { facts } = entry.last
      if (!isOutOfReach(facts)) delete entry.unseenSince
      else entry.unseenSince ??= this.#options.now()
      return entry.last
    } finally {
      delete entry.running
    }
  }

  async #ask(target: HostTarget, questions: readonly Question[], signal: AbortSignal): Promise<HostFacts> {
    const { deadlineMs, looker } = this.#options
    try {
      return await looker.look(target, questions, AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]))
    } catch (error) {
      return unknown('ProbeFailed', `${target.name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #entry(host: string): Entry {
    const entry = this.#entries.get(host) ?? { questions: new Map<string, readonly Question[]>(), touches: 0 }
    this.#entries.set(host, entry)
    return entry
  }
}
