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
  return { ...ownStatus([lastStatus(context.memory, object), object.status], own ?? {}, lasting), ...status }
}

/**
 * What was seen, but of what is lasting what was known before, as far as it was: unknown is never absent, and who a cluster is must
 * neither be forgotten because nobody could look, nor become another because the hosts say so. `before`: the later the better,
 * so that a person who writes into the status is heard.
 */
export function ownStatus(before: readonly unknown[], own: Own, lasting: NonNullable<ClusterKind['lasting']>): Own {
  const keys = new Set([...Object.keys(own), ...Object.keys(lasting)])
  const blocks = [...keys].map((key) => {
    const fields = lasting[key] ?? []
    const kept = before
      .flatMap((status) => Object.entries(known(partOf(status, key))))
      .filter(([field]) => fields.includes(field))
    return [key, { ...known(own[key] ?? {}), ...Object.fromEntries(kept) }] as const
  })
  return Object.fromEntries(blocks.filter(([key, block]) => key in own || Object.keys(block).length > 0))
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
