import { describe, expect, test } from 'vitest'
import {
  bareMachine,
  type Changes,
  desiredDirectory,
  desiredFile,
  directoryAnswer,
  fileAnswer,
  machine,
  member,
  missingUnit,
  unitAnswer,
} from '../../test/unit/builders.ts'
import { absent, known, unknown } from '../model/fact.ts'
import type { Member } from '../model/member.ts'
import type { Question } from '../model/question.ts'
import { identityQuestion } from './identity.ts'
import { prepare } from './prepare.ts'
import { configDirectoryQuestion, userQuestion } from './questions.ts'

const one = member(1)
const unit: Question = { ask: 'unit', unit: one.unit.name }
const config = one.files[0]?.path ?? ''

function prepared(changes: Changes, of: Member = one, ownFiles?: Readonly<Record<string, string>>) {
  const facts = { m1: machine([of], { changes, ...(ownFiles === undefined ? {} : { ownFiles }) }) }
  const { steps, problems } = prepare(of, facts)
  return {
    steps: steps.map(({ action, repairs }) => (repairs === undefined ? action.verb : `${action.verb} ${repairs}`)),
    codes: problems.map(({ code }) => code),
    messages: problems.map(({ message }) => message).join('\n'),
  }
}

function ofUsers(groupExists: boolean) {
  return known({ uid: 999, group: 'users', groupExists, home: '/', shell: '' })
}

test('a member that stands as declared needs nothing', () => {
  expect(prepared([])).toMatchObject({ steps: [], codes: [] })
})

test('a bare host gets everything, in the order in which things must stand', () => {
  const { steps, problems } = prepare(one, { m1: bareMachine([one]) })
  expect(problems).toEqual([])
  expect(steps.map(({ action }) => action.verb)).toEqual([
    'EnsureUser',
    'EnsureDirectory',
    'EnsureDirectory',
    'InstallArchive',
    'WriteFile',
    'WriteFile',
    'ReloadUnits',
  ])
})

test('nothing is done for a member whose unit is masked by a fence, or of whose fence nothing is known', () => {
  const question: Question = { ask: 'file', path: `/var/lib/ironherd/fences/${one.unit.name}` }
  const edited: Changes = [
    [{ ask: 'file', path: config }, absent],
    [unit, known(unitAnswer({ loadState: 'masked', unitFileState: 'masked' }))],
  ]
  const fenced = prepared([...edited, [question, known(fileAnswer(''))]])
  expect(fenced.codes).toEqual(['Fenced'])
  expect(fenced.messages).toMatch(
    /^m1: \S+ is masked by a fence: remove \/var\/lib\/ironherd\/fences\/\S+ there when it may run again$/,
  )
  const unseen = prepared([...edited, [question, unknown('ProbeFailed', 'm1: cut off')]])
  // The host is named once: what is not known says by itself where.
  expect([unseen.codes, unseen.messages]).toEqual([['ProbeFailed'], 'm1: cut off'])
})

test('a file elsewhere that is no longer declared is removed, but not one that another object wants, too', () => {
  const before = { ...one, files: [...one.files, desiredFile('/etc/elsewhere.conf', 'x')] }
  const facts = { m1: machine([before]) }
  const removed = (shared: readonly string[]) =>
    prepare(one, facts, shared).steps.map(({ action, guards }) => [action, guards])
  expect(removed([])).toEqual([
    [{ verb: 'RemoveFile', path: '/etc/elsewhere.conf' }, [{ guard: 'OwnFile', path: '/etc/elsewhere.conf' }]],
  ])
  expect(removed(['/etc/elsewhere.conf'])).toEqual([])
  expect(prepare(before, facts).steps).toEqual([])
})

test('every step below a mount is guarded by it', () => {
  const { steps } = prepare(one, { m1: bareMachine([one]) })
  const data = steps.find(({ action }) => action.verb === 'EnsureDirectory' && action.directory.path === '/data/zk')
  expect(data?.guards).toEqual([{ guard: 'Mounted', mount: '/data' }])
})

