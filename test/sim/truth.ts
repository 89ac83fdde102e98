import type { Machine } from './machine.ts'

/** Whether what a unit runs does its work, whoever can see it. */
export function serves(machine: Machine, unit: string): boolean {
  if (!machine.on) return false
  return machine.systemd.process(unit)?.serves ?? false
}

/** Since when each unit does not do its work, and whether ironherd took it down. */
export class Downtimes {
  readonly #down = new Map<string, { readonly since: number; byIronherd: boolean }>()
  /** Since when. */
  readonly #serving = new Map<string, number>()

  /** Called whenever something may have changed. */
  observe(machine: Machine, unit: string, now: number): void {
    const key = keyOf(machine, unit)
    if (serves(machine, unit)) {
      if (!this.#serving.has(key)) this.#serving.set(key, now)
      this.#down.delete(key)
    } else if (this.#serving.delete(key)) {
      const standing = this.#down.get(key)
      this.#down.set(key, { since: now, byIronherd: standing?.byIronherd ?? false })
    }
  }

  /** ironherd is about to take it down. */
  takenDown(machine: Machine, unit: string, now: number): void {
    const standing = this.#down.get(keyOf(machine, unit))
    this.#down.set(keyOf(machine, unit), { since: standing?.since ?? now, byIronherd: true })
  }

  /** Since when it serves; undefined: it does not. */
  upSince(machine: Machine, unit: string): number | undefined {
    return this.#serving.get(keyOf(machine, unit))
  }

  /** Undefined: it serves, or never did. */
  of(machine: Machine, unit: string): { readonly since: number; readonly byIronherd: boolean } | undefined {
    return this.#down.get(keyOf(machine, unit))
  }
}

function keyOf(machine: Machine, unit: string): string {
  return `${machine.name} ${unit}`
}
