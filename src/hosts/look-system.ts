import type { Fact } from '../model/fact.ts'
import { absent, known, unknown } from '../model/fact.ts'
import type {
  Answer,
  JavaAnswer,
  LogAnswer,
  PackageAnswer,
  Question,
  UnitAnswer,
  UserAnswer,
} from '../model/question.ts'
import { whyNotAskable } from './askable.ts'
import type { LookRecords } from './look-fields.ts'
import type { HostClock, LookContext, Seen } from './look-seen.ts'

/** systemctl answers in the order of its arguments, one paragraph per unit. */
export function unitFacts(
  records: LookRecords,
  context: LookContext,
  clock: HostClock,
): ReadonlyMap<string, Fact<Answer>> {
  const asked = new Set<string>()
  for (const question of context.questions) {
    if (question.ask === 'unit' && whyNotAskable(question) === undefined) asked.add(question.unit)
  }
  const text = records.units ?? ''
  const paragraphs = text.split(/\n\n+/).filter((paragraph) => paragraph.includes('LoadState='))
  const facts = new Map<string, Fact<Answer>>()
  for (const [index, unit] of [...asked].entries()) {
    const paragraph = paragraphs.length === asked.size ? paragraphs[index] : undefined
    facts.set(
      unit,
      paragraph === undefined
        ? unknown('ProbeFailed', `${context.host}: systemctl did not tell of ${unit}: ${text.trim().slice(0, 200)}`)
        : known(unitAnswer(paragraph, clock)),
    )
  }
  return facts
}

function unitAnswer(paragraph: string, clock: HostClock): UnitAnswer {
  const properties = new Map(
    paragraph.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  const text = (name: string): string => properties.get(name) ?? ''
  const mainPid = count(text('MainPID'))
  const startedMicros = count(text('ExecMainStartTimestampMonotonic'))
  return {
    loadState: text('LoadState'),
    activeState: text('ActiveState'),
    subState: text('SubState'),
    unitFileState: text('UnitFileState'),
    fragmentPath: text('FragmentPath'),
    needReload: text('NeedDaemonReload') === 'yes',
    mainPid,
    startedAt: mainPid === 0 || startedMicros === 0 ? 0 : Math.round(clock.bootedAt + startedMicros / 1000),
    restarts: count(text('NRestarts')),
    result: text('Result'),
    exitStatus: count(text('ExecMainStatus')),
  }
}

/** `<s since the epoch> <host> <name>[<pid>]: <words>`; what goes on in the next line is indented. */
export function logFact(unit: string, index: number, seen: Seen): Fact<LogAnswer> {
  const record = seen.records.logs.get(index)
  if (record === undefined) return unknown('ProbeFailed', `${seen.host}: the journal of ${unit} was not read`)
  const { code, said } = record
  if (code !== 0) return unknown('ProbeFailed', `${seen.host}: journalctl of ${unit}: ${said.trim().slice(0, 200)}`)
  const lines = said.split('\n').flatMap((line) => {
    const [, pid, words] = /^\d+\.\d+ \S+ [^:]*?\[(\d+)\]: (.*)$/.exec(line) ?? []
    return pid === undefined || words === undefined ? [] : [{ pid, words }]
  })
  const last = lines.at(-1)
  if (last === undefined) return absent
  return known({ lines: lines.filter(({ pid }) => pid === last.pid).map(({ words }) => words) })
}

function count(text: string): number {
  return /^\d{1,18}$/.test(text) ? Number(text) : 0
}

export function userFact({ name, group: asked }: Extract<Question, { ask: 'user' }>, seen: Seen): Fact<UserAnswer> {
  const users = seen.records.users
  // 2 is getent's word for "not all of the names were found".
  if (users === undefined || (users.code !== 0 && users.code !== 2)) {
    return unknown('ProbeFailed', `${seen.host}: getent passwd failed with ${users?.code ?? 'no answer'}`)
  }
  const line = users.users.split('\n').find((entry) => entry.startsWith(`${name}:`))
  if (line === undefined) return absent
  const [, , uid, gid, , home, shell] = line.split(':')
  const groups = users.groups.split('\n').map((entry) => entry.split(':'))
  const group = groups.find((entry) => entry[2] === gid)
  return known({
    ...(asked === undefined ? {} : { groupExists: groups.some(([found]) => found === asked) }),
    uid: count(uid ?? ''),
    group: group?.[0] ?? gid ?? '',
    home: home ?? '',
    shell: shell ?? '',
  })
}

export function packageFact(name: string, seen: Seen): Fact<PackageAnswer> {
  const packages = seen.records.packages
  if (packages === undefined) return unknown('ProbeFailed', `${seen.host}: packages were not asked for`)
  if (packages.manager === 'none') return unknown('ToolMissing', `${seen.host}: neither dpkg-query nor rpm is there`)
  const line = packages.said.split('\n').find((entry) => entry.startsWith(`${name}\t`))
  if (line !== undefined) {
    const [, status, version] = line.split('\t')
    return status === 'installed' ? known({ version: version ?? '' }) : absent
  }
  // dpkg-query fails with 2 when it cannot read its database; rpm's code counts the packages that it did not find.
  const failed = packages.manager === 'dpkg' ? packages.code > 1 : /^(error|rpm): /m.test(packages.said)
  return failed
    ? unknown('ProbeFailed', `${seen.host}: ${packages.manager} failed: ${packages.said.trim().slice(0, 200)}`)
    : absent
}

export function javaFact(index: number, seen: Seen): Fact<JavaAnswer> {
  const java = seen.records.java.get(index)
  if (java === undefined) return unknown('ProbeFailed', `${seen.host}: java was not looked for`)
  if (java.home === '') return absent
  return known({ home: java.home, version: /^JAVA_VERSION="?([^"\n]*)"?$/m.exec(java.release)?.[1] ?? '' })
}
