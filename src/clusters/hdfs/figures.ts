import type { Assessment } from '../../model/health.ts'
import { ruleOf } from '../../services/hdfs-common/rules.ts'
import type { HdfsView, NameNodeView } from '../../services/hdfs-common/view.ts'
import { namespaceOf } from '../../services/hdfs-namenode/data.ts'
import type { JournalLag } from '../../services/hdfs-namenode/journal-status.ts'
import { isInStep } from '../../services/hdfs-namenode/journal-status.ts'
import type { KnownNode } from '../../services/hdfs-namenode/nodes.ts'
import { activeOnes } from '../../services/hdfs-namenode/premises.ts'

type Figures = NonNullable<Assessment['figures']>
type Own = NonNullable<Assessment['own']>[string]

/** Its figures are true; without exactly one active there is nobody whose are. */
export function leaderOf(view: HdfsView): NameNodeView | undefined {
  const active = activeOnes(view)
  return active.length === 1 ? active[0] : undefined
}

export function lagsOf(leader: NameNodeView | undefined): readonly JournalLag[] | undefined {
  const report = leader?.report
  return report === undefined || report.state === 'loading' ? undefined : report.journals
}

function epochOf({ journals }: HdfsView): number | undefined {
  const epochs = journals.flatMap(({ report }) => report?.promisedEpoch ?? [])
  return epochs.length === 0 ? undefined : Math.max(...epochs)
}

function without<T>(values: Readonly<Record<string, T | undefined>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, T] => entry[1] !== undefined))
}

export function figuresOf(view: HdfsView): Figures {
  const leader = leaderOf(view)
  const counts = leader?.system
  const report = leader?.report
  const lags = lagsOf(leader)
  const active = [...view.names, ...view.replaced.names].filter(({ report: said }) => said?.state === 'active').length
  const seen = view.names.every(({ health, report: said }) => said !== undefined || health.verdict === 'stopped')
  const safe = report === undefined || report.state === 'loading' ? undefined : report.safeMode === '' ? 0 : 1
  return without({
    ironherd_hdfs_namenode_active: seen || active > 0 ? active : undefined,
    ironherd_hdfs_safe_mode: safe,
    ironherd_hdfs_datanodes_live: counts?.live,
    ironherd_hdfs_datanodes_dead: counts?.dead,
    ironherd_hdfs_datanodes_stale: counts?.stale,
    ironherd_hdfs_datanodes_decommissioning: counts?.decommissioning,
    ironherd_hdfs_blocks_missing: counts?.missing,
    ironherd_hdfs_blocks_corrupt: counts?.corrupt,
    ironherd_hdfs_blocks_low_redundancy: counts?.lowRedundancy,
    ironherd_hdfs_journal_lag_transactions:
      lags === undefined ? undefined : Math.max(...lags.map((lag) => lag.behindTxns)),
    ironherd_hdfs_journal_epoch: epochOf(view),
    ironherd_hdfs_capacity_bytes: counts?.capacityTotal,
    ironherd_hdfs_used_bytes: counts?.capacityUsed,
    ironherd_hdfs_last_checkpoint_timestamp_seconds:
      counts?.lastCheckpoint === undefined ? undefined : Math.floor(counts.lastCheckpoint / 1000),
  })
}

const gib = 1024 ** 3

/** status.hdfs; what nobody has said is left out. */
export function statusOf(view: HdfsView): Own {
  const leader = leaderOf(view)
  const report = leader?.report
  const said = report === undefined || report.state === 'loading' ? undefined : report
  const counts = leader?.system
  const lags = lagsOf(leader)
  const used = counts?.capacityUsed
  const total = counts?.capacityTotal
  return without<unknown>({
    ...identityOf(view),
    active: leader?.id,
    safeMode: said === undefined ? undefined : said.safeMode === '' ? 'Off' : 'On',
    safeModeReason: said === undefined || said.safeMode === '' ? undefined : quiet(said.safeMode),
    dataNodes: block({
      live: counts?.live,
      dead: counts?.dead,
      stale: counts?.stale,
      decommissioning: counts?.decommissioning,
      enteringMaintenance: countOf(said?.nodes, 'Entering Maintenance'),
      inMaintenance: countOf(said?.nodes, 'In Maintenance'),
    }),
    blocks: block({ missing: counts?.missing, corrupt: counts?.corrupt, lowRedundancy: counts?.lowRedundancy }),
    journal: block({ epoch: epochOf(view), inStep: lags?.filter(isInStep).length }),
    capacity: block({
      totalGiB: total === undefined ? undefined : Math.round(total / gib),
      usedPercent:
        total === undefined || used === undefined || total === 0 ? undefined : Math.round((100 * used) / total),
    }),
    lastCheckpoint: checkpointOf(counts?.lastCheckpoint),
  })
}

function countOf(nodes: readonly KnownNode[] | undefined, state: string): number | undefined {
  return nodes?.filter(({ admin }) => admin === state).length
}

/** Kept for good: so only what a disk or a daemon of a cluster that lives says of itself. */
function identityOf({ names, birth }: HdfsView): Readonly<Record<string, string | undefined>> {
  const [first] = names
  if (birth.state !== 'born' || first === undefined) return {}
  const clusterId = ruleOf(first.rules, 'clusterId')
  const told = names.flatMap(({ report }) => (report === undefined || report.state === 'loading' ? [] : [report]))
  const own = told.find((report) => report.clusterId === clusterId)
  const whole = names.find(({ data }) => data.state === 'whole')
  const namespaceId = whole === undefined ? '' : namespaceOf(whole.data)
  return {
    clusterId: own === undefined && whole === undefined ? undefined : clusterId,
    namespaceId: namespaceId === '' ? undefined : namespaceId,
    blockPoolId: own === undefined || own.blockPoolId === '' ? undefined : own.blockPoolId,
  }
}

/** The sentence counts blocks and seconds: status would be written anew in every pass. */
function quiet(sentence: string): string {
  return sentence.replace(/\d+(\.\d+)?/g, 'N').slice(0, 1024)
}

function checkpointOf(at: number | undefined): string | undefined {
  return at === undefined || at <= 0 ? undefined : new Date(Math.floor(at / 60_000) * 60_000).toISOString()
}

function block(values: Readonly<Record<string, number | undefined>>): Readonly<Record<string, number>> | undefined {
  const known = without(values)
  return Object.keys(known).length === 0 ? undefined : known
}
