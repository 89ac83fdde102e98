import type { Group } from './group.ts'
import { info, error as logError } from './log.ts'

/** What a master writes into its `json.info_…` (recordings b-zookeeper). */
export interface MasterInfo {
  readonly address: { readonly hostname: string; readonly ip: string; readonly port: number }
  readonly capabilities: readonly { readonly type: string }[]
  readonly hostname: string
  readonly id: string
  /** The four bytes of the address, the first one lowest. */
  readonly ip: number
  readonly pid: string
  readonly port: number
  readonly version: string
}

/**
 * The leader is the member with the lowest sequence number; told at each change, first when it is known. `failed` gets
 * the words of an error that no waiting mends: then Mesos exits.
 */
export function detectLeader(
  group: Group,
  changed: (leader: MasterInfo | undefined) => void,
  failed: (words: string) => void = () => undefined,
): void {
  let leading: number | 'none' | 'unknown' = 'unknown'
  group.watchIds((ids) => {
    const lowest = ids?.[0] ?? 'none'
    // An empty group at the very beginning is no news.
    if (lowest === leading || (lowest === 'none' && leading === 'unknown')) return
    leading = lowest
    info('detector.cpp:152', `Detected a new leader: ${lowest === 'none' ? 'None' : `(id='${lowest}')`}`)
    if (lowest === 'none') changed(undefined)
    else {
      void group.get(lowest).then((data) => {
        if (leading === lowest) changed(read(data))
      })
    }
  })
  void group.failed.then((words) => {
    logError('detector.cpp:123', `Failed to watch memberships: ${words}`)
    logError('zookeeper.cpp:160', `Failed to detect the leader: ${words}`)
    failed(words)
  })
}

/** Undefined for one that is gone already: the change that tells of it is on its way. */
function read(data: Buffer | undefined): MasterInfo | undefined {
  if (data === undefined) return undefined
  const leader = JSON.parse(data.toString('utf8')) as MasterInfo
  info('zookeeper.cpp:262', `A new leading master (UPID=${leader.pid}) is detected`)
  return leader
}
