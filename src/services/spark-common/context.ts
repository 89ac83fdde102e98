import type { SparkSpec } from '../../api/spark.ts'
import type { HostView } from '../../model/kind.ts'
import type { DesiredDirectory, ServiceUser, SoftwareSource } from '../../model/member.ts'
import type { ObjectKey } from '../../model/object.ts'
import type { ExtraFilesResult } from '../common/extra-files.ts'

/** Where the masters keep what they know and how they elect, resolved. */
export type Recovery =
  | { readonly mode: 'ZOOKEEPER'; readonly connect: string; readonly path: string }
  | { readonly mode: 'FILESYSTEM'; readonly directory: string }
  | { readonly mode: 'NONE' }

/** What all members of one Spark cluster are made from: the spec with its references resolved and checked. */
export interface SparkContext {
  readonly key: ObjectKey
  readonly spec: SparkSpec
  readonly software: SoftwareSource
  readonly user: ServiceUser
  readonly extra: ExtraFilesResult
  readonly recovery: Recovery
  /** In the order of the spec. */
  readonly masterHosts: readonly HostView[]
  /** spark://m1:7077,m2:7077: every worker and application is given all of them. */
  readonly masterUrl: string
  /** Configuration of the clients of another cluster, by the name of the file: where applications find their files. */
  readonly clientFiles: Readonly<Record<string, string>>
  /** Where applications write their event logs: on every host of the cluster, since a driver may run on any. */
  readonly eventLogDirectories: readonly DesiredDirectory[]
}

/** What a master calls itself in /json/, and what a worker calls its master. */
export function masterUrlOf(address: string, port: number): string {
  return `spark://${address}:${port}`
}

/** Tells in a member's identity what must not change under it. */
export function recoveryText(recovery: Recovery): string {
  switch (recovery.mode) {
    case 'ZOOKEEPER':
      return `ZOOKEEPER ${recovery.path}`
    case 'FILESYSTEM':
      return 'FILESYSTEM'
    case 'NONE':
      return 'NONE'
  }
}
