import { z } from 'zod'
import type { Question } from '../../model/question.ts'
import { jsonOf } from '../common/http.ts'
import type { MemberPaths } from '../common/names.ts'

export const registryPath = '/registrar(1)/registry'

/** leveldb's directory, as the master makes it (runbook §2.1). */
export function logDirectory(workDir: string): string {
  return `${workDir}/replicated_log`
}

/** The two records tell a disk that was never used from one that has lost what it held. */
export function masterProbes(
  at: { readonly address: string; readonly port: number },
  workDir: string,
  paths: MemberPaths,
): readonly Question[] {
  return [
    { ask: 'http', ...at, path: '/metrics/snapshot' },
    { ask: 'http', ...at, path: '/flags' },
    { ask: 'http', ...at, path: registryPath },
    { ask: 'http', ...at, path: '/slaves' },
    { ask: 'directory', path: logDirectory(workDir) },
    { ask: 'file', path: paths.firstStartRecord },
  ]
}

const agent = z.object({
  id: z.string(),
  hostname: z.string(),
  port: z.int(),
  /** slave(1)@ip:port; only those that are registered have one. */
  pid: z.string().optional(),
  active: z.boolean().default(false),
  /** An operator has taken it out of service; older versions do not say. */
  deactivated: z.boolean().default(false),
})

const slaves = z.object({
  slaves: z.array(agent),
  /** Known from the registry, and not come back since the failover. */
  recovered_slaves: z.array(agent).default([]),
})

/** The agents of the cluster, as the leader lists them. */
export type AgentList = z.output<typeof slaves>

/** Undefined for anything that is not the /slaves of a leader. */
export function parseAgents(body: string): AgentList | undefined {
  return slaves.safeParse(jsonOf(body)).data
}
