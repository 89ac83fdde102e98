import type { Condition } from '../api/status.ts'
import type { Resource } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { Problem, ReasonCode } from '../model/reasons.ts'
import { reasons } from '../model/reasons.ts'
import type { Context } from './context.ts'

/** A copy of the API server may lag behind our own write for so long. */
const lagMs = 5_000

/** Writes the status when it is another than what stands there; a settled object costs no write at all. */
export async function publish(context: Context, object: Resource, status: unknown, signal: AbortSignal): Promise<void> {
  const remembered = context.memory.of(keyText({ kind: object.kind, ...object.metadata }))
  const text = canonical(status)
  remembered.status = status
  remembered.uid = object.metadata.uid
  if (text === canonical(object.status)) return
  const { written } = remembered
  if (written?.text === text && context.now() - written.at < lagMs) return
  const result = await context.store.writeStatus(object, status, signal)
  if (result === 'written') remembered.written = { text, at: context.now() }
}

/** The conditions that the API server holds. */
export function standingConditions(object: Resource): readonly Condition[] {
  return ((object.status ?? {}) as { readonly conditions?: readonly Condition[] }).conditions ?? []
}

/** Tells which conditions changed their status, once for each change. */
export function tellConditions(
  context: Context,
  object: Resource,
  before: readonly Condition[],
  after: readonly Condition[],
): void {
  for (const { type, status, reason, message } of after) {
    const standing = before.find((condition) => condition.type === type)
    const same = standing?.status === status && !isNews(type, standing.reason, reason)
    if (standing === undefined ? !(type === 'Ready' && status === 'True') : same) continue
    context.store.event(object, {
      type: isWarning(type, status) ? 'Warning' : 'Normal',
      reason: reason as ReasonCode,
      message: `${type} is now ${status}: ${message}`,
    })
  }
}

function isWarning(type: string, status: Condition['status']): boolean {
  switch (type) {
    case 'Degraded':
    case 'Fenced':
      return status === 'True'
    case 'Ready':
    case 'Available':
    case 'Reachable':
    case 'HostKeyVerified':
      return status !== 'True'
    default:
      return false
  }
}

/** A reason that waits for a person and that no problem of the pass tells of, under a status that was bad before. */
function isNews(type: string, before: string, reason: string): boolean {
  if (before === reason || (type !== 'Available' && type !== 'Remediating')) return false
  return Object.hasOwn(reasons, reason) && reasons[reason as ReasonCode].kind === 'Blocked'
}

/** Tells every problem once; one that went away and comes back is told again. */
export function tellProblems(context: Context, object: Resource, problems: readonly Problem[]): void {
  const remembered = context.memory.of(keyText({ kind: object.kind, ...object.metadata }))
  const texts = new Set<string>()
  for (const { code, host, member, field, message } of problems) {
    // Prose may hold figures that change: the same problem at the same place is told once.
    const text = [code, host ?? '', member ?? '', field ?? ''].join('|')
    if (!remembered.told.has(text) && !texts.has(text)) {
      const type = reasons[code].kind === 'Info' ? 'Normal' : 'Warning'
      context.store.event(object, { type, reason: code, message: withRemedy(code, message) })
    }
    texts.add(text)
  }
  remembered.told = texts
}

function withRemedy(code: ReasonCode, message: string): string {
  const { remedy } = reasons[code]
  return remedy === '' || message.includes(remedy) ? message : `${message.replace(/\.$/, '')}. ${remedy}`
}

/** The same text for equal values, whatever the order of their keys; undefined parts count as missing. */
export function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, item: unknown) =>
      item !== null && typeof item === 'object' && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
        : item,
    ) ?? ''
  )
}
