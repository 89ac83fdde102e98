import { warning } from '../common/log.ts'
import type { DrainInfo, RegisteredSlave, Registry } from '../log/registry.ts'
import type { DrainConfig, SlaveInfo } from '../shapes.ts'

/** What a master writes of agents: each takes a registry and gives the changed one (c-failures/50–54). */
type Change = (registry: Registry) => Registry

export function admitted(info: SlaveInfo): Change {
  return (registry) => withSlaves(registry, [...slavesOf(registry), { info, deactivated: false }])
}

/** Out of `unreachable`, with what it was told before; one that is not there is let in all the same. */
export function reachable(info: SlaveInfo): Change {
  return (registry) => {
    const id = info.id?.value
    const before = registry.unreachable?.slaves?.find((slave) => slave.id.value === id)
    if (before === undefined)
      warning('registry_operations.cpp:200', `Allowing UNKNOWN agent to reregister: hostname: "${info.hostname}"`)
    const others = slavesOf(registry).filter((slave) => slave.info.id?.value !== id)
    const drain = before?.drain_info === undefined ? {} : { drain_info: before.drain_info }
    const slave: RegisteredSlave = { info, deactivated: before?.deactivated ?? false, ...drain }
    return withSlaves(withoutUnreachable(registry, [id ?? '']), [...others, slave])
  }
}

export function updated(info: SlaveInfo): Change {
  return (registry) =>
    withSlaves(
      registry,
      slavesOf(registry).map((slave) => (slave.info.id?.value === info.id?.value ? { ...slave, info } : slave)),
    )
}

export function removed(id: string): Change {
  return (registry) => withSlaves(registry, without(registry, id))
}

/** `seconds` since 1970. */
export function unreachable(id: string, seconds: number): Change {
  return (registry) => {
    const slave = slavesOf(registry).find(({ info }) => info.id?.value === id)
    if (slave === undefined) return registry
    const { info: _info, ...kept } = slave
    const entry = { id: { value: id }, timestamp: nanoseconds(seconds), ...kept }
    const changed = withSlaves(registry, without(registry, id))
    return { ...changed, unreachable: { slaves: [...(registry.unreachable?.slaves ?? []), entry] } }
  }
}

export function gone(id: string, seconds: number): Change {
  return (registry) => {
    const entry = { id: { value: id }, timestamp: nanoseconds(seconds) }
    const changed = withSlaves(withoutUnreachable(registry, [id]), without(registry, id))
    return withCapability({ ...changed, gone: { slaves: [...(registry.gone?.slaves ?? []), entry] } })
  }
}

/** Forgets agents that were unreachable for too long. */
export function pruned(ids: readonly string[]): Change {
  return (registry) => withoutUnreachable(registry, ids)
}

export function draining(id: string, config: DrainConfig): Change {
  const info: DrainInfo = { state: 'DRAINING', config }
  return (registry) => withCapability(changed(registry, id, () => ({ deactivated: true, drain_info: info })))
}

export function drained(id: string): Change {
  return (registry) =>
    changed(registry, id, ({ drain_info: before }) =>
      before === undefined ? {} : { drain_info: { ...before, state: 'DRAINED' } },
    )
}

export function deactivated(id: string): Change {
  return (registry) => withCapability(changed(registry, id, () => ({ deactivated: true })))
}

export function reactivated(id: string): Change {
  return (registry) => {
    const slaves = slavesOf(registry).map((slave) => {
      if (slave.info.id?.value !== id) return slave
      const { drain_info: _over, ...rest } = slave
      return { ...rest, deactivated: false }
    })
    const lost = registry.unreachable?.slaves?.map((slave) => {
      if (slave.id.value !== id) return slave
      const { drain_info: _over, ...rest } = slave
      return { ...rest, deactivated: false }
    })
    const after = withSlaves(registry, slaves)
    return withCapability(lost === undefined ? after : { ...after, unreachable: { slaves: lost } })
  }
}

type Marks = { readonly deactivated?: boolean; readonly drain_info?: DrainInfo }

function changed(registry: Registry, id: string, marks: (before: Marks) => Marks): Registry {
  const slaves = slavesOf(registry).map((slave) =>
    slave.info.id?.value === id ? { ...slave, ...marks(slave) } : slave,
  )
  const lost = registry.unreachable?.slaves?.map((slave) =>
    slave.id.value === id ? { ...slave, ...marks(slave) } : slave,
  )
  const after = withSlaves(registry, slaves)
  return lost === undefined ? after : { ...after, unreachable: { slaves: lost } }
}

/** Masters that cannot drain must not read a registry with deactivated agents: it says so (c-failures/54). */
function withCapability(registry: Registry): Registry {
  const all = [...slavesOf(registry), ...(registry.unreachable?.slaves ?? [])]
  const { minimum_capabilities: _before, ...rest } = registry
  if (!all.some((slave) => slave.deactivated)) return rest
  return { ...rest, minimum_capabilities: [{ capability: 'AGENT_DRAINING' }] }
}

function slavesOf(registry: Registry): readonly RegisteredSlave[] {
  return registry.slaves?.slaves ?? []
}

function without(registry: Registry, id: string): readonly RegisteredSlave[] {
  return slavesOf(registry).filter((slave) => slave.info.id?.value !== id)
}

function withSlaves(registry: Registry, slaves: readonly RegisteredSlave[]): Registry {
  return { ...registry, slaves: slaves.length === 0 ? {} : { slaves } }
}

function withoutUnreachable(registry: Registry, ids: readonly string[]): Registry {
  if (registry.unreachable === undefined) return registry
  const left = (registry.unreachable.slaves ?? []).filter((slave) => !ids.includes(slave.id.value))
  return { ...registry, unreachable: left.length === 0 ? {} : { slaves: left } }
}

function nanoseconds(seconds: number): { readonly nanoseconds: number } {
  return { nanoseconds: Math.round(seconds * 1e9) }
}
