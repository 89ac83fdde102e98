/** The fence of a Host that is out of reach, and how far it has come in this outage. */
export interface FenceView {
  /** Host on which the command is run. */
  readonly runner: string
  readonly command: readonly string[]
  readonly timeoutSeconds: number
  readonly secret?: { readonly name: string; readonly key: string }
  /** ms until the host was out of reach for long enough; 0: it was. */
  readonly dueInMs: number
  /** Objects (Kind name) that still declare something on the host. */
  readonly inUseBy: readonly string[]
  /** It was begun in this outage, and is not begun a second time. */
  readonly begun: boolean
  /** Why it did not succeed, or cannot. */
  readonly failed?: string
}
