import type { StandingMember } from '../model/kind.ts'
import type { ObjectKey } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { Engine } from './engine.ts'
import { Places } from './places.ts'

type Texts = Readonly<Record<string, string>>

const recordPath = /^\/var\/lib\/ironherd\/members\/([^/]+)\.json$/

/**
 * What the machines' records say that each cluster has started, from the last look at each host that came back: what is
 * written on a disk stays while the host is out of sight. Hosts are named namespace/name.
 */
export class Records {
  readonly #engine: Pick<Engine, 'standingOf' | 'ownersOf'>
  readonly #texts = new Map<string, Texts>()
  /** Host → the clusters that its records name. */
  readonly #owners = new Places()
  /** Host → stems of records that ironherd wrote there and that are not there. */
  readonly #bereft = new Map<string, readonly string[]>()
  readonly #doubted = new Set<string>()

  constructor(engine: Pick<Engine, 'standingOf' | 'ownersOf'>) {
    this.#engine = engine
  }

  /** `own`: digest and path of each file that ironherd wrote on the host and did not remove. */
  see(host: string, texts: Texts, own: Texts): void {
    this.#doubted.delete(host)
    const stems = Object.keys(own).flatMap((path) => recordPath.exec(path)?.[1] ?? [])
    const bereft = stems.filter((stem) => texts[stem] === undefined).sort()
    if (bereft.length > 0) this.#bereft.set(host, bereft)
    else this.#bereft.delete(host)
    const before = this.#texts.get(host)
    if (before !== undefined && isSame(before, texts)) return
    this.#texts.set(host, texts)
    this.#owners.put(host, new Set(this.#engine.ownersOf(texts)))
  }

  /** Somebody was started there, or may have been: of whom, only the next look can tell. */
  doubt(host: string): void {
    this.#doubted.add(host)
  }

  /** The host answered a look since this process leads, and since it has started somebody there. */
  has(host: string): boolean {
    return this.#texts.has(host) && !this.#doubted.has(host)
  }

  forget(host: string): void {
    this.#texts.delete(host)
    this.#bereft.delete(host)
    this.#doubted.delete(host)
    this.#owners.put(host, new Set())
  }

  /** Records that somebody else took away on hosts of the namespace, as `host/stem`, sorted. */
  bereftIn(namespace: string): readonly string[] {
    const prefix = `${namespace}/`
    return [...this.#bereft]
      .filter(([host]) => host.startsWith(prefix))
      .flatMap(([host, stems]) => stems.map((stem) => `${host.slice(prefix.length)}/${stem}`))
      .sort()
  }

  /** What the object has started on the hosts of its namespace; `counts`: whether a host is looked through at all, by name. */
  standingOf(
    object: ObjectKey,
    counts: (host: string) => boolean,
    isSeen: (host: string) => boolean,
  ): readonly StandingMember[] {
    const prefix = `${object.namespace}/`
    const texts = [...this.#owners.at(keyText(object))]
      .filter((host) => host.startsWith(prefix))
      .map((host) => [host.slice(prefix.length), this.#texts.get(host) ?? {}] as const)
      .filter(([name]) => counts(name))
    const seen = texts.map(([name]) => name).filter((name) => isSeen(name))
    return this.#engine.standingOf(object, Object.fromEntries(texts), seen)
  }
}

function isSame(a: Texts, b: Texts): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}
