import type { FirewallAnswer } from './firewall.ts'

/**
 * What can be asked of a machine in one look. Questions are data: the services compose them, `hosts/` turns all
 * questions of a machine into one script, and the answers come back as facts under `questionKey`.
 */
export type Question =
  /** State of a systemd unit, by its full name. Always known on a reachable host: a missing unit has loadState "not-found". */
  | { readonly ask: 'unit'; readonly unit: string }
  /** What the last process of a unit wrote to the journal, at most its last 300 lines. Costs a process: asked where something has ended. Absent: nothing. */
  | { readonly ask: 'log'; readonly unit: string }
  /** A file's bytes by digest, with mode and owner; `content` (bytes, at most 65536) also returns its text. */
  | { readonly ask: 'file'; readonly path: string; readonly content?: number }
  /** A directory: owner, mode, the mount it lies on, and at most 200 names of its entries, sorted. */
  | { readonly ask: 'directory'; readonly path: string }
  /** Installed software under `path`: digest of the listing now, and what was recorded when it was unpacked. */
  | { readonly ask: 'software'; readonly path: string }
  /**
   * Directories that begin with `familyPrefix`, are not `keep`, and are in use by nothing: named by no unit of ironherd and by
   * no process, and older than some minutes, since another object may just be installing one.
   */
  | { readonly ask: 'superseded'; readonly familyPrefix: string; readonly keep: string }
  /** A distribution package. */
  | { readonly ask: 'package'; readonly name: string }
  /** A Java home, or with '' the one that `java` on the PATH resolves to. Read from its `release` file: no JVM is started. */
  | { readonly ask: 'java'; readonly home: string }
  /** A user; with `group`, also whether a group of that name exists. */
  | { readonly ask: 'user'; readonly name: string; readonly group?: string }
  /** Who listens on a TCP port of this machine, on any address. Absent: nobody. */
  | { readonly ask: 'listener'; readonly port: number }
  /** Chains of nftables that see what comes in, and what ironherd opened in them. Absent: there is no nft. */
  | { readonly ask: 'firewall' }
  /** Send a line to a TCP port and read until the other side closes: ZooKeeper's four-letter words. */
  | { readonly ask: 'talk'; readonly address: string; readonly port: number; readonly send: string }
  /** HTTP/1.0 GET; body bounded to 1 MiB. */
  | { readonly ask: 'http'; readonly address: string; readonly port: number; readonly path: string }
  /** A znode, by a session of its own with the ZooKeeper server there, which it writes down: not to be asked in every pass. Absent: it says so. */
  | { readonly ask: 'znode'; readonly address: string; readonly port: number; readonly path: string }

export type QuestionKind = Question['ask']

/** The key under which the answer stands in MachineFacts.answers. Equal questions have equal keys. */
export function questionKey(question: Question): string {
  switch (question.ask) {
    case 'unit':
      return `unit ${question.unit}`
    case 'log':
      return `log ${question.unit}`
    case 'file':
      return `file ${question.content ?? 0} ${question.path}`
    case 'directory':
    case 'software':
      return `${question.ask} ${question.path}`
    case 'superseded':
      return `superseded ${question.familyPrefix} ${question.keep}`
    case 'package':
      return `package ${question.name}`
    case 'user':
      return question.group === undefined ? `user ${question.name}` : `user ${question.name} ${question.group}`
    case 'java':
      return `java ${question.home}`
    case 'listener':
      return `listener ${question.port}`
    case 'firewall':
      return 'firewall'
    case 'talk':
      return `talk ${question.address} ${question.port} ${question.send}`
    case 'http':
      return `http ${question.address} ${question.port} ${question.path}`
    case 'znode':
      return `znode ${question.address} ${question.port} ${question.path}`
  }
}

