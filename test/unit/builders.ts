import { createHash } from 'node:crypto'
import type { Fact } from '../../src/model/fact.ts'
import { absent, known, unknown } from '../../src/model/fact.ts'
import type { FleetFacts, HostFacts, JournalEntry, MachineFacts } from '../../src/model/facts.ts'
import type { Assessment, Health } from '../../src/model/health.ts'
import { quorumOf } from '../../src/model/health.ts'
import type { Expansion, Repair } from '../../src/model/kind.ts'
import type { DesiredDirectory, DesiredFile, Group, Member } from '../../src/model/member.ts'
import type { ObjectKey } from '../../src/model/object.ts'
import type { DecideInput } from '../../src/model/planning.ts'
import type { Answer, DirectoryAnswer, FileAnswer, Question, UnitAnswer } from '../../src/model/question.ts'
import { questionKey } from '../../src/model/question.ts'
import { identityFile, identityQuestion } from '../../src/planner/identity.ts'
import { loadedQuestion, questionsOf, userQuestion } from '../../src/planner/questions.ts'

/** Small hand-made worlds for the planner: a member, a host on which it stands as declared, and changes to both. */

export const now = Date.parse('2026-06-01T12:00:00Z')
export const object: ObjectKey = { kind: 'ZookeeperCluster', namespace: 'default', name: 'zk' }
export const archiveDigest = `sha256:${'ab'.repeat(32)}`

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export function desiredFile(path: string, content: string, more: Partial<DesiredFile> = {}): DesiredFile {
  return { path, content, mode: '640', owner: 'root', group: 'zoo', secret: false, restart: true, ...more }
}

export function desiredDirectory(path: string, more: Partial<DesiredDirectory> = {}): DesiredDirectory {
  return { path, mode: '750', owner: 'zoo', group: 'zoo', ...more }
}

/** Member `number` of a quorum group, on host `m<number>`. */
export function member(number: number, more: Partial<Member> = {}): Member {
  const id = more.id ?? `zookeeper-${number}`
  const stem = `ironherd-default-zk-${id}`
  const name = `${stem}.service`
  return {
    id,
    service: 'zookeeper',
    group: 'servers',
    host: `m${number}`,
    user: { name: 'zoo', group: 'zoo', create: true },
    directories: [
      desiredDirectory(`/etc/ironherd/${stem}`, { owner: 'root' }),
      desiredDirectory('/data/zk', { mount: '/data' }),
    ],
    software: {
      from: 'archive',
      url: 'http://files.example/zk.tar.gz',
      digest: archiveDigest,
      path: '/opt/ironherd/zookeeper-3.8.4-abababababab',
      familyPrefix: '/opt/ironherd/zookeeper-',
    },
    java: { home: '', minimumVersion: 11 },
    files: [
      desiredFile(`/etc/ironherd/${stem}/zoo.cfg`, 'clientPort=2181\n'),
      desiredFile(`/usr/local/lib/systemd/system/${name}`, '[Service]\n', { mode: '644', group: 'root' }),
    ],
    unit: {
      name,
      path: `/usr/local/lib/systemd/system/${name}`,
      enabled: true,
      running: true,
      loadedPath: `/run/ironherd/${stem}/loaded`,
    },
    ports: [{ port: 2181, purpose: 'client', field: 'spec.ports.client' }],
    dataDirectories: ['/data/zk'],
    probes: [],
    identity: { version: '3.8.4', software: archiveDigest, ensemble: '1=m1,2=m2,3=m3', dataDir: '/data/zk' },
    changeable: ['version', 'software', 'ensemble'],
    ...more,
  }
}

export function members(count: number): readonly Member[] {
  return Array.from({ length: count }, (_, index) => member(index + 1))
}

export const quorumGroup: Group = { name: 'servers', order: 1, budget: { kind: 'Quorum' }, breaker: 1 }

export function expansionOf(list: readonly Member[], more: Partial<Expansion> = {}): Expansion {
  return { members: list, leaving: [], refusals: [], groups: [quorumGroup], upstream: [], version: '3.8.4', ...more }
}

