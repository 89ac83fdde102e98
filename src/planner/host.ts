import { valueOf } from '../model/fact.ts'
import type { FleetFacts, MachineFacts } from '../model/facts.ts'
import { answerOn } from '../model/facts.ts'
import { firewallUnitPath } from '../model/firewall.ts'
import {
  type DesiredHost,
  environmentPath,
  type HostPart,
  hostsBlock,
  isHostFile,
  limitsPath,
  packageListsRecord,
  type SelinuxMode,
} from '../model/host.ts'
import type { FileAnswer, Question } from '../model/question.ts'
import type { Decision } from '../model/step.ts'
import { firewallOf, firewallQuestions } from './host-firewall.ts'
import { nothing, type Preparation, refuse, unseen, type Whom } from './preparation.ts'
import { fileOf, ownFiles, removal, sha256, userOf } from './prepare.ts'
import { userQuestion } from './questions.ts'
import { archiveOf, packagesOf } from './software.ts'
import { makePlan, makeStep } from './steps.ts'

/** The largest file that a look reads. */
const hostsQuestion = { ask: 'file', path: hostsBlock.path, content: 65536 } as const
const hostnameQuestion = { ask: 'file', path: '/etc/hostname', content: 256 } as const

const aptQuestion = { ask: 'directory', path: '/etc/apt' } as const

const selinuxQuestion = { ask: 'file', path: '/sys/fs/selinux/enforce', content: 8 } as const

/** All that a pass of a Host asks of its machine; `last`: what was last seen of it. */
export function questionsOfHost(desired: DesiredHost, last: MachineFacts | undefined): readonly Question[] {
  const own = last?.ownFiles ?? {}
  return [
    selinuxQuestion,
    ...(desired.hostsBlock === undefined && own[hostsBlock.record] === undefined ? [] : [hostsQuestion]),
    ...(desired.hostname === undefined ? [] : [hostnameQuestion]),
    ...desired.users.map(userQuestion),
    ...desired.files.map(({ file }): Question => ({ ask: 'file', path: file.path })),
    ...(desired.packageLists === undefined ? [] : [aptQuestion]),
    ...(desired.packages?.packages ?? []).map((name): Question => ({ ask: 'package', name })),
    ...(desired.packages?.maskUnits ?? []).map((unit): Question => ({ ask: 'unit', unit })),
    ...(desired.java === undefined ? [] : [{ ask: 'software', path: desired.java.path } as const]),
    ...firewallQuestions(desired, last),
  ]
}

/** Undefined: it cannot be told. A kernel without SELinux has no such file. */
export function selinuxOf(host: string, facts: FleetFacts): SelinuxMode | undefined {
  const answer = answerOn(facts, host, selinuxQuestion)
  if (answer.state === 'absent') return 'Disabled'
  const { content = '' } = answer.state === 'known' ? answer.value : {}
  return content.trim() === '1' ? 'Enforcing' : content.trim() === '0' ? 'Permissive' : undefined
}

/** A machine that was seen, beside what its Host declares: all that is left to do, in the order of the parts. Nobody is taken down. */
export function decideHost(desired: DesiredHost, facts: FleetFacts): Decision {
  const parts = [
    blockOf(desired, facts),
    nameOf(desired, facts),
    ...desired.users.map((user) => userOf(at(desired, 'users'), user, facts, 'spec.preparation.users')),
    ...desired.files
      .filter(({ part }) => part !== 'packageRepositories')
      .map(({ file, part }) => fileOf(at(desired, part), file, facts)),
    repositoriesOf(desired, facts),
    ...(desired.packages === undefined ? [] : [packagesOf(at(desired, 'packages'), desired.packages, facts)]),
    ...(desired.java === undefined ? [] : [archiveOf(at(desired, 'java'), desired.java, facts, false)]),
    straysOf(desired, facts),
  ]
  const quiet = { disruptive: false, steps: parts.flatMap((part) => part.steps) }
  // By itself: it must be proven within a minute, and the steps of a wave are told of when all of them have ended.
  const firewall = firewallOf(desired, facts)
  const last = { disruptive: false, steps: firewall.steps }
  const plan = makePlan([quiet, last])
  const problems = [...parts.flatMap((part) => part.problems), ...firewall.problems]
  return { problems, held: [], ...(plan === undefined ? {} : { plan, run: quiet.steps.length > 0 ? quiet : last }) }
}

function at({ host }: DesiredHost, part: HostPart): Whom {
  return { host, id: part }
}

