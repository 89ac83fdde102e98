import type { MesosSpec } from '../../api/mesos.ts'
import type { HostView } from '../../model/kind.ts'
import type { SoftwareSource } from '../../model/member.ts'
import type { ObjectKey } from '../../model/object.ts'
import type { ExtraFilesResult } from '../common/extra-files.ts'

/** What all members of one Mesos cluster are made from: the spec with its references resolved and checked. */
export interface MesosContext {
  readonly key: ObjectKey
  readonly spec: MesosSpec
  readonly software: SoftwareSource
  readonly extra: ExtraFilesResult
  /** host:port,… and the znode below which they meet. */
  readonly zookeeper: { readonly connect: string; readonly path: string }
  /** In the order of the spec. */
  readonly masters: readonly HostView[]
  /** How many agents are declared. */
  readonly agents: number
  /** How many masters the set has that stands, by its records; that is declared where none stands. */
  readonly voters: number
  /** The set of masters once had a registry: none of them begins an empty one any more. */
  readonly formed: boolean
  /** Nothing tells of a registry that there was, and nobody is out of sight who could. */
  readonly isNew: boolean
}

/** zk://host:port,…/path, as masters, agents and frameworks are given it. */
export function zkUrl({ connect, path }: MesosContext['zookeeper']): string {
  return `zk://${connect}${path}`
}

/** Of 2q − 1 masters; with another figure a change is acknowledged that a later leader does not know (recordings 07, 08, 63). */
export function quorumSize(masters: number): number {
  return Math.floor(masters / 2) + 1
}
