import type { Condition } from '../api/status.ts'
import type { FleetFacts } from '../model/facts.ts'
import type { Assessment, Health } from '../model/health.ts'
import type { Expansion } from '../model/kind.ts'
import type { RepairRecord } from '../model/ledger.ts'
import type { Problem, ReasonCode } from '../model/reasons.ts'
import { reasons } from '../model/reasons.ts'
import type { Decision } from '../model/step.ts'
import type { CanaryState } from './canary.ts'

/** What one pass found out about a cluster: the only source of its conditions. */
export interface Findings {
  readonly paused: boolean
  readonly deleting?: { readonly reason: ReasonCode; readonly message: string }
  /** Of the spec, the hosts and the last wave. */
  readonly problems: readonly Problem[]
  /** Missing: the spec could not be expanded, and so nothing was looked at. */
  readonly seen?: {
    readonly expansion: Expansion
    /** Hosts on which it had members, and that were not seen since. */
    readonly unseen: readonly string[]
    readonly facts: FleetFacts
    readonly assessment: Assessment
    readonly decision: Decision
    readonly canary: CanaryState
    /** Detected and not finished. */
    readonly repairs: readonly RepairRecord[]
  }
}

/** A condition without its times. */
export interface Said {
  readonly type: string
  readonly status: Condition['status']
  readonly reason: ReasonCode
  readonly message: string
}

type Seen = NonNullable<Findings['seen']>

export function conditionsOf(findings: Findings): readonly Said[] {
  return [
    ready(findings),
    available(findings),
    progressing(findings),
    degraded(findings),
    upToDate(findings),
    remediating(findings),
    findings.paused
      ? say('Paused', 'True', 'Paused', 'spec.paused is true: ironherd looks and reports, and does nothing')
      : say('Paused', 'False', 'NotDeclared', 'spec.paused is false'),
    findings.deleting === undefined
      ? say('Deleting', 'False', 'NotDeleting', 'the object is not being deleted')
      : say('Deleting', 'True', findings.deleting.reason, findings.deleting.message),
  ]
}

/**
 * True only when everything that can be seen says so in this very pass: all hosts seen, every member serving, the
 * cluster's work possible, nothing to do and nothing in the way, and a small write through the service that came back.
 */
function ready(findings: Findings): Said {
  const { deleting, seen } = findings
  // One that is only held in place by others goes on being kept, and is judged as ever.
  if (deleting !== undefined && deleting.reason !== 'InUse')
    return say('Ready', 'False', deleting.reason, deleting.message)
  // What is only to be known, or left to a person, stands in the way of nothing.
  const blocking = worst(findings.problems.filter(({ code }) => reasons[code].kind !== 'Info'))
  if (seen === undefined) return blockedBy('Ready', 'False', blocking)
  const blind = lostSight(seen)
  if (blind !== undefined) return say('Ready', 'Unknown', blind.reason, blind.message)
  if (blocking !== undefined && !isUnseen(blocking, seen)) return blockedBy('Ready', 'False', blocking)
  const { assessment, canary, decision } = seen
  const ill = notServing(seen).filter(([, health]) => health.verdict !== 'unknown')
  const unseen = unseenHost(seen)
  if (!assessment.available.ok && (ill.length > 0 || unseen === undefined)) {
    return say('Ready', 'False', assessment.available.reason, assessment.available.message)
  }
  if (ill.length > 0) return say('Ready', 'False', 'MembersNotServing', listed(ill))
  if (unseen !== undefined) return say('Ready', 'Unknown', unseen.reason, unseen.message)
  const strange = notServing(seen)
  if (strange.length > 0) return say('Ready', 'Unknown', 'MembersNotServing', listed(strange))
  if (assessment.shortfalls.length > 0) {
    return say('Ready', 'False', 'MembersNotServing', assessment.shortfalls.slice(0, 5).join('; '))
  }
  if (canary.state === 'failed') return say('Ready', 'False', 'CanaryFailed', canary.detail)
  if (canary.state === 'pending') {
    return say('Ready', 'False', 'CanaryPending', 'every member serves; the first small write has not come back yet')
  }
  if (decision.plan !== undefined) {
    const reason = findings.paused ? 'Paused' : (heldReason(decision) ?? 'Converging')
    return say('Ready', 'False', reason, planMessage(decision))
  }
  const stage = stageHeld(seen)
  if (stage !== undefined) return say('Ready', 'False', 'Converging', stage)
  return say('Ready', 'True', 'AllMembersServing', `all ${seen.expansion.members.length} members serve`)
}

