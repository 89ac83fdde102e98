import type { HostTarget, Looker } from '../model/engine.ts'
import type { ReasonCode } from '../model/reasons.ts'

export type Failure = {
  readonly state: 'failed'
  readonly code: ReasonCode
  /** Begins with the host's name. Holds no secret. */
  readonly why: string
}

export interface RunOptions {
  /** The script's process group is killed on the host after this many ms, whether or not the connection still stands. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export type RunResult =
  | { readonly state: 'ran'; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** `started: false` is proof that nothing of the script ran; true means that it may have run, in part or whole. */
  | (Failure & { readonly started: boolean })

export interface LocalArchive {
  readonly file: string
  /** sha256:… or sha512:… in lower-case hex. */
  readonly digest: string
  /** Bytes. */
  readonly size: number
}

export type UploadResult =
  /** `sentBytes` is 0 when the host already had it. */
  { readonly state: 'present'; readonly sentBytes: number } | Failure

export interface Tunnel {
  /** On 127.0.0.1. */
  readonly port: number
  close(): Promise<void>
}

/** What is counted about one host, for status and metrics. */
export interface HostStats {
  readonly connects: number
  readonly roundTrips: number
  /** '' when the last thing done with the host succeeded. */
  readonly lastError: string
}

/** Told of what happens with hosts, for telemetry; `host` is HostTarget.key. Must not throw. */
export interface FleetObserver {
  readonly connected?: (host: string, durationMs: number) => void
  readonly connectFailed?: (host: string, code: ReasonCode, why: string) => void
  readonly connectionLost?: (host: string, why: string) => void
  /** One script sent and its answer received, or not. */
  readonly roundTrip?: (host: string, purpose: 'look' | 'run' | 'upload', durationMs: number, ok: boolean) => void
  readonly uploaded?: (host: string, bytes: number, durationMs: number) => void
}

export interface Fleet extends Looker {
  /**
   * Runs a bash script in a persistent root session of the host, in a subshell, standard input closed, umask 077,
   * LC_ALL=C. Output is bounded (8 MiB each). Never rejects. Values travel on standard input, never on a command line.
   */
  run(target: HostTarget, script: string, options: RunOptions): Promise<RunResult>
  /**
   * Brings a verified local archive to `remotePath` on the host (its directory is made, 0700): resumes a partial upload,
   * verifies the digest on the host before the file gets its name, sends nothing when it is there already. Never rejects.
   */
  upload(target: HostTarget, archive: LocalArchive, remotePath: string, options: RunOptions): Promise<UploadResult>
  /**
   * A local TCP port that leads to address:port as the host sees it, through its SSH connection. Closes itself when the
   * signal is aborted or the connection is lost. Rejects with an Error whose message begins with the host.
   */
  tunnel(target: HostTarget, address: string, port: number, signal: AbortSignal): Promise<Tunnel>
  /** Logs in on a connection of its own, and ends it: proof that the host can be reached anew. Failure: it cannot, and why. Never rejects. */
  reach(target: HostTarget, signal: AbortSignal): Promise<Failure | undefined>
  /** By HostTarget.key. */
  stats(): ReadonlyMap<string, HostStats>
  close(): Promise<void>
}