function blockOf(desired: DesiredHost, facts: FleetFacts): Preparation {
  const place = at(desired, 'hostsFile')
  const lines = desired.hostsBlock
  const recorded = ownFiles(facts, place.host)[hostsBlock.record] !== undefined
  if (lines === undefined && !recorded) return nothing
  const answer = answerOn(facts, place.host, hostsQuestion)
  if (answer.state === 'unknown') return unseen(place, answer)
  const found = answer.state === 'absent' ? { lines: undefined } : blockIn(answer.value)
  if ('refused' in found) return refuse(place, 'BlockRefused', `${hostsBlock.path} ${found.refused}`)
  const step = (action: Parameters<typeof makeStep>[2], reason: string): Preparation => ({
    steps: [makeStep(place.host, place.id, action, reason)],
    problems: [],
  })
  if (lines === undefined) {
    return step({ verb: 'RemoveBlock', block: hostsBlock }, `the block in ${hostsBlock.path} is no longer declared`)
  }
  if (recorded && found.lines?.join('\n') === lines.join('\n') && found.lines.length === lines.length) return nothing
  const reason = found.lines === undefined ? 'has no block of ironherd' : 'has another block than is declared'
  return step({ verb: 'WriteBlock', block: hostsBlock, lines }, `${hostsBlock.path} ${reason}`)
}

function blockIn({
  content,
  kind,
}: FileAnswer): { readonly lines: readonly string[] | undefined } | { readonly refused: string } {
  if (kind !== 'file') return { refused: 'is no plain file: put one in its place' }
  if (content === undefined) return { refused: 'is larger than 64 KiB: shorten it' }
  const all = content.split('\n')
  const [first, ...firsts] = all.flatMap((line, index) => (line === hostsBlock.begin ? [index] : []))
  const [last, ...lasts] = all.flatMap((line, index) => (line === hostsBlock.end ? [index] : []))
  if (first === undefined && last === undefined) return { lines: undefined }
  if (first === undefined || last === undefined || last < first || firsts.length + lasts.length > 0) {
    return { refused: `holds marks of ironherd that are not one pair: mend or remove them` }
  }
  return { lines: all.slice(first + 1, last) }
}

/** The name after a boot may be put right at any time, where it would change the name of today's members then. */
function nameOf(desired: DesiredHost, facts: FleetFacts): Preparation {
  const { host, hostname } = desired
  const machine = valueOf(facts[host])
  if (hostname === undefined || machine === undefined) return nothing
  const place = at(desired, 'hostname')
  const answer = answerOn(facts, host, hostnameQuestion)
  if (answer.state === 'unknown') return unseen(place, answer)
  const kept = answer.state === 'known' ? (answer.value.content ?? '').trim() : ''
  const is = machine.hostname
  if (is === hostname && kept === hostname) return nothing
  const standing = Object.keys(machine.records)
  if (is !== hostname && standing.length > 0) {
    const who = standing.slice(0, 3).join(', ')
    return refuse(
      place,
      'HostNameInUse',
      `its name is ${is}, spec.preparation.hostname is ${hostname}, and members stand there (${who}): put ${is} into the field, or let them leave first`,
    )
  }
  const reason = is === hostname ? `${hostnameQuestion.path} says ${kept || 'nothing'}` : `its name is ${is}`
  const guards = is === hostname ? [] : [{ guard: 'NoMembers' } as const]
  return {
    steps: [makeStep(host, place.id, { verb: 'SetHostName', name: hostname }, reason, { guards })],
    problems: [],
  }
}

/** Keys before the sources that need them, and the lists when one of them is other than when they were fetched. */
function repositoriesOf(desired: DesiredHost, facts: FleetFacts): Preparation {
  const place = at(desired, 'packageRepositories')
  const lists = desired.packageLists
  const fetched = ownFiles(facts, desired.host)[packageListsRecord]
  if (lists === undefined) {
    return fetched === undefined || desired.keeps.length > 0
      ? nothing
      : { steps: [removal(place, packageListsRecord)], problems: [] }
  }
  const apt = answerOn(facts, desired.host, aptQuestion)
  if (apt.state === 'unknown') return unseen(place, apt)
  if (apt.state === 'absent') {
    const message = `there is no ${aptQuestion.path}, and package repositories are declared for apt alone: remove spec.preparation.packageRepositories`
    return refuse(place, 'ToolMissing', message)
  }
  const files = desired.files
    .filter(({ part }) => part === 'packageRepositories')
    .map(({ file }) => fileOf(place, file, facts))
  const steps = files.flatMap((file) => file.steps)
  const problems = files.flatMap((file) => file.problems)
  if (problems.length > 0) return { steps: [], problems }
  if (steps.length === 0 && fetched === sha256(`${lists.digest}\n`)) return nothing
  const action = { verb: 'UpdatePackageLists', ...lists, record: packageListsRecord } as const
  const reason = 'the declared repositories are other than those whose lists were fetched'
  return { steps: [...steps, makeStep(place.host, place.id, action, reason)], problems: [] }
}

/** Sources before the keys that they need. */
function straysOf(desired: DesiredHost, facts: FleetFacts): Preparation {
  const wanted = new Set([...desired.files.map(({ file }) => file.path), ...desired.keeps])
  const strays = Object.keys(ownFiles(facts, desired.host))
    .filter((path) => isHostFile(path) && path !== firewallUnitPath && !wanted.has(path))
    .sort()
    .reverse()
  return { steps: strays.map((path) => removal(at(desired, partOf(path)), path)), problems: [] }
}

const parts: Readonly<Record<string, HostPart>> = { [limitsPath]: 'limits', [environmentPath]: 'environment' }

function partOf(path: string): HostPart {
  return parts[path] ?? 'packageRepositories'
}