export interface UnitAnswer {
  /** systemd's LoadState: loaded, not-found, masked, bad-setting, error. */
  readonly loadState: string
  /** active, activating, deactivating, inactive, failed, reloading. */
  readonly activeState: string
  readonly subState: string
  /** enabled, disabled, masked, static, ''… */
  readonly unitFileState: string
  readonly fragmentPath: string
  /** The unit file on disk is newer than what systemd holds. */
  readonly needReload: boolean
  readonly mainPid: number
  /** Start of the main process, ms since the epoch on the host's clock corrected by the measured skew; 0 when none. */
  readonly startedAt: number
  /** systemd's NRestarts: automatic restarts since the unit was last started by hand. */
  readonly restarts: number
  /** success, exit-code, signal, start-limit-hit, oom-kill… */
  readonly result: string
  readonly exitStatus: number
}

export interface LogAnswer {
  /** In order; without times and names. */
  readonly lines: readonly string[]
}

export interface FileAnswer {
  readonly kind: 'file' | 'symlink' | 'other'
  /** Lower-case hex; '' for what is not a plain file. */
  readonly sha256: string
  /** Octal without leading zero, as `stat %a` prints it. */
  readonly mode: string
  readonly owner: string
  readonly group: string
  /** Bytes. */
  readonly size: number
  /** Last change of content, ms since the epoch, skew-corrected. */
  readonly modifiedAt: number
  /** Present when `content` was asked and the file is plain and within the bound. */
  readonly content?: string
}

export interface DirectoryAnswer {
  readonly kind: 'directory' | 'symlink' | 'other'
  readonly mode: string
  readonly owner: string
  readonly group: string
  /** The mount point that the directory lies on, e.g. /data. */
  readonly mount: string
  readonly readOnly: boolean
  /** Free space for the directory's file system, MiB, and free inodes. */
  readonly freeMiB: number
  readonly entries: readonly string[]
}

export interface SoftwareAnswer {
  /** Digest over path, size, mode and modification time of every file below. */
  readonly listing: string
  /** The same digest as recorded when the software was unpacked; '' when no record stands on the host. */
  readonly recordedListing: string
  /** Digest of the archive it was unpacked from, e.g. sha512:ab…; '' when no record stands on the host. */
  readonly archive: string
  /** Of the files that this look read byte for byte those that differ, at most five; missing: it read none. */
  readonly damaged?: readonly string[]
}

export interface SupersededAnswer {
  /** Sorted. */
  readonly directories: readonly string[]
}

export interface PackageAnswer {
  readonly version: string
}

export interface JavaAnswer {
  readonly home: string
  /** E.g. 17.0.15; '' when the home has no `release` file. */
  readonly version: string
}

export interface UserAnswer {
  readonly uid: number
  /** The primary one. */
  readonly group: string
  /** Whether the group that the question names exists; missing when it names none. */
  readonly groupExists?: boolean
  readonly home: string
  readonly shell: string
}

export interface ListenerAnswer {
  readonly pid: number
  readonly command: string
  /** systemd unit of that process, '' when in none. */
  readonly unit: string
}

/** What a TCP conversation came to. `refused` is an answer of the machine; `timeout` may be a frozen process. Text: whole, or ''. */
export interface TalkAnswer {
  readonly outcome: 'answered' | 'refused' | 'timeout'
  readonly text: string
}

export interface HttpAnswer {
  readonly outcome: 'answered' | 'refused' | 'timeout'
  readonly status: number
  readonly body: string
}

export interface ZnodeAnswer {
  /** Its data, base64; at most 1 KiB. */
  readonly data: string
  /** Session that owns it, in hex; '' for one that is not ephemeral. */
  readonly owner: string
}

export interface Answers {
  readonly unit: UnitAnswer
  readonly log: LogAnswer
  readonly file: FileAnswer
  readonly directory: DirectoryAnswer
  readonly software: SoftwareAnswer
  readonly superseded: SupersededAnswer
  readonly package: PackageAnswer
  readonly java: JavaAnswer
  readonly user: UserAnswer
  readonly listener: ListenerAnswer
  readonly firewall: FirewallAnswer
  readonly talk: TalkAnswer
  readonly http: HttpAnswer
  readonly znode: ZnodeAnswer
}
export type Answer = Answers[QuestionKind]
