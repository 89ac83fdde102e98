import { beansOf, isObject, nestedOf, textOf } from '../hdfs-common/jmx.ts'

/** How a DataNode stands with one NameNode (BPServiceActor.getActorInfoMap). */
export interface Actor {
  /** host:port of the NameNode's RPC, as the DataNode calls it. */
  readonly at: string
  /** CONNECTING, INIT_FAILED, RUNNING, EXITED, FAILED. */
  readonly state: string
  /** Seconds since it last sent a heartbeat; undefined: it does not say. */
  readonly heartbeatAge: number | undefined
}

export interface DataNodeReport {
  /** '' before the first handshake with a NameNode. */
  readonly clusterId: string
  readonly version: string
  readonly actors: readonly Actor[]
  /** Directories of blocks that it uses. */
  readonly volumes: readonly string[]
}

/** Undefined for anything that is not what a DataNode says (DataNodeMXBean). */
export function parseDataNode(body: string): DataNodeReport | undefined {
  const info = beansOf(body)?.['DataNodeInfo']
  if (info === undefined) return undefined
  const actors = nestedOf(info, 'BPServiceActorInfo')
  const volumes = nestedOf(info, 'VolumeInfo')
  return {
    clusterId: textOf(info, 'ClusterId'),
    version: (textOf(info, 'SoftwareVersion') || textOf(info, 'Version')).split(',')[0] ?? '',
    actors: (Array.isArray(actors) ? actors : []).flatMap((actor: unknown) =>
      isObject(actor) ? [actorOf(actor)] : [],
    ),
    volumes: isObject(volumes) ? Object.keys(volumes).sort() : [],
  }
}

/** All its values are text. */
function actorOf(actor: Readonly<Record<string, unknown>>): Actor {
  const age = textOf(actor, 'LastHeartbeat')
  return {
    at: textOf(actor, 'NamenodeAddress'),
    state: textOf(actor, 'ActorState'),
    heartbeatAge: /^\d+$/.test(age) ? Number(age) : undefined,
  }
}
