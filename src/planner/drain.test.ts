import { describe, expect, test } from 'vitest'
import {
  assessmentOf,
  expansionOf,
  fleet,
  input,
  journalEntry,
  machine,
  member,
  members,
  now,
  stale,
} from '../../test/unit/builders.ts'
import type { JournalEntry } from '../model/facts.ts'
import type { DrainState } from '../model/health.ts'
import type { Decision } from '../model/step.ts'
import { decide } from './decide.ts'

const timeoutMs = 60_000
const staying = members(3)
const leaver = member(4, { drain: { timeoutMs, onRestart: false } })
const busy: DrainState = { state: 'busy', evidence: 'ALIVE' }
const draining: DrainState = { state: 'draining', evidence: 'it has 2 executors' }
const drained: DrainState = { state: 'drained', evidence: 'it has 0 executors' }

function asked(ago: number, more: Partial<JournalEntry> = {}): JournalEntry {
  return journalEntry(leaver, { verb: 'DrainUnit', phase: 'intent', at: now - ago, ...more })
}

function leaves(state: DrainState | undefined, journal: readonly JournalEntry[] = [], one = leaver): Decision {
  return decide(
    input(staying, {
      expansion: expansionOf(staying, { leaving: [{ member: { ...one, files: [] } }] }),
      assessment: { ...assessmentOf(staying), ...(state === undefined ? {} : { drains: { [one.id]: state } }) },
      facts: fleet([...staying, one], { m4: machine([one], { journal }) }),
    }),
  )
}

function runs(decision: Decision): readonly string[] {
  return (decision.run?.steps ?? []).map((step) => `${step.host} ${step.action.verb}`)
}

describe('a member that leaves and can give up its work', () => {
  test('is told so first, and nothing else in that pass; the plan shows that it is stopped then', () => {
    const decision = leaves(busy)
    expect(runs(decision)).toEqual(['m4 DrainUnit'])
    const shown = decision.plan?.waves.flatMap((wave) => wave.steps.map(({ action }) => action.verb))
    expect(shown).toEqual(['DrainUnit', 'StopUnit', 'DisableUnit'])
  })

  test.each([
    ['draining', draining],
    ['asked, and not yet shown so', busy],
  ])('is waited for while it is %s, with its evidence', (_name, state) => {
    const decision = leaves(state, [asked(10_000)])
    expect(runs(decision)).toEqual([])
    expect(decision.held.join()).toContain(`for 50 s at most: ${state.evidence}`)
    expect(decision.lookAgainMs).toBe(3_000)
  })

  test.each([
    ['when it has none left', drained, 10_000],
    ['when its time is over', draining, timeoutMs],
    ['when its time is over though nothing shows that it heard', busy, timeoutMs + 1],
    ['when nobody lists it', undefined, 10_000],
  ])('is stopped %s', (_name, state, ago) => {
    expect(runs(leaves(state, [asked(ago)]))).toEqual(['m4 StopUnit', 'm4 DisableUnit'])
  })

  test.each([
    ['to a process before this one', { at: now - 7_200_000 }],
    ['by another object', { object: 'SparkCluster/other/other' }],
    ['to another member', { member: 'zookeeper-9' }],
  ])('is told again when it was said %s', (_name, more) => {
    expect(runs(leaves(draining, [asked(0, more)]))).toEqual(['m4 DrainUnit'])
  })

  test('is told again when the clock of its host was ahead: its time would never be over', () => {
    expect(runs(leaves(draining, [asked(-3_600_000)]))).toEqual(['m4 DrainUnit'])
    expect(leaves(draining, [asked(-5_000)]).held.join()).toContain('for 60 s at most')
  })

  test('without a rule is stopped at once', () => {
    expect(runs(leaves(busy, [], member(4)))).toEqual(['m4 StopUnit', 'm4 DisableUnit'])
  })
})

describe('a member that is restarted with new files', () => {
  function restarts(onRestart: boolean, state: DrainState, journal: readonly JournalEntry[] = []): Decision {
    const [first, second, third] = [member(1, { drain: { timeoutMs, onRestart } }), member(2), member(3)]
    const list = [first, second, third]
    return decide(
      input(list, {
        assessment: {
          ...assessmentOf(list, state.state === 'busy' ? {} : { [first.id]: 'waiting' }),
          drains: { [first.id]: state },
        },
        facts: fleet(list, { m1: machine([first], { changes: stale(first), journal }) }),
      }),
    )
  }
  const said = journalEntry(member(1), { verb: 'DrainUnit', phase: 'intent', at: now - 10_000 })

  test('is drained before when its rule asks for it', () => {
    const decision = restarts(true, busy)
    expect(runs(decision)).toEqual(['m1 DrainUnit'])
    expect(decision.plan?.waves.flatMap(({ steps }) => steps.map(({ action }) => action.verb))).toEqual([
      'DrainUnit',
      'RestartUnit',
    ])
  })

  test('is restarted when it is drained', () => {
    expect(runs(restarts(true, drained, [said]))).toEqual(['m1 RestartUnit'])
  })

  test('is waited for meanwhile', () => {
    const decision = restarts(true, draining, [said])
    expect(runs(decision)).toEqual([])
    expect(decision.held.join()).toContain('zookeeper-1 is drained')
  })

  test('is restarted at once when its rule does not ask for it', () => {
    expect(runs(restarts(false, busy))).toEqual(['m1 RestartUnit'])
  })
})
