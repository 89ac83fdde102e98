import { valueOf } from '../model/fact.ts'
import { answerOn } from '../model/facts.ts'
import type { Leaving } from '../model/kind.ts'
import type { Member } from '../model/member.ts'
import type { DecideInput } from '../model/planning.ts'
import type { Problem } from '../model/reasons.ts'
import { problem } from '../model/reasons.ts'
import type { Step, Wave } from '../model/step.ts'
import { healthOf } from './budget.ts'
import { drainBefore } from './drain.ts'
import { forgetStep } from './forget.ts'
import { staleFiles } from './loaded.ts'
import { waitBefore } from './patience.ts'
import { isDown } from './predecessor.ts'
import { missingDisk, purgeSteps, stopSteps, unmaskSteps } from './release.ts'
import { makeStep } from './steps.ts'

export interface Departures {
  /** One wave a member, for the plan that is shown. */
  readonly waves: readonly Wave[]
  /** The one to run now. */
  readonly run?: Wave
  /** A leaving member leads: it must give that up before anybody else is restarted. The wave that makes it do so, if it may run. */
  readonly deposition?: { readonly run?: Wave }
  readonly held: readonly string[]
  readonly problems: readonly Problem[]
  /** Of those that cannot be stopped, when nothing else is left to do. */
  readonly forgets: readonly Step[]
  /** ms after which to look again. */
  readonly waits: readonly number[]
}

/**
 * Members that are not declared any more are stopped, disabled and taken off their hosts, one in a pass, data moved
 * aside. They go last: only when there is nothing else to do and everybody who stays serves, so that a change adds
 * before it takes away. One whose identity another takes over goes before that one is started, as soon as the others
 * are enough without it.
 */
export function departures(input: DecideInput, busy: boolean): Departures {
  const waves: Wave[] = []
  const held: string[] = []
  const problems: Problem[] = []
  const forgets: Step[] = []
  const lookAgain: number[] = []
  let run: Wave | undefined
  let deposition: Departures['deposition']
  for (const leaving of input.expansion.leaving) {
    const { member } = leaving
    const fact = input.facts[member.host]
    if (fact?.state !== 'known') {
      const why = fact?.state === 'unknown' ? fact.why : `${member.host} was not looked at`
      const code = fact?.state === 'unknown' ? fact.code : 'NotLooked'
      const message = `${member.id} on ${member.host} is not declared any more and cannot be stopped: ${why}; if the host never comes back, set lifecycle: Lost on it, or approve in the ClusterPlan that it is forgotten`
      problems.push(problem(code, message, { host: member.host, member: member.id }))
      // Whoever takes over its identity must know more than that nobody waits for it.
      const forget = leaving.successor === undefined ? forgetStep(member, input.facts) : undefined
      if (forget !== undefined) forgets.push(forget)
      continue
    }
    const steps = stepsFor(member, input)
    if (steps.length === 0) continue
    const drain = drainBefore(member, input, 'outage')
    const wave = { disruptive: true, steps: [...(drain?.ask === undefined ? [] : [drain.ask]), ...steps] }
    if (busy && leaving.successor === undefined && input.assessment.leader === member.id && !isCounted(member, input)) {
      const unmask = unmaskSteps(member, input.facts, 'is to be restarted')
      const restart = { disruptive: true, steps: [...unmask, restartOf(member)] }
      waves.push(restart)
      // It may be elected again at once; then the next try waits.
      const waitMs = waitBefore('RestartUnit', input.object, member, input.facts, input.now)
      deposition = canElect(input) && waitMs === 0 ? { run: restart } : {}
    }
    waves.push(wave)
    const waits = waitsFor(leaving, input, busy) ?? drain?.waits
    if (waits !== undefined) held.push(`${member.id} on ${member.host} leaves: ${waits}`)
    else run ??= drain?.ask === undefined ? wave : { disruptive: true, steps: [drain.ask] }
    if (drain !== undefined && drain.waitMs > 0) lookAgain.push(drain.waitMs)
  }
  return {
    waves,
    held,
    problems,
    forgets,
    waits: lookAgain,
    ...(run === undefined ? {} : { run }),
    ...(deposition === undefined ? {} : { deposition }),
  }
}

