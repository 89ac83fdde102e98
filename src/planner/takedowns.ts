import { valueOf } from '../model/fact.ts'
import { answerOn } from '../model/facts.ts'
import type { Group, Member } from '../model/member.ts'
import { keyText } from '../model/object.ts'
import type { DecideInput } from '../model/planning.ts'
import type { Step, Wave } from '../model/step.ts'
import type { Candidate } from './budget.ts'
import { choose, hasNoMargin, healthOf } from './budget.ts'
import { machineOf } from './claims.ts'
import { drainBefore } from './drain.ts'
import { handoverBefore } from './handover.ts'
import { filesDigest, staleFiles } from './loaded.ts'
import { waitBefore } from './patience.ts'
import { mountGuards } from './starts.ts'
import { makeStep } from './steps.ts'
import type { Work } from './work.ts'
import { isOpen, repairSteps, waitText } from './work.ts'

export interface DisruptiveWaves {
  /** The one to run now, when the budgets allow it. */
  readonly run?: Wave
  /** All that is left, one wave a group, for the plan that is shown. */
  readonly waves: readonly Wave[]
  readonly held: readonly string[]
  /** ms after which to look again. */
  readonly waits: readonly number[]
}

/** Everything that takes a member down for a moment: at most one wave of it, in one group, is run in a pass. */
export function disruptiveWaves(works: readonly Work[], input: DecideInput): DisruptiveWaves {
  const waves: Wave[] = []
  const held: string[] = []
  const waits: number[] = []
  let run: Wave | undefined
  const all = groupsToTakeDown(works, input)
  for (const { group, inGroup, wanted } of all) {
    waves.push({ disruptive: true, steps: wanted.flatMap((takedown) => takedown.steps) })
    if (run !== undefined || wanted.length === 0) continue
    const earlier = beforeTheLead(wanted, all)
    if (earlier !== undefined) {
      held.push(`${group.name}: the lead is handed over when those who do not lead are restarted in ${earlier}`)
      continue
    }
    const transit = inTransit(group, input)
    if (transit !== undefined) {
      held.push(`${group.name}: ${wanted.length} to restart wait until ${transit.id} of ${transit.group} is up again`)
      continue
    }
    const choice = chooseIn(group, inGroup, wanted, input)
    held.push(...choice.held)
    waits.push(...wanted.flatMap(({ waitMs }) => (waitMs > 0 ? [waitMs] : [])))
    if (choice.steps.length > 0) run = { disruptive: true, steps: choice.steps }
  }
  return { waves, held, waits, ...(run === undefined ? {} : { run }) }
}

interface GroupTakedowns {
  readonly group: Group
  readonly inGroup: readonly Work[]
  readonly wanted: readonly Takedown[]
}

function groupsToTakeDown(works: readonly Work[], input: DecideInput): readonly GroupTakedowns[] {
  const groups = [...input.expansion.groups].sort((a, b) => a.order - b.order)
  return groups.map((group) => {
    const inGroup = works.filter((work) => work.member.group === group.name)
    const members = inGroup.map(({ member }) => member)
    const thin = hasNoMargin(group, members, input.assessment)
    return { group, inGroup, wanted: inGroup.flatMap((work) => takedownOf(work, thin, input)) }
  })
}

/**
 * Where the members of several groups go down with one lead, it is handed over once: when in all of these groups nobody is left to
 * do but those who lead. The group that is waited for.
 */
function beforeTheLead(wanted: readonly Takedown[], all: readonly GroupTakedowns[]): string | undefined {
  if (!wanted.every(({ handsOver }) => handsOver)) return undefined
  const other = all.find((one) => one.wanted.some(({ handsOver }) => handsOver) && one.wanted.some((t) => !t.handsOver))
  return other?.group.name
}

/** A member of an earlier group that is on its way up: workers are left alone while their masters change. */
function inTransit(group: Group, input: DecideInput): Member | undefined {
  const earlier = new Set(
    input.expansion.groups.filter((other) => other.order < group.order).map((other) => other.name),
  )
  return input.expansion.members.find(
    (member) => earlier.has(member.group) && healthOf(input.assessment, member).verdict === 'starting',
  )
}

/** Steps that take a member down for a moment. */
interface Takedown {
  readonly candidate: Candidate
  readonly steps: readonly Step[]
  /** Those of them that come first, in a pass of their own. */
  readonly first?: readonly Step[]
  /** A lead would go down with it, and is handed over first. */
  readonly handsOver: boolean
  readonly waitMs: number
}

