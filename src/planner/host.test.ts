import { describe, expect, test } from 'vitest'
import { directoryAnswer, fileAnswer, machine, member, sha256, unitAnswer } from '../../test/unit/builders.ts'
import type { Fact } from '../model/fact.ts'
import { absent, known, unknown, valueOf } from '../model/fact.ts'
import type { MachineFacts } from '../model/facts.ts'
import type { DesiredHost } from '../model/host.ts'
import { hostsBlock, limitsPath, packageListsRecord } from '../model/host.ts'
import type { Answer, Question } from '../model/question.ts'
import { questionKey } from '../model/question.ts'
import { decideHost, questionsOfHost, selinuxOf } from './host.ts'

const nothing: DesiredHost = { host: 'm1', declared: true, users: [], files: [], keeps: [] }
const hosts: Question = { ask: 'file', path: '/etc/hosts', content: 65536 }
const hostname: Question = { ask: 'file', path: '/etc/hostname', content: 256 }
const selinux: Question = { ask: 'file', path: '/sys/fs/selinux/enforce', content: 8 }
const recorded = { [hostsBlock.record]: sha256('') }

function seenBefore(ownFiles: Readonly<Record<string, string>>): MachineFacts | undefined {
  return valueOf(machine([], { ownFiles }))
}

interface Machine {
  readonly answers?: readonly (readonly [Question, Fact<Answer>])[]
  readonly own?: Readonly<Record<string, string>>
  readonly hostname?: string
  readonly members?: readonly string[]
}

function decided(desired: Partial<DesiredHost>, seen: Machine = {}) {
  const facts = machine([], { ownFiles: seen.own ?? {} })
  if (facts.state !== 'known') throw new Error('it is known')
  const value = {
    ...facts.value,
    host: 'm1',
    hostname: seen.hostname ?? 'm1',
    records: Object.fromEntries((seen.members ?? []).map((stem) => [stem, '{}'])),
    answers: Object.fromEntries((seen.answers ?? []).map(([question, fact]) => [questionKey(question), fact])),
  }
  const { plan, problems, run } = decideHost({ ...nothing, ...desired }, { m1: known(value) })
  expect(run?.steps).toEqual(plan?.waves.flatMap(({ steps }) => steps))
  expect(run?.disruptive ?? false).toBe(false)
  return {
    verbs: (run?.steps ?? []).map(({ action, member: part }) => `${part} ${action.verb}`),
    codes: problems.map(({ code }) => code),
    messages: problems.map(({ message }) => message).join('\n'),
    steps: run?.steps ?? [],
  }
}

const block = (...lines: readonly string[]) => [hostsBlock.begin, ...lines, hostsBlock.end, ''].join('\n')
const withHosts = (text: string, more: Omit<Machine, 'answers'> = {}): Machine => ({
  ...more,
  answers: [[hosts, known(fileAnswer(text))]],
})

test('what is not declared and was never done is neither asked nor touched', () => {
  expect(questionsOfHost(nothing, seenBefore({ '/etc/other': 'x' }))).toEqual([selinux])
  expect(decided({}, { own: { '/etc/other': 'x', '/etc/ironherd/a/zoo.cfg': 'y' } })).toMatchObject({
    verbs: [],
    codes: [],
  })
})

test('what is declared is asked, and what was done before', () => {
  const file = {
    path: limitsPath,
    content: 'x',
    mode: '644',
    owner: 'root',
    group: 'root',
    secret: false,
    restart: false,
  }
  const desired: DesiredHost = {
    ...nothing,
    hostname: 'm1',
    users: [{ name: 'hadoop', group: 'hadoop', create: true }],
    files: [{ part: 'limits', file }],
  }
  const asked = (own: Readonly<Record<string, string>>) =>
    questionsOfHost(desired, seenBefore(own)).slice(1).map(questionKey)
  const always = ['file 256 /etc/hostname', 'user hadoop hadoop', `file 0 ${limitsPath}`]
  expect(asked({})).toEqual(always)
  expect(asked(recorded)).toEqual(['file 65536 /etc/hosts', ...always])
})