describe('differences on a host', () => {
  const directory: Question = { ask: 'directory', path: '/data/zk' }
  const software: Question = { ask: 'software', path: '/opt/ironherd/zookeeper-3.8.4-abababababab' }
  const archive = `sha256:${'ab'.repeat(32)}`
  test.each<[string, Changes, readonly string[]]>([
    ['group missing', [[userQuestion(one.user), ofUsers(false)]], ['EnsureUser']],
    ['user of another group than the declared one, which exists', [[userQuestion(one.user), ofUsers(true)]], []],
    ['user missing', [[userQuestion(one.user), absent]], ['EnsureUser']],
    ['directory deleted', [[directory, absent]], ['EnsureDirectory DirectoryDeleted']],
    [
      'directory of another mode',
      [[directory, known(directoryAnswer({ mode: '777' }))]],
      ['EnsureDirectory DirectoryChanged'],
    ],
    ['software deleted', [[software, absent]], ['InstallArchive SoftwareDeleted']],
    [
      'software with a file of other bytes',
      [[software, known({ listing: 'x', recordedListing: 'x', archive, damaged: ['bin/run'] })]],
      ['InstallArchive SoftwareDamaged'],
    ],
    [
      'software that was read and is sound',
      [[software, known({ listing: 'x', recordedListing: 'x', archive, damaged: [] })]],
      [],
    ],
    [
      'software damaged',
      [[software, known({ listing: 'x', recordedListing: 'y', archive })]],
      ['InstallArchive SoftwareDamaged'],
    ],
    [
      'software without a record',
      [[software, known({ listing: 'x', recordedListing: '', archive: '' })]],
      ['InstallArchive'],
    ],
    ['file deleted', [[{ ask: 'file', path: config }, absent]], ['WriteFile FileDeleted']],
    ['file edited', [[{ ask: 'file', path: config }, known(fileAnswer('edited'))]], ['WriteFile FileChanged']],
    [
      'file replaced by a link',
      [[{ ask: 'file', path: config }, known(fileAnswer('', { kind: 'symlink', sha256: '' }))]],
      ['WriteFile FileChanged'],
    ],
    [
      'file of another mode',
      [[{ ask: 'file', path: config }, known(fileAnswer('clientPort=2181\n', { mode: '666' }))]],
      ['WriteFile FileModeChanged'],
    ],
    ['unit disabled', [[unit, known(unitAnswer({ unitFileState: 'disabled' }))]], ['EnableUnit UnitDisabled']],
    [
      'unit masked',
      [[unit, known(unitAnswer({ loadState: 'masked', unitFileState: 'masked' }))]],
      ['UnmaskUnit UnitMasked', 'EnableUnit UnitDisabled'],
    ],
    ['systemd holds an older unit', [[unit, known(unitAnswer({ needReload: true }))]], ['ReloadUnits']],
    [
      'unit file deleted',
      [
        [{ ask: 'file', path: one.unit.path }, absent],
        [unit, known(missingUnit)],
      ],
      ['WriteFile FileDeleted', 'ReloadUnits', 'EnableUnit UnitDisabled'],
    ],
    [
      'older software that nothing uses',
      [
        [
          {
            ask: 'superseded',
            familyPrefix: '/opt/ironherd/zookeeper-',
            keep: '/opt/ironherd/zookeeper-3.8.4-abababababab',
          },
          known({ directories: ['/opt/ironherd/zookeeper-3.7.2-000000000000'] }),
        ],
      ],
      ['PruneSoftware'],
    ],
  ])('%s', (_name, changes, steps) => {
    expect(prepared(changes)).toMatchObject({ steps, codes: [] })
  })

  test('a spec change is no repair: the file is still as ironherd wrote it', () => {
    const changed = { ...one, files: [desiredFile(config, 'clientPort=2182\n'), ...one.files.slice(1)] }
    const facts = { m1: machine([one]) }
    expect(prepare(changed, facts).steps.map(({ action, repairs }) => [action.verb, repairs])).toEqual([
      ['WriteFile', undefined],
    ])
  })

  test('a file of its own that is no longer declared is removed, a foreign one beside it is not', () => {
    const folder = config.slice(0, config.lastIndexOf('/'))
    const listing = directoryAnswer({ owner: 'root', entries: ['foreign.cfg', 'old.cfg', 'zoo.cfg'] })
    const own = { [`${folder}/old.cfg`]: 'aa', [config]: 'bb', [one.unit.path]: 'cc' }
    expect(prepared([[configDirectoryQuestion(one), known(listing)]], one, own).steps).toEqual(['RemoveFile'])
  })

  test('a directory that is named twice is made once', () => {
    const twice = { ...one, directories: [desiredDirectory('/data/zk'), desiredDirectory('/data/zk')] }
    expect(prepared([[{ ask: 'directory', path: '/data/zk' }, absent]], twice).steps).toHaveLength(1)
  })
})

