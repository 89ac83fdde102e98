import { beansOf, numberOf } from '../hdfs-common/jmx.ts'

/**
 * What a JournalNode says of one journal (JournalMetrics.java). It has no bean before somebody asked for the journal (runbook §6.4),
 * says -1 of one that is not formatted, and 0 of one that has promised nothing.
 */
export interface JournalReport {
  readonly promisedEpoch: number | undefined
  readonly writerEpoch: number | undefined
  readonly writtenTxid: number | undefined
  readonly lagTxns: number | undefined
  /** Transactions that this process has written. */
  readonly txnsWritten: number | undefined
}

/** Undefined for anything that is not an answer of /jmx. */
export function parseJournalNode(body: string, nameservice: string): JournalReport | undefined {
  const beans = beansOf(body)
  if (beans === undefined) return undefined
  const journal = beans[`Journal-${nameservice}`]
  return {
    promisedEpoch: countOf(numberOf(journal, 'LastPromisedEpoch')),
    writerEpoch: countOf(numberOf(journal, 'LastWriterEpoch')),
    writtenTxid: numberOf(journal, 'LastWrittenTxId'),
    lagTxns: numberOf(journal, 'CurrentLagTxns'),
    txnsWritten: numberOf(journal, 'TxnsWritten'),
  }
}

function countOf(value: number | undefined): number | undefined {
  return value === undefined || value < 0 ? undefined : value
}
