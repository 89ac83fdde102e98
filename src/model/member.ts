import type { Question } from './question.ts'

/** What one daemon on one host is to look like, down to the bytes: the outcome of expanding a cluster's spec. */
export interface Member {
  /** Unique in its cluster and stable, e.g. zookeeper-1, spark-master-m1. */
  readonly id: string
  /** Name of the folder in services/. */
  readonly service: string
  readonly group: string
  /** Host object's name. */
  readonly host: string
  readonly user: ServiceUser
  readonly directories: readonly DesiredDirectory[]
  readonly software: SoftwareSource
  /** Home '': the java that the host's PATH finds. Version 0: it needs none. */
  readonly java: { readonly home: string; readonly minimumVersion: number }
  /** Files in the order in which they are written; the unit file is among them. */
  readonly files: readonly DesiredFile[]
  readonly unit: DesiredUnit
  readonly ports: readonly PortClaim[]
  /** Directories that no other member of any object may use or nest in. */
  readonly dataDirectories: readonly string[]
  /** What it keeps in ZooKeeper and no member of another object may use; members of one object share it. */
  readonly znodes?: readonly ZnodeClaim[]
  /** Where its daemon answers: what else the look has to ask (four-letter words, HTTP, data directories). */
  readonly probes: readonly Question[]
  /** As what it was started: kept on the machine from its first start on. What is not `changeable` stays as it is for life. */
  readonly identity: Readonly<Record<string, string>>
  /** Keys of `identity` that change by a restart with new files, e.g. the version. */
  readonly changeable: readonly string[]
  /** Its running process can be told to give up its work before it is taken down; missing: it cannot, or is not to be. */
  readonly drain?: DrainRule
  /** What fails together with it, e.g. its rack: of one group members of two are not restarted at a time. Missing: nothing is known. */
  readonly domain?: string
  /** Values of the spec that the service's own health and repair rules go by (addresses, timeouts); nobody else reads them. */
  readonly rules?: Readonly<Record<string, string>>
}

export interface DrainRule {
  /** What is not done in this time, ms, is not waited for. */
  readonly timeoutMs: number
  /** Not only before it leaves, also before a restart for new files. */
  readonly onRestart: boolean
}

export interface ServiceUser {
  readonly name: string
  readonly group: string
  /** Created as a system user when missing; false: it must exist already. */
  readonly create: boolean
}

export interface DesiredDirectory {
  readonly path: string
  readonly mode: string
  readonly owner: string
  readonly group: string
  /** When set, `path` must lie on this mount, which must be mounted: an unmounted disk is not an empty one. */
  readonly mount?: string
}

export interface DesiredFile {
  readonly path: string
  readonly content: string
  readonly mode: string
  readonly owner: string
  readonly group: string
  /** Content is never shown in plans, logs, events or status. */
  readonly secret: boolean
  /** A running daemon has to be restarted to act on a change of it. */
  readonly restart: boolean
}

export type SoftwareSource =
  | {
      readonly from: 'archive'
      /** http(s) URL or file:// path on ironherd's machine. */
      readonly url: string
      /** sha256:… or sha512:… in lower-case hex. */
      readonly digest: string
      /** Where it stands unpacked on the host; named by product, version and digest. */
      readonly path: string
      /** Directories of superseded versions of the same product match this prefix and are removed when unused. */
      readonly familyPrefix: string
    }
  | {
      readonly from: 'packages'
      readonly packages: readonly string[]
      /** Units of the packages that are masked before the install, so that nothing starts with default settings. */
      readonly maskUnits: readonly string[]
      /** Where the packages put the program, e.g. /usr/share/java. */
      readonly path: string
    }

export interface DesiredUnit {
  /** Full name with .service. */
  readonly name: string
  readonly path: string
  readonly enabled: boolean
  /** false: it is files alone, and no unit of this name is ever written or started. */
  readonly running: boolean
  /** The file in which the unit, at each start, writes the sha256sums of the files that the process was started with. */
  readonly loadedPath: string
}

export interface PortClaim {
  readonly port: number
  /** What it is for, in the field's words: "client", "web UI". */
  readonly purpose: string
  /** The spec field that sets it, for the message of a collision. */
  readonly field: string
}

export interface ZnodeClaim {
  /** host:port,… of the ensemble. */
  readonly connect: string
  readonly path: string
  /** The spec field that sets the path. */
  readonly field: string
}

/** Members that are started and restarted under one rule. */
export interface Group {
  readonly name: string
  /** Lower starts first. */
  readonly order: number
  /** When it lets groups of higher order start: One (default) of it serves, or a Majority of it. */
  readonly opens?: 'One' | 'Majority'
  readonly budget:
    | { readonly kind: 'Quorum' }
    /** At most this many of the group not serving because of ironherd. */
    | { readonly kind: 'MaxUnavailable'; readonly count: number }
  /** Its members are started although what the cluster needs of others (Expansion.upstream) does not serve: they do without. */
  readonly withoutUpstream?: true
  /** The breaker: ironherd restarts and replaces nobody in the group while more than this many members are unhealthy. */
  readonly breaker: number
}
