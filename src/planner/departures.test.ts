import { describe, expect, test } from 'vitest'
import {
  assessmentOf,
  expansionOf,
  fleet,
  input,
  lost,
  machine,
  member,
  members,
  missingUnit,
  repairOf,
  stale,
  stopped,
} from '../../test/unit/builders.ts'
import { known } from '../model/fact.ts'
import type { HostFacts } from '../model/facts.ts'
import type { Health } from '../model/health.ts'
import type { Leaving, Repair } from '../model/kind.ts'
import type { Decision } from '../model/step.ts'
import { decide } from './decide.ts'

const three = members(3)
const [m1] = three
const fourth = member(4)
if (m1 === undefined) throw new Error('three members')

function runs(decision: Decision): readonly string[] {
  return (decision.run?.steps ?? []).map((step) => `${step.host} ${step.action.verb}`)
}

interface Scene {
  readonly leaving?: readonly Leaving[]
  readonly hosts?: Readonly<Record<string, HostFacts>>
  readonly verdicts?: Readonly<Record<string, Health['verdict']>>
  readonly leader?: string
  readonly repairs?: readonly Repair[]
  readonly otherwise?: Readonly<Record<string, string>>
}

function decided({
  leaving = [{ member: { ...fourth, files: [] } }],
  hosts = {},
  verdicts = {},
  leader = 'zookeeper-1',
  repairs = [],
  otherwise = {},
}: Scene) {
  const usual = assessmentOf(three, {}, leader)
  const health = {
    ...usual.health,
    'zookeeper-4': { verdict: 'serving', role: '', evidence: '', startedAt: 1 } as const,
  }
  const changed = Object.fromEntries(
    Object.entries(verdicts).map(([id, verdict]) => [id, { verdict, role: '', evidence: 'so', startedAt: 1 }]),
  )
  return decide(
    input(three, {
      expansion: expansionOf(three, { leaving }),
      repairs,
      assessment: { ...usual, health: { ...health, ...changed }, otherwise },
      facts: fleet([...three, fourth], hosts),
    }),
  )
}

function lostData(id: number): Repair {
  const place = { host: `m${id}`, path: '/data/zk', state: 'empty', detail: '' } as const
  const [rule, verb] = ['MajorityOfOthersServes', 'RejoinEmpty'] as const
  const permit = { rule, verb, voters: 3, othersServing: [], leaderSeen: false, place }
  return repairOf(member(id), { permit, fetchesData: true })
}

describe('a member that is not declared any more', () => {
  test('is stopped and disabled when nothing else is left to do', () => {
    expect(runs(decided({}))).toEqual(['m4 StopUnit', 'm4 DisableUnit'])
  })

  test('is taken off its host when it is proven stopped, data aside, its record last', () => {
    const down = [[{ ask: 'unit', unit: fourth.unit.name }, known({ ...missingUnit, loadState: 'loaded' })]] as const
    const steps = decided({ hosts: { m4: machine([fourth], { changes: down }) } }).run?.steps ?? []
    expect(steps.map(({ action }) => action.verb)).toEqual([
      'MoveAside',
      'RemoveFile',
      'RemoveFile',
      'ReloadUnits',
      'RemoveFile',
    ])
    expect(JSON.stringify(steps.at(-1)?.action)).toContain('/members/')
  })

  test('waits until the others are as declared', () => {
    const decision = decided({ hosts: { m2: machine([member(2)], { changes: stale(member(2)) }) } })
    expect(runs(decision)).toEqual(['m2 RestartUnit'])
    expect(decision.held.join()).toContain('zookeeper-4 on m4 leaves')
  })

  test.each(['stopped', 'unhealthy', 'unknown', 'starting'] as const)(
    'waits while one of the others is %s',
    (verdict) => {
      const decision = decided({ verdicts: { 'zookeeper-3': verdict } })
      expect(runs(decision)).toEqual([])
      expect(decision.held.join()).toContain(`zookeeper-3 (${verdict})`)
    },
  )

  test('on a host out of sight is a problem that names the remedy, and holds nobody else up', () => {
    const decision = decided({ hosts: { m4: lost('m4'), m2: machine([member(2)], { changes: stale(member(2)) }) } })
    expect(decision.problems).toMatchObject([{ code: 'Unreachable', host: 'm4' }])
    expect(decision.problems[0]?.message).toContain('lifecycle: Lost')
    expect(decision.problems[0]?.message).toContain('ClusterPlan')
    expect(runs(decision)).toEqual(['m2 RestartUnit'])
  })

  test('on a host out of sight can be forgotten, when nothing else is left to do', () => {
    const { plan, run } = decided({ hosts: { m4: lost('m4') } })
    expect(run?.steps).toMatchObject([{ host: 'm4', member: 'zookeeper-4', action: { verb: 'Forget' } }])
    expect(plan?.waves.at(-1)).toEqual(run)
    const busy = decided({ hosts: { m4: lost('m4'), m2: machine([member(2)], { changes: stale(member(2)) }) } })
    expect(runs(busy)).toEqual(['m2 RestartUnit'])
  })

  test('waits until all others have their data', () => {
    const decision = decided({ repairs: [{ ...lostData(2), actions: [] }] })
    expect(runs(decision)).toEqual([])
    expect(decision.held.join()).toContain('have their data')
  })

  test('two of them go one after the other', () => {
    const fifth = member(5)
    const leaving = [fourth, fifth].map((one) => ({ member: { ...one, files: [] } }))
    expect(runs(decided({ leaving, hosts: { m5: machine([fifth]) } }))).toEqual(['m4 StopUnit', 'm4 DisableUnit'])
  })
})

