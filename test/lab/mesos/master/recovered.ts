import { exitWith, info } from '../common/log.ts'
import { formatDuration } from '../common/quantities.ts'
import type { Registry } from '../log/registry.ts'
import type { Draining } from './cluster.ts'
import { longestTimerMs, machineKey } from './cluster.ts'
import { count, type Master } from './context.ts'
import { pruned } from './registry-changes.ts'
import { markUnreachable } from './removal.ts'

/** Takes up what the registry knows; its agents have `--agent_reregister_timeout` to come (c-failures/57). */
export function takeUp(master: Master, registry: Registry): void {
  const { recovered, unreachable, gone, machines } = master.cluster
  for (const { info: described, deactivated, drain_info } of registry.slaves?.slaves ?? [])
    if (described.id !== undefined)
      recovered.set(described.id.value, { info: described, deactivated, ...drainOf(drain_info) })
  for (const { id, timestamp, deactivated, drain_info } of registry.unreachable?.slaves ?? [])
    unreachable.set(id.value, { since: timestamp.nanoseconds / 1e9, deactivated, ...drainOf(drain_info) })
  for (const { id } of registry.gone?.slaves ?? []) gone.add(id.value)
  for (const { info: machine } of registry.machines?.machines ?? []) {
    if (machine.mode === 'UP' || machine.unavailability === undefined) continue
    machines.set(machineKey(machine.id), { id: machine.id, mode: machine.mode, unavailability: machine.unavailability })
  }
  master.cluster.schedule = registry.schedules?.[0] ?? {}
  const timeout = master.flags.duration('agent_reregister_timeout') ?? 0
  const size = Buffer.byteLength(JSON.stringify(registry))
  const allowing = `allowing ${formatDuration(timeout)} for agents to reregister`
  info('master.cpp:1823', `Recovered ${recovered.size} agents from the registry (${size}B); ${allowing}`)
  setTimeout(
    () => giveUpMissing(master, timeout, registry.slaves?.slaves?.length ?? 0),
    Math.min(timeout, longestTimerMs),
  )
  const pruneMs = Math.min(master.flags.duration('registry_gc_interval') ?? 900_000, longestTimerMs)
  setInterval(() => void prune(master), pruneMs)
}

function drainOf(drain: Draining | undefined): { readonly drain?: Draining } {
  return drain === undefined ? {} : { drain }
}

/** `before`: how many agents the registry had. Ends the process where too many are missing (c-failures/58). */
function giveUpMissing(master: Master, timeoutMs: number, before: number): void {
  const missing = [...master.cluster.recovered.keys()]
  const percentage = before === 0 ? 0 : (missing.length / before) * 100
  const limit = master.flags.text('recovery_agent_removal_limit') ?? '100%'
  const after = formatDuration(timeoutMs)
  if (percentage > Number(limit.replace('%', ''))) {
    const share = `${missing.length} (${Number(percentage.toPrecision(6))}%) agents recovered from the registry`
    const told = `Post-recovery agent removal limit exceeded! After ${after} there were ${share} that did not reregister: `
    const remedy = `The configured removal limit is ${limit}. Please investigate or increase this limit to proceed further`
    exitWith('master.cpp:2015', `${told}\n{ ${missing.join(', ')} }\n  ${remedy}`)
  }
  for (const id of missing) void giveUp(master, id, `did not reregister within ${after} after master failover`)
}

async function giveUp(master: Master, id: string, message: string): Promise<void> {
  count(master, 'slave_unreachable_scheduled')
  await master.limiter.acquire()
  if (!master.cluster.recovered.has(id)) {
    count(master, 'slave_unreachable_canceled')
    return
  }
  count(master, 'slave_unreachable_completed')
  count(master, 'recovery_slave_removals')
  await markUnreachable(master, id, message)
}

/** Unreachable agents are not kept for ever: `--registry_max_agent_age` and `_count`. */
async function prune(master: Master): Promise<void> {
  const { unreachable } = master.cluster
  const oldest = Date.now() / 1000 - (master.flags.duration('registry_max_agent_age') ?? 0) / 1000
  const limit = master.flags.integer('registry_max_agent_count') ?? 102_400
  const byAge = [...unreachable].sort(([, left], [, right]) => left.since - right.since)
  const over = byAge.length - limit
  const ids = byAge.filter(([, { since }], index) => since < oldest || index < over).map(([id]) => id)
  if (ids.length === 0) return
  await master.registrar.apply(pruned(ids), 'Failed to prune the registry')
  for (const id of ids) unreachable.delete(id)
}
