import { ok, type Reply, refusal } from '../common/http.ts'
import { info } from '../common/log.ts'
import { formatDuration } from '../common/quantities.ts'
import type { MachineId, MaintenanceSchedule, Registry } from '../log/registry.ts'
import { type Agent, agentsOn, describe, type Machine, machineKey, machineOf } from './cluster.ts'
import type { Master } from './context.ts'
import { rescindOffersOf } from './offers.ts'
import { shutDown } from './registration.ts'
import { removeAgent } from './removal.ts'

/** `draining_machines` and `down_machines`; a part that is empty is left out (c-failures/55). */
export function maintenanceStatus(master: Master): unknown {
  const machines = [...master.cluster.machines.values()]
  const draining = machines.filter(({ mode }) => mode === 'DRAINING').map(({ id }) => ({ id }))
  const down = machines.filter(({ mode }) => mode === 'DOWN').map(({ id }) => id)
  return {
    ...(draining.length === 0 ? {} : { draining_machines: draining }),
    ...(down.length === 0 ? {} : { down_machines: down }),
  }
}

/** The whole schedule at once: machines that it does not name are UP again, but for those that are DOWN. */
export async function updateSchedule(master: Master, schedule: MaintenanceSchedule): Promise<Reply> {
  const wanted = new Map<string, Machine>()
  for (const { machine_ids: ids, unavailability } of schedule.windows ?? []) {
    for (const id of ids) {
      const key = machineKey(id)
      if (wanted.has(key)) return refusal(400, `Machine '${JSON.stringify(id)}' appears more than once in the schedule`)
      wanted.set(key, { id, mode: master.cluster.machines.get(key)?.mode ?? 'DRAINING', unavailability })
    }
  }
  for (const [key, { id, mode }] of master.cluster.machines) {
    if (mode === 'DOWN' && !wanted.has(key))
      return refusal(400, `Machine '${JSON.stringify(id)}' is deactivated and cannot be removed from the schedule`)
  }
  const windows = schedule.windows ?? []
  await keep(master, wanted, windows.length === 0 ? {} : { windows })
  for (const agent of master.cluster.agents.values()) tellUnavailability(master, agent)
  return ok()
}

function tellUnavailability(master: Master, agent: Agent): void {
  const machine = master.cluster.machines.get(machineKey(machineOf(agent.info.hostname, agent.pid)))
  if (machine === undefined) info('master.cpp:8103', `Removing unavailability of agent ${describe(agent)}`)
  else {
    const start = formatDuration(machine.unavailability.start.nanoseconds / 1e6)
    info('master.cpp:8099', `Updating unavailability of agent ${describe(agent)}, starting at ${start}`)
  }
  rescindOffersOf(master, ({ agentId }) => agentId === agent.id)
}

/** Machines go DOWN: their agents are told to end, and may not come back before `stopMaintenance`. */
export async function startMaintenance(master: Master, ids: readonly MachineId[]): Promise<Reply> {
  const machines = new Map(master.cluster.machines)
  for (const id of ids) {
    const machine = machines.get(machineKey(id))
    if (machine?.mode !== 'DRAINING')
      return refusal(400, `Machine '${JSON.stringify(id)}' is not in DRAINING mode and cannot be brought down`)
    machines.set(machineKey(id), { ...machine, mode: 'DOWN' })
  }
  await keep(master, machines, master.cluster.schedule)
  const message = "Operator initiated 'Machine DOWN'"
  for (const agent of ids.flatMap((id) => agentsOn(master.cluster, id))) {
    shutDown(master, agent.pid, message)
    void removeAgent(master, agent.id, message, undefined)
  }
  return ok()
}

/** Machines are UP again, and out of the schedule. */
export async function stopMaintenance(master: Master, ids: readonly MachineId[]): Promise<Reply> {
  const machines = new Map(master.cluster.machines)
  for (const id of ids) {
    if (machines.get(machineKey(id))?.mode !== 'DOWN')
      return refusal(400, `Machine '${JSON.stringify(id)}' is not in DOWN mode and cannot be brought up`)
    machines.delete(machineKey(id))
  }
  const up = new Set(ids.map(machineKey))
  const windows = (master.cluster.schedule.windows ?? [])
    .map((window) => ({ ...window, machine_ids: window.machine_ids.filter((id) => !up.has(machineKey(id))) }))
    .filter((window) => window.machine_ids.length > 0)
  await keep(master, machines, windows.length === 0 ? {} : { windows })
  return ok()
}

async function keep(
  master: Master,
  machines: ReadonlyMap<string, Machine>,
  schedule: MaintenanceSchedule,
): Promise<void> {
  const change = (registry: Registry): Registry => {
    const listed = [...machines.values()].map((machine) => ({ info: machine }))
    const { schedules: _before, ...rest } = registry
    const kept = schedule.windows === undefined ? {} : { schedules: [schedule] }
    return { ...rest, ...kept, machines: listed.length === 0 ? {} : { machines: listed } }
  }
  await master.registrar.apply(change, 'Failed to apply maintenance schedule operation')
  master.cluster.machines.clear()
  for (const [key, machine] of machines) master.cluster.machines.set(key, machine)
  master.cluster.schedule = schedule
}

/** The machines of a request body; undefined for anything else. */
export function machineIds(given: unknown): readonly MachineId[] | undefined {
  if (!Array.isArray(given)) return undefined
  const ids = given.map(machineId)
  return ids.every((id) => id !== undefined) && ids.length > 0 ? ids : undefined
}

function machineId(given: unknown): MachineId | undefined {
  if (given === null || typeof given !== 'object') return undefined
  const { hostname, ip } = given as Record<string, unknown>
  if (typeof hostname !== 'string' && typeof ip !== 'string') return undefined
  return { ...(typeof hostname === 'string' ? { hostname } : {}), ...(typeof ip === 'string' ? { ip } : {}) }
}

/** A schedule of a request body. What has no windows counts as one without any (c-failures/55, malformed). */
export function scheduleOf(given: unknown): MaintenanceSchedule | undefined {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return undefined
  const windows: unknown = Reflect.get(given, 'windows')
  if (windows === undefined) return {}
  if (!Array.isArray(windows)) return undefined
  const read = windows.map((window: unknown) => {
    if (window === null || typeof window !== 'object') return undefined
    const { machine_ids: ids, unavailability } = window as Record<string, unknown>
    const machines = machineIds(ids)
    if (machines === undefined || !isUnavailability(unavailability)) return undefined
    return { machine_ids: machines, unavailability }
  })
  return read.every((window) => window !== undefined) ? { windows: read } : undefined
}

function isUnavailability(given: unknown): given is Machine['unavailability'] {
  if (given === null || typeof given !== 'object') return false
  const { start, duration } = given as Record<string, unknown>
  return hasNanoseconds(start) && (duration === undefined || hasNanoseconds(duration))
}

function hasNanoseconds(given: unknown): boolean {
  return given !== null && typeof given === 'object' && typeof Reflect.get(given, 'nanoseconds') === 'number'
}
