import { valueOf } from '../model/fact.ts'
import type { FleetFacts } from '../model/facts.ts'
import { answerOn } from '../model/facts.ts'
import type { Member } from '../model/member.ts'
import type { ReleaseInput } from '../model/planning.ts'
import type { UnitAnswer } from '../model/question.ts'
import type { Problem } from '../model/reasons.ts'
import { problem } from '../model/reasons.ts'
import type { Decision, Step, Wave } from '../model/step.ts'
import { forgetStep } from './forget.ts'
import { differencesOf, identityQuestion, isEstablished, recordProblem, stemOf } from './identity.ts'
import { fenceQuestion } from './questions.ts'
import { mountGuards } from './starts.ts'
import { makePlan, makeStep } from './steps.ts'

/**
 * What is left to do before a deleted object may go: stop and disable, workers before masters; Purge then moves data
 * aside and removes what ironherd wrote. No plan and no problem: done. Data is never deleted here, and only data of
 * members that were started by this object and are proven stopped, all of them but the forgotten, is moved.
 */
export function decideRelease(input: ReleaseInput): Decision {
  const { expansion, facts, policy } = input
  const orders = [...new Set(expansion.groups.map((group) => group.order))].sort((a, b) => b - a)
  const forgotten = new Set(input.forgotten)
  const kept = (member: Member): boolean => !forgotten.has(member.id)
  const leaving = expansion.leaving.map(({ member }) => member).filter(kept)
  const members = expansion.members.filter(kept)
  const deleted = 'the object is deleted and its deletionPolicy is not Retain'
  const stop = (members: readonly Member[]): Wave => ({
    disruptive: true,
    steps: members.flatMap((member) => stopSteps(member, facts, deleted)),
  })
  const waves = [
    stop(leaving),
    ...orders.map((order) => {
      const groups = new Set(expansion.groups.filter((group) => group.order === order).map((group) => group.name))
      return stop(members.filter((member) => groups.has(member.group)))
    }),
  ]
  const all = [...leaving, ...members]
  const problems = all.flatMap((member) => obstacles(member, facts, policy))
  const stopped = waves.every((wave) => wave.steps.length === 0)
  if (policy === 'Purge' && stopped && problems.length === 0) {
    const steps = all.flatMap((member) => purgeSteps(member, facts, 'deletionPolicy is Purge'))
    waves.push({ disruptive: false, steps })
  }
  // Last, and only shown: what is approved of it is left out of the input.
  const forgets = all.flatMap((member) => forgetStep(member, facts) ?? [])
  const run = makePlan(waves)?.waves[0]
  const plan = makePlan([...waves, { disruptive: false, steps: forgets }])
  return { ...(plan === undefined ? {} : { plan }), ...(run === undefined ? {} : { run }), problems, held: [] }
}

/** What must be settled before the object may go, or before any data is touched. */
function obstacles(member: Member, facts: FleetFacts, policy: ReleaseInput['policy']): readonly Problem[] {
  const waits = (why: string, remedy: string): Problem =>
    problem('ReleaseWaits', `${member.id}: ${why}; ${remedy}, or set spec.deletionPolicy to Retain`, {
      host: member.host,
      member: member.id,
    })
  const unit = answerOn(facts, member.host, { ask: 'unit', unit: member.unit.name })
  if (unit.state !== 'known') {
    const why = unit.state === 'unknown' ? unit.why : 'its unit could not be seen'
    return [waits(why, `bring ${member.host} back`)]
  }
  if (isMasked(unit.value) && isFenced(facts, member) && isOurs(facts, member)) {
    const why = `${member.unit.name} is masked by a fence, and what lifts that may start it`
    return [waits(why, `remove ${fenceQuestion(member).path} there when it may`)]
  }
  const unreadable = recordProblem(facts, member)
  if (unreadable !== undefined) return [waits(unreadable.message, 'mend that')]
  // Whom else this object started stands only in the spec as it was: those who left it would be forgotten running.
  const foreign = differencesOf(facts, member).filter(
    ({ code, key }) =>
      !member.changeable.includes(key) && (policy === 'Purge' || code === 'MembershipChangeUnsupported'),
  )
  const [difference] = foreign
  if (difference !== undefined) {
    const { key, stands, wanted } = difference
    const why = `it was started with ${key} ${JSON.stringify(stands)}, the spec now says ${JSON.stringify(wanted)}`
    return [waits(why, 'put the spec back')]
  }
  if (policy === 'Stop') return []
  const disk = missingDisk(member, facts)
  if (disk !== undefined) return [waits(disk, 'mount the disk')]
  return member.dataDirectories.flatMap((path) => {
    const answer = answerOn(facts, member.host, { ask: 'directory', path })
    return answer.state === 'unknown' ? [waits(answer.why, `make ${path} readable`)] : []
  })
}

