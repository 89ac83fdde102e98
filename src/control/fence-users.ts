import type { ClusterStatus } from '../api/status.ts'
import type { FenceUser } from '../model/fence.ts'
import type { ObjectKey, Resource } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { Context } from './context.ts'
import { referrersOf } from './dereference.ts'
import { bastionUsers } from './finalizer.ts'
import { lastStatus } from './memory.ts'

/** Who has something on a Host that is out of reach, and whether each works without it, by what its own last pass saw. */
export function fenceUsers(context: Context, host: ObjectKey): readonly FenceUser[] {
  const clusters = referrersOf(context, host, context.store.get(host)?.metadata.labels)
  return [
    ...clusters.map((object): FenceUser => {
      const against = whyNotWithout(context, object, host)
      return { name: nameOf(object), ...(against === undefined ? {} : { against }) }
    }),
    ...bastionUsers(context, host).map((object) => ({
      name: nameOf(object),
      against: 'it is reached through that host',
    })),
  ]
}

function nameOf({ kind, metadata }: Resource): string {
  return `${kind} ${metadata.name}`
}

/** What is counted as serving must not be on that host: each of its members there was out of sight in the pass that counted. */
function whyNotWithout({ census, memory }: Context, object: Resource, host: ObjectKey): string | undefined {
  const key = keyText({ kind: object.kind, ...object.metadata })
  const verdicts = memory.peek(key)?.verdicts ?? {}
  const there = census.idsOn(key, host.name)
  if (there === undefined) return 'it was not looked at yet since this process leads'
  const seen = there.find((id) => verdicts[id]?.verdict !== 'unknown')
  if (seen !== undefined) return `${seen} is not known to be out of sight`
  const { conditions = [], quorum } = (lastStatus(memory, object) ?? {}) as Partial<ClusterStatus>
  if (quorum !== undefined) {
    return quorum.margin >= 0
      ? undefined
      : `${quorum.serving} of ${quorum.voters} voters serve without it, which is no quorum`
  }
  const available = conditions.find(({ type }) => type === 'Available')
  return available?.status === 'True'
    ? undefined
    : `it is not available without it (${available?.reason ?? 'not said yet'})`
}
