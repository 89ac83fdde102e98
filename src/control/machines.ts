import type { HostSpec } from '../api/host.ts'
import type { Resource } from '../model/object.ts'
import { Places } from './places.ts'

interface Sighting {
  readonly host: string
  readonly createdAt: string
  readonly machineId: string
}

/**
 * Which Host objects lead to which machine. Two objects may name one box, and cloned images share a machine-id: then
 * only the older object is worked through, and the younger one says so. Host keys that two machines share are told as well.
 */
export class Machines {
  readonly #byHost = new Map<string, Sighting>()
  /** Host → its machine-id. */
  readonly #machines = new Places()

  /** Host → the keys that it pins. */
  readonly #keys = new Places()

  see(host: Resource, machineId: string): void {
    const { namespace, name, creationTimestamp } = host.metadata
    const key = `${namespace}/${name}`
    this.#byHost.set(key, { host: key, createdAt: creationTimestamp, machineId })
    this.#machines.put(key, new Set([machineId]))
    const { ssh } = host.spec as Partial<HostSpec>
    this.#keys.put(key, new Set((ssh?.hostKeys ?? []).map((line) => line.split(' ')[1] ?? '')))
  }

  forget(host: string): void {
    this.#byHost.delete(host)
    this.#machines.put(host, new Set())
    this.#keys.put(host, new Set())
  }

  /** A Host (namespace/name) that leads to another machine and pins one of the same keys, and the base64 of that key. */
  sharesKey(host: string): { readonly host: string; readonly key: string } | undefined {
    const own = this.#byHost.get(host)
    if (own === undefined) return undefined
    const sharers = [...this.#keys.of(host)].flatMap((key) =>
      [...this.#keys.at(key)].map((other) => ({ host: other, key })),
    )
    return sharers
      .filter((other) => this.#byHost.get(other.host)?.machineId !== own.machineId)
      .sort((a, b) => (a.host < b.host ? -1 : 1))[0]
  }

  /** Another, older Host object (namespace/name) that was seen to lead to the same machine. */
  elderOf(host: string): { readonly host: string; readonly machineId: string } | undefined {
    const own = this.#byHost.get(host)
    if (own === undefined) return undefined
    const sightings = [...this.#machines.at(own.machineId)].flatMap((other) => this.#byHost.get(other) ?? [])
    const elders = sightings.filter((other) => other.host !== host && isOlder(other, own))
    return elders.sort((a, b) => (isOlder(a, b) ? -1 : 1))[0]
  }
}

function isOlder(a: Sighting, b: Sighting): boolean {
  return a.createdAt === b.createdAt ? a.host < b.host : a.createdAt < b.createdAt
}
