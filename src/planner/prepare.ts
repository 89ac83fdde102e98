import { createHash } from 'node:crypto'
import { valueOf } from '../model/fact.ts'
import type { FleetFacts } from '../model/facts.ts'
import { answerOn } from '../model/facts.ts'
import type { DesiredDirectory, DesiredFile, Member, ServiceUser } from '../model/member.ts'
import type { DirectoryAnswer } from '../model/question.ts'
import { problem } from '../model/reasons.ts'
import type { Step } from '../model/step.ts'
import { isEstablished, recordedFiles, recordProblem, stemOf } from './identity.ts'
import type { Preparation, Whom } from './preparation.ts'
import { nothing, refuse, unseen } from './preparation.ts'
import { configDirectoryQuestion, fenceQuestion, userQuestion } from './questions.ts'
import { javaOf, softwareOf, supersededOf } from './software.ts'
import { makeStep } from './steps.ts'

/** Free space below which nothing is written to a file system, MiB. */
const minimumFreeMiB = 32

/**
 * Compares a member with its host, in the order in which things must stand: user, mounts, directories, Java, software, files,
 * unit. `shared`: files that other objects want on this machine, too, and that are not removed.
 */
export function prepare(member: Member, facts: FleetFacts, shared: readonly string[] = []): Preparation {
  const record = recordProblem(facts, member)
  const parts = [
    record === undefined ? nothing : { steps: [], problems: [record] },
    fenceOf(member, facts),
    userOf(member, member.user, facts),
    ...member.directories.map((directory) => directoryOf(member, directory, facts)),
    javaOf(member, facts),
    softwareOf(member, facts),
    ...member.files.map((file) => fileOf(member, file, facts)),
    strayFilesOf(member, facts, shared),
    supersededOf(member, facts),
    portsOf(member, facts),
  ]
  const all = parts.flatMap((part) => part.steps)
  // A directory may be named twice, e.g. as the parent of two others.
  const steps = all.filter((step, index) => all.findIndex((other) => other.id === step.id) === index)
  const problems = parts.flatMap((part) => part.problems)
  const unit = unitOf(member, facts, steps)
  return { steps: [...steps, ...unit.steps], problems: [...problems, ...unit.problems] }
}

/** While a fence stands nothing of the member is touched: it may run elsewhere by now. */
function fenceOf(member: Member, facts: FleetFacts): Preparation {
  const question = fenceQuestion(member)
  const answer = answerOn(facts, member.host, question)
  if (answer.state === 'absent') return nothing
  if (answer.state === 'unknown') return unseen(member, answer)
  return refuse(
    member,
    'Fenced',
    `${member.unit.name} is masked by a fence: remove ${question.path} there when it may run again`,
  )
}

/** Any group will do for files and unit, also one that is not the user's own, as long as it exists. */
export function userOf(member: Whom, user: ServiceUser, facts: FleetFacts, field = 'spec.serviceUser'): Preparation {
  const { name, group, create } = user
  const answer = answerOn(facts, member.host, userQuestion(user))
  if (answer.state === 'unknown') return unseen(member, answer)
  const primary = answer.state === 'known' ? answer.value.group : ''
  if (answer.state === 'known' && (primary === group || answer.value.groupExists === true)) return nothing
  const missing =
    answer.state === 'absent'
      ? `user ${name} does not exist`
      : `user ${name} is of group ${primary}, and ${field}.group, ${group}, does not exist`
  if (!create) {
    const remedy = answer.state === 'absent' ? 'create it on the host' : `create it on the host, name ${primary} there`
    return refuse(
      member,
      'UserMissing',
      `${missing} and spec.serviceUser.create is false: ${remedy}, or set that to true`,
    )
  }
  return {
    steps: [makeStep(member.host, member.id, { verb: 'EnsureUser', user }, missing)],
    problems: [],
  }
}

