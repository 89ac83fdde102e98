import { describe, expect, test } from 'vitest'
import {
  assessmentOf,
  bareMachine,
  type Changes,
  desiredFile,
  expansionOf,
  fileAnswer,
  fleet,
  health,
  input,
  journalEntry,
  lost,
  machine,
  member,
  members,
  missingUnit,
  now,
  object,
  quorumGroup,
  repairOf,
  stale,
  stopped,
} from '../../test/unit/builders.ts'
import { absent, known, unknown } from '../model/fact.ts'
import type { HostFacts } from '../model/facts.ts'
import type { Health } from '../model/health.ts'
import type { Place } from '../model/kind.ts'
import type { Group, Member } from '../model/member.ts'
import type { DecideInput } from '../model/planning.ts'
import type { Decision } from '../model/step.ts'
import { decide } from './decide.ts'
import { identityQuestion } from './identity.ts'
import { loadedQuestion } from './questions.ts'

const three = members(3)
const [m1, m2, m3] = [member(1), member(2), member(3)]

function runs(decision: Decision): readonly string[] {
  return (decision.run?.steps ?? []).map((step) => `${step.host} ${step.action.verb}`)
}
function plans(decision: Decision): readonly string[] {
  return (decision.plan?.waves ?? []).flatMap((wave) => wave.steps.map((step) => `${step.host} ${step.action.verb}`))
}
function codes(decision: Decision): readonly string[] {
  return decision.problems.map(({ code }) => code)
}
function with_(list: readonly Member[], hosts: Readonly<Record<string, HostFacts>>, more: Partial<DecideInput> = {}) {
  return decide(input(list, { facts: fleet(list, hosts), ...more }))
}
function on(one: Member, ...changes: readonly Changes[]): Readonly<Record<string, HostFacts>> {
  return { [one.host]: machine([one], { changes: changes.flat() }) }
}

describe('a settled cluster', () => {
  test('has no plan, no problem and nothing held', () => {
    expect(decide(input(three))).toEqual({ problems: [], held: [] })
  })
})

describe('what was not seen', () => {
  test('all hosts unreachable: ironherd is cut off, says so, and plans nothing', () => {
    const decision = with_(three, { m1: lost('m1'), m2: lost('m2'), m3: lost('m3') })
    expect([codes(decision), decision.plan, decision.run]).toEqual([['LostSight'], undefined, undefined])
  })

  test('all hosts out of sight for reasons that a person must mend: each says its own', () => {
    const unpinned = (host: string) => unknown('HostKeyUnpinned', `${host} shows SHA256:${host}`)
    const decision = with_(three, { m1: unpinned('m1'), m2: unpinned('m2'), m3: lost('m3') })
    expect(codes(decision)).toEqual(['HostKeyUnpinned', 'HostKeyUnpinned', 'Unreachable'])
    expect(decision.plan).toBeUndefined()
  })

  test('the only host gives its own reason', () => {
    expect(codes(with_([m1], { m1: lost('m1') }))).toEqual(['Unreachable'])
  })

  test('one host unknown: no step for it, and the others are started', () => {
    const decision = with_(three, { m1: lost('m1'), ...on(m2, stopped(m2)) })
    expect([codes(decision), plans(decision)]).toEqual([['Unreachable'], ['m2 StartUnit']])
  })
})

