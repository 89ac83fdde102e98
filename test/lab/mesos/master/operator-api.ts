import { type Reply, type Request, refusal, v1 } from '../common/http.ts'
import { info } from '../common/log.ts'
import { versionInfo } from '../common/version.ts'
import type { MachineId } from '../log/registry.ts'
import { forbidden } from './authorization.ts'
import { asObject, idOf, type Json, parseCall } from './calls.ts'
import type { Master } from './context.ts'
import { deactivate, drain, gracePeriod, reactivate } from './drain.ts'
import { markGone } from './gone.ts'
import {
  machineIds,
  maintenanceStatus,
  scheduleOf,
  startMaintenance,
  stopMaintenance,
  updateSchedule,
} from './maintenance.ts'
import { getAgents, getExecutors, getFrameworks, getRoles, getTasks } from './operator-shapes.ts'

type Answer = (master: Master) => Json

/** What an answer carries below its type in lower case. */
const questions: Readonly<Record<string, Answer>> = {
  GET_HEALTH: () => ({ healthy: true }),
  GET_FLAGS: (master) => ({
    flags: Object.entries(master.flags.all()).map(([name, value]) => ({ name, value })),
  }),
  GET_VERSION: () => ({ version_info: orderedVersion() }),
  GET_METRICS: (master) => ({
    metrics: Object.entries(master.metrics.snapshot()).map(([name, value]) => ({ name, value })),
  }),
  GET_MASTER: (master) => ({
    master_info: orderedMaster(master),
    start_time: master.startTime,
    elected_time: master.leadership.electedTime,
  }),
  GET_AGENTS: getAgents,
  GET_FRAMEWORKS: getFrameworks,
  GET_TASKS: getTasks,
  GET_EXECUTORS: getExecutors,
  GET_ROLES: getRoles,
  GET_STATE: (master) => ({
    get_tasks: getTasks(master),
    get_executors: getExecutors(master),
    get_frameworks: getFrameworks(master),
    get_agents: getAgents(master),
  }),
  GET_MAINTENANCE_STATUS: (master) => ({ status: maintenanceStatus(master) }),
  GET_MAINTENANCE_SCHEDULE: (master) => ({ schedule: master.cluster.schedule }),
}

/** What changes something, and the field that says on what. */
const orders: Readonly<Record<string, (master: Master, call: Json) => Promise<Reply> | undefined>> = {
  MARK_AGENT_GONE: (master, call) => onAgent(call, (id) => markGone(master, id)),
  DRAIN_AGENT: (master, call) => onAgent(call, (id) => drain(master, id, drainConfig(call))),
  DEACTIVATE_AGENT: (master, call) => onAgent(call, (id) => deactivate(master, id)),
  REACTIVATE_AGENT: (master, call) => onAgent(call, (id) => reactivate(master, id)),
  UPDATE_MAINTENANCE_SCHEDULE: (master, { schedule }) => {
    const read = scheduleOf(schedule)
    return read === undefined ? undefined : updateSchedule(master, read)
  },
  START_MAINTENANCE: (master, call) => onMachines(call, (ids) => startMaintenance(master, ids)),
  STOP_MAINTENANCE: (master, call) => onMachines(call, (ids) => stopMaintenance(master, ids)),
}

/** What the orders are called in `--acls`. */
const actions: Readonly<Record<string, string>> = {
  MARK_AGENT_GONE: 'mark_agents_gone',
  DRAIN_AGENT: 'drain_agents',
  DEACTIVATE_AGENT: 'deactivate_agents',
  REACTIVATE_AGENT: 'reactivate_agents',
  UPDATE_MAINTENANCE_SCHEDULE: 'update_maintenance_schedules',
  START_MAINTENANCE: 'start_maintenances',
  STOP_MAINTENANCE: 'stop_maintenances',
}

/** `POST /api/v1` (a-http/leader-POST-api_v1-*, c-failures/52–55). */
export async function operatorCall(master: Master, request: Request): Promise<Reply> {
  const parsed = parseCall(master, request, 'master::Call', [...Object.keys(questions), ...Object.keys(orders)])
  if ('refused' in parsed) return parsed.refused
  const { type, call } = parsed
  info('http.cpp:277', `Processing call ${type}`)
  const field = type.toLowerCase()
  const question = questions[type]
  if (question !== undefined) return v1({ type, [field]: question(master) })
  const given = asObject(call[field])
  if (given !== undefined && !master.may(actions[type] ?? '', request.principal)) return forbidden()
  const done = given === undefined ? undefined : orders[type]?.(master, given)
  return done ?? refusal(400, `Failed to validate master::Call: Expecting '${field}' to be present`)
}

function onAgent(call: Json, act: (id: string) => Promise<Reply>): Promise<Reply> | undefined {
  const id = idOf(call.agent_id)
  return id === undefined ? undefined : act(id)
}

function onMachines(call: Json, act: (ids: readonly MachineId[]) => Promise<Reply>): Promise<Reply> | undefined {
  const ids = machineIds(call.machines)
  return ids === undefined ? undefined : act(ids)
}

function drainConfig(call: Json) {
  const period = gracePeriod(call.max_grace_period)
  return { ...(period === undefined ? {} : { max_grace_period: period }), mark_gone: call.mark_gone === true }
}

function orderedVersion(): Json {
  const { version, build_date, build_time, build_user, git_sha } = versionInfo()
  return { version, build_date, build_time, build_user, git_sha }
}

function orderedMaster({ info: own }: Master): Json {
  const { id, ip, port, pid, hostname, version, address, capabilities } = own
  return { id, ip, port, pid, hostname, version, address, capabilities }
}