function directoryOf(member: Member, directory: DesiredDirectory, facts: FleetFacts): Preparation {
  if (directory.mount !== undefined) {
    const mount = answerOn(facts, member.host, { ask: 'directory', path: directory.mount })
    if (mount.state === 'unknown') return unseen(member, mount)
    if (mount.state === 'absent' || mount.value.mount !== directory.mount) {
      return refuse(
        member,
        'MountMissing',
        `nothing is mounted at ${directory.mount}, on which ${directory.path} must lie: mount the disk, or correct the field`,
      )
    }
    const space = spaceProblem(member, directory.mount, mount.value)
    if (space !== undefined) return space
  }
  const answer = answerOn(facts, member.host, { ask: 'directory', path: directory.path })
  if (answer.state === 'unknown') return unseen(member, answer)
  const step = (reason: string, repairs?: string): Preparation => {
    const guards = directory.mount === undefined ? [] : [{ guard: 'Mounted', mount: directory.mount } as const]
    const options = repairs === undefined ? { guards } : { guards, repairs }
    return {
      steps: [makeStep(member.host, member.id, { verb: 'EnsureDirectory', directory }, reason, options)],
      problems: [],
    }
  }
  const lost = isEstablished(facts, member)
  if (answer.state === 'absent') {
    return step(`${directory.path} does not exist`, lost ? 'DirectoryDeleted' : undefined)
  }
  const stands = answer.value
  if (stands.kind !== 'directory') {
    return refuse(
      member,
      'NotADirectory',
      `${directory.path} is ${stands.kind === 'symlink' ? 'a symbolic link' : 'no directory'}, a directory is needed: move it away`,
    )
  }
  const wanted = `${directory.owner}:${directory.group} ${directory.mode}`
  const found = `${stands.owner}:${stands.group} ${stands.mode}`
  if (wanted === found) return nothing
  return step(`${directory.path} is ${found}, should be ${wanted}`, lost ? 'DirectoryChanged' : undefined)
}

function spaceProblem(member: Member, path: string, answer: DirectoryAnswer): Preparation | undefined {
  if (answer.readOnly) {
    return refuse(
      member,
      'ReadOnlyFileSystem',
      `the file system at ${path} is mounted read-only: repair the disk and mount it writable`,
    )
  }
  if (answer.freeMiB < minimumFreeMiB) {
    return refuse(
      member,
      'DiskFull',
      `${answer.freeMiB} MiB are free at ${path}, at least ${minimumFreeMiB} are needed: free space there`,
    )
  }
  return undefined
}

export function fileOf(member: Whom, file: DesiredFile, facts: FleetFacts): Preparation {
  const answer = answerOn(facts, member.host, { ask: 'file', path: file.path })
  if (answer.state === 'unknown') return unseen(member, answer)
  const own = ownFiles(facts, member.host)[file.path]
  const write = (reason: string, repairs?: string): Preparation => {
    const guards = [{ guard: 'OwnFile', path: file.path } as const]
    const options = repairs === undefined ? { guards } : { guards, repairs }
    return { steps: [makeStep(member.host, member.id, { verb: 'WriteFile', file }, reason, options)], problems: [] }
  }
  if (answer.state === 'absent') {
    return write(`${file.path} does not exist`, own === undefined ? undefined : 'FileDeleted')
  }
  const stands = answer.value
  if (stands.kind === 'file' && stands.sha256 === sha256(file.content)) {
    if (own === undefined) return nothing
    const wanted = `${file.owner}:${file.group} ${file.mode}`
    const found = `${stands.owner}:${stands.group} ${stands.mode}`
    return wanted === found ? nothing : write(`${file.path} is ${found}, should be ${wanted}`, 'FileModeChanged')
  }
  if (own === undefined) {
    return refuse(
      member,
      'FileNotOurs',
      `${file.path} was not written by ironherd and is left as it is: move it away if it is not needed`,
    )
  }
  // What stands is what ironherd wrote last: the spec has changed. Anything else was changed on the host.
  if (stands.sha256 === own) return write(`${file.path} is not as the spec now wants it`)
  return write(`${file.path} was changed on the host`, 'FileChanged')
}