describe('one on which the running service still counts', () => {
  const otherwise = { 'zookeeper-4': 'it votes by servers 1, 2, 3, 4' }

  test('waits, whatever else is left to do', () => {
    const decision = decided({ otherwise })
    expect([runs(decision), decision.held]).toEqual([[], ['zookeeper-4 on m4 leaves: it votes by servers 1, 2, 3, 4']])
  })

  test('waits until all who stay have heard of it: its record tells the way as long as theirs do not', () => {
    expect(runs(decided({ otherwise: { 'zookeeper-2': 'it works by servers 1, 2, 3, 4' } }))).toEqual([])
  })

  test('waits also when another is to take its place, and is not restarted when it leads', () => {
    const successor = { member: { ...fourth, files: [] }, successor: 'zookeeper-3' }
    expect(runs(decided({ otherwise, leaving: [successor] }))).toEqual([])
    const busy = { m2: machine([member(2)], { changes: stale(member(2)) }) }
    expect(runs(decided({ otherwise, leader: 'zookeeper-4', hosts: busy }))).toEqual(['m2 RestartUnit'])
  })
})

describe('one that leads', () => {
  const busy = { m2: machine([member(2)], { changes: stale(member(2)) }) }

  test('is restarted before anybody else, so that another leads', () => {
    const decision = decided({ leader: 'zookeeper-4', hosts: busy })
    expect(decision.run?.steps).toMatchObject([{ host: 'm4', action: { verb: 'RestartUnit' }, risk: 'leaderChange' }])
  })

  test('also when somebody has masked it, which a restart would not get past', () => {
    const masked = { ask: 'unit', unit: fourth.unit.name } as const
    const runsMasked = {
      ...missingUnit,
      loadState: 'masked',
      unitFileState: 'masked',
      activeState: 'active',
      mainPid: 4,
    }
    const m4 = machine([fourth], { changes: [[masked, known(runsMasked)]] })
    const decision = decided({ leader: 'zookeeper-4', hosts: { ...busy, m4 } })
    expect(runs(decision)).toEqual(['m4 UnmaskUnit', 'm4 RestartUnit'])
  })

  test('also when it keeps one from joining that was restarted already', () => {
    const decision = decided({ leader: 'zookeeper-4', hosts: busy, verdicts: { 'zookeeper-3': 'unhealthy' } })
    expect(runs(decision)).toEqual(['m4 RestartUnit'])
  })

  test.each(['stopped', 'unknown'] as const)(
    'but not while one of the others is %s, and then nobody else either',
    (verdict) => {
      const decision = decided({ leader: 'zookeeper-4', hosts: busy, verdicts: { 'zookeeper-3': verdict } })
      expect(runs(decision)).toEqual([])
    },
  )
})

describe('one that leads, while another waits for its data', () => {
  const four = [...three, member(5)]
  const scene = (down: readonly string[], repairs: readonly Repair[]) => {
    const usual = assessmentOf(four, {}, 'zookeeper-4')
    const out = { verdict: 'stopped', role: '', evidence: 'so', startedAt: 0 } as const
    const health = { ...usual.health, ...Object.fromEntries(down.map((id) => [id, out])) }
    return runs(
      decide(
        input(four, {
          expansion: expansionOf(four, { leaving: [{ member: { ...fourth, files: [] } }] }),
          repairs,
          assessment: { ...usual, health },
          facts: fleet([...four, fourth], { m2: machine([member(2)], { changes: stale(member(2)) }) }),
        }),
      ),
    )
  }

  test('gives that up when those who run are a majority: nobody could join it', () => {
    expect(scene(['zookeeper-1'], [lostData(1)])).toEqual(['m4 RestartUnit'])
  })

  test('but not while one that has its data is down, or they are no majority', () => {
    expect(scene(['zookeeper-1'], [])).toEqual([])
    expect(scene(['zookeeper-1', 'zookeeper-3'], [lostData(1), lostData(3)])).toEqual([])
  })
})

