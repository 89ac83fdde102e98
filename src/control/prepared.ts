import type { HostSpec } from '../api/host.ts'
import { valueOf } from '../model/fact.ts'
import type { FleetFacts, HostFacts } from '../model/facts.ts'
import type { DesiredHost } from '../model/host.ts'
import type { Member } from '../model/member.ts'
import type { Resource } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import { type Problem, reasons } from '../model/reasons.ts'
import type { Decision } from '../model/step.ts'
import { failureProblems } from './act.ts'
import type { Said } from './conditions.ts'
import { planMessage } from './conditions.ts'
import type { Context } from './context.ts'
import type { Remembered } from './memory.ts'

/** What is to be done on the machine of a Host, and what is said of it. */
export interface Prepared {
  readonly decision: Decision
  readonly problems: readonly Problem[]
  /** Empty: nothing is declared, and nothing is left to be taken back. */
  readonly said: readonly Said[]
}

/** What a Host wants of its machine, and why a part of that cannot be. */
export interface Wanted {
  readonly desired: DesiredHost
  readonly problems: readonly Problem[]
}

/** Compares and says; remembers for clusters whether all is done. `resting`: why nothing is done there now. */
export function judgePreparation(
  context: Context,
  object: Resource,
  { desired, problems: refused }: Wanted,
  facts: HostFacts,
  resting: Said | undefined,
  remembered: Remembered,
): Prepared {
  const fleet: FleetFacts = { [desired.host]: facts }
  const decision: Decision =
    facts.state === 'known' ? context.ports.engine.decideHost(desired, fleet) : { problems: [], held: [] }
  const failed = failureProblems(remembered, decision.plan)
  const problems = [...refused, ...decision.problems, ...failed]
  const told = condition(facts, decision, problems, resting)
  delete remembered.preparation
  if (desired.declared) {
    const { uid, generation } = object.metadata
    remembered.preparation = { uid, generation, done: told.status === 'True' }
  }
  const concerns = desired.declared || decision.plan !== undefined || problems.length > 0
  return {
    decision: resting === undefined ? decision : { problems: [], held: [] },
    problems: resting === undefined ? problems : refused,
    said: concerns ? [told] : [],
  }
}

function condition(
  facts: HostFacts,
  decision: Decision,
  problems: readonly Problem[],
  resting: Said | undefined,
): Said {
  const type = 'Prepared'
  if (resting !== undefined) return { ...resting, type }
  if (valueOf(facts) === undefined) {
    const { code, why } =
      facts.state === 'unknown' ? facts : { code: 'NotLooked' as const, why: 'the host was not looked at' }
    return { type, status: 'Unknown', reason: code, message: why }
  }
  const [first, ...others] = [...problems].sort((a, b) => rank(a) - rank(b))
  if (first !== undefined) {
    const more = others.length === 0 ? '' : `; and ${others.length} more`
    return { type, status: 'False', reason: first.code, message: `${first.message}${more}` }
  }
  if (decision.plan !== undefined) {
    return { type, status: 'False', reason: 'Preparing', message: planMessage(decision) }
  }
  return { type, status: 'True', reason: 'Prepared', message: 'everything that is declared was seen to be so' }
}

/** What only a person can mend stands first. */
function rank({ code }: Problem): number {
  return reasons[code].kind === 'Transient' ? 1 : 0
}

/** Hosts of the members that declare a preparation of which this process has not seen that it is done, and why; by name. */
export function unprepared(
  { memory, store }: Context,
  namespace: string,
  members: readonly Member[],
): Readonly<Record<string, string>> {
  const hosts = [...new Set(members.map(({ host }) => host))]
  return Object.fromEntries(
    hosts.flatMap((name) => {
      const key = { kind: 'Host', namespace, name }
      const object = store.get(key)
      if (object === undefined || (object.spec as Partial<HostSpec>).preparation === undefined) return []
      const { uid, generation } = object.metadata
      const last = memory.peek(keyText(key))?.preparation
      if (last?.uid !== uid || last.generation !== generation) {
        return [[name, 'what its Host declares was not compared with the machine yet']]
      }
      return last.done ? [] : [[name, 'what its Host declares is not done, see its condition Prepared']]
    }),
  )
}
