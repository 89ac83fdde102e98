import type { InputChain } from './firewall.ts'
import type { MarkedBlock } from './host.ts'
import type { DesiredDirectory, DesiredFile, ServiceUser, SoftwareSource } from './member.ts'
import type { Problem, ReasonCode } from './reasons.ts'

/** none: nobody notices. restart: a daemon is down for a moment. leaderChange: a leader is. outage: no redundancy
 * covers it. data: touches data directories. destructive: cannot be taken back. */
export type Risk = 'none' | 'restart' | 'leaderChange' | 'outage' | 'data' | 'destructive'

/** The verbs: all that ironherd can do to a machine. Each is safe to run again. */
export type Action =
  | { readonly verb: 'EnsureUser'; readonly user: ServiceUser }
  | { readonly verb: 'EnsureDirectory'; readonly directory: DesiredDirectory }
  | { readonly verb: 'InstallArchive'; readonly software: Extract<SoftwareSource, { from: 'archive' }> }
  | { readonly verb: 'InstallPackages'; readonly software: Extract<SoftwareSource, { from: 'packages' }> }
  | { readonly verb: 'WriteFile'; readonly file: DesiredFile }
  /** Removes a file that ironherd wrote (it stands in ownFiles) and that is no longer wanted. */
  | { readonly verb: 'RemoveFile'; readonly path: string }
  | { readonly verb: 'ReloadUnits' }
  | { readonly verb: 'UnmaskUnit' | 'EnableUnit' | 'DisableUnit'; readonly unit: string }
  /** Start and restart also clear systemd's start limit. */
  | { readonly verb: 'StartUnit' | 'StopUnit'; readonly unit: string }
  /** `files`: digest over the files that the process is to be started with, where that is why it is restarted. */
  | { readonly verb: 'RestartUnit'; readonly unit: string; readonly files?: string }
  /** Tells the main process to give up its work (SIGPWR), if it listens for that: else the signal would end it. */
  | { readonly verb: 'DrainUnit'; readonly unit: string }
  /** Renames `path` to `<path>.aside-<time on the host>` beside it, on the same mount. */
  | { readonly verb: 'MoveAside'; readonly path: string }
  /**
   * Records on the machine that a first start was allowed, then writes the marker that the service consumes at it, if it has one.
   */
  | {
      readonly verb: 'MarkFirstStart'
      readonly record: string
      readonly marker?: { readonly path: string; readonly owner: string; readonly group: string }
    }
  /** Nothing on the host, which is out of sight: the member is let go though nobody has seen it stopped. Never without approval. */
  | { readonly verb: 'Forget'; readonly unit: string }
  /** Proves the machine of another Host off: a command on this one, its standard input from a Secret, '' without one. */
  | {
      readonly verb: 'Fence'
      readonly target: string
      readonly command: readonly string[]
      readonly timeoutSeconds: number
      readonly secret?: { readonly name: string; readonly key: string }
    }
  /** Gives a running ensemble its new list of servers, each `server.N=…`, by the one that listens there, if its list still is of `version`. */
  | {
      readonly verb: 'ReconfigEnsemble'
      readonly address: string
      readonly port: number
      readonly servers: readonly string[]
      /** In hex, as ZooKeeper writes it. */
      readonly version: string
      readonly secret: { readonly name: string; readonly key: string }
    }
  /**
   * A new file system in the NameNode's directories and in all its journals: refused by the tool itself where one of them holds
   * something, but for those of a half of its own, which must be moved aside before.
   */
  | { readonly verb: 'FormatNameNode'; readonly tool: HadoopTool; readonly clusterId: string }
  /** Copies the image of a NameNode that serves into the empty directories of this one. */
  | { readonly verb: 'BootstrapStandby'; readonly tool: HadoopTool }
  /**
   * Formats the empty journals of this NameNode, which is stopped, and copies into them all that it wrote after its newest image: done
   * once, when a simple file system becomes highly available.
   */
  | { readonly verb: 'InitializeSharedEdits'; readonly tool: HadoopTool }
  /** Makes the znode below which failover controllers elect; done as well when it stands already. */
  | { readonly verb: 'FormatFailover'; readonly tool: HadoopTool }
  /** Gives an emptied JournalNode the identity of its journal again, `version` being its VERSION file, and nothing else. */
  | {
      readonly verb: 'SeedJournal'
      /** Of the journal: `<editsDir>/<nameservice>`. */
      readonly directory: string
      readonly version: string
      readonly owner: string
      readonly group: string
    }
  /** Asks the failover controllers to make `to` active in the place of `from`, ids of NameNodes. */
  | { readonly verb: 'FailOver'; readonly tool: HadoopTool; readonly from: string; readonly to: string }
  /** Has the active NameNode begin a new segment of edits, which a journal that was restarted takes part in again. */
  | { readonly verb: 'RollEdits'; readonly tool: HadoopTool }
  /** Has the one NameNode whose RPC is at `address` (host:port) read again which DataNodes there are to be, and how. */
  | { readonly verb: 'RefreshNodes'; readonly tool: HadoopTool; readonly address: string }
  /**
   * Copies the newest image of a name directory, with its sum and the directory's VERSION, to `<nameDir>.images/<time>-<txid>`, where
   * the last three stay.
   */
  | { readonly verb: 'CopyImage'; readonly nameDir: string; readonly owner: string; readonly group: string }
  /**
   * Has the active NameNode begin a rolling upgrade, by an image to which a rollback could go back, or end it for good: then there
   * is no way back to `from`, unless `to` is the same.
   */
  | {
      readonly verb: 'RollUpgrade'
      readonly tool: HadoopTool
      readonly what: 'prepare' | 'finalize'
      readonly from: string
      readonly to: string
    }
  /**
   * Begins to move blocks until no DataNode is fuller than the mean by more than the threshold, or less full, and does not wait for the
   * end. `request` names the run in what it writes.
   */
  | {
      readonly verb: 'Balance'
      readonly tool: HadoopTool
      readonly request: string
      /** What each DataNode may use for it, MiB/s. */
      readonly bandwidthMiB: number
      readonly thresholdPercent: number
    }
  /** Puts `lines` between the marks of a file that is somebody else's, in front where there are none yet: the rest stays byte for byte. */
  | { readonly verb: 'WriteBlock'; readonly block: MarkedBlock; readonly lines: readonly string[] }
  /** Takes the lines and their marks out of it again. */
  | { readonly verb: 'RemoveBlock'; readonly block: MarkedBlock }
  /** Fetches what these files of sources offer, and nothing else, then notes `digest` in `record`. */
  | {
      readonly verb: 'UpdatePackageLists'
      readonly sources: readonly string[]
      readonly digest: string
      readonly record: string
    }
  /**
   * Opens exactly these TCP ports, none at all included, in chains of nftables, each of which has opened `before`. Taken back by the machine
   * itself unless a new login proves within a minute that it can still be reached.
   */
  | {
      readonly verb: 'OpenPorts'
      readonly chains: readonly (InputChain & { readonly before: readonly number[] })[]
      readonly ports: readonly number[]
    }
  /** The name that the machine gives itself, now and after a boot. */
  | { readonly verb: 'SetHostName'; readonly name: string }
  /** Removes directories of the family that no unit on the machine names and that are not `keep`. */
  | { readonly verb: 'PruneSoftware'; readonly familyPrefix: string; readonly keep: string }