describe('starts', () => {
  test('a cold start from nothing starts everybody at once: neither quorum nor breaker stands before it', () => {
    const decision = with_(
      three,
      { ...on(m1, stopped(m1)), ...on(m2, stopped(m2)), ...on(m3, stopped(m3)) },
      {
        assessment: assessmentOf(three, {
          'zookeeper-1': 'stopped',
          'zookeeper-2': 'stopped',
          'zookeeper-3': 'stopped',
        }),
      },
    )
    expect(runs(decision)).toEqual(['m1 StartUnit', 'm2 StartUnit', 'm3 StartUnit'])
    expect(decision.run?.disruptive).toBe(false)
    expect(decision.run?.steps[0]?.guards).toContainEqual({ guard: 'UnitNotRunning', unit: m1.unit.name })
    expect(decision.run?.steps[0]?.guards).toContainEqual({ guard: 'Mounted', mount: '/data' })
  })

  test('what systemd is about to start itself is left to it', () => {
    const activating: Changes = [
      [
        { ask: 'unit', unit: m1.unit.name },
        known({ ...missingUnit, loadState: 'loaded', activeState: 'activating', unitFileState: 'enabled' }),
      ],
    ]
    expect(with_(three, on(m1, activating)).plan).toBeUndefined()
  })

  test('upstream not ready holds starts, keeps them in the plan, and stops nobody', () => {
    const expansion = expansionOf(three, { upstream: [{ name: 'zk', available: false, why: 'NoQuorum' }] })
    const decision = with_(three, on(m1, stopped(m1)), { expansion })
    expect([plans(decision), runs(decision)]).toEqual([['m1 StartUnit'], []])
    expect(decision.held.join()).toContain('UpstreamNotReady')
  })

  test('upstream not ready holds only the groups that need it, and nobody else waits for those', () => {
    const quorum = { budget: { kind: 'Quorum' }, breaker: 1 } as const
    const expansion = expansionOf(
      three.map((each, index) => ({ ...each, group: ['first', 'second', 'third'][index] ?? '' })),
      {
        upstream: [{ name: 'zk', available: false, why: 'NoQuorum' }],
        groups: [
          { ...quorum, name: 'first', order: 0, withoutUpstream: true },
          { ...quorum, name: 'second', order: 1 },
          { ...quorum, name: 'third', order: 2, withoutUpstream: true },
        ],
      },
    )
    const assessment = assessmentOf(three, { 'zookeeper-2': 'stopped', 'zookeeper-3': 'stopped' })
    const decision = with_(three, { ...on(m2, stopped(m2)), ...on(m3, stopped(m3)) }, { assessment, expansion })
    expect([plans(decision), runs(decision)]).toEqual([['m2 StartUnit', 'm3 StartUnit'], ['m3 StartUnit']])
    expect(decision.held.join()).toContain('zookeeper-2 is not started: UpstreamNotReady')
  })

  test('upstream not ready does not hold back files', () => {
    const expansion = expansionOf(three, { upstream: [{ name: 'zk', available: false, why: '' }] })
    const deleted: Changes = [[{ ask: 'file', path: m1.files[0]?.path ?? '' }, absent]]
    expect(runs(with_(three, on(m1, deleted), { expansion }))).toEqual(['m1 WriteFile'])
  })

  test('a later group waits until one of the earlier group serves, not for all of it', () => {
    const worker = member(3, { id: 'worker-3', group: 'workers' })
    const groups: readonly Group[] = [quorumGroup, { ...quorumGroup, name: 'workers', order: 2 }]
    const list = [m1, m2, worker]
    const at = (verdicts: Parameters<typeof assessmentOf>[1]) =>
      with_(list, on(worker, stopped(worker)), {
        expansion: expansionOf(list, { groups }),
        assessment: assessmentOf(list, verdicts),
      })
    expect(runs(at({ 'zookeeper-1': 'stopped', 'zookeeper-2': 'starting' }))).toEqual([])
    expect(runs(at({ 'zookeeper-1': 'stopped' }))).toEqual(['m3 StartUnit'])
  })

  test('a group that opens with a majority lets nobody start before that', () => {
    const later = member(6, { id: 'later-6', group: 'later' })
    const list = [...members(5), later]
    const decided = (order: number, opens: 'One' | 'Majority', ...serving: readonly number[]) => {
      const groups: readonly Group[] = [
        { ...quorumGroup, opens },
        { ...quorumGroup, name: 'later', order },
      ]
      const down = members(5).filter((_, index) => !serving.includes(index + 1))
      return with_(list, on(later, stopped(later)), {
        expansion: expansionOf(list, { groups }),
        assessment: assessmentOf(list, Object.fromEntries(down.map(({ id }) => [id, 'starting']))),
      })
    }
    expect(runs(decided(2, 'Majority', 1, 2))).toEqual([])
    expect(decided(2, 'Majority', 1, 2).held.join()).toContain('2 of 5 in servers serve, 3 are needed')
    expect(runs(decided(2, 'Majority', 1, 2, 5))).toEqual(['m6 StartUnit'])
    expect(runs(decided(2, 'One', 4))).toEqual(['m6 StartUnit'])
    // What comes before it, or beside it, does not wait for it.
    expect(runs(decided(1, 'Majority'))).toEqual(['m6 StartUnit'])
  })

  test('a group whose members wait for the next one lets it start', () => {
    const later = member(2, { id: 'later-2', group: 'later' })
    const list = [member(1), later]
    const groups: readonly Group[] = [quorumGroup, { ...quorumGroup, name: 'later', order: 2 }]
    const decided = (own: Partial<Health>) =>
      with_(list, on(later, stopped(later)), {
        expansion: expansionOf(list, { groups }),
        assessment: {
          ...assessmentOf(list),
          health: { 'zookeeper-1': health('waiting', own), 'later-2': health('stopped') },
        },
      })
    expect(runs(decided({}))).toEqual([])
    expect(runs(decided({ opens: true }))).toEqual(['m2 StartUnit'])
  })

  test('a crash loop is not fed faster and faster: the pause grows, and the next look is told', () => {
    const after = (count: number) => {
      const journal = Array.from({ length: count }, () => journalEntry(m1, { at: now - 1000 }))
      return with_(three, { m1: machine([m1], { changes: stopped(m1), journal }) }).lookAgainMs
    }
    expect([after(0), after(1), after(2), after(9)]).toEqual([undefined, 9000, 19_000, 299_000])
  })

  test('a journal that was written with a wrong clock does not hold a start for hours', () => {
    const journal = [journalEntry(m1, { at: now + 86_400_000 })]
    const decision = with_(three, { m1: machine([m1], { changes: stopped(m1), journal }) })
    expect(runs(decision)).toEqual(['m1 StartUnit'])
  })

  test('the record of what a member is goes before its first start, and its unit is enabled only with it', () => {
    const bare = { m1: bareMachine([m1]) }
    expect(runs(with_([m1], bare)).slice(-3)).toEqual(['m1 WriteFile', 'm1 EnableUnit', 'm1 StartUnit'])
  })

  test('a deleted record is written anew while the process proves to be as declared, and only then', () => {
    const deleted: Changes = [[identityQuestion(m1), absent]]
    expect(runs(with_(three, on(m1, deleted)))).toEqual(['m1 WriteFile'])
    expect(runs(with_(three, on(m1, deleted, stale(m1))))).toEqual(['m1 RestartUnit'])
  })
})

