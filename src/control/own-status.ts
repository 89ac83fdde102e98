import type { ClusterStatus } from '../api/status.ts'
import type { Assessment } from '../model/health.ts'
import type { ClusterKind } from '../model/kind.ts'
import type { Resource } from '../model/object.ts'
import type { Context } from './context.ts'
import { bindingOf } from './dereference.ts'
import { lastStatus } from './memory.ts'

type Own = NonNullable<Assessment['own']>

/** The status of a pass with the parts that only this kind has. `own`: what the pass saw of them; missing: nothing. */
export function withOwn(
  context: Context,
  object: Resource,
  status: ClusterStatus,
  own: Own | undefined,
): ClusterStatus {
  const { lasting = {} } = bindingOf(context, object.kind).cluster
  return { ...ownStatus(lastStatus(context.memory, object), own ?? {}, lasting), ...status }
}

/**
 * What was seen, and of what is lasting also what was known before: unknown is never absent, and who a cluster is must not
 * be forgotten because nobody could look.
 */
export function ownStatus(before: unknown, own: Own, lasting: NonNullable<ClusterKind['lasting']>): Own {
  const kept = Object.entries(lasting).map(([key, fields]) => {
    const block = known(partOf(before, key))
    return [key, Object.fromEntries(Object.entries(block).filter(([field]) => fields.includes(field)))] as const
  })
  const blocks = new Map(kept.filter(([, block]) => Object.keys(block).length > 0))
  for (const [key, block] of Object.entries(own)) blocks.set(key, { ...blocks.get(key), ...known(block) })
  return Object.fromEntries(blocks)
}

function partOf(status: unknown, key: string): object {
  const part = isObject(status) ? (status as Readonly<Record<string, unknown>>)[key] : undefined
  return isObject(part) ? part : {}
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function known(block: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(block).filter(([, value]) => value !== undefined))
}
