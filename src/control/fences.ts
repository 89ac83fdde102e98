import { createHash } from 'node:crypto'
import type { HostSpec } from '../api/host.ts'
import { valueOf } from '../model/fact.ts'
import type { FleetFacts, HostFacts } from '../model/facts.ts'
import type { FenceView } from '../model/fence.ts'
import type { Expansion } from '../model/kind.ts'
import type { Resource } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { ReasonCode } from '../model/reasons.ts'
import type { Step, StepOutcome } from '../model/step.ts'
import type { Said } from './conditions.ts'
import { rfc3339 } from './conditions.ts'
import type { Context } from './context.ts'
import { fenceUsers } from './fence-users.ts'
import type { FenceTry } from './memory.ts'
import { canonical, standingConditions } from './publish.ts'
import { hasAnswered } from './reach.ts'
import { parseHost } from './targets.ts'

/** Hosts that are to run the fences that a cluster may need: they are looked at with its own. On a good day there are none. */
export function fenceRunners(context: Context, namespace: string, expansion: Expansion): readonly string[] {
  const { mayNeedOff = [], takenOver = [] } = expansion
  const out = mayNeedOff.filter((host) => context.looks.outOfReachSince(`${namespace}/${host}`) !== undefined)
  const hosts = [...takenOver.map(({ host }) => host), ...out]
  return hosts.flatMap((host) => fenceOf(context, namespace, host)?.host ?? [])
}

/** The fences of hosts out of reach from which somebody may have to be taken over, as far as they have come. */
export function fencesOf(
  context: Context,
  namespace: string,
  { mayNeedOff = [], takenOver = [] }: Expansion,
  facts: FleetFacts,
): Readonly<Record<string, FenceView>> {
  const views = [...new Set([...takenOver.map(({ host }) => host), ...mayNeedOff])].flatMap((host) => {
    const fence = fenceOf(context, namespace, host)
    const since = context.looks.outOfReachSince(`${namespace}/${host}`)
    if (fence === undefined || since === undefined) return []
    const tried = triedIn(context, namespace, host, facts)
    const failed = fence.host === host ? 'spec.fence.host names the host itself' : failureOf(tried)
    const view: FenceView = {
      runner: fence.host,
      command: fence.command,
      timeoutSeconds: fence.timeoutSeconds,
      ...(fence.stdinSecretRef === undefined ? {} : { secret: fence.stdinSecretRef }),
      dueInMs: Math.max(0, since + fence.afterSeconds * 1000 - context.now()),
      users: fenceUsers(context, { kind: 'Host', namespace, name: host }),
      begun: tried !== undefined,
      ...(failed === undefined ? {} : { failed }),
    }
    return [[host, view] as const]
  })
  return Object.fromEntries(views)
}

export interface Begun {
  readonly steps: readonly Step[]
  /** Those that are not begun. */
  readonly refused: readonly StepOutcome[]
}

/**
 * Marks fences as begun in this outage, right before they are: neither another cluster nor a later pass begins one a second
 * time. Of other steps nothing is said.
 */
export function beginFences(context: Context, namespace: string, steps: readonly Step[]): Begun {
  const refused: StepOutcome[] = []
  for (const step of steps) {
    const { action } = step
    if (action.verb !== 'Fence') continue
    const refuse = (code: ReasonCode, detail: string) =>
      refused.push({ step, result: 'skipped', code, detail, durationMs: 0 })
    const outage = outageOf(context, namespace, action.target)
    const remembered = context.memory.of(hostKey(namespace, action.target))
    if (outage === undefined) refuse('GuardRefused', `${action.target} has been seen again`)
    else if (remembered.fence?.outage === outage) refuse('GuardRefused', `${action.target} is being fenced already`)
    else
      remembered.fence = { outage, step: step.id, runner: step.host, begunAt: context.now(), state: 'begun', said: '' }
  }
  const out = new Set(refused.map(({ step }) => step))
  return { steps: steps.filter((step) => !out.has(step)), refused }
}

/** What came of them; one that proves that it never began may be begun again. */
export function endFences(context: Context, namespace: string, outcomes: readonly StepOutcome[]): void {
  for (const { step, result, detail } of outcomes) {
    if (step.action.verb !== 'Fence') continue
    const remembered = context.memory.of(hostKey(namespace, step.action.target))
    const tried = remembered.fence
    if (tried?.step !== step.id || tried.state !== 'begun') continue
    if (result === 'skipped') delete remembered.fence
    else remembered.fence = { ...tried, state: result, said: detail, endedAt: context.now() }
  }
}