describe('the block of /etc/hosts', () => {
  const lines = ['10.0.0.1 m1', '10.0.0.2 m2']
  test.each<[string, Machine, readonly string[]]>([
    ['is written where there is none', withHosts('127.0.0.1 localhost\n'), ['hostsFile WriteBlock']],
    ['is written where there is no file', { answers: [[hosts, absent]] }, ['hostsFile WriteBlock']],
    ['is left as it stands', withHosts(`a\n${block(...lines)}b`, { own: recorded }), []],
    ['is written again without its record', withHosts(block(...lines)), ['hostsFile WriteBlock']],
    ['is written with other lines', withHosts(block(lines[0] ?? ''), { own: recorded }), ['hostsFile WriteBlock']],
    ['is written when it is empty', withHosts(block(''), { own: recorded }), ['hostsFile WriteBlock']],
  ])('%s', (_name, seen, verbs) => {
    expect(decided({ hostsBlock: lines }, seen)).toMatchObject({ verbs, codes: [] })
  })

  test('of no lines at all is one, too', () => {
    expect(decided({ hostsBlock: [] }, withHosts(block(), { own: recorded }))).toMatchObject({ verbs: [], codes: [] })
    expect(decided({ hostsBlock: [] }, withHosts(block(''), { own: recorded })).verbs).toEqual(['hostsFile WriteBlock'])
  })

  test('is taken out when it is no longer declared and was written, and only then', () => {
    expect(decided({}, withHosts(block(...lines), { own: recorded })).verbs).toEqual(['hostsFile RemoveBlock'])
    expect(decided({}, withHosts(block(...lines))).verbs).toEqual([])
  })

  test.each([
    ['one mark', `${hostsBlock.begin}\n`],
    ['two pairs', `${block('a')}${block('b')}`],
    ['marks the wrong way round', `${hostsBlock.end}\n${hostsBlock.begin}\n`],
  ])('is refused with %s, written or not', (_name, text) => {
    for (const wanted of [{ hostsBlock: lines }, {}]) {
      const { codes, messages, verbs } = decided(wanted, withHosts(text, { own: recorded }))
      expect([verbs, codes]).toEqual([[], ['BlockRefused']])
      expect(messages).toMatch(/^m1: \/etc\/hosts holds marks .* mend or remove them$/)
    }
  })

  test('is refused in what is no plain file, or too large to be seen', () => {
    for (const more of [{ kind: 'symlink' as const }, { content: undefined }]) {
      const { content, ...answer } = { ...fileAnswer(''), ...more }
      const fact = known(content === undefined ? answer : { ...answer, content })
      expect(decided({ hostsBlock: lines }, { answers: [[hosts, fact]] }).codes).toEqual(['BlockRefused'])
    }
  })

  test('is neither there nor missing when the file could not be seen', () => {
    const seen = { answers: [[hosts, unknown('ProbeFailed', 'm1: I/O error')]], own: recorded } as const
    for (const wanted of [{ hostsBlock: lines }, {}]) {
      expect(decided(wanted, seen)).toMatchObject({ verbs: [], codes: ['ProbeFailed'] })
    }
  })
})

describe('the host name', () => {
  const kept = (text: string): Machine => ({ answers: [[hostname, known(fileAnswer(text))]] })

  test('is set where the machine has another, now or after a boot', () => {
    expect(decided({ hostname: 'm1' }, { ...kept('m1\n') }).verbs).toEqual([])
    const other = decided({ hostname: 'm1' }, { ...kept('m1\n'), hostname: 'debian' })
    expect(other).toMatchObject({ verbs: ['hostname SetHostName'], codes: [] })
    expect(other.steps[0]?.guards).toEqual([{ guard: 'NoMembers' }])
    expect(decided({ hostname: 'm1' }, { answers: [[hostname, absent]] }).verbs).toEqual(['hostname SetHostName'])
  })

  test('is not changed while members stand on the machine, and the rest is done', () => {
    const seen: Machine = { ...kept('old\n'), hostname: 'old', members: ['ironherd-a-zk-1'] }
    const { codes, messages, verbs } = decided(
      { hostname: 'm1', users: [{ name: 'u', group: 'u', create: true }] },
      { ...seen, answers: [...(seen.answers ?? []), [{ ask: 'user', name: 'u', group: 'u' }, absent]] },
    )
    expect([verbs, codes]).toEqual([['users EnsureUser'], ['HostNameInUse']])
    expect(messages).toBe(
      'm1: its name is old, spec.preparation.hostname is m1, and members stand there (ironherd-a-zk-1): put old into the field, or let them leave first',
    )
  })

  test('after a boot is put right under members, whose name stays what it is', () => {
    const { steps, verbs } = decided({ hostname: 'm1' }, { ...kept('old\n'), members: ['ironherd-a-zk-1'] })
    expect([verbs, steps[0]?.guards]).toEqual([['hostname SetHostName'], []])
  })
})