export type Verb = Action['verb']

/**
 * How a tool of Hadoop is run: `<home>/bin/hdfs --config <config> …` as the service user, as a transient unit of a fixed name, so
 * that a look sees one that has outlived whoever started it, and a second is not started beside it.
 */
export interface HadoopTool {
  readonly home: string
  readonly config: string
  readonly user: string
  readonly group: string
  /** Full name with .service. */
  readonly unit: string
  readonly timeoutSeconds: number
}

/** Checked on the host, under its lock, in the same script that runs the verb. */
export type Guard =
  | { readonly guard: 'Mounted'; readonly mount: string }
  | { readonly guard: 'DirectoryEmpty'; readonly path: string }
  | { readonly guard: 'UnitNotRunning'; readonly unit: string }
  /** The unit's main process is still the one that was seen: a restart that was done meanwhile is not done again. */
  | { readonly guard: 'SameProcess'; readonly unit: string; readonly pid: number }
  /** The ensemble of the server that listens there has this very list. */
  | {
      readonly guard: 'SameList'
      readonly address: string
      readonly port: number
      readonly servers: readonly string[]
      readonly version: string
    }
  | { readonly guard: 'FileAbsent'; readonly path: string }
  /** The ZooKeeper server that listens there says that there is no such znode. */
  | { readonly guard: 'ZnodeAbsent'; readonly address: string; readonly port: number; readonly path: string }
  /** The NameNode whose web port is there says that it is in this state. */
  | {
      readonly guard: 'NameNodeIs'
      readonly address: string
      readonly port: number
      readonly state: 'active' | 'standby'
    }
  /** No record of a member stands on the machine. */
  | { readonly guard: 'NoMembers' }
  /** The file is missing, or has one of these digests, or is one that ironherd wrote. */
  | { readonly guard: 'OwnFile'; readonly path: string }

export interface Step {
  /** Digest over machine, member, verb and target: the same step has the same id in every pass. */
  readonly id: string
  readonly host: string
  readonly member: string
  readonly action: Action
  /** Why, in a sentence that names what was seen. */
  readonly reason: string
  readonly risk: Risk
  readonly guards: readonly Guard[]
  /** What the step mends, when it mends something: the cause under which the repair stands in ledger and metrics. */
  readonly repairs?: string
}

/** Steps that may run at once: in order on one machine, side by side on different ones. */
export interface Wave {
  readonly disruptive: boolean
  readonly steps: readonly Step[]
}

export interface Plan {
  /** Over the set of (machine, member, verb, target digest, risk): neither facts, times, order nor prose. */
  readonly hash: string
  readonly waves: readonly Wave[]
}

/** What the planner decided, and what it holds back. */
export interface Decision {
  /** All that is left to do, as far as it can be seen now. Undefined: nothing. */
  readonly plan?: Plan
  /** The wave to run in this pass; undefined though there is a plan: everything in it waits, `held` says for what. */
  readonly run?: Wave
  /** Things that stop a part or all of the work, and want a person or another object. */
  readonly problems: readonly Problem[]
  /** Things that are put off, with the reason, to be looked at again. */
  readonly held: readonly string[]
  /** Look again after so many ms though nothing changed. */
  readonly lookAgainMs?: number
}

export interface StepOutcome {
  readonly step: Step
  readonly result: 'done' | 'failed' | 'skipped' | 'unknown'
  /** Last lines of what the host said, secrets out, at most 500 characters. */
  readonly detail: string
  readonly code?: ReasonCode
  readonly durationMs: number
}
