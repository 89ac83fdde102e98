import { versionInfo } from '../common/version.ts'
import type { Attribute, Resource } from '../shapes.ts'
import type { Json } from './calls.ts'
import { type Agent, isActive, type RecoveredAgent } from './cluster.ts'
import type { Master } from './context.ts'
import { frameworkState } from './framework-state.ts'
import { offeredOn, usedOn } from './offers.ts'
import { byReservedRole, roleOf, totals, withRole } from './resources.ts'

/** `/state`, field by field as a-http/leader-GET-state.txt and leader-with-running-task-GET-state.txt have it. */
export function state(master: Master): Json {
  const { cluster, info, leadership } = master
  const agents = [...cluster.agents.values()]
  const { version, git_sha, build_date, build_time, build_user } = versionInfo()
  return {
    version,
    git_sha,
    build_date,
    build_time,
    build_user,
    start_time: master.startTime,
    ...(leadership.electedTime === undefined ? {} : { elected_time: leadership.electedTime }),
    id: info.id,
    pid: info.pid,
    hostname: info.hostname,
    capabilities: info.capabilities.map(({ type }) => type),
    activated_slaves: agents.filter(isActive).length,
    deactivated_slaves: agents.filter((agent) => !isActive(agent)).length,
    unreachable_slaves: cluster.unreachable.size,
    ...optional('cluster', master.flags.text('cluster')),
    ...leader(master),
    ...optional('log_dir', master.flags.text('log_dir')),
    flags: master.flags.all(),
    slaves: agents.map((agent) => slave(master, agent)),
    recovered_slaves: [...cluster.recovered.values()].map(recoveredSlave),
    frameworks: [...cluster.frameworks.values()].map((framework) => frameworkState(master, framework)),
    completed_frameworks: cluster.completed.map((framework) => frameworkState(master, framework)),
    orphan_tasks: [],
    unregistered_frameworks: [],
  }
}

function optional(name: string, value: string | undefined): Json {
  return value === undefined ? {} : { [name]: value }
}

function leader({ leadership }: Master): Json {
  if (leadership.leader === undefined) return {}
  const { id, pid, port, hostname } = leadership.leader
  return { leader: pid, leader_info: { id, pid, port, hostname } }
}

/** An agent of `/state`; `/slaves` and `/state-summary` add to it. */
export function slave(master: Master, agent: Agent): Json {
  const resources = withRole(agent.info.resources)
  const { reregisteredTime, drain } = agent
  return {
    id: agent.id,
    hostname: agent.info.hostname,
    port: agent.pid.port,
    attributes: attributes(agent.info.attributes ?? []),
    pid: `${agent.pid.id}@${agent.pid.ip}:${agent.pid.port}`,
    registered_time: agent.registeredTime,
    ...(reregisteredTime === undefined ? {} : { reregistered_time: reregisteredTime }),
    resources: totals(resources),
    used_resources: totals(usedOn(agent)),
    offered_resources: totals(offeredOn(master, agent.id)),
    reserved_resources: reserved(resources, totals),
    unreserved_resources: totals(unreserved(resources)),
    active: isActive(agent),
    deactivated: agent.deactivated,
    version: agent.version,
    capabilities: agent.capabilities.map(({ type }) => type),
    ...(agent.info.domain === undefined ? {} : { domain: agent.info.domain }),
    ...(drain === undefined ? {} : { drain_info: { state: drain.state, config: drain.config } }),
    ...(drain?.startTime === undefined ? {} : { estimated_drain_start_time_seconds: drain.startTime }),
  }
}

export function slaves(master: Master): Json {
  const { agents, recovered } = master.cluster
  return {
    slaves: [...agents.values()].map((agent) => {
      const resources = withRole(agent.info.resources)
      return {
        ...slave(master, agent),
        reserved_resources_full: reserved(resources, (list) => list),
        unreserved_resources_full: unreserved(resources),
        used_resources_full: usedOn(agent),
        offered_resources_full: offeredOn(master, agent.id),
      }
    }),
    recovered_slaves: [...recovered.values()].map(recoveredSlave),
  }
}

function recoveredSlave({ info }: RecoveredAgent): Json {
  return {
    id: info.id?.value,
    hostname: info.hostname,
    port: info.port,
    attributes: attributes(info.attributes ?? []),
  }
}

function reserved(resources: readonly Resource[], shown: (list: readonly Resource[]) => unknown): Json {
  return Object.fromEntries([...byReservedRole(resources)].map(([role, list]) => [role, shown(list)]))
}

function unreserved(resources: readonly Resource[]): readonly Resource[] {
  return resources.filter((one) => roleOf(one) === '*')
}

function attributes(list: readonly Attribute[]): Json {
  return Object.fromEntries(list.map((one) => [one.name, attributeValue(one)]))
}

function attributeValue({ text, scalar, ranges, set }: Attribute): string | number {
  if (text !== undefined) return text.value
  if (scalar !== undefined) return scalar.value
  if (set !== undefined) return `{${set.item.join(', ')}}`
  return `[${(ranges?.range ?? []).map(({ begin, end }) => `${begin}-${end}`).join(', ')}]`
}
