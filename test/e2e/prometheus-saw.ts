// What a real Prometheus, scraping all through a campaign, can tell afterwards of each fault.
import type { LabPrometheus } from '../lab/index.ts'

/** A fault in time, ms since the epoch. */
export interface Span {
  readonly name: string
  readonly began: number
  readonly ended: number
}

type Matrix = readonly { readonly values: readonly (readonly [seconds: number, value: string])[] }[]
type Vector = readonly { readonly value: readonly [seconds: number, value: string] }[]

export function scrapeConfig(metricsUrl: string): string {
  const target = new URL(metricsUrl).host
  return `scrape_configs: [{ job_name: ironherd, scrape_interval: 1s, static_configs: [{ targets: ['${target}'] }] }]`
}

/** s: gauges change with a pass, every 3 s or so; of a fault that was over sooner they need not have told. */
const lastingSeconds = 10

/** Each of them 0 at some time of a fault that is seen. */
const dips = {
  Ready: 'min(min_over_time(ironherd_cluster_condition{type="Ready",status="True"}[SPAN]))',
  member_up: 'min(min_over_time(ironherd_member_up[SPAN]))',
  member_known: 'min(min_over_time(ironherd_member_known[SPAN]))',
} as const

/** Lines for the campaign's result: how well it was scraped since then, and which faults it saw. */
export async function whatPrometheusSaw(
  prometheus: LabPrometheus,
  since: number,
  spans: readonly Span[],
): Promise<readonly string[]> {
  const now = Date.now()
  const scrapes = (await query(prometheus, `up{job="ironherd"}[${seconds(since, now)}s]`, now)) as Matrix
  const times = scrapes.flatMap(({ values }) => values.filter(([, value]) => value === '1').map(([time]) => time))
  const lasting = spans.filter(({ began, ended }) => ended - began >= lastingSeconds * 1000)
  const seen = await Promise.all(lasting.map(async (span) => ({ span, how: await dipsOf(prometheus, span) })))
  const missed = seen.filter(({ how }) => how.length === 0).map(({ span }) => span.name)
  const perGauge = Object.keys(dips).map(
    (gauge) => `${gauge} fell in ${String(seen.filter(({ how }) => how.includes(gauge)).length)}`,
  )
  return [
    '',
    `Prometheus: up = 1 in ${String(times.length)} scrapes over ${String(seconds(since, now))} s, the longest gap ${longestGap(times, since / 1000, now / 1000).toFixed(1)} s.`,
    `It saw ${String(seen.length - missed.length)} of ${String(lasting.length)} faults of ${String(lastingSeconds)} s and more (${perGauge.join(', ')}).`,
    ...(missed.length === 0 ? [] : [`Not seen: ${missed.join('; ')}.`]),
  ]
}

async function dipsOf(prometheus: LabPrometheus, { began, ended }: Span): Promise<readonly string[]> {
  const asked = await Promise.all(
    Object.entries(dips).map(async ([gauge, expression]) => {
      const text = expression.replace('SPAN', `${String(seconds(began, ended))}s`)
      const answer = (await query(prometheus, text, ended)) as Vector
      return answer[0]?.value[1] === '0' ? [gauge] : []
    }),
  )
  return asked.flat()
}

function query(prometheus: LabPrometheus, expression: string, at: number): Promise<unknown> {
  return prometheus
    .get(`/api/v1/query?query=${encodeURIComponent(expression)}&time=${String(at / 1000)}`)
    .then((data) => (data as { readonly result: unknown }).result)
}

function seconds(from: number, to: number): number {
  return Math.max(1, Math.ceil((to - from) / 1000))
}

/** s, the edges included: a Prometheus that began late or stopped early has a gap there. */
export function longestGap(times: readonly number[], from: number, to: number): number {
  const all = [from, ...times, to]
  return Math.max(...all.slice(1).map((time, index) => time - (all[index] ?? time)))
}
