import type { Resource } from '../model/object.ts'

interface Sighting {
  readonly host: string
  readonly createdAt: string
  readonly machineId: string
}

/**
 * Which Host objects lead to which machine. Two objects may name one box, and cloned images share a machine-id: then
 * only the older object is worked through, and the younger one says so.
 */
export class Machines {
  readonly #byHost = new Map<string, Sighting>()

  see(host: Resource, machineId: string): void {
    const { namespace, name, creationTimestamp } = host.metadata
    const key = `${namespace}/${name}`
    this.#byHost.set(key, { host: key, createdAt: creationTimestamp, machineId })
  }

  forget(host: string): void {
    this.#byHost.delete(host)
  }

  /** Another, older Host object (namespace/name) that was seen to lead to the same machine. */
  elderOf(host: string): { readonly host: string; readonly machineId: string } | undefined {
    const own = this.#byHost.get(host)
    if (own === undefined) return undefined
    const elders = [...this.#byHost.values()].filter(
      (other) => other.machineId === own.machineId && other.host !== host && isOlder(other, own),
    )
    return elders.sort((a, b) => (isOlder(a, b) ? -1 : 1))[0]
  }
}

function isOlder(a: Sighting, b: Sighting): boolean {
  return a.createdAt === b.createdAt ? a.host < b.host : a.createdAt < b.createdAt
}