describe('a first start', () => {
  const places = (...states: readonly Place['state'][]): readonly Place[] =>
    states.map((state, index) => ({ host: `m${index + 1}`, path: '/data/zk', state, detail: '' }))
  const marks = (all: readonly Place[]) =>
    three.map((one) =>
      repairOf(one, {
        actions: [
          {
            action: {
              verb: 'MarkFirstStart',
              record: '/r',
              marker: { path: '/data/zk/initialize', owner: 'zoo', group: 'zoo' },
            },
            risk: 'none',
            guards: [],
          },
        ],
        permit: { rule: 'EveryPlaceEmpty', verb: 'MarkFirstStart', places: all },
        holdsStart: true,
        afterAllPrepared: true,
      }),
    )
  const ready = (one: Member) => ({
    [one.host]: machine([one], { changes: [...stopped(one), [identityQuestion(one), absent]] }),
  })
  const all = { ...ready(m1), ...ready(m2), ...ready(m3) }

  test('marks all members in one wave and starts nobody in it', () => {
    const decision = with_(three, all, { repairs: marks(places('empty', 'empty', 'empty')) })
    expect(runs(decision)).toEqual(['m1 MarkFirstStart', 'm2 MarkFirstStart', 'm3 MarkFirstStart'])
  })

  test('is no repair: nobody was there to break', () => {
    const causes = (facts: Readonly<Record<string, HostFacts>>) =>
      with_(three, facts, { repairs: marks(places('empty', 'empty', 'empty')) }).run?.steps.map((step) => step.repairs)
    expect(causes(all)).toEqual([undefined, undefined, undefined])
    const before = (one: Member) => ({ [one.host]: machine([one], { changes: stopped(one) }) })
    expect(causes({ ...before(m1), ...before(m2), ...before(m3) })).toEqual(['Broken', 'Broken', 'Broken'])
  })

  test('marks nobody while one host is not prepared', () => {
    const decision = with_(
      three,
      { ...all, m3: bareMachine([m3]) },
      { repairs: marks(places('empty', 'empty', 'empty')) },
    )
    expect(runs(decision).filter((text) => text.includes('Mark') || text.includes('StartUnit'))).toEqual([])
  })

  test.each(['unknown', 'holdsData'] as const)('is refused while one place is %s, and nobody is started', (state) => {
    const decision = with_(three, all, { repairs: marks(places('empty', state, 'empty')) })
    expect([codes(decision), decision.run]).toEqual([
      ['FirstStartRefused', 'FirstStartRefused', 'FirstStartRefused'],
      undefined,
    ])
  })

  test('that cannot come while a host is out of sight makes nothing ready on the others', () => {
    const bare = { m1: bareMachine([m1]), m2: bareMachine([m2]), m3: unknown('Unreachable', 'm3: no route') }
    const decision = with_(three, bare, { repairs: marks(places('empty', 'empty', 'unknown')) })
    expect([codes(decision).includes('FirstStartRefused'), decision.plan, decision.run]).toEqual([
      true,
      undefined,
      undefined,
    ])
  })

  test('is refused under the reason that the service gives', () => {
    const repairs = marks(places('empty', 'empty', 'holdsData')).map((repair) => ({
      ...repair,
      refusedAs: 'ForeignData' as const,
    }))
    expect(new Set(codes(with_(three, all, { repairs })))).toEqual(new Set(['ForeignData']))
  })

  test('of a spec that cannot work on one host touches no host', () => {
    const taken: Changes = [[{ ask: 'listener', port: 2181 }, known({ pid: 1, command: 'nginx', unit: '' })]]
    const bare = { m1: bareMachine([m1]), m2: bareMachine([m2], taken), m3: bareMachine([m3]) }
    const decision = with_(three, bare)
    expect([codes(decision), decision.plan]).toEqual([['PortTaken'], undefined])
  })
})

