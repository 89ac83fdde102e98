import type { FenceCause, FenceView } from '../model/fence.ts'
import type { DecideInput } from '../model/planning.ts'
import type { Problem } from '../model/reasons.ts'
import { problem } from '../model/reasons.ts'
import type { Step, Wave } from '../model/step.ts'
import { judgeFence } from './permits.ts'
import { makeStep } from './steps.ts'

export interface Fencing {
  /** All that are wanted, for the plan that is shown. */
  readonly planned: readonly Step[]
  /** The one to run now: one machine in a pass. */
  readonly run?: Wave
  readonly held: readonly string[]
  readonly problems: readonly Problem[]
  /** ms after which to look again. */
  readonly waits: readonly number[]
}

/**
 * Hosts from which the spec moves somebody away, and those on which somebody led whom another cannot follow before they are proven
 * off: who is there may run for all that can be seen. Their fences, where they have one; never for another reason, as far as
 * permits.ts lets them, and once in an outage: what did not succeed proves nothing, and a person has to see to it.
 */
export function fencing(input: DecideInput): Fencing {
  const planned: Step[] = []
  const held: string[] = []
  const problems: Problem[] = []
  const waits: number[] = []
  let run: Wave | undefined
  for (const want of onePerHost(input)) {
    const { host, member } = want
    const fence = input.fences?.[host]
    if (fence === undefined) continue
    const at = { host, member }
    if (fence.failed !== undefined) {
      const message = `${host} is not proven off, so nobody takes over from ${member}: its fence on ${fence.runner}: ${fence.failed}`
      problems.push(problem('FenceFailed', message, at))
      continue
    }
    if (fence.begun) {
      held.push(`${host} is being fenced`)
      continue
    }
    const permit = judgeFence(want.cause, fence.users)
    if (!permit.granted) {
      problems.push(problem('FenceWaits', `${host} is not fenced: ${permit.why}`, at))
      continue
    }
    const step = stepOf(want, fence, permit.evidence)
    planned.push(step)
    if (fence.dueInMs > 0) {
      held.push(`${host} is fenced when it has been out of reach for another ${Math.ceil(fence.dueInMs / 1000)} s`)
      waits.push(fence.dueInMs)
    } else if (input.facts[fence.runner]?.state !== 'known') {
      held.push(`${host} is fenced when ${fence.runner}, which is to run its fence, can be reached`)
    } else if (input.resting?.includes(step.member) !== true) {
      run ??= { disruptive: true, steps: [step] }
    }
  }
  return { planned, held, problems, waits, ...(run === undefined ? {} : { run }) }
}

interface Want {
  readonly host: string
  readonly member: string
  readonly cause: FenceCause
  /** Name of what the fence mends. */
  readonly repairs?: string
  readonly reason: string
}

function onePerHost({ expansion, repairs }: DecideInput): readonly Want[] {
  const failovers = repairs.flatMap(({ cause: mends, evidence, needsOff }): readonly Want[] =>
    needsOff === undefined ? [] : [{ ...needsOff, cause: 'Failover', repairs: mends, reason: evidence }],
  )
  const moves = (expansion.takenOver ?? []).map(({ host, member }): Want => {
    const reason = `${member} is declared on another host, and ${host} is out of reach: it must be proven off first`
    return { host, member, cause: 'Identity', reason }
  })
  const all = [...failovers, ...moves]
  return all.filter(({ host }, index) => all.findIndex((other) => other.host === host) === index)
}

function stepOf({ host, member, reason, repairs }: Want, fence: FenceView, evidence: string): Step {
  const { command, runner, secret, timeoutSeconds } = fence
  const action = {
    verb: 'Fence',
    target: host,
    command,
    timeoutSeconds,
    ...(secret === undefined ? {} : { secret }),
  } as const
  const mends = repairs === undefined ? {} : { repairs }
  return makeStep(runner, `${member}@${host}`, action, `${reason}; ${evidence}`, { risk: 'outage', ...mends })
}