export function unitAnswer(more: Partial<UnitAnswer> = {}): UnitAnswer {
  return {
    loadState: 'loaded',
    activeState: 'active',
    subState: 'running',
    unitFileState: 'enabled',
    fragmentPath: '',
    needReload: false,
    mainPid: 100,
    startedAt: now - 3_600_000,
    restarts: 0,
    result: 'success',
    exitStatus: 0,
    ...more,
  }
}

export const stoppedUnit = unitAnswer({
  activeState: 'failed',
  subState: 'failed',
  mainPid: 0,
  startedAt: 0,
  result: 'signal',
})
export const missingUnit = unitAnswer({
  loadState: 'not-found',
  activeState: 'inactive',
  subState: 'dead',
  unitFileState: '',
  mainPid: 0,
  startedAt: 0,
})

export function fileAnswer(content: string, more: Partial<FileAnswer> = {}): FileAnswer {
  return {
    kind: 'file',
    sha256: sha256(content),
    mode: '640',
    owner: 'root',
    group: 'zoo',
    size: content.length,
    modifiedAt: now - 3_600_000,
    content,
    ...more,
  }
}

export function directoryAnswer(more: Partial<DirectoryAnswer> = {}): DirectoryAnswer {
  return {
    kind: 'directory',
    mode: '750',
    owner: 'zoo',
    group: 'zoo',
    mount: '/data',
    readOnly: false,
    freeMiB: 10_000,
    entries: [],
    ...more,
  }
}

export type Changes = readonly (readonly [Question, Fact<Answer> | undefined])[]

export interface MachineOptions {
  /** Answers other than those of a host on which all stands as declared. */
  readonly changes?: Changes
  readonly ownFiles?: Readonly<Record<string, string>>
  readonly journal?: readonly JournalEntry[]
  readonly machineId?: string
  readonly owner?: ObjectKey
}

/** A host on which `list` stands as declared, runs, and was started as declared. */
export function machine(list: readonly Member[], options: MachineOptions = {}): HostFacts {
  const [first] = list
  const host = first?.host ?? 'm1'
  const answers: Record<string, Fact<Answer>> = {}
  const put = (question: Question, fact: Fact<Answer>) => {
    answers[questionKey(question)] = fact
  }
  const ownFiles: Record<string, string> = {}
  for (const questions of Object.values(questionsOf(list))) for (const question of questions) put(question, absent)
  for (const one of list) {
    put({ ask: 'unit', unit: one.unit.name }, known(unitAnswer({ fragmentPath: one.unit.path })))
    const record = identityFile(options.owner ?? object, one)
    put(identityQuestion(one), known(fileAnswer(record.content, { mode: '600', group: 'root' })))
    ownFiles[record.path] = sha256(record.content)
    const loaded = one.files.filter((file) => file.restart).map((file) => `${sha256(file.content)}  ${file.path}\n`)
    put(loadedQuestion(one), known(fileAnswer(loaded.join(''))))
    put(userQuestion(one.user), known({ uid: 999, group: one.user.group, home: '/', shell: '' }))
    put({ ask: 'java', home: one.java.home }, known({ home: '/usr/lib/jvm/17', version: '17.0.15' }))
    const { software } = one
    if (software.from === 'archive') {
      const listing = 'cd'.repeat(32)
      put(
        { ask: 'software', path: software.path },
        known({ listing, recordedListing: listing, archive: software.digest }),
      )
      put({ ask: 'superseded', familyPrefix: software.familyPrefix, keep: software.path }, known({ directories: [] }))
    }
    put({ ask: 'directory', path: '/data' }, known(directoryAnswer({ owner: 'root', mode: '755' })))
    for (const { path, mode, owner, group } of one.directories) {
      put({ ask: 'directory', path }, known(directoryAnswer({ mode, owner, group })))
    }
    for (const { path, content, mode, owner, group } of one.files) {
      put({ ask: 'file', path }, known(fileAnswer(content, { mode, owner, group })))
      ownFiles[path] = sha256(content)
    }
  }
  for (const [question, fact] of options.changes ?? []) {
    if (fact === undefined) delete answers[questionKey(question)]
    else put(question, fact)
  }
  const facts: MachineFacts = {
    host,
    lookedAt: now,
    machineId: options.machineId ?? `id-of-${host}`,
    bootId: 'boot',
    hostname: host,
    clockSkewMs: 0,
    uptimeSeconds: 4000,
    cpus: 2,
    memoryMiB: 4096,
    custody: { installation: 'i', epoch: 1 },
    journal: options.journal ?? [],
    ownFiles: options.ownFiles ?? ownFiles,
    records: {},
    answers,
  }
  return known(facts)
}

