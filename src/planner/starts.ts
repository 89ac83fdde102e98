import { answerOn } from '../model/facts.ts'
import type { Health } from '../model/health.ts'
import type { Expansion } from '../model/kind.ts'
import type { Group, Member } from '../model/member.ts'
import { keyText } from '../model/object.ts'
import type { DecideInput } from '../model/planning.ts'
import type { UnitAnswer } from '../model/question.ts'
import type { Guard, Step } from '../model/step.ts'
import { healthOf } from './budget.ts'
import { identityFile, identityQuestion, recordOf } from './identity.ts'
import { staleFiles } from './loaded.ts'
import { waitBefore } from './patience.ts'
import { predecessor } from './predecessor.ts'
import { sha256 } from './prepare.ts'
import { fenceQuestion } from './questions.ts'
import { makeStep } from './steps.ts'
import type { Work } from './work.ts'
import { holdingRepair } from './work.ts'

/** A start that is wanted; `held`: why it is not run in this pass. */
export interface Start {
  readonly steps: readonly Step[]
  readonly held?: string
  /** ms after which to look again. */
  readonly waitMs?: number
}

const none: Start = { steps: [] }

/** The start of a member that is proven stopped on a host that was seen. No budget and no breaker stands before it. */
export function startOf(work: Work, input: DecideInput): Start {
  const { member } = work
  const unit = stoppedUnit(member, input)
  if (unit === undefined) return none
  const before = predecessor(member, input)
  if (before !== undefined) return { steps: [], held: before }
  const blocking = holdingRepair(work)
  // Why one waits is told of every repair that does.
  if (blocking?.repair.waits !== undefined) return none
  if (blocking !== undefined) return { steps: [], held: `${member.id} is not started: ${blocking.repair.evidence}` }
  const evidence = work.repairs.map((item) => item.evidence)
  const reason = [`${member.unit.name} is ${unit.activeState} (${unit.result})`, ...evidence].join('; ')
  const cause = work.established ? { repairs: work.repairs[0]?.repair.cause ?? 'UnitStopped' } : {}
  const steps = [...recordSteps(work, input), ...enableSteps(work, unit), startStep(member, reason, cause)]
  return { steps, ...heldBack(member, input) }
}

/**
 * While the spec asks for what is not changed on a living cluster, its members are still kept alive, as they stand: the
 * start of a unit that is enabled and whose record names this object and this member. No file is touched.
 */
export function startAsItStands(work: Work, input: DecideInput): Start {
  const { member } = work
  const record = recordOf(input.facts, member)
  const unit = stoppedUnit(member, input)
  if (unit?.unitFileState !== 'enabled' || unit.loadState !== 'loaded') return none
  if (record?.object !== keyText(input.object) || record.member !== member.id) return none
  if (predecessor(member, input) !== undefined) return none
  if (holdingRepair(work) !== undefined || !dataWasSeen(member, input)) return none
  if (answerOn(input.facts, member.host, fenceQuestion(member)).state !== 'absent') return none
  const reason = `${member.unit.name} is ${unit.activeState} (${unit.result}); started as it stands`
  return { steps: [startStep(member, reason, { repairs: 'UnitStopped' })], ...heldBack(member, input) }
}

/** What the service's own rules judge its data by: on what was not seen they cannot hold a start. */
function dataWasSeen(member: Member, { facts }: DecideInput): boolean {
  const mounts = member.directories.flatMap(({ mount }) => mount ?? [])
  const questions = [
    ...mounts.map((path) => ({ ask: 'directory', path }) as const),
    ...member.probes.filter(({ ask }) => ask === 'directory' || ask === 'file'),
  ]
  return questions.every((question) => answerOn(facts, member.host, question).state !== 'unknown')
}

function stoppedUnit(member: Member, input: DecideInput): UnitAnswer | undefined {
  const unit = answerOn(input.facts, member.host, { ask: 'unit', unit: member.unit.name })
  if (!member.unit.running || unit.state !== 'known') return undefined
  // `activating` includes the wait before systemd's own restart: what systemd mends is left to it.
  return ['inactive', 'failed'].includes(unit.value.activeState) ? unit.value : undefined
}

function startStep(member: Member, reason: string, cause: { readonly repairs?: string }): Step {
  const action = { verb: 'StartUnit', unit: member.unit.name } as const
  const guards: readonly Guard[] = [{ guard: 'UnitNotRunning', unit: member.unit.name }, ...mountGuards(member)]
  return makeStep(member.host, member.id, action, reason, { ...cause, guards })
}

function heldBack(member: Member, input: DecideInput): Omit<Start, 'steps'> {
  const upstream = missingUpstream(input)
  if (upstream !== undefined && !doesWithout(groupOf(member, input))) {
    return { held: `${member.id} is not started: UpstreamNotReady, ${upstream.name}: ${upstream.why}` }
  }
  const earlier = earlierGroupWithoutService(member, input)
  if (earlier !== undefined) return { held: `${member.id} is not started: ${earlier}` }
  const waitMs = waitBefore('StartUnit', input.object, member, input.facts, input.now)
  if (waitMs === 0) return {}
  const held = `${member.id} was started before and stopped again: next start in ${Math.ceil(waitMs / 1000)} s`
  return { waitMs, held }
}