/**
 * A server that is not in the list of the others any more cannot be followed by those that were restarted with the new
 * list: as long as it leads, each restart would cost a follower for good.
 */
function restartOf(member: Member): Step {
  const reason = `${member.id} leads, and is to leave: another must lead first`
  return makeStep(member.host, member.id, { verb: 'RestartUnit', unit: member.unit.name }, reason, {
    risk: 'leaderChange',
  })
}

/** The running service still counts on it, and is told otherwise before it goes. Whoever leads then gives the lead up by that. */
function isCounted(member: Member, { assessment }: DecideInput): boolean {
  return assessment.otherwise?.[member.id] !== undefined
}

function stepsFor(member: Member, { facts }: DecideInput): readonly Step[] {
  const reason = `${member.id} is not declared on ${member.host} any more`
  const unit = valueOf(answerOn(facts, member.host, { ask: 'unit', unit: member.unit.name }))
  if (unit === undefined) return []
  return isDown(unit) ? purgeSteps(member, facts, reason) : stopSteps(member, facts, reason)
}

/**
 * Everybody who stays runs. Those that do not serve may be the ones that the leaving leader keeps from joining; and one
 * that waits for the data of the others may wait for just that, when those who run are a majority of all.
 */
function canElect({ assessment, expansion: { leaving, members }, repairs }: DecideInput): boolean {
  const out = members.filter((member) => ['stopped', 'unknown'].includes(healthOf(assessment, member).verdict))
  const voters = new Set([...members, ...leaving.map(({ member }) => member)].map(({ unit }) => unit.name)).size
  const lacking = out.every(({ id }) => repairs.some((repair) => repair.member === id && repair.fetchesData === true))
  return lacking && (out.length === 0 || members.length - out.length > voters / 2)
}

/**
 * One with a successor is stopped early, and taken off its host as late as the others: as long as its record stands, it can
 * be told how far the change has come.
 */
function waitsFor({ member, successor }: Leaving, input: DecideInput, busy: boolean): string | undefined {
  if (isCounted(member, input)) return input.assessment.otherwise?.[member.id]
  const unit = valueOf(answerOn(input.facts, member.host, { ask: 'unit', unit: member.unit.name }))
  const early = successor !== undefined && unit !== undefined && !isDown(unit)
  const released = input.assessment.released?.includes(member.id) === true
  const staying = released ? [] : input.expansion.members.filter((other) => !early || other.id !== successor)
  const keepsOut = early && input.assessment.leader === member.id
  const down = staying
    .filter((other) => healthOf(input.assessment, other).verdict !== 'serving')
    .filter((other) => !keepsOut || !cannotFollow(other, input))
  if (down.length > 0) {
    const names = down.map((other) => `${other.id} (${healthOf(input.assessment, other).verdict})`).join(', ')
    return `it is stopped when the others serve: ${names}`
  }
  const disk = early || unit === undefined || !isDown(unit) ? undefined : missingDisk(member, input.facts)
  if (disk !== undefined) return `${disk}; mount the disk`
  const data = withoutData(member, early ? successor : undefined, input)
  if (early || data !== undefined) return data
  return busy ? 'it is stopped when nothing else is left to do' : undefined
}

/**
 * It runs as declared and would look for the leader on the host to which that one is to move: what it waits for is that
 * this one stops.
 */
function cannotFollow(other: Member, { assessment, facts }: DecideInput): boolean {
  const runs = ['waiting', 'unhealthy'].includes(healthOf(assessment, other).verdict)
  return runs && staleFiles(other, facts)?.length === 0
}

/**
 * What it has is not given up while one of the others has lost its own. Its successor begins without data and fetches it from
 * the others: of one or two they are no majority, and it would wait for ever.
 */
function withoutData(
  member: Member,
  successor: string | undefined,
  { expansion, repairs }: DecideInput,
): string | undefined {
  const quorum = expansion.groups.some(({ budget }) => budget.kind === 'Quorum')
  if (successor !== undefined && quorum && expansion.members.length <= 2)
    return 'the others are no majority from which the one that follows could fetch the data: let it stay, or add others first'
  const open = repairs.find(
    (repair) => repair.fetchesData === true && repair.member !== successor && repair.member !== member.id,
  )
  return open === undefined ? undefined : `it is stopped when the others have their data: ${open.evidence}`
}