describe('files of the machine', () => {
  const file = {
    path: limitsPath,
    content: 'x\n',
    mode: '644',
    owner: 'root',
    group: 'root',
    secret: false,
    restart: false,
  }
  const wanted = { files: [{ part: 'limits' as const, file }] }
  const seen = (fact: Fact<Answer>, own = {}): Machine => ({
    answers: [[{ ask: 'file', path: limitsPath }, fact]],
    own,
  })

  test('are written, put back, and removed when they are no longer declared', () => {
    const own = { [limitsPath]: sha256('x\n') }
    expect(decided(wanted, seen(absent)).verbs).toEqual(['limits WriteFile'])
    expect(decided(wanted, seen(known(fileAnswer('edited')), own)).verbs).toEqual(['limits WriteFile'])
    const stands = known(fileAnswer('x\n', { mode: '644', group: 'root' }))
    expect(decided(wanted, seen(stands, own)).verbs).toEqual([])
    expect(decided({}, { own }).verbs).toEqual(['limits RemoveFile'])
  })

  test('of somebody else are left as they are', () => {
    expect(decided(wanted, seen(known(fileAnswer('theirs'))))).toMatchObject({ verbs: [], codes: ['FileNotOurs'] })
  })
})

test('members on the machine have files that are none of its own', () => {
  const own = Object.fromEntries(member(1).files.map(({ path, content }) => [path, sha256(content)]))
  expect(decided({}, { own }).verbs).toEqual([])
})

describe('package repositories', () => {
  const text = (path: string, content: string) => ({
    part: 'packageRepositories' as const,
    file: { path, content, mode: '644', owner: 'root', group: 'root', secret: false, restart: false },
  })
  const key = '/etc/apt/keyrings/ironherd-host-a.asc'
  const sources = '/etc/apt/sources.list.d/ironherd-host-a.sources'
  const wanted = { files: [text(key, 'k'), text(sources, 's')], packageLists: { sources: [sources], digest: 'd' } }
  const apt: Question = { ask: 'directory', path: '/etc/apt' }
  const stands = (content: string) => known(fileAnswer(content, { mode: '644', group: 'root' }))
  const seen = (keyFact: Fact<Answer>, own = {}): Machine => ({
    answers: [
      [apt, known(directoryAnswer())],
      [{ ask: 'file', path: key }, keyFact],
      [{ ask: 'file', path: sources }, stands('s')],
    ],
    own,
  })
  const own = { [key]: sha256('k'), [sources]: sha256('s') }
  const fetched = { ...own, [packageListsRecord]: sha256('d\n') }

  test.each<[string, Machine, readonly string[]]>([
    ['fetched', seen(stands('k'), fetched), []],
    ['written and not fetched', seen(stands('k'), own), ['UpdatePackageLists']],
    [
      'fetched as they were before',
      seen(stands('k'), { ...own, [packageListsRecord]: sha256('other\n') }),
      ['UpdatePackageLists'],
    ],
    ['edited since', seen(known(fileAnswer('edited')), fetched), ['WriteFile', 'UpdatePackageLists']],
    ['half written', seen(absent, { [sources]: sha256('s') }), ['WriteFile', 'UpdatePackageLists']],
  ])('that are %s need no more than what is missing', (_name, machineSeen, verbs) => {
    expect(decided(wanted, machineSeen)).toMatchObject({
      verbs: verbs.map((verb) => `packageRepositories ${verb}`),
      codes: [],
    })
  })

  test('are written before packages, which may be in them, and with the key first', () => {
    const packages = { from: 'packages', packages: ['p'], maskUnits: [], path: '/usr' } as const
    const bare: Machine = {
      answers: [
        [apt, known(directoryAnswer())],
        [{ ask: 'file', path: key }, absent],
        [{ ask: 'file', path: sources }, absent],
        [{ ask: 'package', name: 'p' }, absent],
      ],
    }
    const { steps } = decided({ ...wanted, packages }, bare)
    expect(steps.map(({ action }) => (action.verb === 'WriteFile' ? action.file.path : action.verb))).toEqual([
      key,
      sources,
      'UpdatePackageLists',
      'InstallPackages',
    ])
  })

  test('with a file of somebody else in the way are not fetched', () => {
    expect(decided(wanted, seen(known(fileAnswer('theirs')), { [sources]: sha256('s') }))).toMatchObject({
      verbs: [],
      codes: ['FileNotOurs'],
    })
  })

  test('are refused where there is no apt, and not guessed at where that cannot be seen', () => {
    const without = (fact: Fact<Answer>): Machine => ({ ...seen(absent), answers: [[apt, fact]] })
    expect(decided(wanted, without(absent))).toMatchObject({ verbs: [], codes: ['ToolMissing'] })
    expect(decided(wanted, without(unknown('ProbeFailed', 'm1: cut off'))).codes).toEqual(['ProbeFailed'])
  })

  test('are taken away with their keys last, unless it cannot be told now what they are to be', () => {
    const gone = decided({}, { own: fetched })
    expect(gone.steps.map(({ action }) => (action.verb === 'RemoveFile' ? action.path : action.verb))).toEqual([
      packageListsRecord,
      sources,
      key,
    ])
    expect(decided({ keeps: [key, sources] }, { own: fetched }).verbs).toEqual([])
  })
})