function missingUpstream({ expansion }: DecideInput): Expansion['upstream'][number] | undefined {
  return expansion.upstream.find((needed) => !needed.available)
}

function groupOf(member: Member, { expansion }: DecideInput): Group | undefined {
  return expansion.groups.find((group) => group.name === member.group)
}

function doesWithout(group: Group | undefined): boolean {
  return group?.withoutUpstream === true
}

/** Whoever waits for those that come after it must not be waited for. */
function opensFor({ opens, verdict }: Health): boolean {
  return verdict === 'serving' || opens === true
}

/**
 * Who is waited for, as a sentence. One who serves is enough, since a dead master must not keep all workers down, but for a
 * group of which a later one needs a majority. A group that waits for others' work keeps nobody down who does without that.
 */
function earlierGroupWithoutService(member: Member, input: DecideInput): string | undefined {
  const { assessment, expansion } = input
  const own = groupOf(member, input)
  if (own === undefined) return undefined
  const dry = missingUpstream(input) !== undefined
  for (const group of expansion.groups) {
    const { name, opens, order } = group
    const members = expansion.members.filter((other) => other.group === name)
    if (order >= own.order || members.length === 0 || (dry && !doesWithout(group))) continue
    const serving = members.filter((other) => opensFor(healthOf(assessment, other))).length
    const needed = opens === 'Majority' ? Math.floor(members.length / 2) + 1 : 1
    if (serving >= needed) continue
    if (needed === 1) return `nobody in ${name} serves yet`
    return `${serving} of ${members.length} in ${name} serve, ${needed} are needed`
  }
  return undefined
}

/**
 * The record of identity is written right before the first start: from then on the member is a living one. That of a service
 * which is told its changes while it runs follows what it says, here too: by its files it begins only.
 */
function recordSteps(work: Work, input: DecideInput): readonly Step[] {
  const { member } = work
  const file = identityFile(input.object, member)
  const stands = answerOn(input.facts, member.host, identityQuestion(member))
  if (stands.state === 'known' && stands.value.sha256 === sha256(file.content)) return []
  if (stands.state === 'known' && input.assessment.otherwise?.[member.id] !== undefined) return []
  const action = { verb: 'WriteFile', file } as const
  const done = member.unit.running ? 'is started' : 'stands'
  return [makeStep(member.host, member.id, action, `${member.id} ${done} here for the first time`)]
}

/** What prepare leaves to the first start. */
function enableSteps({ established, member }: Work, { unitFileState }: UnitAnswer): readonly Step[] {
  if (established || !member.unit.enabled || unitFileState === 'enabled') return []
  const action = { verb: 'EnableUnit', unit: member.unit.name } as const
  return [makeStep(member.host, member.id, action, `${member.id} is started here for the first time`)]
}

/**
 * The record follows the process: it is written anew once the process proves by its own files that it is as declared, and
 * serves, whoever started it. So the records of an ensemble never run ahead of what its servers run with: the list of what
 * a process was started with is older than its own reading of these files, which may change in between. One that says itself
 * that it works otherwise is believed. That of a member of files alone is written when they stand.
 */
export function recordCatchUp(work: Work, input: DecideInput): readonly Step[] {
  const { member } = work
  if (!member.unit.running) return work.preparation.steps.length > 0 ? [] : recordSteps(work, input)
  const unit = answerOn(input.facts, member.host, { ask: 'unit', unit: member.unit.name })
  const record = answerOn(input.facts, member.host, identityQuestion(member))
  if (unit.state !== 'known' || unit.value.mainPid === 0 || record.state === 'unknown') return []
  const file = identityFile(input.object, member)
  if (record.state === 'known' && record.value.sha256 === sha256(file.content)) return []
  if (work.preparation.steps.length > 0 || staleFiles(member, input.facts)?.length !== 0) return []
  if (healthOf(input.assessment, member).verdict !== 'serving') return []
  if (input.assessment.otherwise?.[member.id] !== undefined) return []
  const action = { verb: 'WriteFile', file } as const
  return record.state === 'absent'
    ? [
        makeStep(member.host, member.id, action, `the record of ${member.id} is missing, and it runs as declared`, {
          repairs: 'RecordDeleted',
        }),
      ]
    : [makeStep(member.host, member.id, action, `${member.id} runs as declared now, its record is of before`)]
}

export function mountGuards(member: Member): readonly Guard[] {
  const mounts = new Set(member.directories.flatMap((directory) => directory.mount ?? []))
  return [...mounts].map((mount) => ({ guard: 'Mounted', mount }))
}
