import { type Fact, known, unknown } from '../../../src/model/fact.ts'
import type { FleetFacts, JournalEntry } from '../../../src/model/facts.ts'
import type { Member } from '../../../src/model/member.ts'
import type { Answer, DirectoryAnswer, FileAnswer, UnitAnswer } from '../../../src/model/question.ts'
import { questionKey } from '../../../src/model/question.ts'

export const now = 1_800_000_000_000

/** How one server's machine is, in the words of a test. */
export interface Machine {
  /** Default: stopped. */
  readonly unit?: 'running' | 'stopped' | 'restarting'
  /** How long the process has been running, ms. Default: an hour. */
  readonly uptimeMs?: number
  readonly says?: 'leader' | 'follower' | 'notServing' | 'timeout' | 'refused'
  /** For a leader. Default 2. */
  readonly syncedFollowers?: number
  readonly leaderUptimeMs?: number
  /** To conf, as long as it serves. */
  readonly list?: string
  /** Entries of version-2; undefined: there is none. */
  readonly tree?: readonly string[]
  /** The same for a directory of transaction logs. */
  readonly logTree?: readonly string[]
  readonly marker?: boolean
  /** The record that a first start was allowed. */
  readonly allowed?: boolean
  /** The record that the planner writes before the first start. */
  readonly started?: boolean
  readonly markJournal?: JournalEntry['phase']
  readonly unmounted?: boolean
  readonly unreachable?: boolean
}

/** A server that was started and has data. */
export const grown: Machine = {
  unit: 'running',
  says: 'follower',
  tree: ['acceptedEpoch', 'currentEpoch', 'log.100000001', 'snapshot.0'],
  allowed: true,
  started: true,
  markJournal: 'done',
}

export function factsOf(members: readonly Member[], machines: Readonly<Record<string, Machine>>): FleetFacts {
  return Object.fromEntries(
    members.map((member) => {
      const machine = machines[member.host] ?? {}
      if (machine.unreachable === true) return [member.host, unknown('Unreachable', `${member.host} is off`)]
      return [
        member.host,
        known({
          host: member.host,
          lookedAt: now,
          machineId: `id-${member.host}`,
          bootId: 'b',
          hostname: member.host,
          clockSkewMs: 0,
          uptimeSeconds: 9999,
          cpus: 2,
          memoryMiB: 4096,
          custody: { installation: 'i', epoch: 1 },
          journal: machine.markJournal === undefined ? [] : [markEntry(member, machine.markJournal)],
          ownFiles: {},
          records: {},
          answers: answersOf(member, machine),
        }),
      ]
    }),
  )
}

function markEntry(member: Member, phase: JournalEntry['phase']): JournalEntry {
  const object = member.identity.object ?? ''
  return {
    at: now - 9_000_000,
    epoch: 1,
    phase,
    object,
    member: member.id,
    verb: 'MarkFirstStart',
    step: 's',
    detail: '',
  }
}

function answersOf(member: Member, machine: Machine): Readonly<Record<string, Fact<Answer>>> {
  const answers: Record<string, Fact<Answer>> = {}
  for (const question of member.probes) {
    const key = questionKey(question)
    switch (question.ask) {
      case 'talk':
        answers[key] = talk(machine, question.send)
        break
      case 'directory':
        answers[key] = directoryAnswer(question.path, member, machine)
        break
      case 'file':
        answers[key] = fileAnswer(question.path, machine)
        break
      default:
        throw new Error(`no answer for ${key}`)
    }
  }
  for (const { mount } of member.directories) {
    if (mount === undefined) continue
    answers[`directory ${mount}`] = known(directory([], machine.unmounted === true ? '/' : mount))
  }
  answers[`unit ${member.unit.name}`] = known(unitAnswer(machine))
  return answers
}

function talk(machine: Machine, send: string): Fact<Answer> {
  const { says } = machine
  if (machine.unit !== 'running' || says === 'refused' || says === undefined) {
    return known({ outcome: 'refused', text: '' })
  }
  if (says === 'timeout') return known({ outcome: 'timeout', text: '' })
  if (says === 'notServing') {
    return known({ outcome: 'answered', text: 'This ZooKeeper instance is not currently serving requests\n' })
  }
  if (send === 'conf') return known({ outcome: 'answered', text: machine.list ?? '' })
  if (send === 'srvr') return known({ outcome: 'answered', text: `Zookeeper version: 3.8.4-x\nMode: ${says}\n` })
  const leads =
    says === 'leader'
      ? `zk_synced_followers\t${machine.syncedFollowers ?? 2}\nzk_leader_uptime\t${machine.leaderUptimeMs ?? 3_600_000}\n`
      : ''
  return known({ outcome: 'answered', text: `zk_version\t3.8.4-x\nzk_server_state\t${says}\n${leads}` })
}

function directoryAnswer(path: string, member: Member, machine: Machine): Fact<Answer> {
  const inLogs = member.identity.dataLogDir !== '' && path.startsWith(`${member.identity.dataLogDir}/`)
  if (!path.endsWith('/version-2')) return known(directory([], '/data'))
  const entries = inLogs ? machine.logTree : machine.tree
  return entries === undefined ? { state: 'absent' } : known(directory(entries, '/data'))
}

function directory(entries: readonly string[], mount: string): DirectoryAnswer {
  return {
    kind: 'directory',
    mode: '750',
    owner: 'zookeeper',
    group: 'zookeeper',
    mount,
    readOnly: false,
    freeMiB: 1000,
    entries,
  }
}

function fileAnswer(path: string, machine: Machine): Fact<Answer> {
  const there = path.endsWith('/initialize')
    ? machine.marker
    : path.endsWith('.first-start')
      ? machine.allowed
      : machine.started
  if (there !== true) return { state: 'absent' }
  const file: FileAnswer = {
    kind: 'file',
    sha256: 'x',
    mode: '644',
    owner: 'root',
    group: 'root',
    size: 1,
    modifiedAt: 1,
  }
  return known(file)
}

function unitAnswer(machine: Machine): UnitAnswer {
  const base = {
    loadState: 'loaded',
    unitFileState: 'enabled',
    fragmentPath: '/x',
    needReload: false,
    restarts: 0,
    result: 'success',
    exitStatus: 0,
  }
  switch (machine.unit ?? 'stopped') {
    case 'running':
      return {
        ...base,
        activeState: 'active',
        subState: 'running',
        mainPid: 42,
        startedAt: now - (machine.uptimeMs ?? 3_600_000),
      }
    case 'restarting':
      return { ...base, activeState: 'activating', subState: 'auto-restart', mainPid: 0, startedAt: 0, restarts: 3 }
    case 'stopped':
      return { ...base, activeState: 'inactive', subState: 'dead', mainPid: 0, startedAt: 0 }
  }
}
