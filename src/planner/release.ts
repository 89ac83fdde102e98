import { valueOf } from '../model/fact.ts'
import type { FleetFacts } from '../model/facts.ts'
import { answerOn } from '../model/facts.ts'
import type { Expansion } from '../model/kind.ts'
import type { Member } from '../model/member.ts'
import type { Problem } from '../model/reasons.ts'
import { problem } from '../model/reasons.ts'
import type { Decision, Step } from '../model/step.ts'
import { identityQuestion, stemOf } from './identity.ts'
import { makePlan, makeStep } from './steps.ts'

export interface ReleaseInput {
  readonly expansion: Expansion
  readonly facts: FleetFacts
  readonly policy: 'Stop' | 'Purge'
}

/**
 * What is left to do before a deleted object may go: stop and disable, workers before masters; Purge then moves data
 * aside and removes what ironherd wrote. No plan and no problem: done. Data is never deleted here.
 */
export function decideRelease(input: ReleaseInput): Decision {
  const { expansion, facts, policy } = input
  const problems: Problem[] = []
  const orders = [...new Set(expansion.groups.map((group) => group.order))].sort((a, b) => b - a)
  const waves = orders.map((order) => {
    const groups = new Set(expansion.groups.filter((group) => group.order === order).map((group) => group.name))
    const members = expansion.members.filter((member) => groups.has(member.group))
    return { disruptive: true, steps: members.flatMap((member) => stopSteps(member, facts, problems)) }
  })
  const stopped = waves.every((wave) => wave.steps.length === 0)
  if (policy === 'Purge' && stopped) {
    const steps = expansion.members.flatMap((member) => purgeSteps(member, facts))
    waves.push({ disruptive: false, steps })
  }
  const plan = makePlan(waves)
  const run = plan?.waves[0]
  return { ...(plan === undefined ? {} : { plan }), ...(run === undefined ? {} : { run }), problems, held: [] }
}

function stopSteps(member: Member, facts: FleetFacts, problems: Problem[]): readonly Step[] {
  const name = member.unit.name
  const answer = answerOn(facts, member.host, { ask: 'unit', unit: name })
  if (answer.state !== 'known') {
    const why = answer.state === 'unknown' ? answer.why : 'its unit could not be seen'
    const message = `${member.id}: ${why}; bring ${member.host} back, or set spec.deletionPolicy to Retain`
    problems.push(problem('ReleaseWaits', message, { host: member.host, member: member.id }))
    return []
  }
  const unit = answer.value
  if (unit.loadState === 'not-found') return []
  const steps: Step[] = []
  if (unit.mainPid > 0 || !['inactive', 'failed'].includes(unit.activeState)) {
    const reason = 'the object is deleted and its deletionPolicy is not Retain'
    steps.push(makeStep(member.host, member.id, { verb: 'StopUnit', unit: name }, reason, { risk: 'outage' }))
  }
  if (unit.unitFileState === 'enabled') {
    steps.push(
      makeStep(member.host, member.id, { verb: 'DisableUnit', unit: name }, `${name} must not start by itself`),
    )
  }
  return steps
}

function purgeSteps(member: Member, facts: FleetFacts): readonly Step[] {
  const options = { guards: [{ guard: 'UnitNotRunning', unit: member.unit.name }] as const }
  const own = valueOf(facts[member.host])?.ownFiles ?? {}
  const aside = member.dataDirectories
    .filter((path) => answerOn(facts, member.host, { ask: 'directory', path }).state === 'known')
    .map((path) =>
      makeStep(member.host, member.id, { verb: 'MoveAside', path }, 'deletionPolicy is Purge', {
        ...options,
        risk: 'data',
      }),
    )
  const records = [identityQuestion(member).path, `/var/lib/ironherd/members/${stemOf(member)}.first-start`]
  const files = [...member.files.map((file) => file.path), ...records]
    .filter((path) => own[path] !== undefined)
    .map((path) =>
      makeStep(member.host, member.id, { verb: 'RemoveFile', path }, 'deletionPolicy is Purge', {
        guards: [...options.guards, { guard: 'OwnFile', path }],
      }),
    )
  const reload =
    files.length > 0 ? [makeStep(member.host, member.id, { verb: 'ReloadUnits' }, 'a unit file is removed')] : []
  return [...aside, ...files, ...reload]
}
