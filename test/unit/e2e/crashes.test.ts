import { describe, expect, it } from 'vitest'
import {
  begunAgain,
  type Deeds,
  differences,
  doneTwice,
  type JournalLine,
  type Started,
  startsOf,
} from '../../e2e/crash-records.ts'

const unit = 'ironherd-zk-zookeeper-1.service'

function start(at: number): Started {
  return { host: 'm1', unit, at }
}

function line(at: number, verb: string, phase = 'intent', step = verb, epoch = 1): JournalLine {
  return { host: 'm1', at, epoch, phase, member: 'zookeeper-1', verb, step }
}

function deeds(more: Partial<Deeds>): Deeds {
  return { started: [], automatic: [], journal: [], ...more }
}

describe('the judgement of a history of crashes', () => {
  it('finds nothing when each start that was due was made once', () => {
    const seen = deeds({ started: [start(10), start(20)], journal: [line(5, 'MarkFirstStart')] })
    expect(doneTwice(seen, new Map([[`m1 ${unit}`, 2]]))).toEqual([])
  })

  it('sees a restart that was done twice, and one that was not done at all', () => {
    const seen = deeds({ started: [start(10), start(20)] })
    expect(doneTwice(seen, new Map([[`m1 ${unit}`, 1]]))).toEqual([`m1 ${unit}: started 2 times, 1 times were due`])
    expect(doneTwice(seen, new Map([[`m1 ${unit}`, 3]]))).toHaveLength(1)
    expect(doneTwice(deeds({}), new Map([[`m1 ${unit}`, 1]]))).toHaveLength(1)
  })

  it('does not count what systemd has started by itself', () => {
    expect(startsOf(deeds({ started: [start(10), start(20)], automatic: [start(19)] }))).toEqual(
      new Map([[`m1 ${unit}`, 1]]),
    )
  })

  it('sees a first start that is allowed once more after the service had started', () => {
    const seen = deeds({ started: [start(10)], journal: [line(5, 'MarkFirstStart'), line(11, 'MarkFirstStart')] })
    expect(doneTwice(seen, new Map([[`m1 ${unit}`, 1]]))).toEqual([
      'm1: a first start of zookeeper-1 was allowed after it had started',
    ])
  })

  it('counts a step that a later process begins once more, and not one for another cause', () => {
    const cut = [line(1, 'StartUnit'), line(2, 'StartUnit', 'intent', 'StartUnit', 2), line(3, 'StartUnit', 'done')]
    expect(begunAgain(cut)).toEqual({ begun: 2, again: ['StartUnit × 1'] })
    const other = [line(1, 'StartUnit'), line(2, 'RestartUnit'), line(3, 'StartUnit')]
    expect(begunAgain(other)).toEqual({ begun: 3, again: [] })
  })

  it('says what is different in the end, what is missing and what is there too much', () => {
    const wanted = new Map([
      ['a', '1'],
      ['b', '2'],
    ])
    const found = new Map([
      ['a', '3'],
      ['c', '4'],
    ])
    expect(differences(wanted, found)).toEqual([
      'a: 3, undisturbed 1',
      'b: missing, undisturbed 2',
      'c: 4, undisturbed missing',
    ])
    expect(differences(wanted, wanted)).toEqual([])
  })
})
