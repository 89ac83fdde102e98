import type { Claim } from '../model/claim.ts'
import type { FleetFacts } from '../model/facts.ts'
import type { Disruption } from '../model/ledger.ts'
import type { Member } from '../model/member.ts'
import type { ObjectKey } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { Step } from '../model/step.ts'
import type { Engine } from './engine.ts'
import { Places } from './places.ts'
import { Records } from './records.ts'

interface Report {
  readonly key: ObjectKey
  readonly createdAt: string
  readonly members: readonly Member[]
  readonly disruptions: readonly Disruption[]
  readonly facts: FleetFacts
}

interface Entry extends Omit<Report, 'facts'> {
  /** Members by Host name. */
  readonly counts: ReadonlyMap<string, number>
}

/**
 * What every cluster takes on the machines, and whom ironherd has taken down there: the one place where clusters know
 * of each other. Lives in memory and is rebuilt from the specs and the machines' journals; until every cluster has been
 * seen once, nobody acts (`complete`). It is asked in every pass: no answer may take longer because there are many clusters
 * elsewhere.
 */
export class Census {
  readonly records: Records
  readonly #engine: Engine
  readonly #entries = new Map<string, Entry>()
  /** Cluster → `namespace/host` of each member, and whatever its claims name as the machine. */
  readonly #places = new Places()
  /** Clusters with disruptions, which are few. */
  readonly #disrupted = new Set<string>()
  /** Taken before a disruptive wave, and kept until the cluster's next pass has read the machines' journals. */
  readonly #reserved = new Map<string, readonly Disruption[]>()

  constructor(engine: Engine) {
    this.#engine = engine
    this.records = new Records(engine)
  }

  /**
   * Called in each pass after the look; `members` is empty for a cluster whose spec cannot be expanded. `stands` says which
   * of the disruptions that were known before still count, though this look does not tell of them: those on machines that
   * it did not see.
   */
  report({ facts, ...report }: Report, stands: (disruption: Disruption) => boolean = () => false): void {
    const { createdAt, members } = report
    const key = keyText(report.key)
    const before = this.#entries.get(key)
    const told = new Set(report.disruptions.map(({ member }) => member))
    const carried = [...(before?.disruptions ?? []), ...(this.#reserved.get(key) ?? [])].filter(
      (disruption, index, all) =>
        !told.has(disruption.member) &&
        stands(disruption) &&
        all.findIndex(({ member }) => member === disruption.member) === index,
    )
    const disruptions = [...report.disruptions, ...carried]
    const counts = new Map<string, number>()
    for (const { host } of members) counts.set(host, (counts.get(host) ?? 0) + 1)
    this.#entries.set(key, { ...report, disruptions, counts })
    this.#reserved.delete(key)
    this.#mark(key, disruptions.length > 0)
    const claims = this.#engine.claimsOf(report.key, createdAt, members, facts)
    const hosts = [...counts.keys()].map((host) => `${report.key.namespace}/${host}`)
    this.#places.put(key, new Set([...hosts, ...claims.map(({ machine }) => machine)]))
  }

  forget(key: string): void {
    this.#entries.delete(key)
    this.#reserved.delete(key)
    this.#mark(key, false)
    this.#places.put(key, new Set())
  }

  /** The first of `objects` that was not seen yet in this process. */
  unseen(objects: readonly ObjectKey[]): ObjectKey | undefined {
    return objects.find((object) => !this.#entries.has(keyText(object)))
  }

  /**
   * Claims of those that share a machine with this one, or an ensemble, as both last reported. `factsOf` gives the last
   * facts of a namespace's hosts: they tie Host names to machines.
   */
  claimsOfOthers(
    key: ObjectKey,
    factsOf: (namespace: string, members: readonly Member[]) => FleetFacts,
  ): readonly Claim[] {
    const own = keyText(key)
    const neighbours = new Set([...this.#places.of(own)].flatMap((place) => [...this.#places.at(place)]))
    neighbours.delete(own)
    return [...neighbours].flatMap((text) => {
      const other = this.#entries.get(text)
      if (other === undefined) return []
      const facts = factsOf(other.key.namespace, other.members)
      return this.#engine.claimsOf(other.key, other.createdAt, other.members, facts)
    })
  }

  /** Ids of a cluster's members on a Host of its namespace, declared and leaving; undefined: it was not looked at yet. */
  idsOn(key: string, host: string): readonly string[] | undefined {
    return this.#entries.get(key)?.members.flatMap((member) => (member.host === host ? [member.id] : []))
  }

  /** Members of all clusters on a Host. */
  membersOn(namespace: string, host: string): number {
    const counts = [...this.#places.at(`${namespace}/${host}`)].map((key) => this.#entries.get(key)?.counts.get(host))
    return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
  }

  /** TCP ports of the members of all clusters on a Host. */
  portsOn(namespace: string, host: string): readonly number[] {
    const there = [...this.#places.at(`${namespace}/${host}`)].flatMap((key) => this.#entries.get(key)?.members ?? [])
    return there.filter((member) => member.host === host).flatMap(({ ports }) => ports.map(({ port }) => port))
  }

  disruptionsOfOthers(key: ObjectKey): readonly Disruption[] {
    const own = keyText(key)
    return [...this.#disrupted].flatMap((text) => (text === own ? [] : this.#disruptionsOf(text)))
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
    if (standing !== undefined) return standing
    this.#reserved.set(keyText(key), wanted)
    this.#mark(keyText(key), true)
    return undefined
  }

  #mark(key: string, disrupted: boolean): void {
    if (disrupted) this.#disrupted.add(key)
    else this.#disrupted.delete(key)
  }

  #disruptionsOf(key: string): readonly Disruption[] {
    return [...(this.#entries.get(key)?.disruptions ?? []), ...(this.#reserved.get(key) ?? [])]
  }
}
