import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { MetricName } from './definitions.ts'
import { metricDefinitions } from './definitions.ts'

export type Labels = Readonly<Record<string, string>>

export interface Series {
  readonly labels: Labels
  readonly value: number
}

/** How the other rooms write metrics; a name that is not in the list does not compile. */
export interface Metrics {
  /** Adds to a counter; `by` ≥ 0, default 1. */
  count(name: MetricName, labels: Labels, by?: number): void
  /** Sets one series of a gauge. Only for values that this process itself owns; what was seen elsewhere goes by `replace`. */
  set(name: MetricName, labels: Labels, value: number): void
  observe(name: MetricName, labels: Labels, value: number): void
  /**
   * Makes `series` the only series of that gauge which `owner` has: those of its last call that are missing now are
   * removed, so nobody reads the last value of something that is gone or unknown.
   */
  replace(name: MetricName, owner: string, series: readonly Series[]): void
  /** Removes every series that `owner` set by `replace`. */
  forget(owner: string): void
  /** Text exposition format and its content type. */
  render(): Promise<{ readonly text: string; readonly contentType: string }>
}

/** Of prom-client's own metrics those whose names Prometheus' linter accepts. */
const processMetrics = [
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
  'process_open_fds',
  'process_max_fds',
  'nodejs_eventloop_lag_seconds',
  'nodejs_heap_size_used_bytes',
]

/** One registry per process (or per test): nothing is global. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const counters = new Map<string, Counter>()
  const gauges = new Map<string, Gauge>()
  const histograms = new Map<string, Histogram>()
  for (const definition of metricDefinitions) {
    const { name, help } = definition
    const common = { name, help, labelNames: [...definition.labels], registers: [registry] }
    switch (definition.type) {
      case 'counter':
        counters.set(name, new Counter(common))
        break
      case 'gauge':
        gauges.set(name, new Gauge(common))
        break
      case 'histogram':
        histograms.set(name, new Histogram({ ...common, buckets: [...(definition.buckets ?? [])] }))
        break
    }
  }
  addProcessMetrics(registry)
  const owned = new Map<string, Map<string, Labels>>()

  function get<M>(from: Map<string, M>, name: string): M {
    const metric = from.get(name)
    if (metric === undefined) throw new Error(`${name} is not a metric of that type`)
    return metric
  }

  function replace(name: MetricName, owner: string, series: readonly Series[]): void {
    const gauge = get(gauges, name)
    const ownerKey = `${owner} ${name}`
    const before = owned.get(ownerKey) ?? new Map<string, Labels>()
    const now = new Map<string, Labels>()
    for (const { labels, value } of series) {
      if (!Number.isFinite(value)) continue
      now.set(JSON.stringify(labels), labels)
      gauge.set({ ...labels }, value)
    }
    for (const [key, labels] of before) if (!now.has(key)) gauge.remove({ ...labels })
    if (now.size === 0) owned.delete(ownerKey)
    else owned.set(ownerKey, now)
  }

  return {
    count: (name, labels, by = 1) => get(counters, name).inc({ ...labels }, by),
    set: (name, labels, value) => get(gauges, name).set({ ...labels }, value),
    observe: (name, labels, value) => get(histograms, name).observe({ ...labels }, value),
    replace,
    forget(owner) {
      for (const name of gauges.keys()) replace(name as MetricName, owner, [])
    },
    render: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  }
}

function addProcessMetrics(registry: Registry): void {
  const all = new Registry()
  collectDefaultMetrics({ register: all })
  for (const name of processMetrics) {
    const metric = all.getSingleMetric(name)
    if (metric !== undefined) registry.registerMetric(metric)
  }
}
