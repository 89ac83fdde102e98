import { absent, type Fact, known, unknown } from '../../../src/model/fact.ts'
import type { FleetFacts } from '../../../src/model/facts.ts'
import type { Expansion } from '../../../src/model/kind.ts'
import type { Member } from '../../../src/model/member.ts'
import type {
  Answer,
  DirectoryAnswer,
  FileAnswer,
  HttpAnswer,
  Question,
  UnitAnswer,
} from '../../../src/model/question.ts'
import { questionKey } from '../../../src/model/question.ts'
import { now, recorded, refusedHttp } from './fixture.ts'

/** How one machine is, in the words of a test. Default: stopped, never started, nothing on its disk. */
export interface Machine {
  readonly unit?: 'running' | 'stopped' | 'missing'
  /** Default an hour. */
  readonly uptimeMs?: number
  readonly http?: Readonly<Record<string, HttpAnswer>>
  /** Names in replicated_log; undefined: there is none. */
  readonly log?: readonly string[]
  readonly allowed?: boolean
  readonly unmounted?: boolean
  readonly unreachable?: boolean
  /** What its last process wrote to the journal. */
  readonly lines?: readonly string[]
}

const files = ['000014.log', '000016.ldb', 'CURRENT', 'LOCK', 'LOG', 'MANIFEST-000002']

export const leader: Machine = {
  unit: 'running',
  log: files,
  allowed: true,
  http: {
    '/metrics/snapshot': recorded('leader-GET-metrics_snapshot'),
    '/flags': recorded('leader-GET-flags'),
    '/registrar(1)/registry': recorded('leader-GET-registrar_1_registry'),
    '/slaves': recorded('leader-GET-slaves'),
  },
}

/** Recorded of the first master. */
export const follower: Machine = {
  unit: 'running',
  log: files,
  allowed: true,
  http: {
    '/metrics/snapshot': recorded('nonleader-GET-metrics_snapshot'),
    '/flags': recorded('nonleader-GET-flags'),
    '/registrar(1)/registry': recorded('nonleader-GET-registrar_1_registry'),
    '/slaves': recorded('nonleader-GET-slaves'),
  },
}

export const agent: Machine = {
  unit: 'running',
  http: { '/metrics/snapshot': recorded('agent-GET-metrics_snapshot') },
}

export const stopped: Machine = { unit: 'stopped', log: files, allowed: true }

/** With other answers at some paths. */
export function saying(machine: Machine, http: Readonly<Record<string, HttpAnswer>>): Machine {
  return { ...machine, http: { ...machine.http, ...http } }
}

/** Three masters, of which the second leads, and three agents. */
export const wellSet: Readonly<Record<string, Machine>> = {
  m1: follower,
  m2: leader,
  m3: follower,
  w1: agent,
  w2: agent,
  w3: agent,
}

export function factsOf({ members }: Expansion, machines: Readonly<Record<string, Machine>>): FleetFacts {
  const names = [...new Set(members.map((member) => member.host))]
  return Object.fromEntries(
    names.map((name) => {
      const machine = machines[name] ?? {}
      if (machine.unreachable === true) return [name, unknown('Unreachable', `${name} is off`)]
      const own = members.filter((member) => member.host === name)
      const answers = Object.assign({}, ...own.map((member) => answersOf(member, machine))) as Record<
        string,
        Fact<Answer>
      >
      return [
        name,
        known({
          host: name,
          lookedAt: now,
          machineId: `id-${name}`,
          bootId: 'b',
          hostname: name,
          clockSkewMs: 0,
          uptimeSeconds: 9999,
          cpus: 2,
          memoryMiB: 4096,
          custody: { installation: 'i', epoch: 1 },
          journal: [],
          ownFiles: {},
          records: {},
          answers,
        }),
      ]
    }),
  )
}

function answersOf(member: Member, machine: Machine): Readonly<Record<string, Fact<Answer>>> {
  const answers: Record<string, Fact<Answer>> = {}
  for (const question of member.probes) answers[questionKey(question)] = answerTo(question, member, machine)
  for (const { mount } of member.directories) {
    if (mount === undefined) continue
    answers[`directory ${mount}`] = known(directory([], machine.unmounted === true ? '/' : mount))
  }
  if (machine.lines !== undefined) answers[`log ${member.unit.name}`] = known({ lines: machine.lines })
  answers[`unit ${member.unit.name}`] = known(unitOf(machine, member.unit.path))
  return answers
}

function answerTo(question: Question, member: Member, machine: Machine): Fact<Answer> {
  switch (question.ask) {
    case 'http':
      return known(httpOf(question.path, member, machine))
    case 'directory':
      if (!question.path.endsWith('/replicated_log')) return known(directory([], '/data'))
      return machine.log === undefined ? absent : known(directory(machine.log, '/data'))
    case 'file':
      return machine.allowed === true ? known(record) : absent
    default:
      throw new Error(`no answer to ${question.ask}`)
  }
}

/** Flags are those of the member itself where a test says nothing of them. */
function httpOf(path: string, { rules = {}, service }: Member, { http = {}, unit }: Machine): HttpAnswer {
  if (unit !== 'running') return refusedHttp
  const said = http[path]
  if (said === undefined && path === '/flags') {
    return { outcome: 'answered', status: 200, body: `{"flags":${rules['flags'] ?? ''}}` }
  }
  if (said === undefined) return refusedHttp
  // One recording stands for both followers: its own place is that of whoever gives it here.
  if (path !== '/flags' || service !== 'mesos-master') return said
  const flags = (JSON.parse(said.body) as { readonly flags: object }).flags
  return { ...said, body: JSON.stringify({ flags: { ...flags, ip: rules['address'], hostname: rules['address'] } }) }
}

const record: FileAnswer = {
  kind: 'file',
  sha256: 'x',
  mode: '600',
  owner: 'root',
  group: 'root',
  size: 1,
  modifiedAt: 1,
}

function directory(entries: readonly string[], mount: string): DirectoryAnswer {
  const owner = { mode: '750', owner: 'mesos', group: 'mesos' }
  return { kind: 'directory', ...owner, mount, readOnly: false, freeMiB: 1000, entries }
}

function unitOf({ unit, uptimeMs = 3_600_000 }: Machine, fragmentPath: string): UnitAnswer {
  const base = { loadState: 'loaded', unitFileState: 'enabled', fragmentPath, needReload: false, restarts: 0 }
  const down = { ...base, mainPid: 0, startedAt: 0 }
  if (unit === 'missing') {
    const none = {
      loadState: 'not-found',
      unitFileState: '',
      activeState: 'inactive',
      subState: 'dead',
      fragmentPath: '',
    }
    return { ...down, ...none, result: 'success', exitStatus: 0 }
  }
  return unit === 'running'
    ? {
        ...base,
        activeState: 'active',
        subState: 'running',
        mainPid: 7,
        startedAt: now - uptimeMs,
        result: 'success',
        exitStatus: 0,
      }
    : { ...down, activeState: 'failed', subState: 'failed', result: 'signal', exitStatus: 9 }
}
