import type { Resource, SlaveInfo, Task, TaskStatus } from '../shapes.ts'
import type { Json } from './calls.ts'
import { type Agent, type Framework, isActive, rolesOf, tasksOf } from './cluster.ts'
import type { Master } from './context.ts'
import { offeredTo, usedBy } from './holdings.ts'
import { offeredOn, usedOn } from './offers.ts'
import { withoutRole, withRole } from './resources.ts'

/** `get_agents` (a-http/leader-POST-api_v1-GET_AGENTS.txt, c-failures/54, 57). */
export function getAgents(master: Master): Json {
  const { agents, recovered } = master.cluster
  return {
    agents: [...agents.values()].map((agent) => agentShape(master, agent)),
    recovered_agents: [...recovered.values()].map(({ info }) => agentInfo(info)),
  }
}

function agentShape(master: Master, agent: Agent): Json {
  const { reregisteredTime, drain } = agent
  const allocated = usedOn(agent)
  const offered = offeredOn(master, agent.id)
  return {
    agent_info: agentInfo(agent.info),
    active: isActive(agent),
    deactivated: agent.deactivated,
    version: agent.version,
    pid: `${agent.pid.id}@${agent.pid.ip}:${agent.pid.port}`,
    registered_time: nanoseconds(agent.registeredTime),
    ...(reregisteredTime === undefined ? {} : { reregistered_time: nanoseconds(reregisteredTime) }),
    total_resources: withRole(agent.info.resources),
    ...listed('allocated_resources', allocated),
    ...listed('offered_resources', offered),
    capabilities: agent.capabilities,
    ...(drain === undefined ? {} : { drain_info: { state: drain.state, config: drain.config } }),
    ...(drain?.startTime === undefined ? {} : { estimated_drain_start_time: nanoseconds(drain.startTime) }),
  }
}

function agentInfo({ hostname, port, resources, attributes, id, checkpoint, domain }: SlaveInfo): Json {
  return {
    hostname,
    port,
    resources: withoutRole(resources),
    ...(attributes === undefined || attributes.length === 0 ? {} : { attributes }),
    id,
    checkpoint,
    ...(domain === undefined ? {} : { domain }),
  }
}

export function getFrameworks(master: Master): Json {
  return {
    frameworks: [...master.cluster.frameworks.values()].map((framework) => frameworkShape(master, framework)),
    completed_frameworks: master.cluster.completed.map((framework) => frameworkShape(master, framework)),
  }
}

function frameworkShape(master: Master, framework: Framework): Json {
  const { registeredTime, reregisteredTime, unregisteredTime } = framework
  return {
    framework_info: framework.info,
    active: framework.stream !== undefined,
    connected: framework.stream !== undefined,
    recovered: framework.recovered,
    registered_time: nanoseconds(registeredTime),
    ...(reregisteredTime === undefined ? {} : { reregistered_time: nanoseconds(reregisteredTime) }),
    ...(unregisteredTime === 0 ? {} : { unregistered_time: nanoseconds(unregisteredTime) }),
    ...listed('allocated_resources', usedBy(master, framework.id)),
    ...listed('offered_resources', offeredTo(master, framework.id)),
  }
}

export function getTasks(master: Master): Json {
  const { frameworks, completed } = master.cluster
  const all = [...frameworks.values(), ...completed]
  return {
    tasks: [...frameworks.keys()].flatMap((id) => tasksOf(master.cluster, id).map(taskShape)),
    unreachable_tasks: all.flatMap((framework) => framework.unreachableTasks.map(taskShape)),
    completed_tasks: all.flatMap((framework) => framework.completedTasks.map(taskShape)),
  }
}

function taskShape({ slave_id, statuses, ...task }: Task): Json {
  return { ...task, agent_id: slave_id, statuses: statuses.map(statusShape) }
}

function statusShape({ slave_id, ...status }: TaskStatus): Json {
  return slave_id === undefined ? status : { ...status, agent_id: slave_id }
}

export function getExecutors(master: Master): Json {
  const executors = [...master.cluster.agents.values()].flatMap((agent) =>
    agent.executors.map((executor) => ({ executor_info: executor, agent_id: { value: agent.id } })),
  )
  return { executors }
}

/** Roles that a framework has or that `--weights` names; nothing at all where there is none. */
export function getRoles(master: Master): Json {
  const weights = weightsOf(master)
  const frameworks = [...master.cluster.frameworks.values()]
  const names = new Set([...weights.keys(), ...frameworks.flatMap((framework) => rolesOf(framework.info))])
  const roles = [...names].sort().map((name) => {
    const members = frameworks.filter((framework) => rolesOf(framework.info).includes(name))
    return {
      name,
      weight: weights.get(name) ?? 1,
      ...(members.length === 0 ? {} : { frameworks: members.map(({ id }) => ({ value: id })) }),
      ...listed(
        'resources',
        members.flatMap(({ id }) => usedBy(master, id)),
      ),
    }
  })
  return roles.length === 0 ? {} : { roles }
}

/** `--weights=role=2.5,other=1`. */
export function weightsOf(master: Master): ReadonlyMap<string, number> {
  const pairs = (master.flags.text('weights') ?? '').split(',').filter((pair) => pair !== '')
  return new Map(pairs.map((pair): [string, number] => [pair.split('=')[0] ?? '', Number(pair.split('=')[1])]))
}

function listed(name: string, resources: readonly Resource[]): Json {
  return resources.length === 0 ? {} : { [name]: resources }
}

function nanoseconds(seconds: number): Json {
  return { nanoseconds: Math.round(seconds * 1e9) }
}