describe('one whose identity another takes over', () => {
  const old = member(1, { id: 'zookeeper-1@m4', host: 'm4', files: [] })
  const leaving = [{ member: old, successor: 'zookeeper-1' }]
  const fresh = { m1: machine([m1], { changes: stopped(m1) }), m4: machine([old]) }

  test('goes first, when the others serve', () => {
    const verdicts = { 'zookeeper-1': 'stopped' } as const
    const decision = decided({ leaving, hosts: fresh, verdicts })
    expect(runs(decision)).toEqual(['m4 StopUnit', 'm4 DisableUnit'])
    expect(decision.held.join()).toContain('it is not proven stopped on m4')
  })

  test('is not stopped while another is down', () => {
    const verdicts = { 'zookeeper-1': 'stopped', 'zookeeper-2': 'unhealthy' } as const
    expect(runs(decided({ leaving, hosts: fresh, verdicts }))).toEqual([])
  })

  test('is not stopped while another has lost its data: the one that follows has to fetch it from somebody', () => {
    const decision = decided({
      leaving,
      hosts: fresh,
      verdicts: { 'zookeeper-1': 'stopped' },
      repairs: [lostData(2)],
    })
    expect(runs(decision)).not.toContain('m4 StopUnit')
    expect(decision.held.join()).toContain('have their data')
  })

  test('is not stopped when the others are no majority, from which the one that follows could fetch it', () => {
    const two = members(2)
    const decision = decide(
      input(two, {
        expansion: expansionOf(two, { leaving }),
        assessment: assessmentOf(two, { 'zookeeper-1': 'stopped' }, 'zookeeper-2'),
        facts: fleet([...two, old], fresh),
      }),
    )
    expect(runs(decision)).toEqual([])
    expect(decision.held.join()).toContain('no majority')
  })

  test('that leads is stopped when another runs as declared and cannot follow it where it still is', () => {
    const verdicts = { 'zookeeper-1': 'stopped', 'zookeeper-2': 'unhealthy' } as const
    expect(runs(decided({ leaving, hosts: fresh, verdicts, leader: old.id }))).toContain('m4 StopUnit')
  })

  test('keeps the other from starting as long as it is not proven stopped', () => {
    const decision = decided({ leaving, hosts: { ...fresh, m4: lost('m4') }, verdicts: { 'zookeeper-1': 'stopped' } })
    expect(runs(decision)).toEqual([])
    expect(decision.held.join()).toContain('lifecycle: Lost')
    // To forget it is no proof that it does not run.
    expect(JSON.stringify(decision.plan ?? {})).not.toContain('Forget')
  })

  test('is one of two: the other waits for both, and would not be started by a reboot before either', () => {
    const oldest = member(1, { id: 'zookeeper-1@m5', host: 'm5', files: [] })
    const both = [{ member: oldest, successor: 'zookeeper-1' }, ...leaving]
    const down = (own: typeof old) =>
      [[{ ask: 'unit', unit: own.unit.name }, known({ ...missingUnit, loadState: 'loaded' })]] as const
    const disabled = { ...missingUnit, loadState: 'loaded', unitFileState: 'disabled' }
    const hosts = {
      m1: machine([m1], { changes: [[{ ask: 'unit', unit: m1.unit.name }, known(disabled)]] }),
      m4: lost('m4'),
      m5: machine([oldest], { changes: down(oldest) }),
    }
    const verdicts = { 'zookeeper-1': 'stopped' } as const
    const decision = decided({ leaving: both, hosts, verdicts })
    expect(runs(decision)).toEqual([])
    expect(decision.held.join()).toContain('it is not proven stopped on m4')
    const proven = { ...hosts, m4: machine([old], { changes: down(old) }) }
    expect(runs(decided({ leaving: both, hosts: proven, verdicts }))).toContain('m1 EnableUnit')
  })

  test('is taken off its host only when the other serves: its record tells how far the change has come', () => {
    const down = [[{ ask: 'unit', unit: old.unit.name }, known({ ...missingUnit, loadState: 'loaded' })]] as const
    const hosts = { m4: machine([old], { changes: down }) }
    expect(runs(decided({ leaving, hosts, verdicts: { 'zookeeper-1': 'starting' } }))).toEqual([])
    expect(runs(decided({ leaving, hosts }))).toContain('m4 MoveAside')
  })

  test('lets it start once it is', () => {
    const down = [[{ ask: 'unit', unit: old.unit.name }, known({ ...missingUnit, loadState: 'loaded' })]] as const
    const hosts = { ...fresh, m4: machine([old], { changes: down }) }
    expect(runs(decided({ leaving, hosts, verdicts: { 'zookeeper-1': 'stopped' } }))).toContain('m1 StartUnit')
  })
})