/** A host that ironherd never touched: nothing is there but Java and the mount. */
export function bareMachine(list: readonly Member[], more: Changes = []): HostFacts {
  const changes = list.flatMap(
    (one): Changes => [
      [{ ask: 'unit', unit: one.unit.name }, known(missingUnit)],
      [identityQuestion(one), absent],
      [loadedQuestion(one), absent],
      [userQuestion(one.user), absent],
      ...(one.software.from === 'archive' ? [[{ ask: 'software', path: one.software.path }, absent] as const] : []),
      ...one.directories.map(({ path }) => [{ ask: 'directory', path }, absent] as const),
      ...one.files.map(({ path }) => [{ ask: 'file', path }, absent] as const),
    ],
  )
  return machine(list, { changes: [...changes, ...more], ownFiles: {} })
}

export function lost(host: string): HostFacts {
  return unknown('Unreachable', `${host}: no route`)
}

/** Every member on its own host, all as declared, but for the hosts given. */
export function fleet(list: readonly Member[], more: Readonly<Record<string, HostFacts>> = {}): FleetFacts {
  const byHost = Map.groupBy(list, (one) => one.host)
  return { ...Object.fromEntries([...byHost].map(([host, own]) => [host, machine(own)])), ...more }
}

export function health(verdict: Health['verdict'], more: Partial<Health> = {}): Health {
  return { verdict, role: '', evidence: `it is ${verdict}`, startedAt: now - 3_600_000, ...more }
}

/** All serve but those given; the quorum is counted from it. */
export function assessmentOf(
  list: readonly Member[],
  verdicts: Readonly<Record<string, Health['verdict']>> = {},
  leader?: string,
): Assessment {
  const entries = list.map((one) => [one.id, health(verdicts[one.id] ?? 'serving')] as const)
  const serving = entries.filter(([, { verdict }]) => verdict === 'serving').length
  return {
    health: Object.fromEntries(entries),
    available: { ok: true, reason: 'Quorate', message: '' },
    shortfalls: [],
    quorum: quorumOf(Math.max(1, list.length), serving),
    ...(leader === undefined ? {} : { leader }),
  }
}

export function input(list: readonly Member[], more: Partial<DecideInput> = {}): DecideInput {
  return {
    object,
    createdAt: '2026-01-01T00:00:00Z',
    expansion: expansionOf(list),
    facts: fleet(list),
    assessment: assessmentOf(list),
    repairs: [],
    claims: [],
    disruptions: [],
    now,
    ...more,
  }
}

/** The process of `one` was started with another content of its first file. */
export function stale(one: Member): Changes {
  const sums = one.files.map((file, index) => `${sha256(index === 0 ? 'older' : file.content)}  ${file.path}\n`)
  return [[loadedQuestion(one), known(fileAnswer(sums.join('')))]]
}

export function stopped(one: Member): Changes {
  return [[{ ask: 'unit', unit: one.unit.name }, known({ ...stoppedUnit, fragmentPath: one.unit.path })]]
}

export function repairOf(one: Member, more: Partial<Repair> = {}): Repair {
  return {
    member: one.id,
    cause: 'Broken',
    evidence: `${one.id} is broken`,
    actions: [],
    holdsStart: false,
    disruptive: false,
    ...more,
  }
}

export function journalEntry(one: Member, more: Partial<JournalEntry> = {}): JournalEntry {
  return {
    at: now - 5000,
    epoch: 1,
    phase: 'intent',
    object: 'ZookeeperCluster/default/zk',
    member: one.id,
    verb: 'StartUnit',
    step: 's',
    detail: '',
    ...more,
  }
}