/** Files that ironherd once wrote for the member, in its own configuration directory or elsewhere, and that are no longer wanted. */
function strayFilesOf(member: Member, facts: FleetFacts, shared: readonly string[]): Preparation {
  const directory = `/etc/ironherd/${stemOf(member)}`
  const listing = valueOf(answerOn(facts, member.host, configDirectoryQuestion(member)))
  const wanted = new Set([...member.files.map((file) => file.path), ...shared])
  const own = ownFiles(facts, member.host)
  const listed = (listing?.entries ?? []).map((name) => `${directory}/${name}`)
  const stray = [...listed, ...recordedFiles(facts, member)].filter(
    (path) => own[path] !== undefined && !wanted.has(path),
  )
  return { steps: stray.map((path) => removal(member, path)), problems: [] }
}

export function removal(member: Whom, path: string): Step {
  const guards = [{ guard: 'OwnFile', path } as const]
  return makeStep(member.host, member.id, { verb: 'RemoveFile', path }, `${path} is no longer declared`, { guards })
}

function portsOf(member: Member, facts: FleetFacts): Preparation {
  const unit = valueOf(answerOn(facts, member.host, { ask: 'unit', unit: member.unit.name }))
  if (unit === undefined || unit.mainPid > 0) return nothing
  const problems = member.ports.flatMap((claim) => {
    const listener = valueOf(answerOn(facts, member.host, { ask: 'listener', port: claim.port }))
    if (listener === undefined || listener.unit === member.unit.name) return []
    const who = `${listener.command} (pid ${listener.pid}${listener.unit === '' ? '' : `, unit ${listener.unit}`})`
    return [
      problem(
        'PortTaken',
        `${member.host}: port ${claim.port} (${claim.field}, ${claim.purpose} of ${member.id}) is taken by ${who}: ` +
          'stop that process, or choose another port',
        { host: member.host, member: member.id, field: claim.field },
      ),
    ]
  })
  return { steps: [], problems }
}

function unitOf(member: Member, facts: FleetFacts, before: readonly Step[]): Preparation {
  const answer = answerOn(facts, member.host, { ask: 'unit', unit: member.unit.name })
  if (answer.state !== 'known') return answer.state === 'unknown' ? unseen(member, answer) : nothing
  const unit = answer.value
  const name = member.unit.name
  // systemd prefers /etc/systemd/system and /run: what it would start is then not what ironherd wrote.
  if (unit.loadState === 'loaded' && unit.fragmentPath !== '' && unit.fragmentPath !== member.unit.path) {
    const message = `systemd takes ${name} from ${unit.fragmentPath} and not from ${member.unit.path}: move that file away`
    return refuse(member, 'FileNotOurs', message)
  }
  const steps: Step[] = []
  const lost = isEstablished(facts, member)
  const mended = (cause: string): { readonly repairs?: string } => (lost ? { repairs: cause } : {})
  if (unit.loadState === 'masked' || unit.unitFileState === 'masked') {
    steps.push(
      makeStep(member.host, member.id, { verb: 'UnmaskUnit', unit: name }, `${name} is masked`, mended('UnitMasked')),
    )
  }
  const rewritten = before.some(
    (step) => step.action.verb === 'WriteFile' && step.action.file.path === member.unit.path,
  )
  if (rewritten || unit.needReload) {
    const reason = rewritten
      ? `${member.unit.path} is written anew`
      : `systemd holds an older ${name} than stands on disk`
    steps.push(makeStep(member.host, member.id, { verb: 'ReloadUnits' }, reason))
  }
  // A member that was never started is enabled with its first start: a reboot in between would start it without a permit.
  if (member.unit.enabled && unit.unitFileState !== 'enabled' && lost) {
    const reason = `${name} is not enabled (${unit.unitFileState === '' ? unit.loadState : unit.unitFileState})`
    steps.push(makeStep(member.host, member.id, { verb: 'EnableUnit', unit: name }, reason, mended('UnitDisabled')))
  }
  return { steps, problems: [] }
}

export function ownFiles(facts: FleetFacts, host: string): Readonly<Record<string, string>> {
  return valueOf(facts[host])?.ownFiles ?? {}
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
