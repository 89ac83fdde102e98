import type { FleetFacts } from '../model/facts.ts'
import type { Member } from '../model/member.ts'
import type { DecideInput } from '../model/planning.ts'
import type { Problem, ReasonCode } from '../model/reasons.ts'
import { problem, reasons } from '../model/reasons.ts'
import type { Decision, Step, Wave } from '../model/step.ts'
import { askedOf } from './asks.ts'
import { claimsOf, collisions } from './claims.ts'
import { departures } from './departures.ts'
import { fencing } from './fences.ts'
import { identityProblems } from './identity.ts'
import type { Start } from './starts.ts'
import { recordCatchUp, startAsItStands, startOf } from './starts.ts'
import { makePlan } from './steps.ts'
import { disruptiveWaves } from './takedowns.ts'
import { tellings } from './tellings.ts'
import type { Work } from './work.ts'
import { hostProblem, isOpen, problemsOf, repairSteps, waitsOf, workOf } from './work.ts'

/** Problems with which the first start cannot come: before it they stop the whole cluster, and no host is touched. */
const fatalBeforeStart: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'FirstStartRefused',
  'PortTaken',
  'FileNotOurs',
  'ForeignData',
  'UserMissing',
  'NotADirectory',
])

/**
 * Declared, seen → what to do now. In this order: nothing on hosts that were not seen; nothing that is
 * not changed on a living cluster; nothing that collides; then what nobody notices (files, software, starts), and only
 * when there is none of that left, one disruptive wave.
 */
export function decide(input: DecideInput): Decision {
  const { object, expansion, facts } = input
  const blind = lostSight(expansion.members, facts)
  if (blind.length > 0) return { problems: blind, held: [] }
  const stops = [
    ...collisions(claimsOf(object, input.createdAt, expansion.members, facts), input.claims),
    ...identityProblems(object, expansion.members, facts),
    ...expansion.refusals,
  ]
  const works = expansion.members.map((member) => workOf(member, input))
  if (stops.length > 0) return keepAlive(works, stops, input)

  const problems = works.flatMap((work) => problemsOf(work))
  const neverStarted = works.every((work) => !work.established)
  if (neverStarted && problems.some((found) => fatalBeforeStart.has(found.code))) return { problems, held: [] }

  const quiet = quietWork(works, input)
  const disruptive = disruptiveWaves(works, input)
  const restarts = disruptive.waves.reduce((sum, wave) => sum + wave.steps.length, 0)
  const told = tellings(works, input)
  const busy = quiet.planned.length + restarts + told.planned.length > 0 || told.unheard
  const gone = departures(input, busy)
  const fence = fencing(input)
  const fences = { disruptive: true, steps: fence.planned }
  const forgets = { disruptive: false, steps: gone.forgets }
  const quietly = { disruptive: false, steps: quiet.planned }
  const telling = { disruptive: true, steps: told.planned }
  const asked = askedOf(input)
  const asking = { disruptive: true, steps: asked.planned }
  const plan = makePlan([quietly, fences, telling, ...disruptive.waves, ...gone.waves, forgets, asking])
  const taken =
    gone.deposition === undefined
      ? (told.run ?? restarting(disruptive.run, told.comesSoon, input) ?? gone.run)
      : gone.deposition.run
  const last = forgets.steps.length > 0 ? forgets : undefined
  const run = quiet.now.length > 0 ? { disruptive: false, steps: quiet.now } : (fence.run ?? taken ?? last ?? asked.run)
  return {
    ...(plan === undefined ? {} : { plan }),
    ...(run === undefined ? {} : { run }),
    // What keeps a host from being proven off is the cause of what is said of whoever waits for that.
    problems: [...fence.problems, ...problems, ...gone.problems],
    held: [
      ...(expansion.held ?? []),
      ...quiet.held,
      ...fence.held,
      ...disruptive.held,
      ...told.held,
      ...gone.held,
      ...asked.held,
    ],
    ...again([...quiet.waits, ...fence.waits, ...disruptive.waits, ...gone.waits]),
  }
}

