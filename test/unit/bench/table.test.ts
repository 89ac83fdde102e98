import { describe, expect, it } from 'vitest'
import { toCsv } from '../../../bench/rounds.ts'
import { tableOf } from '../../../bench/table.ts'

const samples = [10, 12, 14].flatMap((ms, at) => [
  { round: at + 1, contender: 'ironherd', wallMs: ms, cpuMs: ms / 2, hostsCpuMs: 50 },
  { round: at + 1, contender: 'peer', wallMs: ms * 100, cpuMs: ms * 10, hostsCpuMs: undefined },
])

describe('tableOf', () => {
  it('gives medians, quartiles and the peer as a multiple of the first', () => {
    const rows = [{ contender: 'ironherd', commands: '1' }, { contender: 'peer' }]
    expect(tableOf(rows, samples).split('\n').slice(2)).toEqual([
      '| ironherd | 3 | 12.0 (11.0–13.0) | 1.00 | 6.00 (5.50–6.50) | 1.00 | 50.0 (50.0–50.0) | 1 |',
      '| peer | 3 | 1 200 (1 100–1 300) | 100 | 120 (110–130) | 20.0 | not measured |  |',
    ])
  })

  it('refuses a contender that was never run', () => {
    expect(() => tableOf([{ contender: 'nobody' }], samples)).toThrow('a quantile of nothing')
  })
})

describe('toCsv', () => {
  it('has a line for every sample, with nothing where nothing was measured', () => {
    expect(toCsv(samples.slice(0, 2))).toBe(
      'round,contender,wall_ms,controller_cpu_ms,hosts_cpu_ms\n1,"ironherd",10.000,5.000,50.000\n1,"peer",1000.000,100.000,\n',
    )
  })
})
