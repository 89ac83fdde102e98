import type { MesosAgentGroup } from '../../api/mesos.ts'
import type { HostView } from '../../model/kind.ts'
import type { ServiceUser } from '../../model/member.ts'
import { dataDirectories } from '../common/directories.ts'
import { memberPaths } from '../common/names.ts'
import type { MesosContext } from '../mesos-common/context.ts'
import type { Daemon } from '../mesos-common/daemon.ts'
import { isTaken } from './changes.ts'
import { agentChecked, agentFlags, agentWorkDir, attributesText, resourcesText } from './config.ts'
import { agentProbes } from './probe.ts'

export const agentService = 'mesos-agent'

/** It changes to the users of tasks, and owns their cgroups. */
export const agentUser: ServiceUser = { name: 'root', group: 'root', create: false }

/** Name of the member group; the masters' has a name without this prefix. */
export function agentGroupName(group: string): string {
  return `agents-${group}`
}

export function agentId(host: string): string {
  return `${agentService}-${host}`
}

/** The agent on a host; `field` is the path of its group in the spec, `record` that of the process that was started there. */
export function agentDaemon(
  context: MesosContext,
  group: MesosAgentGroup,
  host: HostView,
  field: string,
  record?: Readonly<Record<string, string>>,
): Daemon {
  const id = agentId(host.name)
  const paths = memberPaths(context.key, id)
  const directory = agentWorkDir(group)
  const identity = { attributes: attributesText(group, host), resources: resourcesText(group) }
  const additive = group.reconfigurationPolicy === 'additive' && isTaken(record ?? {}, identity)
  return {
    id,
    service: agentService,
    group: agentGroupName(group.name),
    host,
    description: 'Mesos agent',
    user: agentUser,
    flags: agentFlags(context, group, host, paths),
    checked: agentChecked(context, group, host),
    environment: group.environment,
    runsTasks: true,
    // Tasks of other users have their sandboxes in it.
    directories: dataDirectories(group.workDir, agentUser).map((place) => ({ ...place, mode: '755' })),
    dataDirectories: [directory],
    port: { port: group.port, purpose: 'Mesos agent', field: `${field}.port` },
    probes: agentProbes,
    identity: {
      ...identity,
      defaultRole: group.defaultRole ?? '*',
      hostname: host.advertisedAddress,
      dataWorkDir: directory,
    },
    changeable: additive ? ['attributes', 'resources'] : [],
    rules: { hostname: host.advertisedAddress },
  }
}
