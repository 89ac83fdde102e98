import type { FenceView } from '../model/fence.ts'
import type { DecideInput } from '../model/planning.ts'
import type { Problem } from '../model/reasons.ts'
import { problem } from '../model/reasons.ts'
import type { Step, Wave } from '../model/step.ts'
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
 * Hosts from which the spec moves somebody away, who may run there for all that can be seen: their fences, where they have one.
 * Never for another reason, never while somebody else is declared there, and once in an outage: what did not succeed proves
 * nothing, and a person has to see to it.
 */
export function fencing(input: DecideInput): Fencing {
  const planned: Step[] = []
  const held: string[] = []
  const problems: Problem[] = []
  const waits: number[] = []
  let run: Wave | undefined
  for (const { host, member } of onePerHost(input)) {
    const fence = input.fences?.[host]
    if (fence === undefined) continue
    const at = { host, member }
    if (fence.failed !== undefined) {
      const message = `${host} is not proven off, so ${member} is not taken over: its fence on ${fence.runner}: ${fence.failed}`
      problems.push(problem('FenceFailed', message, at))
      continue
    }
    if (fence.begun) {
      held.push(`${host} is being fenced`)
      continue
    }
    if (fence.inUseBy.length > 0) {
      const message = `${host} is not fenced: ${fence.inUseBy.join(', ')} still declares something there, which that would take down`
      problems.push(problem('FenceWaits', message, at))
      continue
    }
    const step = stepOf(host, member, fence)
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

function onePerHost({ expansion }: DecideInput): readonly { readonly host: string; readonly member: string }[] {
  const all = expansion.takenOver ?? []
  return all.filter(({ host }, index) => all.findIndex((other) => other.host === host) === index)
}

function stepOf(host: string, member: string, fence: FenceView): Step {
  const { command, runner, secret, timeoutSeconds } = fence
  const action = {
    verb: 'Fence',
    target: host,
    command,
    timeoutSeconds,
    ...(secret === undefined ? {} : { secret }),
  } as const
  const reason = `${member} is declared on another host, and ${host} is out of reach: it must be proven off first`
  return makeStep(runner, `${member}@${host}`, action, reason, { risk: 'outage' })
}
