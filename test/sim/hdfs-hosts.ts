import { z } from 'zod'
import type { Site } from './hdfs-site.ts'
import type { Machine } from './machine.ts'

const states = ['NORMAL', 'DECOMMISSIONED', 'IN_MAINTENANCE'] as const
export type HostState = (typeof states)[number]

/** Which DataNodes may register, by address, which of them are to give their blocks up, and which may be off for a while. */
export type Hosts = ReadonlyMap<string, HostState>

const entries = z.array(z.object({ hostName: z.string(), adminState: z.enum(states) }))

/** As the file stands now (CombinedHostsFileReader); undefined: it is missing, or cannot be read. */
export function hostsIn(machine: Machine, site: Site): Hosts | undefined {
  const text = machine.files.get(site.value('dfs.hosts'))?.content
  if (text === undefined) return undefined
  try {
    return new Map(entries.parse(JSON.parse(text)).map(({ adminState, hostName }) => [hostName, adminState]))
  } catch {
    return undefined
  }
}
