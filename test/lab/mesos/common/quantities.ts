/** Durations and byte counts as Mesos writes them in flags and shows them again. */

const durationUnits = [
  ['weeks', 604_800_000],
  ['days', 86_400_000],
  ['hrs', 3_600_000],
  ['mins', 60_000],
  ['secs', 1000],
  ['ms', 1],
  ['us', 1e-3],
  ['ns', 1e-6],
] as const

const byteUnits = [
  ['TB', 2 ** 40],
  ['GB', 2 ** 30],
  ['MB', 2 ** 20],
  ['KB', 2 ** 10],
  ['B', 1],
] as const

/** Milliseconds of '15secs', '1.5mins'; undefined on other text. */
export function parseDuration(text: string): number | undefined {
  return measured(text, durationUnits)
}

/** In the largest unit of which there is at least one: 90000 is '1.5mins', 0 is '0ns'. */
export function formatDuration(ms: number): string {
  const [unit, size] = durationUnits.find(([, each]) => Math.abs(ms) >= each) ?? ['ns', 1e-6]
  return `${Number((ms / size).toPrecision(15))}${unit}`
}

/** Bytes of '4KB'; undefined on other text. */
export function parseBytes(text: string): number | undefined {
  const bytes = measured(text, byteUnits)
  return bytes !== undefined && Number.isInteger(bytes) ? bytes : undefined
}

/** In the largest unit that divides it: 1536 is '1536B', 2048 is '2KB'. */
export function formatBytes(bytes: number): string {
  const [unit, size] = byteUnits.find(([, each]) => bytes >= each && bytes % each === 0) ?? ['B', 1]
  return `${bytes / size}${unit}`
}

function measured(text: string, units: readonly (readonly [string, number])[]): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(text) ?? []
  const size = units.find(([name]) => name === unit)?.[1]
  return size === undefined || amount === undefined ? undefined : Number(amount) * size
}
