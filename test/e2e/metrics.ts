// What /metrics says, parsed as far as the tests need it.
import type { World } from '../world/world.ts'

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export async function scrape(world: World): Promise<string> {
  const response = await fetch(world.operator.metricsUrl, { signal: AbortSignal.timeout(5000) })
  return response.text()
}

export function parseSamples(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line)
    if (match?.[1] === undefined) return []
    const labels = Object.fromEntries(
      [...(match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((pair) => [pair[1] ?? '', pair[2] ?? '']),
    )
    return [{ name: match[1], labels, value: Number(match[3]) }]
  })
}

export function samplesOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): readonly Sample[] {
  return samples.filter(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )
}

/** Passes over cluster objects that this process has ended so far. */
export async function passes(world: World): Promise<number> {
  const samples = parseSamples(await scrape(world))
  return samplesOf(samples, 'controller_runtime_reconcile_total')
    .filter((sample) => /cluster/i.test(sample.labels['controller'] ?? ''))
    .reduce((sum, sample) => sum + sample.value, 0)
}
