import type { Claim } from '../model/claim.ts'
import type { FleetFacts } from '../model/facts.ts'
import type { Disruption } from '../model/ledger.ts'
import type { Member } from '../model/member.ts'
import type { ObjectKey } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { Step } from '../model/step.ts'
import type { Engine } from './engine.ts'

interface Entry {
  readonly key: ObjectKey
  readonly createdAt: string
  readonly members: readonly Member[]
  readonly disruptions: readonly Disruption[]
}

/**
 * What every cluster takes on the machines, and whom ironherd has taken down there: the one place where clusters know
 * of each other. Lives in memory and is rebuilt from the specs and the machines' journals; until every cluster has been
 * seen once, nobody acts (`complete`).
 */
export class Census {
  readonly #engine: Engine
  readonly #entries = new Map<string, Entry>()
  /** Taken before a disruptive wave, and kept until the cluster's next pass has read the machines' journals. */
  readonly #reserved = new Map<string, readonly Disruption[]>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /**
   * Called in each pass after the look; `members` is empty for a cluster whose spec cannot be expanded. `stands` says which
   * of the disruptions that were known before still count, though this look does not tell of them: those on machines that
   * it did not see.
   */
  report(entry: Entry, stands: (disruption: Disruption) => boolean = () => false): void {
    const key = keyText(entry.key)
    const before = this.#entries.get(key)
    const told = new Set(entry.disruptions.map(({ member }) => member))
    const carried = [...(before?.disruptions ?? []), ...(this.#reserved.get(key) ?? [])].filter(
      (disruption, index, all) =>
        !told.has(disruption.member) &&
        stands(disruption) &&
        all.findIndex(({ member }) => member === disruption.member) === index,
    )
    this.#entries.set(key, { ...entry, disruptions: [...entry.disruptions, ...carried] })
    this.#reserved.delete(key)
  }

  forget(key: string): void {
    this.#entries.delete(key)
    this.#reserved.delete(key)
  }

  /** The first of `objects` that was not seen yet in this process. */
  unseen(objects: readonly ObjectKey[]): ObjectKey | undefined {
    return objects.find((object) => !this.#entries.has(keyText(object)))
  }

  /** Claims of all others. `factsOf` gives the last facts of a namespace's hosts: they tie Host names to machines. */
  claimsOfOthers(
    key: ObjectKey,
    factsOf: (namespace: string, members: readonly Member[]) => FleetFacts,
  ): readonly Claim[] {
    return this.#others(key).flatMap((other) =>
      this.#engine.claimsOf(other.key, other.createdAt, other.members, factsOf(other.key.namespace, other.members)),
    )
  }

  /** Members of all clusters on a Host. */
  membersOn(namespace: string, host: string): number {
    return [...this.#entries.values()]
      .filter((entry) => entry.key.namespace === namespace)
      .reduce((sum, entry) => sum + entry.members.filter((member) => member.host === host).length, 0)
  }

  disruptionsOfOthers(key: ObjectKey): readonly Disruption[] {
    return this.#others(key).flatMap((other) => this.#disruptionsOf(other))
  }

  /**
   * Asked right before a disruptive wave, without an await in between, so that two clusters cannot both be told yes.
   * Undefined: reserved. Else the disruption that is in the way.
   */
  reserve(
    key: ObjectKey,
    steps: readonly Step[],
    machineOf: (host: string) => string,
    now: number,
  ): Disruption | undefined {
    const wanted = steps.map(
      (step): Disruption => ({
        machine: machineOf(step.host),
        object: keyText(key),
        member: step.member,
        since: now,
        verb: step.action.verb,
      }),
    )
    const machines = new Set(wanted.map((disruption) => disruption.machine))
    const standing = this.disruptionsOfOthers(key).find((disruption) => machines.has(disruption.machine))
    if (standing === undefined) this.#reserved.set(keyText(key), wanted)
    return standing
  }

  #others(key: ObjectKey): readonly Entry[] {
    return [...this.#entries.values()].filter((entry) => keyText(entry.key) !== keyText(key))
  }

  #disruptionsOf(entry: Entry): readonly Disruption[] {
    return [...entry.disruptions, ...(this.#reserved.get(keyText(entry.key)) ?? [])]
  }
}
