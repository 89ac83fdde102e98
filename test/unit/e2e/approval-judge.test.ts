import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type JournalEntry, judge, type Round, type ShownStep } from '../../e2e/approval-judge.ts'

const write: ShownStep = { host: 'm1', member: 'w', verb: 'WriteFile', target: '/etc/w', risk: 'none' }
const restart: ShownStep = { host: 'm1', member: 'w', verb: 'RestartUnit', target: 'w.service', risk: 'restart' }
const keys = ['a none', 'b restart']
const hash = createHash('sha256').update(keys.join('\n')).digest('hex')

function entry(at: number, step: ShownStep, id: string): JournalEntry {
  return { at, host: step.host, state: 'done', member: step.member, verb: step.verb, id }
}

/** Approved at 10, written at 20, restarted at 30. */
function round(more: Partial<Round> = {}): Round {
  return {
    policy: 'ApproveDisruptive',
    named: [{ hash, sentAt: 10 }],
    shown: new Map([[hash, [write, restart]]]),
    counted: new Map([[hash, keys]]),
    journal: [entry(20, write, 'a'), entry(30, restart, 'b')],
    changed: [{ host: 'm1', unit: 'w.service', startedAt: 31 }],
    settled: true,
    takenBack: false,
    ...more,
  }
}

describe('what hosts record of an approved change', () => {
  it('is right when the steps that were shown ran after they were approved', () => {
    expect(judge(round())).toEqual([])
  })

  it('is right, too, when what was approved did not run since the change was taken back, and wrong when it was not', () => {
    const nothing = { journal: [], changed: [] }
    expect(judge(round({ ...nothing, takenBack: true }))).toEqual([])
    expect(judge(round(nothing))).not.toEqual([])
  })

  it('is wrong when something ran before its approval was sent, harmless or not', () => {
    const wrong = judge(round({ named: [{ hash, sentAt: 25 }] }))
    expect(wrong).toContain('m1: WriteFile of w (done) without an approval')
    expect(judge(round({ named: [{ hash, sentAt: 35 }] }))).toContain('m1: RestartUnit of w (done) without an approval')
  })

  it('is wrong when a step ran that no plan showed, but for a file that takes nobody down', () => {
    const journal = [...round().journal, entry(40, restart, 'c')]
    expect(judge(round({ journal }))).toEqual(['m1: RestartUnit of w (done) without an approval'])
    const noted = [...round().journal, entry(40, write, 'c')]
    expect(judge(round({ journal: noted }))).toEqual([])
    expect(judge(round({ journal: noted, policy: 'ApproveAll' }))).toHaveLength(1)
  })

  it('is wrong when what was counted is not what the hash stands for, was not shown, or not named', () => {
    expect(judge(round({ counted: new Map([[hash, [...keys, 'c none']]]) })).join()).toContain('not those of the hash')
    expect(judge(round({ shown: new Map() })).join()).toContain('no plan showed')
    expect(judge(round({ named: [] })).join()).toContain('nobody has named')
  })

  it('is wrong when a step ran twice by one word, not at all, or in another order', () => {
    const twice = [...round().journal, entry(40, restart, 'b')]
    expect(judge(round({ journal: twice }))).toEqual(['m1: RestartUnit of w was run 2 times, approved 1 times'])
    expect(judge(round({ journal: [entry(20, write, 'a')] })).join()).toContain('was approved last and was not run')
    const turned = [entry(20, restart, 'b'), entry(30, write, 'a')]
    expect(judge(round({ journal: turned })).join()).toContain('run as RestartUnit, WriteFile')
  })

  it('is wrong when systemd knows of a process that was not approved, or of one that began before', () => {
    const stranger = { host: 'm2', unit: 'w.service', startedAt: 31 }
    expect(judge(round({ changed: [stranger] })).join()).toContain('its restart was not approved')
    const early = { host: 'm1', unit: 'w.service', startedAt: 5 }
    expect(judge(round({ changed: [early] })).join()).toContain('before anything was approved')
  })
})
