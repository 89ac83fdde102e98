import type { Claim } from '../model/claim.ts'
import type { FleetFacts } from '../model/facts.ts'
import { answerOn } from '../model/facts.ts'
import type { Assessment } from '../model/health.ts'
import type { Expansion, Repair } from '../model/kind.ts'
import type { Disruption } from '../model/ledger.ts'
import type { Group, Member } from '../model/member.ts'
import type { ObjectKey } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { Problem, ReasonCode } from '../model/reasons.ts'
import { problem } from '../model/reasons.ts'
import type { Decision, Step, Wave } from '../model/step.ts'
import type { Candidate } from './budget.ts'
import { choose, healthOf } from './budget.ts'
import { claimsOf, collisions, machineOf } from './claims.ts'
import { identityFile, identityProblems, identityQuestion, isEstablished } from './identity.ts'
import { staleFiles } from './loaded.ts'
import { waitBefore } from './patience.ts'
import { judge } from './permits.ts'
import type { Preparation } from './prepare.ts'
import { prepare, sha256 } from './prepare.ts'
import { makePlan, makeStep } from './steps.ts'

export interface DecideInput {
  readonly object: ObjectKey
  /** RFC 3339 creation time of the object: between two claims the older object's stands. */
  readonly createdAt: string
  readonly expansion: Expansion
  readonly facts: FleetFacts
  readonly assessment: Assessment
  readonly repairs: readonly Repair[]
  /** Claims of all other objects. */
  readonly claims: readonly Claim[]
  /** Members of other objects that are down because of ironherd. */
  readonly disruptions: readonly Disruption[]
  /** ms since the epoch. */
  readonly now: number
}

/** What is done on a member in this pass, and what keeps it from being started or restarted. */
interface Work {
  readonly member: Member
  readonly preparation: Preparation
  readonly established: boolean
  readonly repairs: readonly JudgedRepair[]
}

interface JudgedRepair {
  readonly repair: Repair
  readonly refusal?: string
  readonly evidence: string
}

/** Problems that show a spec that cannot work as it stands: before the first start they stop the whole cluster. */
const fatalBeforeStart: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'PortTaken',
  'FileNotOurs',
  'ForeignData',
  'UserMissing',
  'NotADirectory',
])

/**
 * Declared, seen → what to do now. In this order: nothing on hosts that were not seen; nothing that this release does
 * not change on a living cluster; nothing that collides; then what nobody notices (files, software, starts), and only
 * when there is none of that left, one disruptive wave.
 */
export function decide(input: DecideInput): Decision {
  const { object, expansion, facts } = input
  const blind = lostSight(expansion.members, facts)
  if (blind !== undefined) return { problems: [blind], held: [] }
  const stops = [
    ...collisions(claimsOf(object, input.createdAt, expansion.members, facts), input.claims),
    ...identityProblems(object, expansion.members, facts),
  ]
  if (stops.length > 0) return { problems: stops, held: [] }

  const works = expansion.members.map((member) => workOf(member, input))
  const problems = works.flatMap((work) => problemsOf(work))
  const neverStarted = works.every((work) => !work.established)
  if (neverStarted && problems.some((found) => fatalBeforeStart.has(found.code))) return { problems, held: [] }

  const quiet = quietWave(works, input)
  const disruptive = disruptiveWaves(works, input)
  const plan = makePlan([quiet.wave, ...disruptive.waves])
  const held = [...quiet.held, ...disruptive.held]
  const run = quiet.wave.steps.length > 0 ? quiet.wave : disruptive.run
  return {
    ...(plan === undefined ? {} : { plan }),
    ...(run === undefined ? {} : { run }),
    problems,
    held,
    ...(quiet.lookAgainMs === undefined ? {} : { lookAgainMs: quiet.lookAgainMs }),
  }
}

/** All hosts out of sight at once means that ironherd is cut off, not that all of them failed. */
function lostSight(members: readonly Member[], facts: FleetFacts): Problem | undefined {
  const hosts = [...new Set(members.map((member) => member.host))]
  const unseen = hosts.filter((host) => facts[host]?.state !== 'known')
  if (hosts.length === 0 || unseen.length < hosts.length) return undefined
  const why = hosts.map((host) => facts[host]).find((fact) => fact?.state === 'unknown')
  // With one host only, its own reason says more.
  if (hosts.length === 1 && why?.state === 'unknown') return problem(why.code, why.why, { host: hosts[0] ?? '' })
  const detail = why?.state === 'unknown' ? `, e.g. ${why.why}` : ''
  return problem('LostSight', `none of ${hosts.length} hosts could be looked at${detail}; nothing is touched`)
}

function workOf(member: Member, input: DecideInput): Work {
  const repairs = input.repairs
    .filter((repair) => repair.member === member.id)
    .map((repair): JudgedRepair => {
      if (repair.permit === undefined) return { repair, evidence: repair.evidence }
      const permit = judge(repair.permit)
      return permit.granted
        ? { repair, evidence: `${repair.evidence}; permitted: ${permit.evidence}` }
        : { repair, refusal: permit.why, evidence: repair.evidence }
    })
  const facts = input.facts[member.host]
  const preparation: Preparation =
    facts?.state === 'known'
      ? prepare(member, input.facts)
      : { steps: [], problems: [hostProblem(member, input.facts)] }
  return { member, preparation, established: isEstablished(input.facts, member), repairs }
}

