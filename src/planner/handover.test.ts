import { describe, expect, test } from 'vitest'
import {
  assessmentOf,
  expansionOf,
  fleet,
  input,
  journalEntry,
  machine,
  member,
  now,
  stale,
} from '../../test/unit/builders.ts'
import type { JournalEntry } from '../model/facts.ts'
import type { Assessment, Health, Telling } from '../model/health.ts'
import type { Group, Member } from '../model/member.ts'
import type { Action, Decision } from '../model/step.ts'
import { decide } from './decide.ts'

// Two of each kind on a host each: names 1 and 2, and beside them controllers 3 and 4, one of each leading.
const tool = { home: '/h', config: '/c', user: 'hdfs', group: 'hdfs', unit: 'tool.service', timeoutSeconds: 60 }
const action: Action = { verb: 'FailOver', tool, from: 'nn1', to: 'nn2' }
const [n1, n2, c1, c2] = [
  member(1, { group: 'names' }),
  member(2, { group: 'names' }),
  member(3, { group: 'controllers' }),
  member(4, { group: 'controllers' }),
] as const
const list = [n1, n2, c1, c2]
const one = { kind: 'MaxUnavailable', count: 1 } as const
const groups: readonly Group[] = [
  { name: 'names', order: 1, budget: one, breaker: 2 },
  { name: 'controllers', order: 2, budget: one, breaker: 2 },
]

interface Case {
  readonly stale: readonly Member[]
  readonly leads?: readonly Member[]
  readonly waits?: string
  readonly holds?: Readonly<Record<string, string>>
  readonly verdicts?: Readonly<Record<string, Health['verdict']>>
  readonly journal?: readonly JournalEntry[]
}

function decided({ holds = {}, journal = [], leads = [n1, c1], stale: old, verdicts, waits }: Case): Decision {
  const telling = (led: Member): Telling => ({
    member: led.id,
    host: led.host,
    action,
    reason: 'nn1 is active',
    risk: 'leaderChange',
    guards: [],
    ...(waits === undefined ? {} : { waits }),
  })
  const handovers = Object.fromEntries(leads.map((led) => [led.id, telling(led)]))
  const assessment: Assessment = { ...assessmentOf(list, verdicts), handovers, holds }
  const hosts = list.map((each) => {
    const changes = old.includes(each) ? stale(each) : []
    return [each.host, machine([each], { changes, journal })] as const
  })
  return decide(
    input(list, {
      expansion: expansionOf(list, { groups }),
      assessment,
      facts: fleet(list, Object.fromEntries(hosts)),
    }),
  )
}

function runs(found: Decision): string {
  return (found.run?.steps ?? []).map(({ host, action: { verb }, risk }) => `${host} ${verb} ${risk}`).join(', ')
}

describe('a lead', () => {
  test('is handed over in a pass of its own before its member is restarted; the plan shows both', () => {
    const found = decided({ stale: [n1] })
    expect(runs(found)).toBe('m1 FailOver leaderChange')
    const shown = found.plan?.waves.flatMap(({ steps }) => steps.map(({ action: { verb }, risk }) => [verb, risk]))
    expect(shown).toEqual([
      ['FailOver', 'leaderChange'],
      ['RestartUnit', 'restart'],
    ])
  })

  test('whoever led is restarted like the others afterwards', () => {
    expect(runs(decided({ stale: [n1], leads: [n2, c2] }))).toBe('m1 RestartUnit restart')
  })

  test('is handed over once for all groups, when nobody else is left to do in any of them', () => {
    const orders: (readonly [readonly Member[], readonly Member[], string])[] = [
      [[n1, n2, c1, c2], [n1, c1], 'm2 RestartUnit restart'],
      [[n1, c1, c2], [n1, c1], 'm4 RestartUnit restart'],
      [[n1, c1], [n1, c1], 'm1 FailOver leaderChange'],
      [[n1, c1], [n2, c2], 'm1 RestartUnit restart'],
      [[c1], [n2, c2], 'm3 RestartUnit restart'],
    ]
    for (const [old, leads, run] of orders) expect(runs(decided({ stale: old, leads }))).toBe(run)
    expect(decided({ stale: [n1, c1, c2] }).held.join()).toContain('handed over when those who do not lead')
  })

  test('is not taken down while nobody can take over, which is said; a plan shows it', () => {
    const found = decided({ stale: [n1], waits: 'nn2 is in safe mode' })
    expect([runs(found), found.plan === undefined]).toEqual(['', false])
    expect(found.held.join()).toContain('left alone until another can take over: nn2 is in safe mode')
  })

  test('also when the member does not do its work: it leads all the same', () => {
    expect(runs(decided({ stale: [n1], verdicts: { [n1.id]: 'waiting' } }))).toBe('m1 FailOver leaderChange')
  })

  test('that was handed over in vain is tried again after a while, and not restarted meanwhile', () => {
    const [step] = decided({ stale: [n1] }).run?.steps ?? []
    const entry = journalEntry(n1, { verb: 'FailOver', step: step?.id ?? '', phase: 'intent', at: now - 4000 })
    const found = decided({ stale: [n1], journal: [entry] })
    expect([runs(found), found.lookAgainMs]).toEqual(['', 6000])
    expect(found.held.join()).toContain('was to hand over before: next try in 6 s')
  })
})

describe('a hold of the service', () => {
  const holds = { names: 'a controller is out' }

  test('keeps those of the group that serve', () => {
    const found = decided({ stale: [n1, n2], holds })
    expect(runs(found)).toBe('')
    expect(found.held.join()).toContain('waits: a controller is out')
  })

  test('keeps one of its own, also while it waits for something', () => {
    const own = { [n2.id]: 'nobody needs it now' }
    const found = decided({ stale: [n2], holds: own, verdicts: { [n2.id]: 'waiting' } })
    expect([runs(found), found.held.join()]).toEqual(['', expect.stringContaining('waits: nobody needs it now')])
    expect(runs(decided({ stale: [n1, n2], holds: own, leads: [] }))).toBe('m1 RestartUnit restart')
  })

  test('keeps neither who does not serve, nor another group', () => {
    expect(runs(decided({ stale: [n2], holds, verdicts: { [n2.id]: 'unhealthy' } }))).toBe('m2 RestartUnit restart')
    expect(runs(decided({ stale: [n2, c2], holds }))).toBe('m4 RestartUnit restart')
  })
})
