import { z } from 'zod'
import type { MesosSpec } from '../../api/mesos.ts'
import type { ExpandInput, Heard } from '../../model/kind.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { agentService } from '../../services/mesos-agent/service.ts'
import { formedKey, masterService } from '../../services/mesos-master/service.ts'

const status = z.object({ mesos: z.object({ formed: z.literal(true) }) })

/** What is known of the object beside its spec. */
export interface Past {
  readonly formed: boolean
  readonly isNew: boolean
  /** How many masters the set has that stands; undefined: none stands. */
  readonly voters: number | undefined
}

/** What a leader with its registry says for all: kept in the records of the masters, and in the status. */
export const heardFormed: Heard = { [formedKey]: 'true' }

export function pastOf({ heard = {}, object, standing, unseen }: ExpandInput<MesosSpec>): Past {
  const masters = standing.filter(({ record }) => record['role'] === masterService)
  const formed =
    masters.some(({ record }) => record[formedKey] === 'true') ||
    heard[formedKey] === 'true' ||
    status.safeParse(object.status ?? {}).success
  // By the most, where they differ: with fewer a majority could be seen where there is none.
  const sets = masters.map(({ record }) => (record['masters'] ?? '').split(',').length)
  return {
    formed,
    isNew: !formed && unseen.length === 0,
    voters: sets.length === 0 ? undefined : Math.max(...sets),
  }
}

/** Daemons that stand and are not declared: they are not stopped yet, for that takes stages that are not built. */
export function leavingProblems(
  { hosts, object, standing, unseen }: ExpandInput<MesosSpec>,
  declared: readonly { readonly id: string; readonly host: string }[],
  formed: boolean,
): readonly Problem[] {
  const leaves = standing.filter(
    ({ host, record, seen }) =>
      (seen || hosts[host]?.lost !== true) && !declared.some((one) => one.host === host && one.id === record['member']),
  )
  const masters = leaves
    .filter(({ record }) => record['role'] === masterService)
    .map(({ host }) =>
      problem(
        'MembershipChangeUnsupported',
        `spec.masters.hosts: the master on ${host} is not declared any more, and a set of masters that lives is not changed yet: put ${host} back`,
        { field: 'spec.masters.hosts', host },
      ),
    )
  const agents = leaves
    .filter(({ record }) => record['role'] === agentService)
    .map(({ host }) =>
      problem(
        'MembershipChangeUnsupported',
        `spec.agentGroups: the agent on ${host} is not declared any more, and no agent is drained and stopped yet: declare it again, or, when nothing of it is needed, set lifecycle: Lost on its Host and switch the machine off`,
        { field: 'spec.agentGroups', host },
      ),
    )
  return [
    ...masters,
    ...agents,
    ...(standing.length > 0 || formed || unseen.length === 0 ? [] : [notNew(object, unseen)]),
  ]
}

/** Without a single record and with hosts out of sight, an old cluster cannot be told from none. */
function notNew({ kind }: ExpandInput<MesosSpec>['object'], unseen: readonly string[]): Problem {
  const message = `daemons of this ${kind} were on ${unseen.join(', ')}, which cannot be seen: bring one of them back, or set lifecycle: Lost on those that do not come back`
  return problem('FirstStartRefused', message)
}