/** Whom the service would go down with waits until it has been told that there are more. */
function restarting(wave: Wave | undefined, waits: boolean, { assessment }: DecideInput): Wave | undefined {
  const serves = ({ member }: Step): boolean => assessment.health[member]?.verdict === 'serving'
  return waits && wave?.steps.some((step) => step.risk === 'outage' && serves(step)) === true ? undefined : wave
}

/**
 * All hosts out of sight at once means that ironherd is cut off, not that all of them failed. Where a host has a reason
 * that a person must mend (a changed key, a missing Secret), the hosts' own reasons say more.
 */
function lostSight(members: readonly Member[], facts: FleetFacts): readonly Problem[] {
  const hosts = [...new Set(members.map((member) => member.host))]
  if (hosts.length === 0 || hosts.some((host) => facts[host]?.state === 'known')) return []
  const own = hosts.map((host) => hostProblem(host, facts))
  if (hosts.length === 1 || own.some(({ code }) => reasons[code].kind === 'Blocked')) return own
  const why = own[0]?.message ?? ''
  return [
    problem(
      'LostSight',
      `none of ${hosts.length} hosts could be looked at, e.g. ${why}; nothing is touched: check the network of ironherd itself`,
    ),
  ]
}

function keepAlive(works: readonly Work[], stops: readonly Problem[], input: DecideInput): Decision {
  const starts = works.map((work) => startAsItStands(work, input))
  const steps = starts.flatMap((start) => start.steps)
  const free = starts.filter((start) => start.held === undefined).flatMap((start) => start.steps)
  const now = awake(free, input)
  const plan = makePlan([{ disruptive: false, steps }])
  return {
    ...(plan === undefined ? {} : { plan }),
    ...(now.length === 0 ? {} : { run: { disruptive: false, steps: now } }),
    problems: stops,
    held: starts.flatMap((start) => start.held ?? []),
    ...again(starts.flatMap((start) => start.waitMs ?? [])),
  }
}

interface QuietWork {
  readonly planned: readonly Step[]
  readonly now: readonly Step[]
  readonly held: readonly string[]
  readonly waits: readonly number[]
}

/** Preparation, repairs that take nobody down, and starts. */
function quietWork(works: readonly Work[], input: DecideInput): QuietWork {
  const prepared = works.every(({ preparation }) => preparation.steps.length + preparation.problems.length === 0)
  const parts = works
    .filter((work) => work.preparation.problems.length === 0)
    .map((work) => {
      const first = [...work.preparation.steps, ...recordCatchUp(work, input), ...mending(work, prepared)]
      return { first, waiting: waitingSteps(work), start: startOf(work, input) }
    })
  const startsNow = (start: Start): readonly Step[] => (start.held === undefined ? start.steps : [])
  return {
    planned: parts.flatMap(({ first, waiting, start }) => [...first, ...waiting, ...start.steps]),
    now: awake(
      parts.flatMap(({ first, start }) => [...first, ...startsNow(start)]),
      input,
    ),
    held: [...works.flatMap(waitsOf), ...parts.flatMap(({ start }) => start.held ?? [])],
    waits: parts.flatMap(({ start }) => start.waitMs ?? []),
  }
}

function mending(work: Work, prepared: boolean): readonly Step[] {
  if (work.preparation.steps.length > 0) return []
  return (
    work.repairs
      .filter((item) => isOpen(item) && !item.repair.disruptive)
      // A first start marks all members or none: the marker is written only where every member already stands ready.
      .filter(({ repair }) => repair.afterAllPrepared !== true || prepared)
      .flatMap((item) => repairSteps(work, item))
  )
}

/** Shown in the plan as what comes. */
function waitingSteps(work: Work): readonly Step[] {
  if (work.preparation.steps.length > 0) return []
  return work.repairs
    .filter(({ repair }) => repair.waits !== undefined && !repair.disruptive)
    .flatMap((item) => repairSteps(work, item))
}

function awake(steps: readonly Step[], input: DecideInput): readonly Step[] {
  return steps.filter((step) => input.resting?.includes(step.member) !== true)
}

function again(waits: readonly number[]): { readonly lookAgainMs?: number } {
  return waits.length === 0 ? {} : { lookAgainMs: Math.min(...waits) }
}
