import type { Answer } from './recordings.ts'

/** One place where what was seen is not what was recorded. */
export interface Difference {
  /** 'status', 'headers', or the way to a value in the body: 'body.slaves.*.hostname'. */
  readonly where: string
  readonly recorded: string
  readonly seen: string
}

/** What stands for an address and other chance in both texts, so that equal is equal. */
export type Normal = (text: string) => string

/** Status, header names in their order, header values but of Date and Content-Length, and the body value by value. */
export function differences(recorded: Answer, seen: Answer, normalRecorded: Normal, normalSeen: Normal): Difference[] {
  const found: Difference[] = []
  if (recorded.status !== seen.status) found.push({ where: 'status', recorded: recorded.status, seen: seen.status })
  const before = headerText(recorded, normalRecorded)
  const after = headerText(seen, normalSeen)
  if (before !== after) found.push({ where: 'headers', recorded: before, seen: after })
  const [one, two] = [parsed(recorded.body, normalRecorded), parsed(seen.body, normalSeen)]
  return [...found, ...differing(one, two, 'body')]
}

function headerText({ headers }: Answer, normal: Normal): string {
  const chance = ['Date', 'Content-Length']
  return headers.map(([name, value]) => `${name}: ${chance.includes(name) ? '…' : normal(value)}`).join('; ')
}

/** Text that is no JSON stays text. */
function parsed(body: string, normal: Normal): unknown {
  try {
    return normalised(JSON.parse(body), normal)
  } catch {
    return normal(body)
  }
}

/** Lists in an order of their own: those of Mesos come out of hash tables. */
function normalised(value: unknown, normal: Normal): unknown {
  if (typeof value === 'string') return normal(value)
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => normalised(item, normal))
    return (
      byName(items) ??
      items
        .map((item) => [orderOf(item), item] as const)
        .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
        .map(([, item]) => item)
    )
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normalised(item, normal)]))
}

/** Items that have nothing but a name and a value say more as one record. */
function byName(items: readonly unknown[]): Record<string, unknown> | undefined {
  const pairs = items.flatMap((item): [string, unknown][] => {
    const named = isRecord(item) && Object.keys(item).sort().join() === 'name,value'
    return named && typeof item.name === 'string' ? [[item.name, item.value]] : []
  })
  return pairs.length === items.length && pairs.length > 0 ? Object.fromEntries(pairs) : undefined
}

/** Large and broken numbers are times and sizes: they must not decide which item stands beside which. */
function orderOf(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === 'number') return each < 100_000 && Number.isInteger(each * 10) ? each : 0
    if (!isRecord(each)) return each
    return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

export function differing(recorded: unknown, seen: unknown, where: string): Difference[] {
  if (isRecord(recorded) && isRecord(seen)) {
    const keys = [...new Set([...Object.keys(recorded), ...Object.keys(seen)])]
    return keys.flatMap((key) => differing(recorded[key], seen[key], `${where}.${key}`))
  }
  if (Array.isArray(recorded) && Array.isArray(seen)) {
    if (recorded.length !== seen.length) {
      return [{ where, recorded: `${recorded.length} items`, seen: `${seen.length} items` }]
    }
    return recorded.flatMap((item: unknown, at) => differing(item, seen[at], `${where}.*`))
  }
  if (recorded === seen) return []
  return [{ where, recorded: shown(recorded), seen: shown(seen) }]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 200)
}
