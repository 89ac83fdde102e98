import { beansOf, numberOf } from '../hdfs-common/jmx.ts'

/** What a JournalNode says of one journal (JournalMetrics.java); it has no bean before its first use (runbook §6.4). */
export interface JournalReport {
  readonly promisedEpoch: number | undefined
  readonly writerEpoch: number | undefined
  readonly writtenTxid: number | undefined
  readonly lagTxns: number | undefined
}

/** Undefined for anything that is not an answer of /jmx. */
export function parseJournalNode(body: string, nameservice: string): JournalReport | undefined {
  const beans = beansOf(body)
  if (beans === undefined) return undefined
  const journal = beans[`Journal-${nameservice}`]
  return {
    promisedEpoch: numberOf(journal, 'LastPromisedEpoch'),
    writerEpoch: numberOf(journal, 'LastWriterEpoch'),
    writtenTxid: numberOf(journal, 'LastWrittenTxId'),
    lagTxns: numberOf(journal, 'CurrentLagTxns'),
  }
}
