import type { HttpAnswer } from '../../src/model/question.ts'
import { answered, type Bean } from './hdfs-answers.ts'
import type { KnownNode } from './hdfs-heard.ts'
import type { NameNode } from './hdfs-namenode.ts'

const loading: Bean = { name: 'Hadoop:service=NameNode,name=NameNodeActivity' }

/** NameNodeStatus and NameNodeInfo, as far as anybody reads them. */
export function nodeAnswer(name: NameNode): HttpAnswer {
  if (name.state === 'loading') return answered([loading])
  const { dirs, heard, machine } = name
  const failed = Object.fromEntries([...dirs.failed].map((path) => [path, 'IMAGE_AND_EDITS']))
  const active = Object.fromEntries(
    dirs.paths.filter((path) => !dirs.failed.has(path)).map((path) => [path, 'IMAGE_AND_EDITS']),
  )
  return answered([
    loading,
    {
      name: 'Hadoop:service=NameNode,name=NameNodeStatus',
      State: name.state,
      HostAndPort: `${machine.name}:${name.rpcPort}`,
      LastHATransitionTime: name.lastTransition === 0 ? 0 : Math.round(name.lastTransition + machine.skewMs),
      BytesWithFutureGenerationStamps: 0,
    },
    {
      name: 'Hadoop:service=NameNode,name=NameNodeInfo',
      BlockPoolId: dirs.format.blockpoolID,
      ClusterId: dirs.format.clusterID,
      Safemode: name.inSafeMode ? safeModeText(name) : '',
      ...nodesSaid(heard.nodes(), machine.clock.now),
      NameDirStatuses: JSON.stringify({ active, failed }),
      NameJournalStatus: JSON.stringify(journalStatus(name)),
      SoftwareVersion: '3.4.2',
      RollingUpgradeStatus: null,
    },
  ])
}

function nodesSaid(nodes: readonly KnownNode[], now: number): Pick<Bean, 'LiveNodes' | 'DeadNodes'> {
  const live: Record<string, unknown> = {}
  const dead: Record<string, unknown> = {}
  for (const { address, admin, entry, isLive } of nodes) {
    // Whom it never heard it knows by the address of its file alone.
    const xferaddr = entry?.node.data ?? `${address}:9866`
    const said = { adminState: admin, xferaddr, lastContact: Math.floor((now - (entry?.at ?? 0)) / 1000) }
    if (isLive) live[xferaddr] = { ...said, infoAddr: entry?.node.web, version: '3.4.2' }
    else dead[xferaddr] = { ...said, decommissioned: admin === 'Decommissioned' }
  }
  return { LiveNodes: JSON.stringify(live), DeadNodes: JSON.stringify(dead) }
}

function safeModeText({ blocks, heard }: NameNode): string {
  const said = `Safe mode is ON. The reported blocks ${blocks.size - heard.missing}`
  return heard.allReported()
    ? `${said} has reached the threshold 0.9990 of total blocks ${blocks.size}. In safe mode extension.`
    : `${said} needs additional ${heard.missing} blocks to reach the threshold 0.9990 of total blocks ${blocks.size}.`
}

function journalStatus(name: NameNode): readonly unknown[] {
  if (name.isSimple) return []
  const manager = `QJM to [${name.journals.join(', ')}]`
  if (!name.isActive) return [{ manager, stream: 'open for read', disabled: 'false', required: 'true' }]
  const { now } = name.machine.clock
  const head = name.head?.txid ?? 0
  const said = name.channels.map(({ at, behindSince, neverWritten, outOfSync, written }) => {
    const behind = behindSince === 0 ? '' : ` (${head - written} txns/${Math.round(now - behindSince)}ms behind)`
    const how = neverWritten ? ' (never written' : behind
    return `${at} (Written txid ${written}${how}${outOfSync ? ' (will try to re-sync on next segment)' : ''})`
  })
  const stream = `Writing segment beginning at txid ${head}. \n${said.join(', ')}`
  return [{ manager, stream, disabled: 'false', required: 'true' }]
}

const gib = 1024 ** 3

/** FSNamesystem and FSNamesystemState, as far as anybody reads them. */
export function systemAnswer(name: NameNode): HttpAnswer {
  if (name.state === 'loading') return answered([])
  const { clock, skewMs } = name.machine
  const { dead, decommissioning, live, stale } = name.heard.counts
  return answered([
    {
      name: 'Hadoop:service=NameNode,name=FSNamesystemState',
      CapacityTotal: live * 100 * gib,
      CapacityUsed: gib,
      NumLiveDataNodes: live,
      NumDeadDataNodes: dead,
      NumStaleDataNodes: stale,
      NumDecommissioningDataNodes: decommissioning,
    },
    {
      name: 'Hadoop:service=NameNode,name=FSNamesystem',
      MissingBlocks: name.heard.missing,
      CorruptBlocks: 0,
      LowRedundancyBlocks: name.heard.low().length,
      LastCheckpointTime: Math.round(name.checkpointAt + skewMs),
      MillisSinceLastLoadedEdits: name.isActive ? 0 : Math.round(clock.now - name.loadedEditsAt),
    },
  ])
}
