import { jsonOf } from '../common/http.ts'
import { isObject, textOf } from '../hdfs-common/jmx.ts'

/** How far one journal is, by the only one who writes to all of them. */
export interface JournalLag {
  /** As the writer names it, an address and a port. */
  readonly at: string
  readonly writtenTxid: number
  readonly behindTxns: number
  readonly behindMs: number
  readonly neverWritten: boolean
  /** It has missed something, and gets nothing before the next segment begins. */
  readonly outOfSync: boolean
}

/**
 * NameJournalStatus of a NameNode: JSON of one entry for each journal manager. The stream of the quorum's says
 * `Writing segment beginning at txid N. ` and of each journal `host:port (Written txid N (k txns/m ms behind) (will try to re-sync
 * on next segment))` (AsyncLoggerSet.appendReport, IPCLoggerChannel.appendReport). Undefined: it says of no journal.
 */
export function parseJournalStatus(text: string): readonly JournalLag[] | undefined {
  const lags = quorums(text, 'stream').flatMap((stream) => [...stream.matchAll(report)].map(lagOf))
  return lags.length === 0 ? undefined : lags
}

/** The manager of the quorum is called `QJM to [host:port, …]`, also by one that only reads (QuorumJournalManager.toString). */
export function journalListIn(text: string): readonly string[] {
  return quorums(text, 'manager').flatMap((manager) => {
    const [, list = ''] = /^QJM to \[(.+)\]$/.exec(manager) ?? []
    return list === '' ? [] : list.split(', ').map(addressIn)
  })
}

function quorums(text: string, key: 'manager' | 'stream'): readonly string[] {
  const managers = jsonOf(text)
  if (!Array.isArray(managers)) return []
  return managers.flatMap((manager: unknown) =>
    isObject(manager) && /^QJM/.test(textOf(manager, 'manager')) ? [textOf(manager, key)] : [],
  )
}

/** `name/address:port`, or without the name. */
function addressIn(at: string): string {
  return at.replace(/^.*\//, '')
}

// `(never written` is not closed by the writer: it stands so in IPCLoggerChannel.
const report =
  /([^\s,()]+:\d+) \(Written txid (-?\d+)(?: \((?:(\d+) txns\/(\d+) ?ms behind\)|(never written)))?( \(will try to re-sync on next segment\))?\)/g

function lagOf(match: RegExpExecArray): JournalLag {
  const [, at = '', txid = '0', txns, ms, never, outOfSync] = match
  return {
    at: addressIn(at),
    writtenTxid: Number(txid),
    behindTxns: Number(txns ?? 0),
    behindMs: Number(ms ?? 0),
    neverWritten: never !== undefined,
    outOfSync: outOfSync !== undefined,
  }
}

/** It misses nothing that was acknowledged to anybody: at this instant it was asked for all of it, and had written it. */
export function holdsAll(lag: JournalLag): boolean {
  return lag.behindTxns === 0 && !lag.neverWritten && !lag.outOfSync
}

/** So long a journal on a busy disk may be behind and still keep up. */
const lagMs = 10_000

export function isInStep(lag: JournalLag): boolean {
  return lag.behindMs < lagMs && !lag.neverWritten && !lag.outOfSync
}
