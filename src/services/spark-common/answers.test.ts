import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { recorded } from '../../../test/unit/spark/fixture.ts'
import { parseVersion } from '../spark-history-server/probe.ts'
import { lastTurn } from '../spark-master/leadership.ts'
import { parseMaster } from '../spark-master/probe.ts'
import { parseWorker } from '../spark-worker/probe.ts'

describe('answers of a real Spark 3.5.7', () => {
  test.each([
    ['master-alive.json', 'ALIVE', ['ALIVE', 'ALIVE']],
    ['master-standby.json', 'STANDBY', []],
    ['master-recovering.json', 'RECOVERING', ['ALIVE', 'UNKNOWN']],
    ['master-with-dead-worker.json', 'ALIVE', ['ALIVE', 'DEAD']],
  ])('%s', (name, status, states) => {
    const master = parseMaster(recorded(name))
    expect(master?.status).toBe(status)
    expect(master?.workers.map(({ state }) => state).sort()).toEqual(states)
  })

  test('a worker names its master, also after that has gone', () => {
    expect(parseWorker(recorded('worker-registered.json'))?.masterurl).toBe('spark://127.0.0.2:17077')
    expect(parseWorker(recorded('worker-masterless.json'))?.masterurl).toBe('spark://127.0.0.2:17077')
  })

  test('the history server tells its version', () => {
    expect(parseVersion(recorded('history-version.json'))).toBe('3.5.7')
  })
})

describe('answers that are none', () => {
  const parsers = [parseMaster, parseWorker, parseVersion]

  test.each([
    '',
    '{}',
    '[]',
    'null',
    '7',
    '<html>',
    '{"url":1}',
    '{"status":"ALIVE"}',
    '{"url":"x","status":"LEADER"}',
  ])('%j is nothing', (body) => {
    for (const parse of parsers) expect(parse(body)).toBeUndefined()
  })

  test('one of these cut anywhere is nothing, never half of something', () => {
    const whole = recorded('master-alive.json').trimEnd()
    for (let length = 0; length < whole.length; length++) expect(parseMaster(whole.slice(0, length))).toBeUndefined()
  })

  test('no text makes a parser throw', () => {
    const text = fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(text, (body) => {
        for (const parse of parsers) parse(body)
        lastTurn(body, 0, 0)
      }),
    )
  })
})

describe('the log of leadership', () => {
  const elected = 'I have been elected leader! New state:'
  test.each([
    ['nothing yet', '', { turn: 'unknown' }],
    ['elected with nothing to recover', `5000000000 ${elected} ALIVE\n`, { turn: 'alive', at: 5_000_000_000 }],
    ['elected and recovering', `5000000000 ${elected} RECOVERING\n`, { turn: 'recovering', at: 5_000_000_000 }],
    [
      'recovered',
      `5000000000 ${elected} RECOVERING\n5000060000 Recovery complete - resuming operations!\n`,
      { turn: 'alive', at: 5_000_060_000 },
    ],
    [
      'revoked',
      '5000000000 Leadership has been revoked -- master shutting down.\n',
      { turn: 'revoked', at: 5_000_000_000 },
    ],
    ['of the process before', `4999990000 ${elected} ALIVE\n`, { turn: 'unknown' }],
    ['something else', 'what?\n', { turn: 'unknown' }],
  ])('%s', (_, text, turn) => {
    expect(lastTurn(text, 4_999_999_000, 0)).toEqual(turn)
  })

  test('is told on the clock of ironherd', () => {
    expect(lastTurn(`5000000000 ${elected} ALIVE`, 4_999_990_000, 2000)).toEqual({ turn: 'alive', at: 4_999_998_000 })
  })
})
