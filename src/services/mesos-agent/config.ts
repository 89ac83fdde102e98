import type { MesosAgentGroup } from '../../api/mesos.ts'
import { joinMount } from '../../api/paths.ts'
import type { HostView } from '../../model/kind.ts'
import type { MemberPaths } from '../common/names.ts'
import { type MesosContext, zkUrl } from '../mesos-common/context.ts'
import type { Flags } from '../mesos-common/flags.ts'

export function agentWorkDir({ workDir }: MesosAgentGroup): string {
  return joinMount(workDir.mount, workDir.path)
}

/** An agent that runs with another value of one of these is of another cluster, or another agent. */
export function agentChecked(
  context: MesosContext,
  group: MesosAgentGroup,
  host: HostView,
): Readonly<Record<string, string>> {
  return {
    master: zkUrl(context.zookeeper),
    work_dir: agentWorkDir(group),
    ip: host.serviceAddress,
    port: String(group.port),
    hostname: host.advertisedAddress,
  }
}

/** `name:value;…`, by name: one set has one text, whatever the order in the spec. */
function listed(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}:${value}`)
    .sort()
    .join(';')
}

/** Attributes as one host has them. */
export function attributesText({ attributes }: MesosAgentGroup, { failureDomain, name }: HostView): string {
  const own = Object.entries(attributes).map(([key, value]): [string, string] => [
    key,
    value.replaceAll('$(host)', name).replaceAll('$(failureDomain)', failureDomain ?? ''),
  ])
  return listed(Object.fromEntries(own))
}

export function resourcesText({ resources }: MesosAgentGroup): string {
  return listed(resources)
}

/** The flags of an agent. The user's come last, by name. */
export function agentFlags(context: MesosContext, group: MesosAgentGroup, host: HostView, paths: MemberPaths): Flags {
  const { software } = context
  const optional = (name: string, value: string | undefined): Flags =>
    value === undefined || value === '' ? [] : [[name, value]]
  return [
    ['master', zkUrl(context.zookeeper)],
    ['work_dir', agentWorkDir(group)],
    // Outlives the restart of the agent as its executors do, and goes with a reboot as they do.
    ['runtime_dir', `/run/mesos/${paths.stem}`],
    ['launcher_dir', `${software.path}/libexec/mesos`],
    ['ip', host.serviceAddress],
    ['port', String(group.port)],
    ['hostname', host.advertisedAddress],
    ...optional('attributes', attributesText(group, host)),
    ...optional('resources', resourcesText(group)),
    ...optional('default_role', group.defaultRole),
    ['reconfiguration_policy', group.reconfigurationPolicy],
    ...optional('isolation', group.isolation?.join(',')),
    ...optional('containerizers', group.containerizers?.join(',')),
    ...optional('executor_environment_variables', executorEnvironment(context, group)),
    ...optional('hadoop_home', group.hadoopHome),
    ...Object.entries(group.flags).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]
}

/** Executors are programs of the archive, and need its libraries as the agent does. */
function executorEnvironment({ software }: MesosContext, group: MesosAgentGroup): string | undefined {
  if (group.executorEnvironment === undefined) return undefined
  const variables = { LD_LIBRARY_PATH: `${software.path}/lib`, ...group.executorEnvironment }
  return JSON.stringify(Object.fromEntries(Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1))))
}
