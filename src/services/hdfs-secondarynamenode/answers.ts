import { beansOf, numberOf, textOf } from '../hdfs-common/jmx.ts'

/** What a SecondaryNameNode says of itself (SecondaryNameNodeInfoMXBean). */
export interface SecondaryReport {
  readonly version: string
  /** ms since the epoch on its clock; undefined: it has made no checkpoint since its start. */
  readonly lastCheckpoint: number | undefined
}

/** Undefined for anything that is not what a SecondaryNameNode says. */
export function parseSecondary(body: string): SecondaryReport | undefined {
  const info = beansOf(body)?.['SecondaryNameNodeInfo']
  if (info === undefined) return undefined
  const last = numberOf(info, 'LastCheckpointTime')
  return {
    version: textOf(info, 'SoftwareVersion').split(',')[0] ?? '',
    lastCheckpoint: last === undefined || last <= 0 ? undefined : last,
  }
}