function available({ problems, seen }: Findings): Said {
  if (seen === undefined) return blockedBy('Available', 'Unknown', worst(problems))
  const blind = lostSight(seen)
  if (blind !== undefined) return say('Available', 'Unknown', blind.reason, blind.message)
  const { ok, reason, message } = seen.assessment.available
  return say('Available', ok ? 'True' : 'False', reason, message)
}

function progressing({ deleting, paused, problems, seen }: Findings): Said {
  if (deleting?.reason === 'Releasing') return say('Progressing', 'True', 'Releasing', deleting.message)
  if (seen === undefined) return blockedBy('Progressing', 'False', worst(problems))
  const { decision } = seen
  if (paused) return say('Progressing', 'False', 'Paused', planMessage(decision))
  if (decision.run !== undefined) return say('Progressing', 'True', 'Converging', planMessage(decision))
  const starting = notServing(seen).filter(([, { verdict }]) => verdict === 'starting')
  if (starting.length > 0) return say('Progressing', 'True', 'Converging', listed(starting))
  const reason = heldReason(decision)
  if (reason !== undefined) return say('Progressing', 'False', reason, decision.held.slice(0, 3).join('; '))
  const blocking = worst(problems)
  if (blocking !== undefined) return blockedBy('Progressing', 'False', blocking)
  if (decision.held.length > 0) return say('Progressing', 'True', 'Converging', decision.held.slice(0, 3).join('; '))
  return say('Progressing', 'False', 'Settled', 'there is nothing to do')
}

function degraded({ problems, seen }: Findings): Said {
  if (seen === undefined) return blockedBy('Degraded', 'Unknown', worst(problems))
  const blind = lostSight(seen)
  if (blind !== undefined) return say('Degraded', 'Unknown', blind.reason, blind.message)
  const ill = notServing(seen)
  const { quorum, shortfalls } = seen.assessment
  if (quorum !== undefined && quorum.margin < 0) {
    const message = `${quorum.serving} of ${quorum.voters} voters serve, ${quorum.majority} are needed`
    return say('Degraded', 'True', 'NoQuorum', message)
  }
  if (ill.length > 0) return say('Degraded', 'True', 'MembersNotServing', listed(ill))
  if (shortfalls.length > 0) return say('Degraded', 'True', 'MembersNotServing', shortfalls.slice(0, 5).join('; '))
  return say('Degraded', 'False', 'AllMembersServing', 'every member serves')
}

function upToDate({ paused, problems, seen }: Findings): Said {
  const blocking = worst(problems)
  if (seen === undefined) return blockedBy('UpToDate', 'False', blocking)
  const blind = lostSight(seen)
  if (blind !== undefined) return say('UpToDate', 'Unknown', blind.reason, blind.message)
  if (blocking !== undefined && !isUnseen(blocking, seen)) return blockedBy('UpToDate', 'False', blocking)
  if (seen.decision.plan !== undefined) {
    return say('UpToDate', 'False', paused ? 'Paused' : 'Converging', planMessage(seen.decision))
  }
  const stage = stageHeld(seen)
  if (stage !== undefined) return say('UpToDate', 'False', paused ? 'Paused' : 'Converging', stage)
  const unseen = unseenHost(seen)
  if (unseen !== undefined) return say('UpToDate', 'Unknown', unseen.reason, unseen.message)
  return say('UpToDate', 'True', 'Settled', 'everything on the hosts is as declared')
}

/** All is as this stage has it, and the next one waits: the spec asks for more. */
function stageHeld({ expansion }: Seen): string | undefined {
  return expansion.held?.join('; ')
}

function remediating({ paused, seen }: Findings): Said {
  const nothing = say('Remediating', 'False', 'NothingToRepair', 'no repair is under way')
  if (seen === undefined) return nothing
  const broken = seen.decision.held.find((held) => codeIn(held) === 'BreakerOpen')
  if (broken !== undefined) return say('Remediating', 'False', 'BreakerOpen', broken)
  const steps = (seen.decision.plan?.waves ?? []).flatMap((wave) => wave.steps)
  const planned = steps.flatMap((step) => (step.repairs === undefined ? [] : [`${step.member}: ${step.repairs}`]))
  const open = seen.repairs
    .filter((repair) => repair.by === 'ironherd')
    .map((repair) => `${repair.member}: ${repair.cause}`)
  const names = [...new Set([...planned, ...open])]
  if (names.length === 0 || paused) return nothing
  return say('Remediating', 'True', 'Repairing', bounded(names, 5))
}

