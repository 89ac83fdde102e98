/** How long things on the network may take, and how many at once. All times in ms. */
export interface FleetSettings {
  /** From the first packet to an authenticated connection, a bastion's included. */
  readonly connectMs: number
  /** From asking for a channel to the root shell's first word. */
  readonly openMs: number
  /** A look's time on the host. */
  readonly lookMs: number
  /** What an answer may be late after the host must have ended a run, before the connection is thought dead. */
  readonly graceMs: number
  readonly keepaliveMs: number
  readonly keepaliveCount: number
  /** Wait after the first failed connect; doubled up to the longest one, with jitter. */
  readonly backoffMs: number
  readonly longestBackoffMs: number
  /** So often, while a connection is in use, the host's key is looked at anew (a key exchange without a login). */
  readonly keyCheckMs: number
  /**
   * A connection older than this is made anew before its next use, so that a revoked login or a withdrawn sudo rule is
   * noticed though the old connection still works. Rare, since each login leaves its mark on the host.
   */
  readonly renewMs: number
  /** A connection that nobody used for so long is closed. */
  readonly idleMs: number
  /** Every byte of installed software is read once in so long, a part at a time. */
  readonly softwareCheckMs: number
  readonly commandConcurrency: number
  readonly uploadConcurrency: number
  /** Root sessions at once per host: sshd allows ten channels, uploads need some of them. */
  readonly sessionsPerHost: number
  /** Bytes kept of each of a run's two streams. */
  readonly outputLimit: number
}

export const defaultSettings: FleetSettings = {
  connectMs: 10_000,
  openMs: 10_000,
  lookMs: 8_000,
  graceMs: 5_000,
  keepaliveMs: 5_000,
  keepaliveCount: 2,
  backoffMs: 1_000,
  longestBackoffMs: 15_000,
  keyCheckMs: 60_000,
  renewMs: 6 * 3_600_000,
  idleMs: 900_000,
  softwareCheckMs: 6 * 3_600_000,
  commandConcurrency: 64,
  uploadConcurrency: 3,
  sessionsPerHost: 4,
  outputLimit: 8 * 1024 * 1024,
}
