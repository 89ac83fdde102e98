import type { Action, Status } from './wire.ts'

/** What a replica knows: the sum of all records that were persisted. */
export interface Contents {
  status: Status
  /** The highest proposal promised for positions that are not in `actions`. */
  promised: number
  /** Everything before it was truncated. */
  begin: number
  readonly actions: Map<number, Action>
}

export type Entry = { readonly status: Status } | { readonly promised: number } | { readonly action: Action }

export function empty(): Contents {
  return { status: 'EMPTY', promised: 0, begin: 0, actions: new Map() }
}

/** True where positions were dropped by it. */
export function apply(contents: Contents, entry: Entry): boolean {
  if ('status' in entry) contents.status = entry.status
  else if ('promised' in entry) contents.promised = entry.promised
  else return applyAction(contents, entry.action)
  return false
}

function applyAction(contents: Contents, action: Action): boolean {
  if (action.position < contents.begin) return false
  contents.actions.set(action.position, action)
  if (!action.learned || action.content?.type !== 'TRUNCATE') return false
  const { to } = action.content
  const dropped = [...contents.actions.keys()].filter((position) => position < to)
  for (const position of dropped) contents.actions.delete(position)
  contents.begin = Math.max(contents.begin, to)
  return dropped.length > 0
}

/** The last position that has an action, be it only promised. */
export function endOf({ actions, begin }: Contents): number {
  return Math.max(begin, ...actions.keys())
}
