/** The fence of a Host that is out of reach, and how far it has come in this outage. */
export interface FenceView {
  /** Host on which the command is run. */
  readonly runner: string
  readonly command: readonly string[]
  readonly timeoutSeconds: number
  readonly secret?: { readonly name: string; readonly key: string }
  /** ms until the host was out of reach for long enough; 0: it was. */
  readonly dueInMs: number
  /** Objects that still declare something on the host, or reach others through it. */
  readonly users: readonly FenceUser[]
  /** It was begun in this outage, and is not begun a second time. */
  readonly begun: boolean
  /** Why it did not succeed, or cannot. */
  readonly failed?: string
}

export interface FenceUser {
  /** Kind name. */
  readonly name: string
  /** Undefined: it works without the host, by its last pass, which did not see it. Else what speaks against that. */
  readonly against?: string
}

/**
 * Why a host has to be proven off. Identity: the spec gives to another host what runs there, and nothing may be declared there any
 * more. Failover: another is to lead in the place of one there, everything stays declared, and whoever has something there works
 * without it.
 */
export type FenceCause = 'Identity' | 'Failover'
