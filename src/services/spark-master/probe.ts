import { z } from 'zod'
import type { Question } from '../../model/question.ts'
import { jsonOf } from '../common/http.ts'

const worker = z.object({
  id: z.string(),
  host: z.string(),
  port: z.int(),
  /** ALIVE, DEAD, UNKNOWN, DECOMMISSIONED. */
  state: z.string(),
  /** ms since the epoch on the master's clock; older versions do not say. */
  lastheartbeat: z.number().default(0),
})

const master = z.object({
  /** spark://host:port, as it was told to call itself. */
  url: z.string(),
  status: z.enum(['STANDBY', 'ALIVE', 'RECOVERING', 'COMPLETING_RECOVERY']),
  // `aliveworkers` is not in old versions and sums once held dead workers: the states are counted instead (runbook §8.1).
  workers: z.array(worker).default([]),
})

/** The part of a master's /json/ that verdicts rest on. */
export type MasterJson = z.output<typeof master>

/** Undefined for anything that is not what a master says. */
export function parseMaster(body: string): MasterJson | undefined {
  return master.safeParse(jsonOf(body)).data
}

export function masterProbes(address: string, webUiPort: number, leadershipLog: string): readonly Question[] {
  return [
    { ask: 'http', address, port: webUiPort, path: '/json/' },
    { ask: 'file', path: leadershipLog, content: 65536 },
  ]
}
