import type { Claim } from '../model/claim.ts'
import type { FleetFacts } from '../model/facts.ts'
import type { Repair } from '../model/kind.ts'
import type { DesiredFile, Member } from '../model/member.ts'
import { keyText } from '../model/object.ts'
import type { DecideInput } from '../model/planning.ts'
import type { Problem, ReasonCode } from '../model/reasons.ts'
import { problem, reasons } from '../model/reasons.ts'
import type { Step } from '../model/step.ts'
import { machineOf } from './claims.ts'
import { identityFile, isEstablished } from './identity.ts'
import { isOfFirstStart, judge } from './permits.ts'
import { predecessor } from './predecessor.ts'
import type { Preparation } from './preparation.ts'
import { prepare } from './prepare.ts'
import { makeStep } from './steps.ts'

/** What is to be done on a member, and what keeps it from being started or restarted. */
export interface Work {
  readonly member: Member
  readonly preparation: Preparation
  readonly established: boolean
  readonly repairs: readonly JudgedRepair[]
}

export interface JudgedRepair {
  readonly repair: Repair
  readonly refusal?: string
  readonly evidence: string
  /** The record as `becomes` wants it. */
  readonly record?: DesiredFile
}

export function workOf(member: Member, input: DecideInput): Work {
  const { facts, repairs } = input
  const preparation = preparationOf(member, input)
  const own = repairs
    .filter((repair) => repair.member === member.id)
    .map((repair) => ({ ...judged(repair), ...recordOf(repair, member, input) }))
  return {
    member,
    preparation: own.some(staysAsItIs) ? { ...preparation, steps: [] } : asleep(member, preparation, input),
    established: isEstablished(facts, member),
    repairs: own,
  }
}

function preparationOf(member: Member, { claims, facts, object, unprepared }: DecideInput): Preparation {
  const { host, id } = member
  if (facts[host]?.state !== 'known') return { steps: [], problems: [hostProblem(host, facts, id)] }
  const waits = unprepared?.[host]
  // One that has run here goes on with what stood here: what is declared since must not keep it down.
  if (waits === undefined || isEstablished(facts, member)) {
    return prepare(member, facts, sharedFiles(claims, keyText(object), machineOf(facts, host)))
  }
  return {
    steps: [],
    problems: [problem('HostNotPrepared', `${id} is not begun on ${host}: ${waits}`, { host, member: id })],
  }
}

function recordOf({ becomes }: Repair, member: Member, { object }: DecideInput): Pick<JudgedRepair, 'record'> {
  return becomes === undefined ? {} : { record: identityFile(object, { ...member, identity: becomes }) }
}

function sharedFiles(claims: readonly Claim[], object: string, machine: string): readonly string[] {
  const others = claims.filter((claim) => claim.machine === machine && claim.object !== object)
  return others.flatMap(({ what }) => (what.kind === 'file' ? [what.path] : []))
}

/**
 * A member that lost its data stays as it is until it may rejoin: putting its directories and its id back would be enough
 * for systemd to start it.
 */
function staysAsItIs(judged: JudgedRepair): boolean {
  return judged.repair.keepsAsItIs === true && !isOpen(judged)
}

/** Its steps may be run now. */
export function isOpen({ repair, refusal }: JudgedRepair): boolean {
  return refusal === undefined && repair.waits === undefined
}

/** While another of its identity may run, a reboot must not start this one: what would let systemd do so waits as its start does. */
function asleep(member: Member, preparation: Preparation, input: DecideInput): Preparation {
  if (predecessor(member, input) === undefined) return preparation
  const steps = preparation.steps.filter(({ action }) => !['EnableUnit', 'UnmaskUnit'].includes(action.verb))
  return { ...preparation, steps }
}

function judged(repair: Repair): JudgedRepair {
  if (repair.refused !== undefined) return { repair, refusal: repair.refused, evidence: repair.evidence }
  if (repair.permit === undefined || repair.waits !== undefined) return { repair, evidence: repair.evidence }
  const permit = judge(repair.permit)
  return permit.granted
    ? { repair, evidence: `${repair.evidence}; permitted: ${permit.evidence}` }
    : { repair, refusal: permit.why, evidence: repair.evidence }
}

/** Why a host has no facts, in its own words. */
export function hostProblem(host: string, facts: FleetFacts, member?: string): Problem {
  const fact = facts[host]
  const at = member === undefined ? { host } : { host, member }
  if (fact?.state === 'unknown') return problem(fact.code, fact.why, at)
  return problem('NotLooked', `${host} was not looked at`, at)
}

export function problemsOf(work: Work): readonly Problem[] {
  const at = { host: work.member.host, member: work.member.id }
  const refusals = work.repairs.flatMap(({ repair, refusal }) => {
    if (repair.needsOff !== undefined) {
      const told = repair.refusedAs ?? 'NoLeader'
      return [problem(told, repair.evidence, { host: repair.needsOff.host, member: repair.needsOff.member })]
    }
    if (refusal === undefined) return []
    const code = refusalCode(repair)
    return [problem(code, `${repair.evidence}; ${refusal}. ${reasons[code].remedy}`, at)]
  })
  return [...work.preparation.problems, ...refusals]
}

function refusalCode({ permit, refusedAs }: Repair): ReasonCode {
  return refusedAs ?? (permit === undefined || isOfFirstStart(permit) ? 'FirstStartRefused' : 'RejoinRefused')
}

/** What waits by a word of the service, a sentence each; without what would take a member down, of which its budget tells. */
export function waitsOf({ repairs }: Work): readonly string[] {
  return repairs.flatMap(({ repair }) =>
    repair.disruptive && repair.actions.length > 0 ? [] : (waitText(repair) ?? []),
  )
}

export function waitText({ evidence, member, waits }: Repair): string | undefined {
  return waits === undefined ? undefined : `${member} waits: ${waits} (${evidence})`
}

export function repairSteps(work: Work, { repair, evidence, record }: JudgedRepair): readonly Step[] {
  // What was never started cannot have broken: its first start is no repair, and is neither told nor counted as one.
  const cause = work.established && record === undefined ? { repairs: repair.cause } : {}
  const { host, id, unit } = work.member
  const steps = repair.actions.map(({ action, risk, guards }) =>
    makeStep(host, id, action, evidence, { risk, guards, ...cause }),
  )
  if (record === undefined) return steps
  const guards = [{ guard: 'UnitNotRunning', unit: unit.name } as const]
  const last = makeStep(host, id, { verb: 'WriteFile', file: record }, evidence, { risk: 'destructive', guards })
  return [...steps, last]
}

/** The repair for which the member must not be started: refused, put off, or with steps that come first. */
export function holdingRepair(work: Work): JudgedRepair | undefined {
  return work.repairs.find(
    (judged) => judged.repair.holdsStart && (!isOpen(judged) || judged.repair.actions.length > 0),
  )
}
