import type { Approval, Gated, PlanPolicy, Weighed, WeighInput } from '../model/approval.ts'
import { needsPerson, standsAlone, stepKey } from '../model/approval.ts'
import type { Decision, Step, Wave } from '../model/step.ts'
import { hashOf } from './steps.ts'

/**
 * What of a decision may run before a person has approved it, and after.
 *
 * ApproveAll: every step waits. ApproveDisruptive: every step of a member for which the plan holds one with a risk, the
 * harmless ones too: with its new files on disk a crash would start the daemon with them, and nobody would have agreed.
 * What takes nobody down runs as ever: starts of stopped members, drift that is mended without a restart, a new member.
 * What cannot be taken back waits whatever the policy: to forget a member, since nothing but a person can know that nobody
 * needs to wait for it, and to end an upgrade.
 *
 * A member is worked on as a whole or not at all: while one of its planned steps waits, none of those that needed
 * approval runs, also not one that was approved together with others that have changed since. A decision about the service
 * as a whole (standsAlone) is no work on a member.
 */
export function gate(decision: Decision, policy: PlanPolicy, approved: ReadonlySet<string>): Gated {
  const { plan, run } = decision
  const planned = (plan?.waves ?? []).flatMap((wave) => wave.steps)
  const needing = stepsToApprove([...planned, ...strangers(run, planned)], policy)
  const missing = needing.filter((step) => !approved.has(stepKey(step)))
  const waiting = membersOf(missing)
  const guarded = membersOf(needing)
  const free = (step: Step): boolean => !guarded.has(step.member)
  const granted = (step: Step): boolean => !waiting.has(step.member) && atTheRiskShown(step, planned)
  const runs = (step: Step): boolean => (standsAlone(step) ? approved.has(stepKey(step)) : free(step) || granted(step))
  const steps = (run?.steps ?? []).filter(runs)
  const barred = membersOf((run?.steps ?? []).filter((step) => !steps.includes(step)))
  const rest = steps.filter((step) => standsAlone(step) || !barred.has(step.member))
  return {
    ...(run === undefined || rest.length === 0 ? {} : { run: { ...run, steps: rest } }),
    ...(missing.length === 0 ? {} : { pending: { hash: hashOf(needing), steps: needing } }),
    approved: [...new Set(needing.map(stepKey))].filter((key) => approved.has(key)).sort(),
    waiting: [...waiting].sort(),
  }
}

/**
 * Counts an approval and gates by it. It counts only when it names the hash of what waits as computed in this very pass,
 * and once; from then on it covers those steps until they are run, vanish, or the name is taken back. So a plan that
 * gained or altered a step after it was read is not approved by its old hash.
 */
export function weigh({ decision, policy, named, approval }: WeighInput): Weighed {
  const standing = approval !== undefined && approval.hash === named ? pruned(approval, decision) : undefined
  const gated = gate(decision, policy, new Set(standing?.keys))
  const { pending } = gated
  if (standing !== undefined)
    return { ...gated, approval: standing, said: pending?.hash === named ? 'spent' : 'stands' }
  if (named === '') return { ...gated, said: 'none' }
  if (pending === undefined || pending.hash !== named) return { ...gated, said: 'changed' }
  const counted = { hash: named, keys: [...new Set(pending.steps.map(stepKey))].sort() }
  return { ...gate(decision, policy, new Set(counted.keys)), approval: counted, said: 'counted' }
}

/**
 * A step that is not planned any more was done by somebody, or is not wanted: its approval ends. Not while something
 * stands in the way or is out of sight: then what is left to do cannot be told, and the very step may come back.
 */
function pruned(approval: Approval, { plan, problems }: Decision): Approval {
  if (problems.length > 0) return approval
  const planned = new Set((plan?.waves ?? []).flatMap((wave) => wave.steps.map(stepKey)))
  return { ...approval, keys: approval.keys.filter((key) => planned.has(key)) }
}

/** What is left of an approval when these steps were run: each is covered once. */
export function carriedOut(approval: Approval, done: readonly Pick<Step, 'id'>[]): Approval {
  const ids = new Set(done.map(({ id }) => id))
  return { ...approval, keys: approval.keys.filter((key) => !ids.has(key.split(' ')[0] ?? '')) }
}

/** Those that are worked on by these steps. */
function membersOf(steps: readonly Step[]): ReadonlySet<string> {
  return new Set(steps.filter((step) => !standsAlone(step)).map(({ member }) => member))
}

/** Steps of one member are approved together: it is the member that is taken down, not the step. */
function stepsToApprove(steps: readonly Step[], policy: PlanPolicy): readonly Step[] {
  switch (policy) {
    case 'Automatic':
      return steps.filter(needsPerson)
    case 'ApproveAll':
      return steps
    case 'ApproveDisruptive': {
      const disrupted = membersOf(steps.filter(({ risk }) => risk !== 'none'))
      return steps.filter((step) => needsPerson(step) || disrupted.has(step.member))
    }
  }
}

/** A wave is a part of its plan. One that were not would have to be approved like everything else. */
function strangers(run: Wave | undefined, planned: readonly Step[]): readonly Step[] {
  const known = new Set(planned.map(({ id }) => id))
  return (run?.steps ?? []).filter(({ id }) => !known.has(id))
}

/**
 * The plan says of a restart what is known of it for as long as it waits; who leads is known only when its turn comes.
 * So a member whose restart was approved may turn out to be the leader then. No other risk may have grown.
 */
function atTheRiskShown(step: Step, planned: readonly Step[]): boolean {
  const shown = planned.find(({ id }) => id === step.id)?.risk ?? step.risk
  return step.risk === shown || (shown === 'restart' && step.risk === 'leaderChange')
}
