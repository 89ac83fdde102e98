import type { MasterInfo } from '../common/detector.ts'
import type { DrainConfig, SlaveInfo, Value } from '../shapes.ts'

/**
 * What `/registrar(1)/registry` shows of a leading master (a-http/leader-GET-registrar_1_registry.txt), and what the
 * replicated log keeps. The names are those of the recordings: 50 `unreachable`, 52 `gone`, 54 `drain_info`,
 * `deactivated` and `minimum_capabilities`, 55 `machines` and `schedules`. A part that nobody wrote yet is absent.
 */
export interface Registry {
  readonly master?: { readonly info: MasterInfo }
  readonly slaves?: { readonly slaves?: readonly RegisteredSlave[] }
  readonly unreachable?: { readonly slaves?: readonly UnreachableSlave[] }
  readonly gone?: { readonly slaves?: readonly GoneSlave[] }
  readonly machines?: { readonly machines?: readonly RegisteredMachine[] }
  readonly schedules?: readonly MaintenanceSchedule[]
  readonly quota_configs?: readonly unknown[]
  readonly weights?: readonly { readonly info: { readonly role: string; readonly weight: number } }[]
  readonly minimum_capabilities?: readonly { readonly capability: string }[]
}

export interface RegisteredSlave {
  readonly info: SlaveInfo
  readonly deactivated: boolean
  readonly drain_info?: DrainInfo
}

interface UnreachableSlave {
  readonly id: Value
  readonly timestamp: Nanoseconds
  readonly deactivated: boolean
  readonly drain_info?: DrainInfo
}

interface GoneSlave {
  readonly id: Value
  readonly timestamp: Nanoseconds
}

export interface DrainInfo {
  readonly state: 'DRAINING' | 'DRAINED'
  readonly config: DrainConfig
}

interface RegisteredMachine {
  readonly info: {
    readonly id: MachineId
    readonly mode: 'UP' | 'DRAINING' | 'DOWN'
    readonly unavailability?: Unavailability
  }
}

export interface MaintenanceSchedule {
  readonly windows?: readonly {
    readonly machine_ids: readonly MachineId[]
    readonly unavailability: Unavailability
  }[]
}

export interface MachineId {
  readonly hostname?: string
  readonly ip?: string
}

export interface Unavailability {
  readonly start: Nanoseconds
  readonly duration?: Nanoseconds
}

interface Nanoseconds {
  readonly nanoseconds: number
}