describe('repairs', () => {
  const restart = (one: Member) =>
    repairOf(one, {
      actions: [{ action: { verb: 'RestartUnit', unit: one.unit.name }, risk: 'restart', guards: [] }],
      disruptive: true,
    })

  test('a disruptive one waits until nothing quiet is left', () => {
    const decision = with_(three, on(m2, stopped(m2)), {
      repairs: [restart(m1)],
      assessment: assessmentOf(three, { 'zookeeper-1': 'unhealthy', 'zookeeper-2': 'stopped' }),
    })
    expect([runs(decision), decision.run?.disruptive]).toEqual([['m2 StartUnit'], false])
    expect(plans(decision)).toEqual(['m2 StartUnit', 'm1 RestartUnit'])
  })

  test('one that failed a moment ago on one member does not hold up a repair of another', () => {
    const decision = with_(three, on(m2, stopped(m2)), {
      repairs: [restart(m1)],
      resting: ['zookeeper-2'],
      assessment: assessmentOf(three, { 'zookeeper-1': 'unhealthy', 'zookeeper-2': 'stopped' }),
    })
    expect([runs(decision), plans(decision)]).toEqual([['m1 RestartUnit'], ['m2 StartUnit', 'm1 RestartUnit']])
  })

  test('a refused one that holds its member keeps it from being started and from being restarted', () => {
    const place = { host: 'm1', path: '/data/zk', state: 'empty', detail: '' } as const
    const refused = repairOf(m1, {
      permit: { rule: 'MajorityOfOthersServes', verb: 'x', voters: 3, othersServing: [], leaderSeen: false, place },
      holdsStart: true,
    })
    const down = with_(three, on(m1, stopped(m1)), { repairs: [refused] })
    const up = with_(three, on(m1, stale(m1)), { repairs: [refused] })
    expect([codes(down), down.plan, codes(up), up.plan]).toEqual([
      ['RejoinRefused'],
      undefined,
      ['RejoinRefused'],
      undefined,
    ])
  })
})