function takedownOf(work: Work, alone: boolean, input: DecideInput): readonly Takedown[] {
  const { member } = work
  if (work.preparation.problems.length > 0) return []
  const takedown = (reason: string, steps: readonly Step[], wait: Wait): readonly Takedown[] => {
    const candidate = wait.why === undefined ? { member, reason } : { member, reason, waits: wait.why }
    return [{ candidate, steps, waitMs: wait.ms, handsOver: false }]
  }
  const unit = answerOn(input.facts, member.host, { ask: 'unit', unit: member.unit.name })
  const repairs = work.repairs.filter(({ repair: found, refusal }) => found.disruptive && refusal === undefined)
  const repair = repairs.find(isOpen) ?? repairs[0]
  if (repair !== undefined && repair.repair.actions.length > 0) {
    const steps = repairSteps(work, repair).map((step) => onlyThisProcess(step, valueOf(unit)?.mainPid ?? 0))
    const why = waitText(repair.repair)
    return takedown(repair.repair.evidence, steps, why === undefined ? waitOf(member, input) : { why, ms: 0 })
  }
  if (unit.state !== 'known' || unit.value.mainPid === 0) return []
  const stale = staleFiles(member, input.facts)
  if (stale === undefined || stale.length === 0) return []
  // A member that may not be started may not be restarted either.
  if (work.repairs.some((found) => found.repair.holdsStart && !isOpen(found))) return []
  const reason = `${member.id} runs with older ${stale.join(', ')}`
  const files = filesDigest(member)
  const step = makeStep(member.host, member.id, { verb: 'RestartUnit', unit: member.unit.name, files }, reason, {
    risk: alone ? 'outage' : 'restart',
    guards: mountGuards(member),
  })
  const restart = onlyThisProcess(step, unit.value.mainPid)
  const wait = holdOf(member, input) ?? waitOf(member, input, step.id)
  const handover = handoverBefore(member, input)
  if (handover !== undefined) {
    const why =
      wait.why === undefined && handover.waits !== undefined ? { why: handover.waits, ms: handover.waitMs } : wait
    return takedown(reason, [handover.ask, restart], why).map((found) => ({
      ...found,
      first: [handover.ask],
      handsOver: true,
    }))
  }
  const drain = member.drain?.onRestart === true ? drainBefore(member, input, step.risk) : undefined
  if (drain === undefined || wait.why !== undefined) return takedown(reason, [restart], wait)
  if (drain.waits !== undefined) return takedown(reason, [restart], { why: drain.waits, ms: drain.waitMs })
  const first = drain.ask === undefined ? [] : [drain.ask]
  return takedown(reason, [...first, restart], wait).map((found) => ({ ...found, first }))
}

/**
 * A restart is for the process that was seen. One whose sender has died or lost its connection may be under way, and holds the
 * machine's lock: what waits for that lock would else restart the new process for the cause of the old one.
 */
function onlyThisProcess(step: Step, pid: number): Step {
  if (step.action.verb !== 'RestartUnit' || pid === 0) return step
  const guard = { guard: 'SameProcess', unit: step.action.unit, pid } as const
  return { ...step, guards: [...step.guards, guard] }
}

/**
 * The service holds all of the group that serve; what serves not is restarted all the same, since that may be what is waited for, unless it
 * is held itself.
 */
function holdOf(member: Member, { assessment }: DecideInput): Wait | undefined {
  const serves = healthOf(assessment, member).verdict === 'serving'
  const hold = assessment.holds?.[member.id] ?? (serves ? assessment.holds?.[member.group] : undefined)
  if (hold === undefined) return undefined
  return { why: `${member.id} waits: ${hold}`, ms: 0 }
}

interface Wait {
  readonly why?: string
  readonly ms: number
}

function waitOf(member: Member, input: DecideInput, step?: string): Wait {
  if (input.resting?.includes(member.id) === true)
    return { why: `${member.id} waits: a step for it has just failed`, ms: 0 }
  const machine = machineOf(input.facts, member.host)
  const other = input.disruptions.find((open) => open.machine === machine && open.object !== keyText(input.object))
  if (other !== undefined) {
    return {
      why: `${member.id} waits: ${other.object} (${other.member}) is down for a moment on the same machine`,
      ms: 0,
    }
  }
  const ms = Math.max(
    waitBefore('RestartUnit', input.object, member, input.facts, input.now, step),
    waitBefore('StopUnit', input.object, member, input.facts, input.now),
  )
  return ms === 0 ? { ms } : { why: `${member.id} was restarted before: next restart in ${Math.ceil(ms / 1000)} s`, ms }
}

function chooseIn(
  group: Group,
  works: readonly Work[],
  wanted: readonly Takedown[],
  input: DecideInput,
): { readonly steps: readonly Step[]; readonly held: readonly string[] } {
  const choice = choose(
    group,
    works.map((work) => work.member),
    wanted.map((takedown) => takedown.candidate),
    input.assessment,
  )
  const steps = choice.now.flatMap(({ candidate, risk }) => {
    const takedown = wanted.find((item) => item.candidate.member.id === candidate.member.id)
    return (takedown?.first ?? takedown?.steps ?? []).map((step) =>
      step.risk === 'restart' ? { ...step, risk } : step,
    )
  })
  return { steps, held: choice.held }
}
