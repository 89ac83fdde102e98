import { createHash } from 'node:crypto'
import { valueOf } from '../model/fact.ts'
import type { FleetFacts } from '../model/facts.ts'
import { answerOn } from '../model/facts.ts'
import type { DesiredDirectory, DesiredFile, Member } from '../model/member.ts'
import type { DirectoryAnswer } from '../model/question.ts'
import type { Problem, ReasonCode } from '../model/reasons.ts'
import { problem } from '../model/reasons.ts'
import type { Step } from '../model/step.ts'
import { isEstablished, recordProblem, stemOf } from './identity.ts'
import { configDirectoryQuestion, supersededQuestion, userQuestion } from './questions.ts'
import { makeStep } from './steps.ts'

/** What has to be done on a host before its member may run; nobody notices these steps. */
export interface Preparation {
  readonly steps: readonly Step[]
  /** What a person must see to first; not empty: no step of the member is run. */
  readonly problems: readonly Problem[]
}

/** Free space below which nothing is written to a file system, MiB. */
const minimumFreeMiB = 32

/** Compares a member with its host, in the order in which things must stand: user, mounts, directories, Java, software, files, unit. */
export function prepare(member: Member, facts: FleetFacts): Preparation {
  const record = recordProblem(facts, member)
  const parts = [
    record === undefined ? nothing : { steps: [], problems: [record] },
    userOf(member, facts),
    ...member.directories.map((directory) => directoryOf(member, directory, facts)),
    javaOf(member, facts),
    softwareOf(member, facts),
    ...member.files.map((file) => fileOf(member, file, facts)),
    strayFilesOf(member, facts),
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

const nothing: Preparation = { steps: [], problems: [] }

function refuse(member: Member, code: ReasonCode, message: string): Preparation {
  return {
    steps: [],
    problems: [problem(code, `${member.host}: ${message}`, { host: member.host, member: member.id })],
  }
}

function unseen(member: Member, fact: { readonly code: ReasonCode; readonly why: string }): Preparation {
  return refuse(member, fact.code, fact.why)
}

/** Any group will do for files and unit, also one that is not the user's own, as long as it exists. */
function userOf(member: Member, facts: FleetFacts): Preparation {
  const { name, group, create } = member.user
  const answer = answerOn(facts, member.host, userQuestion(member))
  if (answer.state === 'unknown') return unseen(member, answer)
  const primary = answer.state === 'known' ? answer.value.group : ''
  if (answer.state === 'known' && (primary === group || answer.value.groupExists === true)) return nothing
  const missing =
    answer.state === 'absent'
      ? `user ${name} does not exist`
      : `user ${name} is of group ${primary}, and spec.serviceUser.group, ${group}, does not exist`
  if (!create) {
    const remedy = answer.state === 'absent' ? 'create it on the host' : `create it on the host, name ${primary} there`
    return refuse(
      member,
      'UserMissing',
      `${missing} and spec.serviceUser.create is false: ${remedy}, or set that to true`,
    )
  }
  return {
    steps: [makeStep(member.host, member.id, { verb: 'EnsureUser', user: member.user }, missing)],
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

function javaOf(member: Member, facts: FleetFacts): Preparation {
  const { home, minimumVersion } = member.java
  const answer = answerOn(facts, member.host, { ask: 'java', home })
  if (answer.state === 'unknown') return unseen(member, answer)
  const where = home === '' ? 'on the PATH' : `at ${home}`
  if (answer.state === 'absent') {
    return refuse(member, 'JavaMissing', `no Java ${where}; install Java ${minimumVersion} or newer, or set javaHome`)
  }
  const major = javaMajor(answer.value.version)
  if (major !== undefined && major < minimumVersion) {
    return refuse(
      member,
      'JavaMissing',
      `Java ${answer.value.version} ${where} is too old; install Java ${minimumVersion} or newer, or set javaHome`,
    )
  }
  return nothing
}

/** 17.0.15 → 17, 1.8.0_402 → 8, '' → undefined. */
function javaMajor(version: string): number | undefined {
  const match = /^(?:1\.)?(\d+)/.exec(version)
  return match?.[1] === undefined ? undefined : Number(match[1])
}

function softwareOf(member: Member, facts: FleetFacts): Preparation {
  const software = member.software
  if (software.from === 'packages') {
    const missing = software.packages.filter(
      (name) => answerOn(facts, member.host, { ask: 'package', name }).state === 'absent',
    )
    const unmasked = software.maskUnits.filter(
      (unit) => valueOf(answerOn(facts, member.host, { ask: 'unit', unit }))?.loadState !== 'masked',
    )
    const unknown = software.packages
      .map((name) => answerOn(facts, member.host, { ask: 'package', name }))
      .find((answer) => answer.state === 'unknown')
    if (unknown?.state === 'unknown') return unseen(member, unknown)
    if (missing.length === 0 && unmasked.length === 0) return nothing
    const reason =
      missing.length > 0
        ? `packages ${missing.join(', ')} are not installed`
        : `units ${unmasked.join(', ')} are not masked`
    return { steps: [makeStep(member.host, member.id, { verb: 'InstallPackages', software }, reason)], problems: [] }
  }
  const answer = answerOn(facts, member.host, { ask: 'software', path: software.path })
  if (answer.state === 'unknown') return unseen(member, answer)
  const install = (reason: string, repairs?: string): Preparation => ({
    steps: [
      makeStep(
        member.host,
        member.id,
        { verb: 'InstallArchive', software },
        reason,
        repairs === undefined ? {} : { repairs },
      ),
    ],
    problems: [],
  })
  if (answer.state === 'absent') {
    return install(`${software.path} is not installed`, isEstablished(facts, member) ? 'SoftwareDeleted' : undefined)
  }
  if (answer.value.archive !== software.digest) {
    return install(`${software.path} has no record of an unpacked ${software.digest}`)
  }
  if (answer.value.listing !== answer.value.recordedListing) {
    return install(`files under ${software.path} differ from what was unpacked`, 'SoftwareDamaged')
  }
  const [damaged] = answer.value.damaged ?? []
  if (damaged !== undefined) return install(`${software.path}/${damaged} holds other bytes`, 'SoftwareDamaged')
  return nothing
}

function fileOf(member: Member, file: DesiredFile, facts: FleetFacts): Preparation {
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

/** Files that ironherd once wrote into the member's own configuration directory and that are no longer wanted. */
function strayFilesOf(member: Member, facts: FleetFacts): Preparation {
  const directory = `/etc/ironherd/${stemOf(member)}`
  const listing = valueOf(answerOn(facts, member.host, configDirectoryQuestion(member)))
  const wanted = new Set(member.files.map((file) => file.path))
  const own = ownFiles(facts, member.host)
  const stray = (listing?.entries ?? [])
    .map((name) => `${directory}/${name}`)
    .filter((path) => own[path] !== undefined && !wanted.has(path))
  return {
    steps: stray.map((path) =>
      makeStep(member.host, member.id, { verb: 'RemoveFile', path }, `${path} is no longer declared`, {
        guards: [{ guard: 'OwnFile', path }],
      }),
    ),
    problems: [],
  }
}

/** What stood there for an older version; not planned while it is not known to be unused. */
function supersededOf(member: Member, facts: FleetFacts): Preparation {
  const { software } = member
  if (software.from !== 'archive') return nothing
  const found = valueOf(answerOn(facts, member.host, supersededQuestion(software)))?.directories ?? []
  if (found.length === 0) return nothing
  const { familyPrefix, path: keep } = software
  const reason = `${found.join(', ')}: no unit and no process uses it any more`
  return {
    steps: [makeStep(member.host, member.id, { verb: 'PruneSoftware', familyPrefix, keep }, reason)],
    problems: [],
  }
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

function ownFiles(facts: FleetFacts, host: string): Readonly<Record<string, string>> {
  return valueOf(facts[host])?.ownFiles ?? {}
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
