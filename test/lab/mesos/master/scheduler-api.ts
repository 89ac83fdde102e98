import { type Reply, type Request, refusal } from '../common/http.ts'
import { info } from '../common/log.ts'
import type { KillTask } from '../messages.ts'
import type { FrameworkInfo } from '../shapes.ts'
import { asList, asObject, idOf, type Json, parseCall } from './calls.ts'
import { type Framework, rolesOf, title } from './cluster.ts'
import { changeFramework, count, type Master } from './context.ts'
import { eventStream } from './event-stream.ts'
import { disconnected, removeFramework, subscribe } from './frameworks.ts'
import { accept, decline } from './launch.ts'
import { reconcile } from './reconcile.ts'
import { acknowledged } from './tasks.ts'

const types = [
  'SUBSCRIBE',
  'TEARDOWN',
  'ACCEPT',
  'DECLINE',
  'REVIVE',
  'SUPPRESS',
  'KILL',
  'ACKNOWLEDGE',
  'RECONCILE',
] as const

/** `POST /api/v1/scheduler`: what frameworks ask for. */
export function schedulerCall(master: Master, request: Request): Reply {
  const parsed = parseCall(master, request, 'scheduler::Call', types)
  if ('refused' in parsed) return parsed.refused
  if (parsed.type === 'SUBSCRIBE') return subscription(master, parsed.call, request)
  const framework = master.cluster.frameworks.get(idOf(parsed.call.framework_id) ?? '')
  if (framework === undefined) return refusal(400, 'Framework cannot be found')
  if (framework.stream === undefined) return refusal(403, 'Framework is not subscribed')
  const stream = request.headers['mesos-stream-id']
  if (stream === undefined) return refusal(400, "All non-subscribe calls should include the 'Mesos-Stream-Id' header")
  if (stream !== framework.stream.id) {
    const other = "didn't match the stream ID currently associated with framework ID"
    return refusal(400, `The stream ID '${String(stream)}' included in this request ${other} ${framework.id}`)
  }
  return perform(master, framework, parsed.type, parsed.call) ?? { status: 202 }
}

function subscription(master: Master, call: Json, request: Request): Reply {
  const asked = asObject(call.subscribe)
  const described = asked === undefined ? undefined : frameworkInfo(asked.framework_info)
  if (asked === undefined || described === undefined)
    return refusal(400, "Failed to validate scheduler::Call: Expecting 'subscribe' to be present")
  if (request.principal !== undefined && (described.principal ?? request.principal) !== request.principal)
    return refusal(403, `Framework principal does not match the authenticated principal '${request.principal}'`)
  if (described.user === 'root' && !master.flags.boolean('root_submissions'))
    return refusal(403, "User 'root' is not allowed to run frameworks without --root_submissions set")
  const suppressed = new Set(asList(asked.suppressed_roles).filter((role) => typeof role === 'string'))
  const id = idOf(call.framework_id)
  const known: FrameworkInfo = id === undefined ? described : { ...described, id: { value: id } }
  const principal = request.principal ?? described.principal
  const barred = rolesOf(described).filter((role) => !master.may('register_frameworks', principal, role))
  if (barred.length > 0) return refusal(403, `Not authorized to use roles '{ ${barred.join(', ')} }'`)
  return eventStream(
    (stream) => subscribe(master, known, suppressed, stream),
    (stream) => {
      const gone = [...master.cluster.frameworks.values()].find((framework) => framework.stream?.id === stream.id)
      if (gone !== undefined) disconnected(master, gone.id, stream)
    },
  )
}

function frameworkInfo(given: unknown): FrameworkInfo | undefined {
  const described = asObject(given)
  if (typeof described?.user !== 'string' || typeof described.name !== 'string') return undefined
  return { ...described, user: described.user, name: described.name }
}

function perform(master: Master, framework: Framework, type: string, call: Json): Reply | undefined {
  switch (type) {
    case 'ACCEPT':
      return accept(master, framework, asObject(call.accept) ?? {})
    case 'DECLINE':
      return decline(master, framework, asObject(call.decline) ?? {})
    case 'REVIVE':
      return revive(master, framework, asObject(call.revive) ?? {})
    case 'SUPPRESS':
      return suppress(master, framework, asObject(call.suppress) ?? {})
    case 'KILL':
      return kill(master, framework, asObject(call.kill) ?? {})
    case 'ACKNOWLEDGE':
      return acknowledge(master, framework, asObject(call.acknowledge) ?? {})
    case 'RECONCILE':
      return reconcile(master, framework, asList(asObject(call.reconcile)?.tasks))
    default:
      removeFramework(master, framework.id)
      return undefined
  }
}

function revive(master: Master, framework: Framework, call: Json): undefined {
  count(master, 'messages_revive_offers')
  const roles = rolesNamed(framework, call)
  changeFramework(master, framework.id, {
    suppressed: new Set([...framework.suppressed].filter((role) => !roles.includes(role))),
  })
  const named = `roles { ${roles.join(', ')} } of framework ${framework.id}`
  info('hierarchical.cpp:1821', `Unsuppressed offers and cleared filters for ${named}`)
  master.allocator.revive(framework.id)
}

function suppress(master: Master, framework: Framework, call: Json): undefined {
  count(master, 'messages_suppress_offers')
  info('master.cpp:3561', `Processing SUPPRESS call for framework ${title(framework)}`)
  const roles = rolesNamed(framework, call)
  changeFramework(master, framework.id, { suppressed: new Set([...framework.suppressed, ...roles]) })
  info('hierarchical.cpp:1781', `Suppressed offers for roles { ${roles.join(', ')} } of framework ${framework.id}`)
}

function rolesNamed(framework: Framework, { roles }: Json): readonly string[] {
  const named = asList(roles).filter((role) => typeof role === 'string')
  return named.length > 0 ? named : rolesOf(framework.info)
}

function kill(master: Master, framework: Framework, call: Json): Reply | undefined {
  count(master, 'messages_kill_task')
  const taskId = idOf(call.task_id)
  if (taskId === undefined) return refusal(400, "Failed to validate scheduler::Call: Expecting 'kill' to be present")
  info('master.cpp:5729', `Processing KILL call for task '${taskId}' of framework ${title(framework)}`)
  const agent = [...master.cluster.agents.values()].find(({ tasks }) => tasks.has(`${framework.id}/${taskId}`))
  // Of a task that nobody knows the framework hears what a question would tell it.
  if (agent === undefined)
    return reconcile(master, framework, [{ task_id: { value: taskId }, agent_id: call.agent_id }])
  const policy = asObject(call.kill_policy)
  const body: KillTask = {
    framework_id: { value: framework.id },
    task_id: { value: taskId },
    ...(policy === undefined ? {} : { kill_policy: policy }),
  }
  master.process.send('master', agent.pid, 'mesos.internal.KillTaskMessage', body)
  return undefined
}

function acknowledge(master: Master, framework: Framework, call: Json): Reply | undefined {
  const [agentId, taskId, uuid] = [idOf(call.agent_id), idOf(call.task_id), call.uuid]
  if (agentId === undefined || taskId === undefined || typeof uuid !== 'string')
    return refusal(400, "Failed to validate scheduler::Call: Expecting 'acknowledge' to be present")
  acknowledged(master, framework, agentId, taskId, uuid)
  return undefined
}