/** A disk that is not mounted is not an empty one: what is on it would come back with it. */
export function missingDisk(member: Member, facts: FleetFacts): string | undefined {
  const mounts = new Set(member.directories.flatMap(({ mount }) => mount ?? []))
  const missing = [...mounts].find((mount) => {
    const answer = answerOn(facts, member.host, { ask: 'directory', path: mount })
    return answer.state === 'absent' || (answer.state === 'known' && answer.value.mount !== mount)
  })
  return missing === undefined ? undefined : `nothing is mounted at ${missing}`
}

/** What is left to do until the member neither runs nor starts by itself. */
export function stopSteps(member: Member, facts: FleetFacts, reason: string): readonly Step[] {
  const name = member.unit.name
  const unit = valueOf(answerOn(facts, member.host, { ask: 'unit', unit: name }))
  if (unit === undefined || !isOurs(facts, member)) return []
  const steps: Step[] = []
  // Also one whose unit file is gone: it runs on.
  if (unit.mainPid > 0 || !['inactive', 'failed'].includes(unit.activeState)) {
    steps.push(makeStep(member.host, member.id, { verb: 'StopUnit', unit: name }, reason, { risk: 'outage' }))
  }
  // systemd neither says nor changes what is enabled below a mask.
  const hidden = unmaskSteps(member, facts, 'may be enabled below that')
  steps.push(...hidden)
  if (unit.unitFileState === 'enabled' || hidden.length > 0) {
    steps.push(
      makeStep(member.host, member.id, { verb: 'DisableUnit', unit: name }, `${name} must not start by itself`),
    )
  }
  return steps
}

/** Takes a mask off that is no fence's. `why`: what it would keep from being seen or done. */
export function unmaskSteps(member: Member, facts: FleetFacts, why: string): readonly Step[] {
  const { name } = member.unit
  const unit = valueOf(answerOn(facts, member.host, { ask: 'unit', unit: name }))
  if (unit === undefined || !isMasked(unit) || isFenced(facts, member)) return []
  return [makeStep(member.host, member.id, { verb: 'UnmaskUnit', unit: name }, `${name} is masked, and ${why}`)]
}

function isMasked({ loadState, unitFileState }: UnitAnswer): boolean {
  return loadState === 'masked' || unitFileState === 'masked'
}

function isFenced(facts: FleetFacts, member: Member): boolean {
  return answerOn(facts, member.host, fenceQuestion(member)).state !== 'absent'
}

/** A unit of this name that ironherd neither wrote nor started is somebody else's. */
function isOurs(facts: FleetFacts, member: Member): boolean {
  return isEstablished(facts, member) || ownFiles(member, facts)[member.unit.path] !== undefined
}

/** Data of a stopped member aside, and what ironherd wrote for it away. */
export function purgeSteps(member: Member, facts: FleetFacts, reason: string): readonly Step[] {
  const stopped = { guard: 'UnitNotRunning', unit: member.unit.name } as const
  const own = ownFiles(member, facts)
  // What stands in the data directories of a member that was never started is not this object's.
  const data = isEstablished(facts, member) ? member.dataDirectories : []
  const aside = data
    .filter((path) => answerOn(facts, member.host, { ask: 'directory', path }).state === 'known')
    .map((path) =>
      makeStep(member.host, member.id, { verb: 'MoveAside', path }, reason, {
        guards: [stopped, ...mountGuards(member)],
        risk: 'data',
      }),
    )
  const remove = (path: string): Step =>
    makeStep(member.host, member.id, { verb: 'RemoveFile', path }, reason, {
      guards: [stopped, { guard: 'OwnFile', path }],
    })
  const written = Object.keys(own).filter((path) => path.startsWith(`/etc/ironherd/${stemOf(member)}/`))
  const files = [...new Set([...member.files.map((file) => file.path), ...written, member.unit.path])]
    // A file in a data directory went aside with it.
    .filter((path) => own[path] !== undefined)
    .map(remove)
  // Also when a daemon died between the two.
  const held = valueOf(answerOn(facts, member.host, { ask: 'unit', unit: member.unit.name }))?.needReload === true
  const reload =
    own[member.unit.path] === undefined && !held
      ? []
      : [makeStep(member.host, member.id, { verb: 'ReloadUnits' }, 'a unit file is removed')]
  // The records go last: as long as they stand, a purge that was cut off is taken up again.
  const records = [`/var/lib/ironherd/members/${stemOf(member)}.first-start`, identityQuestion(member).path]
    .filter((path) => own[path] !== undefined)
    .map(remove)
  return [...aside, ...files, ...reload, ...records]
}

function ownFiles(member: Member, facts: FleetFacts): Readonly<Record<string, string>> {
  return valueOf(facts[member.host])?.ownFiles ?? {}
}