describe('disruptive waves', () => {
  const changed = (...list: readonly Member[]): Readonly<Record<string, HostFacts>> =>
    list.reduce((hosts, one) => ({ ...hosts, ...on(one, stale(one)) }), {})

  test('one member of a quorum at a time, though all want it, and the plan shows all', () => {
    const decision = with_(three, changed(m1, m2, m3))
    expect([runs(decision), plans(decision).length, decision.run?.disruptive]).toEqual([['m1 RestartUnit'], 3, true])
  })

  test('are for the process that was seen, whether it runs with older files or is to be mended', () => {
    const guards = (decision: Decision) => decision.run?.steps.map((step) => step.guards)
    const guard = { guard: 'SameProcess', unit: m1.unit.name, pid: expect.any(Number) as number }
    expect(guards(with_(three, changed(m1)))).toEqual([expect.arrayContaining([guard])])
    const repair = repairOf(m1, {
      actions: [{ action: { verb: 'RestartUnit', unit: m1.unit.name }, risk: 'restart', guards: [] }],
      disruptive: true,
    })
    expect(guards(with_(three, {}, { repairs: [repair] }))).toEqual([[guard]])
  })

  test('of two groups never together, and the later one waits for one on its way up in the earlier', () => {
    const workers = [member(4, { id: 'worker-4', group: 'workers' })]
    const list = [...three, ...workers]
    const groups: readonly Group[] = [
      quorumGroup,
      { name: 'workers', order: 2, budget: { kind: 'MaxUnavailable', count: 1 }, breaker: 1 },
    ]
    const expansion = expansionOf(list, { groups })
    const both = with_(list, changed(m1, ...workers), { expansion, assessment: assessmentOf(list) })
    expect(runs(both)).toEqual(['m1 RestartUnit'])
    const after = with_(list, changed(...workers), {
      expansion,
      assessment: assessmentOf(list, { 'zookeeper-1': 'starting' }),
    })
    expect([runs(after), plans(after)]).toEqual([[], ['m4 RestartUnit']])
  })

  test('wait for a member of another object that is down on the same machine', () => {
    const disruption = {
      machine: 'id-of-m1',
      object: 'SparkCluster/default/s',
      member: 'w',
      since: now,
      verb: 'RestartUnit',
    } as const
    const decision = with_(three, changed(m1), { disruptions: [disruption] })
    expect([runs(decision), decision.held.join()]).toEqual([[], expect.stringContaining('SparkCluster/default/s')])
  })

  test('a restart that was just done is not repeated at once, also when it stops a unit', () => {
    const step = with_(three, on(m1, stale(m1))).run?.steps[0]?.id ?? ''
    for (const verb of ['RestartUnit', 'StopUnit']) {
      const journal = [journalEntry(m1, { verb, step, at: now - 1000 })]
      const decision = with_(three, { m1: machine([m1], { changes: stale(m1), journal }) })
      expect([runs(decision), decision.lookAgainMs]).toEqual([[], 9000])
    }
  })

  test('a restart for other files is no repetition', () => {
    const journal = [journalEntry(m1, { verb: 'RestartUnit', step: 'for-the-files-before', at: now - 1000 })]
    const decision = with_(three, { m1: machine([m1], { changes: stale(m1), journal }) })
    expect(runs(decision)).toEqual(['m1 RestartUnit'])
  })

  test('a process whose list of loaded files cannot be read is not restarted for it', () => {
    const { content: _, ...unread } = fileAnswer('x', { size: 99_999 })
    expect(with_(three, on(m1, [[loadedQuestion(m1), known(unread)]])).plan).toBeUndefined()
  })
})

