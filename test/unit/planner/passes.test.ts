import { beforeEach, describe, expect, test } from 'vitest'
import { PaperEnsemble } from './paper-ensemble.ts'

let ensemble: PaperEnsemble
const count = (verb: string) => ensemble.done.filter((text) => text.endsWith(` ${verb}`)).length

/** From bare hosts to an ensemble that serves; what was done for it is forgotten. */
function grown(): void {
  ensemble.settle()
  ensemble.done.length = 0
}

beforeEach(() => {
  ensemble = new PaperEnsemble()
})

describe('an ensemble over many passes', () => {
  test('from bare hosts: everybody is marked before anybody is started, once each, and then all is quiet', () => {
    ensemble.settle()
    expect(ensemble.serving()).toEqual(['m1', 'm2', 'm3'])
    expect([count('MarkFirstStart'), count('StartUnit')]).toEqual([3, 3])
    const marked = ensemble.done.findLastIndex((text) => text.endsWith('MarkFirstStart'))
    expect(ensemble.done.findIndex((text) => text.endsWith('StartUnit'))).toBeGreaterThan(marked)
    ensemble.done.length = 0
    for (let pass = 0; pass < 20; pass++) ensemble.pass()
    expect(ensemble.done).toEqual([])
  })

  test('a bare host that cannot be seen keeps all of a new ensemble from starting', () => {
    ensemble.host('m3').up = false
    for (let pass = 0; pass < 5; pass++) ensemble.pass()
    expect([count('MarkFirstStart'), count('StartUnit')]).toEqual([0, 0])
    ensemble.host('m3').up = true
    ensemble.settle()
    expect(ensemble.serving()).toHaveLength(3)
  })

  test.each(['tree', 'all'] as const)(
    'a stopped server whose data is gone (%s) is back after some passes, without a marker',
    (wiped) => {
      grown()
      ensemble.kill('m1', wiped)
      ensemble.settle()
      expect(ensemble.serving()).toEqual(['m1', 'm2', 'm3'])
      expect([count('MarkFirstStart'), count('StartUnit')]).toEqual([0, 1])
      expect(new Set(ensemble.done.map((text) => text.split(' ')[0]))).toEqual(new Set(['m1']))
    },
  )

  test('one that runs on though its data is deleted ends with the data of the others, and is never marked', () => {
    grown()
    ensemble.now += 600_000
    ensemble.kill('m1', 'all')
    ensemble.host('m1').running = true
    ensemble.settle()
    expect([ensemble.serving().length, count('MarkFirstStart')]).toEqual([3, 0])
  })

  test('the history of data loss: a wiped server is not started while its only healthy peer alone has the data', () => {
    grown()
    ensemble.kill('m3')
    ensemble.host('m3').up = false
    ensemble.kill('m1', 'all')
    ensemble.kill('m2')
    for (let pass = 0; pass < 6; pass++) ensemble.pass()
    // m2 has the data and may start; m1 may not, and nobody is marked.
    expect(ensemble.done.filter((text) => text === 'm1 StartUnit' || text.endsWith('MarkFirstStart'))).toEqual([])
    // Nor is its id put back: that alone would let systemd start it.
    expect(ensemble.done.filter((text) => /^m1 (EnsureDirectory|WriteFile)/.test(text))).toEqual([])
    expect(ensemble.pass().problems.map(({ code }) => code)).toContain('RejoinRefused')
    ensemble.host('m3').up = true
    ensemble.settle()
    expect([ensemble.serving(), count('MarkFirstStart')]).toEqual([['m1', 'm2', 'm3'], 0])
  })

  test('data lost on two of three is left to a person: nothing is marked, nobody empty is started', () => {
    grown()
    ensemble.kill('m1', 'all')
    ensemble.kill('m2', 'tree')
    ensemble.kill('m3')
    for (let pass = 0; pass < 10; pass++) ensemble.pass()
    expect(ensemble.done.filter((text) => /^m[12] StartUnit|MarkFirstStart/.test(text))).toEqual([])
    expect(new Set(ensemble.pass().problems.map(({ code }) => code))).toEqual(new Set(['DataLost']))
  })

  test('a cold start from zero quorum starts all three', () => {
    grown()
    for (const host of ['m1', 'm2', 'm3']) ensemble.kill(host)
    ensemble.settle()
    expect([ensemble.serving().length, ensemble.done]).toEqual([3, ['m1 StartUnit', 'm2 StartUnit', 'm3 StartUnit']])
  })

  test('a deleted record of identity is written again, and nothing else is touched', () => {
    grown()
    const host = ensemble.host('m2')
    for (const path of host.files.keys()) if (path.endsWith('.json')) host.files.delete(path)
    ensemble.settle()
    expect(ensemble.done).toEqual(['m2 WriteFile'])
  })
})
