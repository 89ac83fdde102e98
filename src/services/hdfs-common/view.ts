import type { FleetFacts } from '../../model/facts.ts'
import type { Health } from '../../model/health.ts'
import type { Member } from '../../model/member.ts'
import type { DataNodeReport } from '../hdfs-datanode/answers.ts'
import type { BlockData } from '../hdfs-datanode/data.ts'
import type { JournalReport } from '../hdfs-journalnode/answers.ts'
import type { JournalData } from '../hdfs-journalnode/data.ts'
import type { NameNodeReport, SystemReport } from '../hdfs-namenode/answers.ts'
import type { Birth } from '../hdfs-namenode/birth.ts'
import type { NameData } from '../hdfs-namenode/data.ts'
import type { SecondaryReport } from '../hdfs-secondarynamenode/answers.ts'
import type { Election } from '../hdfs-zkfc/election.ts'
import type { Presence } from './presence.ts'
import type { RpcReply } from './rpc.ts'
import type { Rules } from './rules.ts'
import type { StorageView } from './storage.ts'

/** What is known of a member of any role. */
export interface RoleView {
  readonly member: Member
  readonly rules: Rules
  /** A first start was allowed on its host. */
  readonly allowed: Presence
  /** It was started there before. */
  readonly started: Presence
}

export interface NameNodeView extends RoleView {
  readonly id: string
  readonly data: NameData
  /** Undefined: it says nothing that can be used. */
  readonly report: NameNodeReport | undefined
  readonly system: SystemReport | undefined
  readonly rpc: RpcReply
  readonly tool: Presence
  readonly health: Health
}

export interface JournalNodeView extends RoleView {
  readonly data: JournalData
  readonly report: JournalReport | undefined
  readonly rpc: RpcReply
  readonly health: Health
}

export interface ControllerView extends RoleView {
  readonly id: string
  readonly tool: Presence
  readonly health: Health
}

export interface DataNodeView extends RoleView {
  readonly data: BlockData
  readonly report: DataNodeReport | undefined
  readonly health: Health
}

export interface SecondaryView extends RoleView {
  /** Its checkpoint directory. */
  readonly data: StorageView
  readonly report: SecondaryReport | undefined
  readonly health: Health
}

export interface HttpFsView {
  readonly member: Member
  readonly health: Health
}

/** What stands ready for a simple file system to become highly available; none of it counts for the simple one. */
export interface Ahead {
  readonly names: readonly NameNodeView[]
  readonly journals: readonly JournalNodeView[]
  readonly controllers: readonly ControllerView[]
  readonly election: Election
  /** As of the whole, whose NameNode does without. */
  readonly upstream: string | undefined
}

/** All that is known of a cluster in one pass. */
export interface HdfsView {
  readonly names: readonly NameNodeView[]
  readonly journals: readonly JournalNodeView[]
  readonly controllers: readonly ControllerView[]
  readonly dataNodes: readonly DataNodeView[]
  /** One, in the simple form, where it is declared. */
  readonly secondaries: readonly SecondaryView[]
  readonly gateways: readonly HttpFsView[]
  /** Whose identity another has on another host, or who are declared no more, as long as they stand: one of them may be active. */
  readonly replaced: { readonly names: readonly NameNodeView[]; readonly controllers: readonly ControllerView[] }
  readonly ahead?: Ahead
  readonly birth: Birth
  readonly election: Election
  /** Why what it needs does not serve now; undefined: it does. */
  readonly upstream: string | undefined
  readonly facts: FleetFacts
  readonly now: number
}
