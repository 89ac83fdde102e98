import { methodNotAllowed, type Reply, type Request, refusal, v1 } from '../common/http.ts'
import { versionInfo } from '../common/version.ts'
import type { Task } from '../shapes.ts'
import type { Executor, Framework } from './model.ts'
import { isTerminal } from './tasks.ts'
import { statisticsOf } from './usage.ts'
import type { AgentView } from './view.ts'

type Answer = (agent: AgentView) => unknown

const calls: Readonly<Record<string, Answer>> = {
  GET_AGENT: (agent) => ({ get_agent: { agent_info: agentInfo(agent) } }),
  GET_CONTAINERS: (agent) => {
    const all = containers(agent)
    return all.length === 0 ? {} : { get_containers: { containers: all } }
  },
  GET_EXECUTORS: (agent) => ({ get_executors: executors(agent) }),
  GET_FLAGS: (agent) => ({
    get_flags: { flags: Object.entries(agent.flags).map(([name, value]) => ({ name, value })) },
  }),
  GET_FRAMEWORKS: (agent) => ({ get_frameworks: frameworks(agent) }),
  GET_HEALTH: () => ({ get_health: { healthy: true } }),
  GET_STATE: (agent) => ({
    get_state: { get_tasks: tasks(agent), get_executors: executors(agent), get_frameworks: frameworks(agent) },
  }),
  GET_TASKS: (agent) => ({ get_tasks: tasks(agent) }),
  GET_VERSION: () => {
    const { version, build_date, build_time, build_user, git_sha } = versionInfo()
    return { get_version: { version_info: { version, build_date, build_time, build_user, git_sha } } }
  },
}

/** `POST /api/v1`: the calls of a-http/agent-POST-*. */
export function answerCall(agent: AgentView, request: Request): Reply {
  if (request.method !== 'POST') return methodNotAllowed(['POST'], request.method)
  if (agent.now().recoverySeconds === undefined) return refusal(503, 'Agent has not finished recovery')
  const type = request.headers['content-type']
  if (type === undefined) return refusal(400, "Expecting 'Content-Type' to be present")
  if (!type.startsWith('application/json')) {
    return refusal(415, "Expecting 'Content-Type' of application/json or application/x-protobuf")
  }
  const call = callOf(request.body)
  if (call === undefined) return refusal(400, 'Failed to parse body into Call protobuf: Failed to parse JSON')
  const answer = calls[call]
  if (answer === undefined) return refusal(400, "Failed to validate agent::Call: Expecting 'type' to be present")
  return v1({ type: call, ...Object(answer(agent)) })
}

function callOf(body: string): string | undefined {
  try {
    const data: unknown = JSON.parse(body)
    if (typeof data !== 'object' || data === null) return undefined
    return 'type' in data && typeof data.type === 'string' ? data.type : ''
  } catch {
    return undefined
  }
}

function agentInfo(agent: AgentView): unknown {
  const { info } = agent.now()
  return {
    hostname: info.hostname,
    port: info.port,
    resources: info.resources,
    ...(info.attributes === undefined ? {} : { attributes: info.attributes }),
    ...(info.domain === undefined ? {} : { domain: info.domain }),
    ...(info.id === undefined ? {} : { id: info.id }),
  }
}

function containers(agent: AgentView): readonly unknown[] {
  return agent.frameworks
    .executors()
    .filter(({ state, forkedPid }) => state !== 'TERMINATED' && forkedPid !== undefined)
    .map((executor) => ({
      framework_id: { value: executor.path.frameworkId },
      executor_id: { value: executor.path.executorId },
      executor_name: executor.info.name ?? '',
      container_id: { value: executor.path.containerId },
      container_status: { container_id: { value: executor.path.containerId }, executor_pid: executor.forkedPid },
      resource_statistics: statisticsOf(executor),
    }))
}

function all(agent: AgentView): readonly Framework[] {
  return [...agent.frameworks.running.values(), ...agent.frameworks.completed]
}

function frameworks(agent: AgentView): unknown {
  const shown = ({ info }: Framework): unknown => ({ framework_info: info })
  return {
    frameworks: [...agent.frameworks.running.values()].map(shown),
    completed_frameworks: agent.frameworks.completed.map(shown),
  }
}

function executors(agent: AgentView): unknown {
  const shown = ({ info }: Executor): unknown => ({ executor_info: info })
  return {
    executors: agent.frameworks.executors().map(shown),
    completed_executors: all(agent).flatMap((framework) => framework.completed.map(shown)),
  }
}

function tasks(agent: AgentView): unknown {
  const living = agent.frameworks.executors().flatMap((executor) => [...executor.tasks.values()])
  const completed = all(agent).flatMap(({ executors, completed }) =>
    [...executors.values(), ...completed].flatMap((executor) => executor.completedTasks),
  )
  const of = (wanted: (task: Task) => boolean): readonly Task[] => living.filter(wanted)
  return {
    pending_tasks: [],
    queued_tasks: of(({ state }) => state === 'TASK_STAGING'),
    launched_tasks: of(({ state }) => state !== 'TASK_STAGING' && !isTerminal(state)),
    terminated_tasks: of(({ state }) => isTerminal(state)),
    completed_tasks: completed,
  }
}
