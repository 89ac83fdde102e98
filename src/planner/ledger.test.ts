import { describe, expect, test } from 'vitest'
import {
  assessmentOf,
  fleet,
  health,
  journalEntry,
  machine,
  member,
  members,
  now,
  object,
} from '../../test/unit/builders.ts'
import type { Health } from '../model/health.ts'
import type { RepairRecord } from '../model/ledger.ts'
import type { Action, StepOutcome } from '../model/step.ts'
import { disruptionsOf, trackRepairs } from './ledger.ts'
import { makeStep } from './steps.ts'

const one = member(1)
const started = now - 3_600_000

function outcome(verb: 'StartUnit' | 'RestartUnit', repairs?: string): StepOutcome {
  const action: Action = { verb, unit: one.unit.name }
  const step = makeStep('m1', one.id, action, 'it was seen to be stopped', repairs === undefined ? {} : { repairs })
  return { step, result: 'done', detail: '', durationMs: 5 }
}

/** Passes ten seconds apart, each with the health seen and what was done since the one before. */
function passes(...list: readonly (readonly [Health, (readonly StepOutcome[])?])[]): readonly RepairRecord[] {
  let records: readonly RepairRecord[] = []
  let before: Readonly<Record<string, Health>> | undefined
  for (const [index, [seen, outcomes = []]] of list.entries()) {
    const assessment = { ...assessmentOf([one]), health: { [one.id]: seen } }
    records = trackRepairs(records, { members: [one], before, assessment, outcomes, now: now + index * 10_000 })
    before = assessment.health
  }
  return records
}
const serving = health('serving', { startedAt: started })
const down = health('stopped', { startedAt: 0 })
const again = (offset: number, verdict: Health['verdict'] = 'serving') => health(verdict, { startedAt: now + offset })

describe('who mended a member', () => {
  test('ironherd, when it ran a step that mends', () => {
    const [record, ...more] = passes(
      [serving],
      [down],
      [again(15_000, 'starting'), [outcome('StartUnit', 'UnitStopped')]],
      [again(15_000)],
    )
    expect(record).toMatchObject({
      by: 'ironherd',
      cause: 'UnitStopped',
      detectedAt: now + 10_000,
      repairedAt: now + 30_000,
      steps: ['StartUnit'],
    })
    expect(more).toEqual([])
  })

  test('systemd, when another process serves than before, though it was on its way up in between', () => {
    const [record] = passes([serving], [again(8000, 'starting')], [again(8000)])
    expect(record).toMatchObject({ by: 'systemd', cause: 'Restarted', repairedAt: now + 20_000 })
  })

  test('systemd, when it was faster than the look', () => {
    expect(passes([serving], [again(5000)])).toMatchObject([{ by: 'systemd', cause: 'ProcessRestarted' }])
  })

  test('nobody, when the same process serves again', () => {
    expect(passes([serving], [health('unhealthy', { startedAt: started })], [serving])).toMatchObject([
      { by: 'itself' },
    ])
  })

  test('nobody, when only the way to the host was gone', () => {
    expect(passes([serving], [health('unknown', { startedAt: 0 })], [serving])).toMatchObject([
      { by: 'itself', cause: 'OutOfSight' },
    ])
  })
})

describe('no record is opened', () => {
  test('for a restart that a change of the spec asked for', () => {
    expect(passes([serving], [again(5000, 'starting'), [outcome('RestartUnit')]], [again(5000)])).toEqual([])
  })

  test('for a member that never served, or in the first pass of a process', () => {
    expect([passes([down]), passes([down], [down])]).toEqual([[], []])
  })

  test('for a difference of rounding', () => {
    expect(passes([serving], [health('serving', { startedAt: started + 1500 })])).toEqual([])
  })
})

describe('disruptions', () => {
  const at = (ago: number, verb: string, verdict: Health['verdict'] = 'starting') => {
    const facts = fleet([one], { m1: machine([one], { journal: [journalEntry(one, { at: now - ago, verb })] }) })
    return disruptionsOf(object, members(1), facts, assessmentOf([one], { [one.id]: verdict }), now)
  }

  test('are members that ironherd took down a while ago and that do not serve yet, by machine', () => {
    expect(at(5000, 'RestartUnit')).toEqual([
      {
        machine: 'id-of-m1',
        object: 'ZookeeperCluster/default/zk',
        member: one.id,
        since: now - 5000,
        verb: 'RestartUnit',
      },
    ])
    expect(at(5000, 'StopUnit')).toHaveLength(1)
  })

  test('end when the member serves, after ten minutes, and when the entry is of a clock that was wrong', () => {
    expect([at(5000, 'RestartUnit', 'serving'), at(601_000, 'RestartUnit'), at(-86_400_000, 'RestartUnit')]).toEqual([
      [],
      [],
      [],
    ])
  })

  test('are not starts, nor what another object did', () => {
    expect(at(5000, 'StartUnit')).toEqual([])
    const facts = fleet([one], {
      m1: machine([one], { journal: [journalEntry(one, { verb: 'StopUnit', object: 'x' })] }),
    })
    expect(disruptionsOf(object, [one], facts, assessmentOf([one], { [one.id]: 'stopped' }), now)).toEqual([])
  })
})