/** What was begun in this outage; when the answer was lost, the journal of the runner says how it ended. */
function triedIn(context: Context, namespace: string, host: string, facts: FleetFacts): FenceTry | undefined {
  const remembered = context.memory.of(hostKey(namespace, host))
  const tried = remembered.fence
  if (tried === undefined || tried.outage !== outageOf(context, namespace, host)) return undefined
  if (tried.state === 'unknown' && isInJournal(tried, facts)) {
    remembered.fence = { ...tried, state: 'done', said: 'by the journal of that host' }
  }
  return remembered.fence
}

function failureOf(tried: FenceTry | undefined): string | undefined {
  if (tried === undefined || tried.state === 'begun' || tried.state === 'done') return undefined
  return `${tried.said}; that proves nothing, and it is not run again in this outage unless spec.fence is changed`
}

/** Clocks are corrected to well within that; an outage before this one lies further back. */
const slackMs = 2_000

function isInJournal({ begunAt, runner, step }: FenceTry, facts: FleetFacts): boolean {
  const journal = valueOf(facts[runner])?.journal ?? []
  return journal.some((line) => line.phase === 'done' && line.step === step && line.at > begunAt - slackMs)
}

/** Names this outage under this fence; undefined: the host is not out of reach, or has none. */
function outageOf(context: Context, namespace: string, host: string): string | undefined {
  const since = context.looks.outOfReachSince(`${namespace}/${host}`)
  const fence = fenceOf(context, namespace, host)
  if (since === undefined || fence === undefined) return undefined
  const digest = createHash('sha256').update(canonical(fence)).digest('hex').slice(0, 16)
  return `${since} ${digest}`
}

/** What of the fence is to be said on its Host, from what this process did. Undefined: nothing was done in this outage. */
export function fenceTried(context: Context, namespace: string, host: string): FenceTry | undefined {
  const tried = context.memory.of(hostKey(namespace, host)).fence
  const since = context.looks.outOfReachSince(`${namespace}/${host}`)
  return since !== undefined && tried?.outage.startsWith(`${since} `) === true ? tried : undefined
}

/**
 * What is said of it on the Host: nothing where no fence is declared and none has succeeded. A proof stands, over the life of this
 * process, until something answers at the host's address; a spec that changes takes nothing back.
 */
export function fencedCondition(
  object: Resource,
  spec: HostSpec,
  facts: HostFacts,
  tried: FenceTry | undefined,
): readonly Said[] {
  const say = (status: Said['status'], reason: ReasonCode, message: string): readonly Said[] => [
    { type: 'Fenced', status, reason, message },
  ]
  const standing = standingConditions(object).find(({ type, status }) => type === 'Fenced' && status === 'True')
  if (spec.fence === undefined && standing === undefined && tried === undefined) return []
  if (hasAnswered(facts)) return say('False', 'FenceNotNeeded', 'something answers at its address: it is not off')
  if (tried?.state === 'done') return say('True', 'FenceSucceeded', fencedMessage(tried))
  if (standing !== undefined) return say('True', 'FenceSucceeded', standing.message)
  const failure = failureOf(tried)
  if (failure !== undefined) return say('Unknown', 'FenceFailed', `its fence on ${tried?.runner ?? ''}: ${failure}`)
  return say('False', 'FenceNotNeeded', 'its fence was not run in this outage')
}

function fencedMessage({ begunAt, endedAt = begunAt, runner, said }: FenceTry): string {
  return `its fence succeeded on ${runner} at ${rfc3339(endedAt)} (${said}): the machine counts as off until it is seen again`
}

function hostKey(namespace: string, name: string): string {
  return keyText({ kind: 'Host', namespace, name })
}

/** Nobody is switched off under the hands of the person who works on it. */
function fenceOf(context: Context, namespace: string, name: string): HostSpec['fence'] {
  const object: Resource | undefined = context.store.get({ kind: 'Host', namespace, name })
  if (object === undefined) return undefined
  const parsed = parseHost(object)
  return 'spec' in parsed && parsed.spec.lifecycle !== 'Maintenance' ? parsed.spec.fence : undefined
}
