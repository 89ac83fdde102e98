import { beansOf, isObject, nestedOf, numberOf, textOf } from '../hdfs-common/jmx.ts'
import { type JournalLag, journalListIn, parseJournalStatus } from './journal-status.ts'
import { type KnownNode, knownNodes } from './nodes.ts'

/** What a NameNode says of itself (NameNodeMXBean, NameNodeStatusMXBean). */
export type NameNodeReport =
  /** Its web server lives, its file system is not loaded yet: the beans come with startCommonServices (NameNode.java). */
  | { readonly state: 'loading' }
  | {
      readonly state: 'active' | 'standby' | 'observer' | 'other'
      /** As it says it. */
      readonly word: string
      /** ms since the epoch on its clock; 0: never since its start. */
      readonly lastTransition: number
      /** Of blocks newer than its image: above 0, it knows less than the DataNodes (runbook §6.5). */
      readonly futureBytes: number | undefined
      /** '' when it is not in safe mode. */
      readonly safeMode: string
      readonly clusterId: string
      readonly blockPoolId: string
      readonly version: string
      /** Name directories that it has given up. */
      readonly failedDirs: readonly string[]
      /** How far each journal is, in the order of its configuration; undefined: it does not write. */
      readonly journals: readonly JournalLag[] | undefined
      /** host:port of the journals that it writes to, or reads while it stands by; empty: it does not say. */
      readonly journalList: readonly string[]
      /** DataNodes that it hears of, by the address and port of their web server. */
      readonly live: Readonly<Record<string, LiveNode>>
      /** All DataNodes that may register with it, and those that it was told of and never heard. */
      readonly nodes: readonly KnownNode[] | undefined
      readonly upgrade: RollingUpgrade
    }

/** unknown: it does not say. prepared: the image to which a rollback could go back stands (RollingUpgradeInfo.Bean). */
export type RollingUpgrade = 'none' | 'preparing' | 'prepared' | 'unknown'

export interface LiveNode {
  readonly lastContactSeconds: number
  /** E.g. /r7; '': it does not say, as releases before 3.1. */
  readonly rack: string
}

const states = ['active', 'standby', 'observer'] as const

/** Undefined for anything that is not what a NameNode says. */
export function parseNameNode(body: string): NameNodeReport | undefined {
  const beans = beansOf(body)
  if (beans === undefined) return undefined
  const { NameNodeStatus: status, NameNodeInfo: info } = beans
  if (status === undefined || info === undefined) return { state: 'loading' }
  const word = textOf(status, 'State')
  return {
    state: states.find((state) => state === word) ?? 'other',
    word,
    lastTransition: numberOf(status, 'LastHATransitionTime') ?? 0,
    futureBytes: numberOf(status, 'BytesWithFutureGenerationStamps'),
    // Counted down each second, which is no news.
    safeMode: textOf(info, 'Safemode').replace(/ in \d+ seconds\./, ' soon.'),
    clusterId: textOf(info, 'ClusterId'),
    blockPoolId: textOf(info, 'BlockPoolId'),
    version: textOf(info, 'SoftwareVersion').split(',')[0] ?? '',
    failedDirs: failedDirsOf(nestedOf(info, 'NameDirStatuses')),
    journals: parseJournalStatus(textOf(info, 'NameJournalStatus')),
    journalList: journalListIn(textOf(info, 'NameJournalStatus')),
    live: liveOf(nestedOf(info, 'LiveNodes')),
    nodes: knownNodes(nestedOf(info, 'LiveNodes'), nestedOf(info, 'DeadNodes')),
    upgrade: upgradeOf(info['RollingUpgradeStatus']),
  }
}

function upgradeOf(status: unknown): RollingUpgrade {
  if (status === null) return 'none'
  if (!isObject(status)) return 'unknown'
  return status['createdRollbackImages'] === true ? 'prepared' : 'preparing'
}

/** FSNamesystem.getLiveNodes: by host and port as a resolver names them; the addresses stand inside. */
function liveOf(nodes: unknown): Readonly<Record<string, LiveNode>> {
  const entries = Object.values(isObject(nodes) ? nodes : {}).flatMap((node) => {
    if (!isObject(node)) return []
    const seconds = numberOf(node, 'lastContact')
    const at = textOf(node, 'infoAddr')
    return seconds === undefined || at === ''
      ? []
      : [[at, { lastContactSeconds: seconds, rack: textOf(node, 'location') }] as const]
  })
  return Object.fromEntries(entries)
}

function failedDirsOf(statuses: unknown): readonly string[] {
  if (!isObject(statuses) || !isObject(statuses['failed'])) return []
  return Object.keys(statuses['failed']).sort()
}

/** Counts of the file system; those of blocks are true on the active only (runbook §6.4). */
export interface SystemReport {
  readonly missing: number | undefined
  readonly corrupt: number | undefined
  readonly lowRedundancy: number | undefined
  readonly live: number | undefined
  readonly dead: number | undefined
  readonly stale: number | undefined
  readonly decommissioning: number | undefined
  readonly capacityTotal: number | undefined
  readonly capacityUsed: number | undefined
  /** ms since the epoch on its clock. */
  readonly lastCheckpoint: number | undefined
  /** ms; 0 on the active. */
  readonly sinceEditsLoaded: number | undefined
}

export function parseSystem(body: string): SystemReport | undefined {
  const beans = beansOf(body)
  if (beans === undefined) return undefined
  const { FSNamesystem: system, FSNamesystemState: state } = beans
  if (system === undefined) return undefined
  return {
    missing: numberOf(system, 'MissingBlocks'),
    corrupt: numberOf(system, 'CorruptBlocks'),
    // Releases before 3.0 call it UnderReplicatedBlocks, later ones keep that as a synonym.
    lowRedundancy: numberOf(system, 'LowRedundancyBlocks') ?? numberOf(system, 'UnderReplicatedBlocks'),
    live: numberOf(state, 'NumLiveDataNodes'),
    dead: numberOf(state, 'NumDeadDataNodes'),
    stale: numberOf(state, 'NumStaleDataNodes') ?? numberOf(system, 'StaleDataNodes'),
    decommissioning: numberOf(state, 'NumDecommissioningDataNodes'),
    capacityTotal: numberOf(state, 'CapacityTotal') ?? numberOf(system, 'CapacityTotal'),
    capacityUsed: numberOf(state, 'CapacityUsed') ?? numberOf(system, 'CapacityUsed'),
    lastCheckpoint: numberOf(system, 'LastCheckpointTime'),
    sinceEditsLoaded: numberOf(system, 'MillisSinceLastLoadedEdits'),
  }
}
