import type { HttpAnswer } from '../../src/model/question.ts'
import { answered, type Bean } from './hdfs-answers.ts'
import type { NameNode } from './hdfs-namenode.ts'

const loading: Bean = { name: 'Hadoop:service=NameNode,name=NameNodeActivity' }

/** NameNodeStatus and NameNodeInfo, as far as anybody reads them. */
export function nodeAnswer(name: NameNode): HttpAnswer {
  if (name.state === 'loading') return answered([loading])
  const { dirs, heard, machine } = name
  const live = Object.fromEntries(
    heard
      .live()
      .map(({ ageMs, node, web }) => [
        node.data,
        { infoAddr: web, lastContact: Math.floor(ageMs / 1000), adminState: 'In Service', version: '3.4.2' },
      ]),
  )
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
      LiveNodes: JSON.stringify(live),
      NameDirStatuses: JSON.stringify({ active, failed }),
      NameJournalStatus: JSON.stringify(journalStatus(name)),
      SoftwareVersion: '3.4.2',
      RollingUpgradeStatus: null,
    },
  ])
}

function safeModeText({ blocks, heard }: NameNode): string {
  const said = `Safe mode is ON. The reported blocks ${blocks.size - heard.missing}`
  return heard.allReported()
    ? `${said} has reached the threshold 0.9990 of total blocks ${blocks.size}. In safe mode extension.`
    : `${said} needs additional ${heard.missing} blocks to reach the threshold 0.9990 of total blocks ${blocks.size}.`
}

function journalStatus(name: NameNode): readonly unknown[] {
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
  const { dead, live, stale } = name.heard.counts
  return answered([
    {
      name: 'Hadoop:service=NameNode,name=FSNamesystemState',
      CapacityTotal: live * 100 * gib,
      CapacityUsed: gib,
      NumLiveDataNodes: live,
      NumDeadDataNodes: dead,
      NumStaleDataNodes: stale,
      NumDecommissioningDataNodes: 0,
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
