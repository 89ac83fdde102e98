/** Who is where, found from both sides: owners with the places that each of them has, as text. */
export class Places {
  readonly #places = new Map<string, ReadonlySet<string>>()
  readonly #owners = new Map<string, Set<string>>()

  /** Replaces the places of an owner; none: it is forgotten. */
  put(owner: string, places: ReadonlySet<string>): void {
    const before = this.of(owner)
    for (const place of before) {
      if (places.has(place)) continue
      const owners = this.#owners.get(place)
      owners?.delete(owner)
      if (owners?.size === 0) this.#owners.delete(place)
    }
    for (const place of places) {
      if (before.has(place)) continue
      const owners = this.#owners.get(place) ?? new Set()
      this.#owners.set(place, owners.add(owner))
    }
    if (places.size === 0) this.#places.delete(owner)
    else this.#places.set(owner, places)
  }

  of(owner: string): ReadonlySet<string> {
    return this.#places.get(owner) ?? nothing
  }

  at(place: string): ReadonlySet<string> {
    return this.#owners.get(place) ?? nothing
  }
}

const nothing: ReadonlySet<string> = new Set()
