import { valueOf } from '../model/fact.ts'
import type { FleetFacts } from '../model/facts.ts'
import type { Assessment, Health } from '../model/health.ts'
import type { Disruption, RepairRecord } from '../model/ledger.ts'
import type { Member } from '../model/member.ts'
import type { ObjectKey } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { TrackInput } from '../model/planning.ts'
import type { StepOutcome } from '../model/step.ts'
import { healthOf } from './budget.ts'
import { machineOf } from './claims.ts'

/** A member that ironherd took down this long ago and that still does not serve is a fault, no longer a disruption. */
const disruptionEndsMs = 10 * 60_000

/**
 * Members that are down, or may be, because of ironherd: rebuilt in every pass from the machines' journals, so that it
 * holds for a new leader as well.
 */
export function disruptionsOf(
  object: ObjectKey,
  members: readonly Member[],
  facts: FleetFacts,
  assessment: Assessment,
  now: number,
): readonly Disruption[] {
  return members.flatMap((member) => {
    if (healthOf(assessment, member).verdict === 'serving') return []
    const journal = valueOf(facts[member.host])?.journal ?? []
    const entry = journal.findLast(
      (line) =>
        line.object === keyText(object) &&
        line.member === member.id &&
        (line.verb === 'RestartUnit' || line.verb === 'StopUnit') &&
        line.phase === 'intent' &&
        // Also an entry from the future, written while the host's clock was wrong, ends some time.
        Math.abs(now - line.at) < disruptionEndsMs,
    )
    if (entry === undefined) return []
    const verb = entry.verb === 'StopUnit' ? 'StopUnit' : 'RestartUnit'
    return [{ machine: machineOf(facts, member.host), object: entry.object, member: member.id, since: entry.at, verb }]
  })
}

/**
 * Carries the records of what went wrong and who mended it from pass to pass, oldest first. A record opens when a
 * member that served no longer does, or when a step mends something; it closes when the member serves again.
 */
export function trackRepairs(previous: readonly RepairRecord[], input: TrackInput): readonly RepairRecord[] {
  const closed = previous.filter((record) => record.repairedAt !== undefined)
  const fresh = input.members.flatMap((member) => {
    const open = previous.find((record) => record.member === member.id && record.repairedAt === undefined)
    return trackMember(member, open, input)
  })
  return [...closed, ...fresh].sort((a, b) => a.detectedAt - b.detectedAt)
}

function trackMember(member: Member, open: RepairRecord | undefined, input: TrackInput): readonly RepairRecord[] {
  const health = healthOf(input.assessment, member)
  const before = input.before?.[member.id]
  const done = input.outcomes.filter(
    (outcome) => outcome.step.member === member.id && outcome.step.repairs !== undefined && outcome.result === 'done',
  )
  const record = open ?? opened(member, health, before, done, input)
  if (record === undefined) return restartedBySystemd(member, health, before, input)
  const first = done[0]?.step
  const worked: RepairRecord = {
    ...record,
    // What a step mends says more than "does not serve".
    cause: record.steps.length === 0 && first?.repairs !== undefined ? first.repairs : record.cause,
    evidence: record.steps.length === 0 && first !== undefined ? first.reason : record.evidence,
    steps: [...record.steps, ...done.map((outcome) => outcome.step.action.verb)],
    by: record.steps.length + done.length > 0 ? 'ironherd' : record.by,
  }
  if (health.verdict !== 'serving') return [worked]
  const restarted = health.startedAt > (worked.startedBefore ?? worked.detectedAt - 30_000) + roundingMs
  const by = worked.by === 'ironherd' ? 'ironherd' : restarted ? 'systemd' : 'itself'
  return [{ ...worked, by, repairedAt: input.now }]
}

function opened(
  member: Member,
  health: Health,
  before: Health | undefined,
  done: readonly StepOutcome[],
  input: TrackInput,
): RepairRecord | undefined {
  const startedBefore = before !== undefined && before.startedAt > 0 ? { startedBefore: before.startedAt } : {}
  const base = {
    member: member.id,
    host: member.host,
    by: 'itself',
    detectedAt: input.now,
    steps: [],
    ...startedBefore,
  } as const
  const step = done[0]?.step
  if (step?.repairs !== undefined) return { ...base, cause: step.repairs, evidence: step.reason }
  if (before?.verdict !== 'serving' || health.verdict === 'serving') return undefined
  // A restart that the spec asked for is no fault.
  if (health.verdict !== 'unhealthy' && touchedBy(member, input)) return undefined
  const causes = {
    stopped: 'Stopped',
    starting: 'Restarted',
    waiting: 'Waiting',
    unhealthy: 'Unhealthy',
    unknown: 'OutOfSight',
  }
  return { ...base, cause: causes[health.verdict], evidence: health.evidence }
}

/** Starts are computed from the host's clock: less than this, ms, may be rounding. */
const roundingMs = 2000

function touchedBy(member: Member, { outcomes }: TrackInput): boolean {
  const verbs = ['StartUnit', 'StopUnit', 'RestartUnit']
  return outcomes.some(({ step, result }) => {
    return step.member === member.id && result !== 'skipped' && verbs.includes(step.action.verb)
  })
}

/** Between two passes the process changed though nobody here touched it: systemd was faster than the look. */
function restartedBySystemd(
  member: Member,
  health: Health,
  before: Health | undefined,
  input: TrackInput,
): readonly RepairRecord[] {
  const changed = before?.verdict === 'serving' && health.startedAt - before.startedAt > roundingMs
  if (touchedBy(member, input) || !changed || health.verdict !== 'serving') return []
  return [
    {
      cause: 'ProcessRestarted',
      member: member.id,
      host: member.host,
      evidence: health.evidence,
      by: 'systemd',
      detectedAt: input.now,
      repairedAt: input.now,
      steps: [],
    },
  ]
}