describe('what stops the whole cluster', () => {
  const moved = three.map((one) => ({ ...one, identity: { ...one.identity, dataDir: '/data/other' } }))

  test('a change of identity blocks every change on every host', () => {
    const edited: Changes = [[{ ask: 'file', path: m1.files[0]?.path ?? '' }, absent]]
    const decision = decide(input(moved, { facts: fleet(three, on(m1, edited)) }))
    expect(new Set(codes(decision))).toEqual(new Set(['DataDirectoryChangeUnsupported']))
    expect([decision.plan, decision.run]).toEqual([undefined, undefined])
  })

  test('a member of the blocked cluster that is stopped is started as it stands, without touching a file', () => {
    const decision = decide(input(moved, { facts: fleet(three, on(m1, stopped(m1))) }))
    expect(runs(decision)).toEqual(['m1 StartUnit'])
  })

  test('but not when its unit is disabled, its record names another object, or a repair holds it', () => {
    const disabled: Changes = [
      [{ ask: 'unit', unit: m1.unit.name }, known({ ...missingUnit, loadState: 'loaded', unitFileState: 'disabled' })],
    ]
    const other = machine([m1], { changes: stopped(m1), owner: { ...object, name: 'other' } })
    const held = repairOf(m1, {
      holdsStart: true,
      actions: [{ action: { verb: 'ReloadUnits' }, risk: 'none', guards: [] }],
    })
    expect(decide(input(moved, { facts: fleet(three, on(m1, disabled)) })).plan).toBeUndefined()
    expect(decide(input(moved, { facts: fleet(three, { m1: other }) })).plan).toBeUndefined()
    expect(decide(input(moved, { facts: fleet(three, on(m1, stopped(m1))), repairs: [held] })).plan).toBeUndefined()
  })

  test('nor while a fence stands', () => {
    const fence: Changes = [[{ ask: 'file', path: `/var/lib/ironherd/fences/${m1.unit.name}` }, known(fileAnswer(''))]]
    expect(decide(input(moved, { facts: fleet(three, on(m1, stopped(m1), fence)) })).plan).toBeUndefined()
  })

  test('nor while it was not seen whether it has its data', () => {
    const probe = { ask: 'directory', path: '/data/zk/version-2' } as const
    const probed = moved.map((one) => ({ ...one, probes: [probe] }))
    const blind: Changes = [...stopped(m1), [probe, unknown('ProbeFailed', 'm1: it cannot be listed')]]
    expect(decide(input(probed, { facts: fleet(three, on(m1, blind)) })).plan).toBeUndefined()
  })

  test('nor while whose place it takes is not proven stopped', () => {
    const old = member(1, { id: 'zookeeper-1@m4', host: 'm4', files: [] })
    const expansion = expansionOf(moved, { leaving: [{ member: old, successor: m1.id }] })
    const decided = (changes: Changes) =>
      decide(
        input(moved, { expansion, facts: fleet([...three, old], { ...on(m1, stopped(m1)), ...on(old, changes) }) }),
      )
    expect(decided([]).plan).toBeUndefined()
    const down: Changes = [[{ ask: 'unit', unit: old.unit.name }, known({ ...missingUnit, loadState: 'loaded' })]]
    expect(runs(decided(down))).toEqual(['m1 StartUnit'])
  })

  test('a collision with an older object blocks all and names it', () => {
    const claim = {
      machine: 'id-of-m2',
      host: 'm2',
      object: 'SparkCluster/default/s',
      createdAt: '2025-01-01T00:00:00Z',
      what: { kind: 'port', port: 2181, purpose: 'web UI', field: 'spec.x', member: 'w' },
    } as const
    const bare = Object.fromEntries(three.map((one) => [one.host, bareMachine([one])]))
    const decision = with_(three, bare, { claims: [claim] })
    expect([codes(decision), decision.plan]).toEqual([['PortCollision'], undefined])
    expect(decision.problems[0]?.message).toContain('SparkCluster/default/s')
  })

  test('two Host objects that are one machine block all', () => {
    const facts = { m1: machine([m1], { machineId: 'box' }), m2: machine([m2], { machineId: 'box' }) }
    expect(codes(decide(input([m1, m2], { facts })))).toContain('PortCollision')
  })

  test('a spec change on files alone is no change of identity', () => {
    const changed = three.map((one) => ({
      ...one,
      files: [desiredFile(one.files[0]?.path ?? '', 'new'), ...one.files.slice(1)],
    }))
    const decision = decide(input(changed, { facts: fleet(three) }))
    expect(runs(decision)).toEqual(['m1 WriteFile', 'm2 WriteFile', 'm3 WriteFile'])
  })
})
