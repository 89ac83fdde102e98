import { joinMount } from '../../api/paths.ts'
import type { HostView } from '../../model/kind.ts'
import { type MesosContext, quorumSize, zkUrl } from '../mesos-common/context.ts'
import type { Flags } from '../mesos-common/flags.ts'

export function masterWorkDir({ spec }: Pick<MesosContext, 'spec'>): string {
  const { mount, path } = spec.masters.workDir
  return joinMount(mount, path)
}

/** A master that runs with another value of one of these is of another set, or elsewhere. */
export function masterChecked(context: MesosContext, host: HostView): Readonly<Record<string, string>> {
  return {
    zk: zkUrl(context.zookeeper),
    // Of the set that stands: while another one is declared, what runs is judged by what it was started as.
    quorum: String(quorumSize(context.voters)),
    work_dir: masterWorkDir(context),
    ip: host.serviceAddress,
    port: String(context.spec.masters.port),
    registry: 'replicated_log',
  }
}

/** Of few agents one is more than the limit: with it down, each leader would end ten minutes after its failover (recording 58). */
function removalLimit({ agents, spec }: MesosContext): string {
  const declared = Number.parseInt(spec.masters.recoveryAgentRemovalLimit, 10)
  return `${Math.max(declared, Math.ceil(100 / Math.max(1, agents)))}%`
}

/** The flags of a master, but for the one word of start.ts. The user's come last, by name. */
export function masterFlags(context: MesosContext, host: HostView): Flags {
  const { key, software, spec } = context
  const { masters } = spec
  const weights = Object.entries(masters.weights).map(([role, weight]) => `${role}=${weight}`)
  return [
    ['zk', zkUrl(context.zookeeper)],
    ['quorum', String(quorumSize(context.masters.length))],
    ['work_dir', masterWorkDir(context)],
    ['ip', host.serviceAddress],
    ['port', String(masters.port)],
    ['hostname', host.advertisedAddress],
    ['cluster', masters.clusterName ?? key.name],
    ['registry', 'replicated_log'],
    ['zk_session_timeout', `${masters.zookeeperSessionTimeoutSeconds}secs`],
    ['recovery_agent_removal_limit', removalLimit(context)],
    ['agent_ping_timeout', `${masters.agentPingTimeoutSeconds}secs`],
    ['max_agent_ping_timeouts', String(masters.maxAgentPingTimeouts)],
    ...(masters.roles.length === 0 ? [] : [['roles', [...masters.roles].sort().join(',')] as const]),
    ...(weights.length === 0 ? [] : [['weights', weights.sort().join(',')] as const]),
    ['webui_dir', `${software.path}/share/mesos/webui`],
    ...Object.entries(masters.flags).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]
}
