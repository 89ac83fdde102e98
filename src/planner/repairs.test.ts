import { describe, expect, test } from 'vitest'
import {
  type Changes,
  fleet,
  input,
  machine,
  member,
  members,
  repairOf,
  stale,
  stopped,
} from '../../test/unit/builders.ts'
import { stepKey } from '../model/approval.ts'
import { absent } from '../model/fact.ts'
import type { HostFacts } from '../model/facts.ts'
import type { Member } from '../model/member.ts'
import type { DecideInput } from '../model/planning.ts'
import type { Decision } from '../model/step.ts'
import { gate } from './approval.ts'
import { decide } from './decide.ts'

const three = members(3)
const [m1, m2] = [member(1), member(2)]

function runs(decision: Decision): readonly string[] {
  return (decision.run?.steps ?? []).map((step) => `${step.host} ${step.action.verb}`)
}
function plans(decision: Decision): readonly string[] {
  return (decision.plan?.waves ?? []).flatMap((wave) => wave.steps.map((step) => `${step.host} ${step.action.verb}`))
}
function codes(decision: Decision): readonly string[] {
  return decision.problems.map(({ code }) => code)
}
function decided(hosts: Readonly<Record<string, HostFacts>>, repairs: DecideInput['repairs']): Decision {
  return decide(input(three, { facts: fleet(three, hosts), repairs }))
}
function on(one: Member, changes: Changes): Readonly<Record<string, HostFacts>> {
  return { [one.host]: machine([one], { changes }) }
}

describe('a repair that waits by the word of its service', () => {
  const act = { action: { verb: 'ReloadUnits' }, risk: 'none', guards: [] } as const
  const place = { host: 'm1', path: '/data/zk', state: 'unknown', detail: '' } as const
  const waits = (more: Partial<Parameters<typeof repairOf>[1]> = {}) =>
    repairOf(m1, { actions: [act], waits: 'the others come first', ...more })

  test('is told, is shown in the plan and is not run; the others are worked on', () => {
    const decision = decided(on(m2, stopped(m2)), [waits()])
    expect([runs(decision), plans(decision)]).toEqual([['m2 StartUnit'], ['m1 ReloadUnits', 'm2 StartUnit']])
    expect(decision.held).toEqual(['zookeeper-1 waits: the others come first (zookeeper-1 is broken)'])
    expect(decision.problems).toEqual([])
  })

  test('does not ask for its permit: what cannot be proven yet is no problem yet', () => {
    const permit = { rule: 'EveryPlaceEmpty', verb: 'x', places: [place] } as const
    expect(codes(decided({}, [waits({ permit })]))).toEqual([])
    const now_ = decided({}, [repairOf(m1, { actions: [act], permit })])
    expect(codes(now_)).toEqual(['FirstStartRefused'])
  })

  test('holds the start of its member only where it says so, also without an action', () => {
    const down = (more: Parameters<typeof waits>[0]) => decided(on(m1, stopped(m1)), [waits(more)])
    expect(runs(down({}))).toEqual(['m1 StartUnit'])
    for (const actions of [[act], []]) {
      const held = down({ holdsStart: true, actions })
      expect([runs(held), held.held.length]).toEqual([[], 1])
    }
    expect(decided(on(m1, stale(m1)), [waits({ holdsStart: true })]).run).toBeUndefined()
  })

  test('holds what would take its member down, and is told once', () => {
    const disruptive = waits({
      actions: [{ action: { verb: 'RestartUnit', unit: m1.unit.name }, risk: 'restart', guards: [] }],
      disruptive: true,
    })
    const decision = decided({}, [disruptive])
    expect([runs(decision), plans(decision)]).toEqual([[], ['m1 RestartUnit']])
    expect(decision.held).toEqual(['zookeeper-1 waits: the others come first (zookeeper-1 is broken)'])
  })

  test('does not stand before another that may be done now', () => {
    const restart = { action: { verb: 'RestartUnit', unit: m1.unit.name }, risk: 'restart', guards: [] } as const
    const other = repairOf(m1, { actions: [restart], disruptive: true })
    const decision = decided({}, [waits({ actions: [restart], disruptive: true }), other])
    expect(runs(decision)).toEqual(['m1 RestartUnit'])
  })
})

describe('a repair after which its member is another', () => {
  const stop = { action: { verb: 'DisableUnit', unit: m1.unit.name }, risk: 'outage', guards: [] } as const
  const decision = decided({}, [
    repairOf(m1, { actions: [stop], disruptive: true, becomes: { ...m1.identity, role: 'other' } }),
  ])

  test('ends with its record, for which a person is asked whatever the policy', () => {
    const steps = decision.run?.steps ?? []
    expect(steps.map(({ action, risk }) => [action.verb, risk])).toEqual([
      ['DisableUnit', 'outage'],
      ['WriteFile', 'destructive'],
    ])
    const [, record] = steps
    expect(record?.action.verb === 'WriteFile' ? record.action.file.content : '').toContain('"role":"other"')
    expect(record?.guards).toEqual([{ guard: 'UnitNotRunning', unit: m1.unit.name }])
    const gated = gate(decision, 'Automatic', new Set())
    expect([gated.run, gated.pending?.steps]).toEqual([undefined, [record]])
    expect(gate(decision, 'Automatic', new Set([stepKey(record ?? { id: '', risk: 'none' })])).run?.steps).toEqual(
      steps,
    )
  })

  test('is refused and put off as any other', () => {
    const refused = decided({}, [repairOf(m1, { actions: [stop], becomes: {}, refused: 'no', disruptive: true })])
    expect(plans(refused)).toEqual([])
  })
})

describe('a member that is kept as it is', () => {
  const deleted: Changes = [[{ ask: 'file', path: m1.files[0]?.path ?? '' }, absent]]
  const place = { host: 'm1', path: '/data/zk', state: 'unknown', detail: '' } as const
  const refused = { rule: 'EveryPlaceEmpty', verb: 'x', places: [place] } as const
  const done = (more: Parameters<typeof repairOf>[1]) => runs(decided(on(m1, deleted), [repairOf(m1, more)]))

  test('gets no file as long as its repair is refused or waits', () => {
    expect(done({ permit: refused })).toEqual(['m1 WriteFile'])
    expect(done({ permit: refused, keepsAsItIs: true })).toEqual([])
    expect(done({ waits: 'not yet', keepsAsItIs: true })).toEqual([])
  })

  test('gets them when it is permitted', () => {
    const permit = { ...refused, places: [{ ...place, state: 'empty' }] } as const
    expect(done({ permit, keepsAsItIs: true })).toEqual(['m1 WriteFile'])
  })
})