/** All hosts out of sight: the fault is most likely on ironherd's own side, or it is the only host's own. */
function lostSight({ facts, expansion }: Seen): { readonly reason: ReasonCode; readonly message: string } | undefined {
  const hosts = [...new Set(expansion.members.map((member) => member.host))]
  const unseen = hosts.flatMap((host) => {
    const fact = facts[host]
    return fact?.state === 'unknown' ? [fact] : []
  })
  const [first] = unseen
  if (first === undefined || unseen.length < hosts.length) return undefined
  // A single host's own reason, or one that all share and that a person must mend, says more than "lost sight".
  const shared = unseen.every((fact) => fact.code === first.code) && reasons[first.code].kind === 'Blocked'
  if (hosts.length === 1 || shared) return { reason: first.code, message: first.why }
  return {
    reason: 'LostSight',
    message: `none of ${hosts.length} hosts can be seen, e.g. ${first.why}; nothing is touched: check the network of ironherd itself`,
  }
}

function unseenHost({ facts, expansion }: Seen): { readonly reason: ReasonCode; readonly message: string } | undefined {
  const hosts = [...new Set(expansion.members.map((member) => member.host))]
  const unseen = hosts.flatMap((host) => {
    const fact = facts[host]
    return fact?.state === 'unknown' ? [{ host, ...fact }] : []
  })
  const [first] = unseen
  if (first === undefined) return undefined
  const others = unseen.length === 1 ? '' : `, and ${unseen.length - 1} more hosts`
  return { reason: first.code, message: `${first.why}${others}` }
}

/** A problem that only repeats that a host was not seen. */
function isUnseen(found: Problem, { facts }: Seen): boolean {
  const fact = found.host === undefined ? undefined : facts[found.host]
  return fact?.state === 'unknown' && fact.code === found.code
}

function notServing({ assessment, expansion }: Seen): readonly (readonly [string, Health])[] {
  return expansion.members.flatMap(({ id }) => {
    const health = assessment.health[id] ?? { verdict: 'unknown', role: '', evidence: 'not assessed', startedAt: 0 }
    return health.verdict === 'serving' ? [] : [[id, health] as const]
  })
}

function listed(members: readonly (readonly [string, Health])[]): string {
  return bounded(
    members.map(([id, { verdict, evidence }]) => `${id} is ${verdict} (${evidence})`),
    3,
  )
}

function bounded(parts: readonly string[], most: number): string {
  const rest = parts.length - most
  return parts.slice(0, most).join('; ') + (rest > 0 ? `; and ${rest} more` : '')
}

/** Terminal before Blocked before the rest: what a person must do stands first. */
function worst(problems: readonly Problem[]): Problem | undefined {
  const rank = { Terminal: 0, Blocked: 1, Transient: 2, Info: 3 }
  return [...problems].sort((a, b) => rank[reasons[a.code].kind] - rank[reasons[b.code].kind])[0]
}

function blockedBy(type: string, status: Condition['status'], found: Problem | undefined): Said {
  return found === undefined
    ? say(type, status, 'NotLooked', 'nothing was looked at in this pass')
    : say(type, status, found.code, found.message)
}

export function planMessage({ plan, held }: Decision): string {
  const steps = (plan?.waves ?? []).flatMap((wave) => wave.steps)
  const verbs = Map.groupBy(steps, (step) => step.action.verb)
  const counts = [...verbs].map(([verb, all]) => `${all.length} × ${verb}`)
  const text = steps.length === 0 ? 'there is nothing to do' : `to do: ${counts.join(', ')}`
  return held.length === 0 ? text : `${text}; held back: ${bounded(held, 2)}`
}

function heldReason({ held }: Decision): ReasonCode | undefined {
  return held.map(codeIn).find((code) => code !== undefined)
}

/** The planner names the code of what holds a step back inside its sentence. */
function codeIn(text: string): ReasonCode | undefined {
  return text.match(/[A-Za-z]+/g)?.find(isReason)
}

function isReason(word: string): word is ReasonCode {
  return /^[A-Z][a-z]+[A-Z]/.test(word) && Object.hasOwn(reasons, word)
}

function say(type: string, status: Condition['status'], reason: ReasonCode, message: string): Said {
  return { type, status, reason, message: message.slice(0, 4000) }
}

/** Adds the times: lastTransitionTime moves only when the status does. */
export function mergeConditions(
  before: readonly Condition[],
  said: readonly Said[],
  generation: number,
  now: number,
): readonly Condition[] {
  return said.map((condition) => {
    const standing = before.find(({ type }) => type === condition.type)
    return {
      ...condition,
      observedGeneration: generation,
      lastTransitionTime: standing?.status === condition.status ? standing.lastTransitionTime : rfc3339(now),
    }
  })
}

/** Whole seconds, as metav1.Time. */
export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
