import { describe, expect, test } from 'vitest'
import {
  bareMachine,
  type Changes,
  expansionOf,
  fileAnswer,
  fleet,
  lost,
  machine,
  member,
  members,
  missingUnit,
  quorumGroup,
  unitAnswer,
} from '../../test/unit/builders.ts'
import { absent, known, unknown } from '../model/fact.ts'
import type { HostFacts } from '../model/facts.ts'
import type { Member } from '../model/member.ts'
import type { Question } from '../model/question.ts'
import type { Decision } from '../model/step.ts'
import { identityQuestion } from './identity.ts'
import { fenceQuestion } from './questions.ts'
import { decideRelease } from './release.ts'

const three = members(3)
const [m1, m2] = [member(1), member(2)]
const unitOf = (one: Member): Question => ({ ask: 'unit', unit: one.unit.name })
const halted = (one: Member): Changes => [
  [unitOf(one), known({ ...missingUnit, loadState: 'loaded', unitFileState: 'disabled' })],
]
const data: Question = { ask: 'directory', path: '/data/zk' }

function release(
  policy: 'Stop' | 'Purge',
  hosts: Readonly<Record<string, HostFacts>> = {},
  list: readonly Member[] = three,
): Decision {
  return decideRelease({ expansion: expansionOf(list), facts: fleet(list, hosts), policy })
}
const verbs = (decision: Decision) => (decision.run?.steps ?? []).map((step) => `${step.host} ${step.action.verb}`)
const codes = (decision: Decision) => decision.problems.map(({ code }) => code)
const allHalted = Object.fromEntries(three.map((one) => [one.host, machine([one], { changes: halted(one) })]))

describe('Stop', () => {
  test('stops and disables every member, and is then done', () => {
    expect(verbs(release('Stop'))).toEqual([
      'm1 StopUnit',
      'm1 DisableUnit',
      'm2 StopUnit',
      'm2 DisableUnit',
      'm3 StopUnit',
      'm3 DisableUnit',
    ])
    expect(release('Stop', allHalted)).toEqual({ problems: [], held: [] })
  })

  test('stops workers before masters', () => {
    const worker = member(2, { id: 'worker', group: 'workers' })
    const groups = [quorumGroup, { ...quorumGroup, name: 'workers', order: 2 }]
    const list = [m1, worker]
    const decision = decideRelease({ expansion: expansionOf(list, { groups }), facts: fleet(list), policy: 'Stop' })
    expect([verbs(decision), decision.plan?.waves.length]).toEqual([['m2 StopUnit', 'm2 DisableUnit'], 2])
  })

  test('stops a server that was to move, and is then done', () => {
    const successor = member(4, { id: m1.id })
    const moved = { ...m1, id: `${m1.id}@${m1.host}` }
    const expansion = { ...expansionOf([successor]), leaving: [{ member: moved, successor: m1.id }] }
    const decide = (changes: Changes) => {
      const facts = { m1: machine([m1], { changes }), m4: bareMachine([successor]) }
      return decideRelease({ expansion, facts, policy: 'Stop' })
    }
    expect([codes(decide([])), verbs(decide([]))]).toEqual([[], ['m1 StopUnit', 'm1 DisableUnit']])
    expect(decide(halted(m1))).toEqual({ problems: [], held: [] })
  })

  test('waits for a host that cannot be reached, and goes on with the others', () => {
    const decision = release('Stop', { m1: lost('m1') })
    expect([codes(decision), verbs(decision)[0]]).toEqual([['ReleaseWaits'], 'm2 StopUnit'])
  })

  test('stops a process whose unit file is gone', () => {
    const running: Changes = [[unitOf(m1), known(unitAnswer({ loadState: 'not-found', unitFileState: '' }))]]
    expect(verbs(release('Stop', { ...allHalted, m1: machine([m1], { changes: running }) }))).toEqual(['m1 StopUnit'])
  })

  test('takes off the mask below which a unit may be enabled, and not the one of a fence', () => {
    const masked: Changes = [
      [unitOf(m1), known({ ...missingUnit, loadState: 'masked', unitFileState: 'masked' })],
      [fenceQuestion(m1), absent],
    ]
    const decision = release('Stop', { ...allHalted, m1: machine([m1], { changes: masked }) })
    expect([codes(decision), verbs(decision)]).toEqual([[], ['m1 UnmaskUnit', 'm1 DisableUnit']])
    const fenced: Changes = [...masked, [fenceQuestion(m1), known(fileAnswer(''))]]
    const waits = release('Stop', { ...allHalted, m1: machine([m1], { changes: fenced }) })
    expect([codes(waits), verbs(waits)]).toEqual([['ReleaseWaits'], []])
  })

  test('leaves a unit of its name that ironherd neither wrote nor started', () => {
    const foreign = bareMachine([m1], [[unitOf(m1), known(unitAnswer())]])
    expect(verbs(release('Stop', { ...allHalted, m1: foreign }))).toEqual([])
  })

  test('stops those first that had left the spec before', () => {
    const [one, two, third] = three
    if (one === undefined || two === undefined || third === undefined) throw new Error('three members')
    const expansion = expansionOf([one, two], { leaving: [{ member: { ...third, files: [] } }] })
    const facts = Object.fromEntries(three.map((each) => [each.host, machine([each])]))
    const decision = decideRelease({ expansion, facts, policy: 'Stop' })
    expect([codes(decision), verbs(decision)[0]]).toEqual([[], 'm3 StopUnit'])
  })

  test('does not care for a version that the spec changed', () => {
    const newer = three.map((one) => ({ ...one, identity: { ...one.identity, version: '3.9.9' } }))
    expect(codes(decideRelease({ expansion: expansionOf(newer), facts: fleet(three), policy: 'Stop' }))).toEqual([])
  })
})