describe('packages and Java', () => {
  const packages = { from: 'packages', packages: ['p'], maskUnits: ['u.service'], path: '/usr' } as const
  const java = {
    from: 'archive',
    url: 'u',
    digest: 'sha256:ab',
    path: '/opt/ironherd/java-ab',
    familyPrefix: '/opt/ironherd/java-',
  } as const
  const p: Question = { ask: 'package', name: 'p' }
  const unit: Question = { ask: 'unit', unit: 'u.service' }
  const software: Question = { ask: 'software', path: java.path }
  const masked = known(unitAnswer({ loadState: 'masked' }))

  test.each<[string, Machine['answers'], readonly string[], readonly string[]]>([
    [
      'installed',
      [
        [p, known({ version: '1' })],
        [unit, masked],
      ],
      [],
      [],
    ],
    [
      'missing',
      [
        [p, absent],
        [unit, masked],
      ],
      ['packages InstallPackages'],
      [],
    ],
    [
      'unmasked',
      [
        [p, known({ version: '1' })],
        [unit, known(unitAnswer())],
      ],
      ['packages InstallPackages'],
      [],
    ],
    [
      'out of sight',
      [
        [p, unknown('ProbeFailed', 'x')],
        [unit, masked],
      ],
      [],
      ['ProbeFailed'],
    ],
  ])('a package that is %s', (_name, answers = [], verbs, codes) => {
    expect(decided({ packages }, { answers })).toMatchObject({ verbs, codes })
  })

  test('a Java is unpacked where it is missing or damaged', () => {
    const stands = { listing: 'l', recordedListing: 'l', archive: 'sha256:ab' }
    const of = (fact: Fact<Answer>) => decided({ java }, { answers: [[software, fact]] }).verbs
    expect([of(absent), of(known(stands)), of(known({ ...stands, listing: 'other' }))]).toEqual([
      ['java InstallArchive'],
      [],
      ['java InstallArchive'],
    ])
  })

  test('all of it is asked', () => {
    expect(questionsOfHost({ ...nothing, packages, java }, undefined)).toEqual([selinux, p, unit, software])
  })
})

test.each<[string, Fact<Answer>, string | undefined]>([
  ['enforcing', known(fileAnswer('1', { size: 0 })), 'Enforcing'],
  ['permissive', known(fileAnswer('0', { size: 0 })), 'Permissive'],
  ['not there', absent, 'Disabled'],
  ['not to be read', unknown('ProbeFailed', 'm1: I/O error'), undefined],
  ['unlike any that is known', known(fileAnswer('maybe')), undefined],
])('SELinux that is %s', (_name, fact, mode) => {
  const facts = machine([], { changes: [[selinux, fact]] })
  expect(selinuxOf('m1', { m1: facts })).toBe(mode)
})
