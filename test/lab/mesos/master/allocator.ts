import type { Metrics } from '../common/metrics.ts'
import type { Resource } from '../shapes.ts'
import { isActive, machineKey, machineOf } from './cluster.ts'
import type { Master } from './context.ts'
import { wantedRoles } from './frameworks.ts'
import { freeOn, sendOffers, usedOn } from './offers.ts'
import { contains, plus, roleOf, scalar, sum } from './resources.ts'

interface Filter {
  readonly untilMs: number
  readonly resources: readonly Resource[]
}

/** The least that is worth an offer: `--min_allocatable_resources` as it is unless stated, `cpus:0.01|mem:32`. */
type Minimum = readonly (readonly Resource[])[]

/**
 * Deals out what is free: whole agents, to the framework with the smallest dominant share first. A declined agent is
 * not offered again to that framework until the filter ends, unless more has become free there.
 */
export class Allocator {
  readonly #latency: { record(ms: number): void }
  readonly #duration: { record(ms: number): void }
  readonly #master: () => Master
  readonly #intervalMs: number
  readonly #minimum: Minimum
  readonly #filters = new Map<string, Filter>()
  #requestedAt: number | undefined

  constructor(metrics: Metrics, master: () => Master, intervalMs: number, minimum: string) {
    this.#latency = metrics.timer('allocator/mesos/allocation_run_latency_ms')
    this.#duration = metrics.timer('allocator/mesos/allocation_run_ms')
    this.#master = master
    this.#intervalMs = intervalMs
    this.#minimum = parseMinimum(minimum)
  }

  start(): void {
    setInterval(() => this.#allocate(performance.now()), this.#intervalMs)
  }

  /** Something became free, or somebody wants it. Many calls at once make one run. */
  soon(): void {
    if (this.#requestedAt !== undefined) return
    const requestedAt = performance.now()
    this.#requestedAt = requestedAt
    setImmediate(() => {
      this.#requestedAt = undefined
      this.#allocate(requestedAt)
    })
  }

  refuse(frameworkId: string, role: string, agentId: string, resources: readonly Resource[], seconds: number): void {
    if (seconds <= 0) return
    this.#filters.set(`${frameworkId}/${role}/${agentId}`, { untilMs: Date.now() + seconds * 1000, resources })
  }

  revive(frameworkId: string): void {
    for (const key of [...this.#filters.keys()]) if (key.startsWith(`${frameworkId}/`)) this.#filters.delete(key)
    this.soon()
  }

  forgetAgent(agentId: string): void {
    for (const key of [...this.#filters.keys()]) if (key.endsWith(`/${agentId}`)) this.#filters.delete(key)
  }

  #allocate(requestedAt: number): void {
    const master = this.#master()
    const began = performance.now()
    this.#latency.record(began - requestedAt)
    master.counters.add('allocator/mesos/allocation_runs')
    for (const { frameworkId, role } of this.#byNeed(master)) this.#grant(master, frameworkId, role)
    this.#duration.record(performance.now() - began)
  }

  #byNeed(master: Master): readonly { readonly frameworkId: string; readonly role: string }[] {
    const total = sum([...master.cluster.agents.values()].map((agent) => agent.info.resources))
    const hungry = [...master.cluster.frameworks.values()].filter(({ stream }) => stream !== undefined)
    return hungry
      .map((framework) => ({ framework, share: dominantShare(master, framework.id, total) }))
      .sort((left, right) => left.share - right.share)
      .flatMap(({ framework }) => wantedRoles(framework).map((role) => ({ frameworkId: framework.id, role })))
  }

  #grant(master: Master, frameworkId: string, role: string): void {
    const granted = new Map<string, readonly Resource[]>()
    for (const agent of master.cluster.agents.values()) {
      if (!isActive(agent)) continue
      const machine = master.cluster.machines.get(machineKey(machineOf(agent.info.hostname, agent.pid)))
      if (machine?.mode === 'DOWN') continue
      const free = freeOn(master, agent).filter((one) => roleOf(one) === '*' || roleOf(one) === role)
      if (!this.#minimum.some((least) => contains(anyRole(free), least))) continue
      if (this.#isRefused(`${frameworkId}/${role}/${agent.id}`, free)) continue
      granted.set(agent.id, free)
    }
    sendOffers(master, frameworkId, role, granted)
  }

  #isRefused(key: string, free: readonly Resource[]): boolean {
    const filter = this.#filters.get(key)
    if (filter === undefined) return false
    if (filter.untilMs > Date.now()) return contains(filter.resources, free)
    this.#filters.delete(key)
    return false
  }
}

function dominantShare(master: Master, frameworkId: string, total: readonly Resource[]): number {
  const agents = [...master.cluster.agents.values()]
  const used = agents.map((agent) =>
    usedOn({
      ...agent,
      tasks: new Map([...agent.tasks].filter(([, task]) => task.framework_id.value === frameworkId)),
      executors: agent.executors.filter((executor) => executor.framework_id?.value === frameworkId),
    }),
  )
  const offered = [...master.cluster.offers.values()].filter((offer) => offer.frameworkId === frameworkId)
  const holds = plus(sum(used), sum(offered.map((offer) => offer.resources)))
  const shares = ['cpus', 'mem', 'disk', 'gpus'].map((name) => scalar(holds, name) / (scalar(total, name) || 1))
  return Math.max(...shares)
}

function anyRole(resources: readonly Resource[]): readonly Resource[] {
  return sum([resources.map((one) => ({ ...one, role: '*' }))])
}

function parseMinimum(text: string): Minimum {
  return text.split('|').map((choice) =>
    choice.split(';').map((each) => {
      const [name = '', value = ''] = each.split(':')
      return { name: name.trim(), type: 'SCALAR' as const, scalar: { value: Number(value) }, role: '*' }
    }),
  )
}