describe('Purge', () => {
  test('first only stops', () => {
    expect(new Set(verbs(release('Purge')).map((text) => text.split(' ')[1]))).toEqual(
      new Set(['StopUnit', 'DisableUnit']),
    )
  })

  test('then moves data aside, removes its own files, and its record last', () => {
    const decision = release('Purge', allHalted)
    const steps = decision.run?.steps.filter((step) => step.host === 'm1') ?? []
    expect(steps.map(({ action }) => action.verb)).toEqual([
      'MoveAside',
      'RemoveFile',
      'RemoveFile',
      'ReloadUnits',
      'RemoveFile',
    ])
    expect(steps.at(-1)?.action).toEqual({ verb: 'RemoveFile', path: identityQuestion(m1).path })
    expect(steps[0]?.guards).toEqual([
      { guard: 'UnitNotRunning', unit: m1.unit.name },
      { guard: 'Mounted', mount: '/data' },
    ])
    expect(steps[0]?.risk).toBe('data')
  })

  test('is done when nothing of it is left', () => {
    const gone = Object.fromEntries(
      three.map((one) => [
        one.host,
        machine([one], { changes: [...halted(one), [data, absent], [identityQuestion(one), absent]], ownFiles: {} }),
      ]),
    )
    expect(release('Purge', gone)).toEqual({ problems: [], held: [] })
  })

  test('makes systemd forget a unit whose file was removed before the one who did it died', () => {
    const held: Changes = [
      [unitOf(m1), known({ ...missingUnit, loadState: 'loaded', needReload: true })],
      [data, absent],
    ]
    const decision = release('Purge', { ...allHalted, m1: machine([m1], { changes: held, ownFiles: {} }) })
    expect(verbs(decision)).toContain('m1 ReloadUnits')
  })

  test('touches no data anywhere while one host cannot be seen', () => {
    const decision = release('Purge', { ...allHalted, m3: lost('m3') })
    expect([codes(decision), decision.run]).toEqual([['ReleaseWaits'], undefined])
  })

  test('waits for a data directory that cannot be read, instead of passing over it', () => {
    const unread = machine([m1], { changes: [...halted(m1), [data, unknown('ProbeFailed', 'Input/output error')]] })
    expect(codes(release('Purge', { ...allHalted, m1: unread }))).toEqual(['ReleaseWaits'])
  })

  test('waits for a disk that is not mounted: it would come back with its data', () => {
    const mount: Question = { ask: 'directory', path: '/data' }
    const gone = machine([m1], { changes: [...halted(m1), [mount, absent], [data, absent]] })
    const decision = release('Purge', { ...allHalted, m1: gone })
    expect([codes(decision), decision.plan]).toEqual([['ReleaseWaits'], undefined])
    expect(decision.problems[0]?.message).toContain('nothing is mounted at /data')
  })

  test('never moves data of a member that it did not start: that is of somebody else', () => {
    const never = machine([m1], { changes: [...halted(m1), [identityQuestion(m1), absent]] })
    const decision = release('Purge', { ...allHalted, m1: never })
    expect(verbs(decision).filter((text) => text.endsWith('MoveAside'))).toEqual(['m2 MoveAside', 'm3 MoveAside'])
  })

  test('never moves a directory that only an edited spec names', () => {
    const edited = three.map((one) => ({
      ...one,
      dataDirectories: ['/data/other'],
      identity: { ...one.identity, dataDir: '/data/other' },
    }))
    const decision = decideRelease({ expansion: expansionOf(edited), facts: allHalted, policy: 'Purge' })
    expect([codes(decision)[0], decision.plan]).toEqual(['ReleaseWaits', undefined])
  })

  test('leaves files that ironherd did not write', () => {
    const foreign = machine([m1], { changes: halted(m1), ownFiles: {} })
    const decision = release('Purge', { ...allHalted, m1: foreign })
    expect(verbs(decision).filter((text) => text.startsWith('m1'))).toEqual(['m1 MoveAside'])
  })

  test('waits for a record that cannot be read', () => {
    const broken = machine([m2], { changes: [...halted(m2), [identityQuestion(m2), known(fileAnswer('?'))]] })
    expect([
      codes(release('Purge', { ...allHalted, m2: broken })),
      verbs(release('Purge', { ...allHalted, m2: broken })),
    ]).toEqual([['ReleaseWaits'], []])
  })
})

