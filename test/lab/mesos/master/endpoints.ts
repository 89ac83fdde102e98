import { methodNotAllowed, ok, type Reply, type Request, refusal } from '../common/http.ts'
import type { Handler } from '../common/process.ts'
import { serveSystem } from '../common/system.ts'
import { versionInfo } from '../common/version.ts'
import { realms } from './authentication.ts'
import { forbidden } from './authorization.ts'
import { redirectToLeader, toLeader } from './calls.ts'
import type { Master } from './context.ts'
import { frameworks, tasks } from './framework-state.ts'
import { removeFramework } from './frameworks.ts'
import {
  machineIds,
  maintenanceStatus,
  scheduleOf,
  startMaintenance,
  stopMaintenance,
  updateSchedule,
} from './maintenance.ts'
import { operatorCall } from './operator-api.ts'
import { roles } from './roles.ts'
import { schedulerCall } from './scheduler-api.ts'
import { slaves, state } from './state.ts'
import { summary } from './summary.ts'

/** Every endpoint of the master that was recorded; the rest is 404 (a-http/leader-GET-no_such.txt). */
export function serve(master: Master): void {
  const { process } = master
  const { readonly, readwrite, scheduler } = realms
  const both = (path: string): readonly string[] => [path, `/master${path}`]
  const add = (path: string, handler: Handler, realm?: string): void => process.route(both(path), handler, realm)
  const shown = (path: string, answer: (master: Master) => unknown): void =>
    add(path, (request) => toLeader(master, request) ?? { status: 200, json: answer(master) }, readonly)

  add('/health', ok)
  add('/redirect', () => redirectToLeader(master))
  add('/flags', () => ({ status: 200, json: { flags: master.flags.all() } }), readonly)
  process.route('/version', () => ({ status: 200, json: versionInfo() }))
  serveSystem(process, readonly)
  // Nothing is attached without --log_dir (a-http/leader-GET-files_browse_path_master_log.txt).
  const missing = { status: 404, headers: { 'Content-Type': 'text/plain; charset=utf-8' } }
  process.route('/files/browse', () => missing, readonly)

  shown('/state', state)
  shown('/state-summary', summary)
  shown('/slaves', slaves)
  shown('/frameworks', frameworks)
  shown('/tasks', tasks)
  shown('/roles', roles)
  shown('/maintenance/status', maintenanceStatus)
  add('/maintenance/schedule', (request) => scheduleEndpoint(master, request), readwrite)
  add('/machine/down', (request) => machineEndpoint(master, request, startMaintenance, 'start_maintenances'), readwrite)
  add('/machine/up', (request) => machineEndpoint(master, request, stopMaintenance, 'stop_maintenances'), readwrite)
  add('/teardown', (request) => teardown(master, request), readwrite)
  add('/api/v1', (request) => operatorCall(master, request), readwrite)
  add('/api/v1/scheduler', (request) => schedulerCall(master, request), scheduler)
}

/** Nothing is changed before the registry is known: the words are those of `/api/v1` (c-failures/04). */
function notYet(master: Master, request: Request): Reply | undefined {
  const elsewhere = toLeader(master, request)
  if (elsewhere !== undefined || master.leadership.recovered || request.method === 'GET') return elsewhere
  return refusal(503, 'Master has not finished recovery')
}

async function scheduleEndpoint(master: Master, request: Request): Promise<Reply> {
  const elsewhere = notYet(master, request)
  if (elsewhere !== undefined) return elsewhere
  if (request.method === 'GET') return { status: 200, json: master.cluster.schedule }
  if (request.method !== 'POST') return methodNotAllowed(['GET', 'POST'], request.method)
  if (!master.may('update_maintenance_schedules', request.principal)) return forbidden()
  const schedule = scheduleOf(parsed(request.body))
  return schedule === undefined ? refusal(400, 'Failed to parse the schedule') : updateSchedule(master, schedule)
}

async function machineEndpoint(
  master: Master,
  request: Request,
  act: typeof startMaintenance,
  action: 'start_maintenances' | 'stop_maintenances',
): Promise<Reply> {
  const elsewhere = notYet(master, request)
  if (elsewhere !== undefined) return elsewhere
  if (request.method !== 'POST') return methodNotAllowed(['POST'], request.method)
  if (!master.may(action, request.principal)) return forbidden()
  const ids = machineIds(parsed(request.body))
  return ids === undefined ? refusal(400, 'Failed to parse the machine ids') : act(master, ids)
}

function teardown(master: Master, request: Request): Reply {
  const elsewhere = notYet(master, request)
  if (elsewhere !== undefined) return elsewhere
  if (request.method !== 'POST') return methodNotAllowed(['POST'], request.method)
  const id = new URLSearchParams(request.body).get('frameworkId')
  if (id === null) return refusal(400, "Missing 'frameworkId' query parameter in the request body")
  const framework = master.cluster.frameworks.get(id)
  if (framework === undefined) return refusal(400, 'No framework found with specified ID')
  if (!master.may('teardown_frameworks', request.principal, framework.info.principal)) return forbidden()
  removeFramework(master, id)
  return ok()
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
