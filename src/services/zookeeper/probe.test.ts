import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { known, unknown } from '../../model/fact.ts'
import { serverReport } from './probe.ts'

const folder = new URL('../../../test/cases/zookeeper/', import.meta.url)
const cases = z
  .array(z.object({ mntr: z.string(), srvr: z.string().optional(), report: z.record(z.string(), z.unknown()) }))
  .parse(JSON.parse(readFileSync(new URL('answers.json', folder), 'utf8')))

function answered(text: string) {
  return known({ outcome: 'answered', text } as const)
}

const refused = known({ outcome: 'refused', text: '' } as const)
const timeout = known({ outcome: 'timeout', text: '' } as const)

describe('what a server says of itself', () => {
  test.each(cases)('$mntr is read as $report', ({ mntr, srvr, report }) => {
    const read = (name: string) => answered(readFileSync(new URL(`answers/${name}`, folder), 'utf8'))
    const found = serverReport('m1:2181', read(mntr), srvr === undefined ? answered('') : read(srvr))
    expect(JSON.parse(JSON.stringify(found))).toEqual({ ...report, said: found.said })
  })

  test('silence, a closed port and a place that was not seen are three things', () => {
    expect(serverReport('m1', timeout, timeout).state).toBe('silent')
    expect(serverReport('m1', refused, refused).state).toBe('refused')
    const unseen = unknown('Unreachable', 'm1 is off')
    expect(serverReport('m1', unseen, unseen)).toEqual({ state: 'unknown', said: 'm1 is off' })
  })

  test('one answer is enough when the other came too late', () => {
    expect(serverReport('m1', timeout, answered('Mode: follower\n')).state).toBe('serving')
  })

  test('no input throws, and only a known role serves', () => {
    const word = fc.constantFrom(
      'zk_server_state\t',
      'leader',
      'follower',
      '\n',
      '\t',
      'Mode: ',
      'zk_synced_followers\t',
      '-1',
      'NaN',
      'not currently serving requests',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(word).map((words) => words.join('')),
    )
    fc.assert(
      fc.property(text, text, (mntr, srvr) => {
        const report = serverReport('m1', answered(mntr), answered(srvr))
        if (report.state === 'serving') {
          expect(`${mntr}\n${srvr}`).toContain(report.role)
          expect(report.syncedFollowers ?? 0).toBeGreaterThanOrEqual(0)
        }
        expect(report.said.length).toBeLessThan(700)
      }),
      { numRuns: 2000 },
    )
  })
})