describe('members on hosts out of sight', () => {
  const forgets = (decision: Decision) =>
    (decision.plan?.waves ?? []).flatMap(({ steps }) =>
      steps.filter(({ action }) => action.verb === 'Forget').map(({ host }) => host),
    )
  const unseen = { ...allHalted, m3: lost('m3') }
  const letGo = (policy: 'Stop' | 'Purge', hosts: Readonly<Record<string, HostFacts>>, forgotten: readonly string[]) =>
    decideRelease({ expansion: expansionOf(three), facts: fleet(three, hosts), policy, forgotten })

  test('can be forgotten: that is shown, and never run by itself', () => {
    const decision = release('Stop', unseen)
    expect([forgets(decision), decision.run, codes(decision)]).toEqual([['m3'], undefined, ['ReleaseWaits']])
  })

  test('are not waited for when they are, and the others are released as ever', () => {
    expect(letGo('Stop', unseen, ['zookeeper-3'])).toEqual({ problems: [], held: [] })
    expect(verbs(letGo('Stop', { m3: lost('m3') }, ['zookeeper-3']))).not.toContain('m3 StopUnit')
    expect(verbs(letGo('Purge', unseen, ['zookeeper-3']))).toContain('m1 MoveAside')
    expect(verbs(release('Purge', unseen))).toEqual([])
  })

  test('are not forgotten while their hosts are seen, or were not looked at yet', () => {
    expect(forgets(release('Stop'))).toEqual([])
    expect(forgets(release('Stop', { m3: unknown('NotLooked', 'stopping') }))).toEqual([])
  })
})