describe('problems', () => {
  const port: Question = { ask: 'listener', port: 2181 }
  const mount: Question = { ask: 'directory', path: '/data' }
  const idle = known({ ...missingUnit, loadState: 'loaded', unitFileState: 'enabled', fragmentPath: one.unit.path })
  test.each<[string, Changes, string]>([
    ['no Java', [[{ ask: 'java', home: '' }, absent]], 'JavaMissing'],
    ['an old Java', [[{ ask: 'java', home: '' }, known({ home: '/j', version: '1.8.0_402' })]], 'JavaMissing'],
    ['nothing mounted', [[mount, known(directoryAnswer({ mount: '/' }))]], 'MountMissing'],
    ['no mount point', [[mount, absent]], 'MountMissing'],
    ['a full disk', [[mount, known(directoryAnswer({ freeMiB: 3 }))]], 'DiskFull'],
    ['a read-only disk', [[mount, known(directoryAnswer({ readOnly: true }))]], 'ReadOnlyFileSystem'],
    [
      'a link in the place of a directory',
      [[{ ask: 'directory', path: '/data/zk' }, known(directoryAnswer({ kind: 'symlink' }))]],
      'NotADirectory',
    ],
    [
      'a port that a stranger has',
      [
        [unit, idle],
        [port, known({ pid: 7, command: 'nginx', unit: 'nginx.service' })],
      ],
      'PortTaken',
    ],
    [
      'a unit of its name elsewhere',
      [[unit, known(unitAnswer({ fragmentPath: '/etc/systemd/system/x.service' }))]],
      'FileNotOurs',
    ],
    ['a record that cannot be read', [[identityQuestion(one), known(fileAnswer('?'))]], 'FileNotOurs'],
    [
      'an answer that did not come',
      [[{ ask: 'file', path: config }, unknown('ProbeFailed', 'Input/output error')]],
      'ProbeFailed',
    ],
    ['a question that was not asked', [[userQuestion(one.user), undefined]], 'NotLooked'],
  ])('%s', (_name, changes, code) => {
    expect(prepared(changes).codes).toEqual([code])
  })

  test('a user that ironherd is not to create', () => {
    const strict = { ...one, user: { ...one.user, create: false } }
    expect(prepared([[userQuestion(one.user), absent]], strict).codes).toEqual(['UserMissing'])
  })

  test('a user of another group, where the declared group does not exist and is not to be created', () => {
    const strict = { ...one, user: { ...one.user, create: false } }
    const { codes, messages } = prepared([[userQuestion(one.user), ofUsers(false)]], strict)
    expect(codes).toEqual(['UserMissing'])
    expect(messages).toContain('user zoo is of group users, and spec.serviceUser.group, zoo, does not exist')
    expect(messages).toContain('create it on the host, name users there, or set that to true')
  })

  test('a file that ironherd did not write is left and named', () => {
    const { steps, codes, messages } = prepared([[{ ask: 'file', path: config }, known(fileAnswer('theirs'))]], one, {})
    expect([steps, codes]).toEqual([[], ['FileNotOurs']])
    expect(messages).toContain(config)
  })

  test('a port that its own unit has is no problem', () => {
    const facts: Changes = [
      [unit, idle],
      [port, known({ pid: 7, command: 'java', unit: one.unit.name })],
    ]
    expect(prepared(facts).codes).toEqual([])
  })

  test('Java of an unknown version is believed', () => {
    expect(prepared([[{ ask: 'java', home: '' }, known({ home: '/j', version: '' })]]).codes).toEqual([])
  })
})

describe('packages', () => {
  const packaged = member(1, {
    software: { from: 'packages', packages: ['zookeeper'], maskUnits: ['zookeeper.service'], path: '/usr/share/java' },
  })
  const masked: Changes = [[{ ask: 'unit', unit: 'zookeeper.service' }, known(unitAnswer({ loadState: 'masked' }))]]
  const installed: Changes = [[{ ask: 'package', name: 'zookeeper' }, known({ version: '3.8.0' })]]
  test('are installed when missing, masked when not masked, and else left', () => {
    expect(prepared(masked, packaged).steps).toEqual(['InstallPackages'])
    expect(
      prepared([...installed, [{ ask: 'unit', unit: 'zookeeper.service' }, known(unitAnswer())]], packaged).steps,
    ).toEqual(['InstallPackages'])
    expect(prepared([...installed, ...masked], packaged).steps).toEqual([])
  })
})
