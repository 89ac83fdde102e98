import type { MasterInfo } from '../common/detector.ts'
import type { DrainConfig, SlaveInfo } from '../shapes.ts'
import type { Frameworks } from './frameworks.ts'

/** What the endpoints and metrics look at. */
export interface AgentView {
  /** `slave(1)@ip:port`. */
  readonly pid: string
  /** Seconds since 1970. */
  readonly startTime: number
  readonly flags: Readonly<Record<string, string>>
  readonly frameworks: Frameworks
  now(): {
    readonly info: SlaveInfo
    readonly registered: boolean
    readonly leader: MasterInfo | undefined
    readonly draining: { readonly config: DrainConfig; readonly since: number } | undefined
    /** How long recovery took; undefined until it is over. */
    readonly recoverySeconds: number | undefined
  }
}