function hostProblem(member: Member, facts: FleetFacts): Problem {
  const fact = facts[member.host]
  const at = { host: member.host, member: member.id }
  if (fact?.state === 'unknown') return problem(fact.code, fact.why, at)
  return problem('NotLooked', `${member.host} was not looked at`, at)
}

function problemsOf(work: Work): readonly Problem[] {
  const at = { host: work.member.host, member: work.member.id }
  const refusals = work.repairs.flatMap(({ repair, refusal }) =>
    refusal === undefined ? [] : [problem(refusalCode(repair), `${repair.evidence}; ${refusal}`, at)],
  )
  return [...work.preparation.problems, ...refusals]
}

function refusalCode(repair: Repair): ReasonCode {
  return repair.permit?.rule === 'EveryPlaceEmpty' ? 'FirstStartRefused' : 'RejoinRefused'
}

interface QuietWave {
  readonly wave: Wave
  readonly held: readonly string[]
  readonly lookAgainMs?: number
}

/** Preparation, repairs that take nobody down, and starts. */
function quietWave(works: readonly Work[], input: DecideInput): QuietWave {
  const open = works.filter((work) => work.preparation.problems.length === 0)
  const prepared = works.every((work) => work.preparation.steps.length === 0 && work.preparation.problems.length === 0)
  const steps: Step[] = []
  const held: string[] = []
  const waits: number[] = []
  for (const work of open) {
    steps.push(...work.preparation.steps)
    // A first start marks all members or none: the marker is written only where every member already stands ready.
    const repairs = work.repairs.filter(
      ({ repair, refusal }) =>
        refusal === undefined && !repair.disruptive && (repair.permit?.rule !== 'EveryPlaceEmpty' || prepared),
    )
    if (work.preparation.steps.length === 0) steps.push(...repairs.flatMap((item) => repairSteps(work, item)))
    const start = startOf(work, input)
    if (start.held !== undefined) held.push(start.held)
    if (start.waitMs !== undefined) waits.push(start.waitMs)
    steps.push(...start.steps)
  }
  return {
    wave: { disruptive: false, steps },
    held,
    ...(waits.length === 0 ? {} : { lookAgainMs: Math.min(...waits) }),
  }
}

function repairSteps(work: Work, { repair, evidence }: JudgedRepair): readonly Step[] {
  return repair.actions.map(({ action, risk, guards }) =>
    makeStep(work.member.host, work.member.id, action, evidence, { risk, guards, repairs: repair.cause }),
  )
}

interface Start {
  readonly steps: readonly Step[]
  readonly held?: string
  readonly waitMs?: number
}

function startOf(work: Work, input: DecideInput): Start {
  const { member } = work
  const unit = answerOn(input.facts, member.host, { ask: 'unit', unit: member.unit.name })
  if (!member.unit.running || unit.state !== 'known') return { steps: [] }
  // `activating` includes the wait before systemd's own restart: what systemd mends is left to it.
  if (!['inactive', 'failed'].includes(unit.value.activeState)) return { steps: [] }
  const blocking = work.repairs.find(
    ({ repair, refusal }) => repair.holdsStart && (refusal !== undefined || repair.actions.length > 0),
  )
  if (blocking !== undefined) return { steps: [], held: `${member.id} is not started: ${blocking.repair.evidence}` }
  const upstream = input.expansion.upstream.find((needed) => !needed.available)
  if (upstream !== undefined) {
    return { steps: [], held: `${member.id} is not started: UpstreamNotReady, ${upstream.name}: ${upstream.why}` }
  }
  const earlier = earlierGroupWithoutService(member, input)
  if (earlier !== undefined) return { steps: [], held: `${member.id} is not started: nobody in ${earlier} serves yet` }
  const waitMs = waitBefore('StartUnit', input.object, member, input.facts, input.now)
  if (waitMs > 0) {
    return {
      steps: [],
      waitMs,
      held: `${member.id} was started before and stopped again: next start in ${Math.ceil(waitMs / 1000)} s`,
    }
  }
  const evidence = work.repairs.map((item) => item.evidence)
  const reason = [`${member.unit.name} is ${unit.value.activeState} (${unit.value.result})`, ...evidence].join('; ')
  const options = work.established ? { repairs: work.repairs[0]?.repair.cause ?? 'UnitStopped' } : {}
  const start = makeStep(member.host, member.id, { verb: 'StartUnit', unit: member.unit.name }, reason, {
    ...options,
    guards: [{ guard: 'UnitNotRunning', unit: member.unit.name }, ...mountGuards(member)],
  })
  return { steps: [...identitySteps(work, input), start] }
}

/** The record of identity is written right before the first start: from then on the member is a living one. */
function identitySteps(work: Work, input: DecideInput): readonly Step[] {
  const { member } = work
  const file = identityFile(input.object, member)
  const stands = answerOn(input.facts, member.host, identityQuestion(member))
  if (stands.state === 'known' && stands.value.sha256 === sha256(file.content)) return []
  const action = { verb: 'WriteFile', file } as const
  return [makeStep(member.host, member.id, action, `${member.id} is started here for the first time`)]
}

function mountGuards(member: Member): readonly { readonly guard: 'Mounted'; readonly mount: string }[] {
  const mounts = new Set(member.directories.flatMap((directory) => directory.mount ?? []))
  return [...mounts].map((mount) => ({ guard: 'Mounted', mount }))
}

function earlierGroupWithoutService(member: Member, input: DecideInput): string | undefined {
  const own = input.expansion.groups.find((group) => group.name === member.group)
  if (own === undefined) return undefined
  return input.expansion.groups
    .filter((group) => group.order < own.order)
    .find((group) => {
      const members = input.expansion.members.filter((other) => other.group === group.name)
      return members.length > 0 && members.every((other) => healthOf(input.assessment, other).verdict !== 'serving')
    })?.name
}

interface DisruptiveWaves {
  /** The one to run now, when the budgets allow it. */
  readonly run?: Wave
  /** All that is left, one wave a group, for the plan that is shown. */
  readonly waves: readonly Wave[]
  readonly held: readonly string[]
}

function disruptiveWaves(works: readonly Work[], input: DecideInput): DisruptiveWaves {
  const waves: Wave[] = []
  const held: string[] = []
  let run: Wave | undefined
  const groups = [...input.expansion.groups].sort((a, b) => a.order - b.order)
  for (const group of groups) {
    const inGroup = works.filter((work) => work.member.group === group.name)
    const wanted = inGroup.flatMap((work) => takedownOf(work, input))
    waves.push({ disruptive: true, steps: wanted.flatMap((takedown) => takedown.steps) })
    // Groups are rolled one after the other, so that two kinds of trouble never meet.
    if (run !== undefined || wanted.length === 0) continue
    const choice = chooseIn(group, inGroup, wanted, input)
    held.push(...choice.held)
    if (choice.steps.length > 0) run = { disruptive: true, steps: choice.steps }
  }
  return { waves, held, ...(run === undefined ? {} : { run }) }
}

/** Steps that take a member down for a moment. */
interface Takedown {
  readonly candidate: Candidate
  readonly steps: readonly Step[]
}

function takedownOf(work: Work, input: DecideInput): readonly Takedown[] {
  const { member } = work
  if (work.preparation.problems.length > 0) return []
  const repair = work.repairs.find(({ repair: found, refusal }) => found.disruptive && refusal === undefined)
  if (repair !== undefined && repair.repair.actions.length > 0) {
    return [{ candidate: { member, reason: repair.evidence }, steps: repairSteps(work, repair) }]
  }
  const unit = answerOn(input.facts, member.host, { ask: 'unit', unit: member.unit.name })
  if (unit.state !== 'known' || unit.value.mainPid === 0) return []
  const stale = staleFiles(member, input.facts)
  if (stale === undefined || stale.length === 0) return []
  const reason = `${member.id} runs with older ${stale.join(', ')}`
  const step = makeStep(member.host, member.id, { verb: 'RestartUnit', unit: member.unit.name }, reason, {
    risk: 'restart',
    guards: mountGuards(member),
  })
  return [{ candidate: { member, reason }, steps: [step] }]
}

function chooseIn(
  group: Group,
  works: readonly Work[],
  wanted: readonly Takedown[],
  input: DecideInput,
): { readonly steps: readonly Step[]; readonly held: readonly string[] } {
  const held: string[] = []
  const free = wanted.filter(({ candidate }) => {
    const reason = waitReason(candidate.member, input)
    if (reason !== undefined) held.push(reason)
    return reason === undefined
  })
  const choice = choose(
    group,
    works.map((work) => work.member),
    free.map((takedown) => takedown.candidate),
    input.assessment,
  )
  const steps = choice.now.flatMap(({ candidate, risk }) => {
    const takedown = free.find((item) => item.candidate.member.id === candidate.member.id)
    return (takedown?.steps ?? []).map((step) => (step.risk === 'restart' ? { ...step, risk } : step))
  })
  return { steps, held: [...held, ...choice.held] }
}

function waitReason(member: Member, input: DecideInput): string | undefined {
  const machine = machineOf(input.facts, member.host)
  const other = input.disruptions.find((open) => open.machine === machine && open.object !== keyText(input.object))
  if (other !== undefined) {
    return `${member.id} waits: ${other.object} (${other.member}) is down for a moment on the same machine`
  }
  const waitMs = waitBefore('RestartUnit', input.object, member, input.facts, input.now)
  return waitMs > 0 ? `${member.id} was restarted before: next restart in ${Math.ceil(waitMs / 1000)} s` : undefined
}
