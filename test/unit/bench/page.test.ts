import { describe, expect, it } from 'vitest'
import { type NoopPassReport, pageOf } from '../../../bench/page.ts'
import { toCsv } from '../../../bench/rounds.ts'

const samples = [10, 12, 14].flatMap((ms, at) => [
  { round: at + 1, contender: 'ironherd', wallMs: ms, cpuMs: ms / 2, hostsCpuMs: 50 },
  { round: at + 1, contender: 'peer', wallMs: ms * 100, cpuMs: ms * 10, hostsCpuMs: undefined },
])

const report: NoopPassReport = {
  day: '2026-01-02',
  machine: { cpus: 2, model: 'some CPU', memoryGiB: 24, kernel: '6.1' },
  load: 0.2,
  versions: { ironherd: '0.1.0', node: '24', ansible: '2', python: '3', ssh: 'OpenSSH' },
  hosts: 6,
  members: 9,
  questions: 100,
  checks: 90,
  contenders: [
    { name: 'ironherd', what: 'one', roundTripsPerHost: '1' },
    { name: 'peer', what: 'two', roundTripsPerHost: '9' },
  ],
  samples,
  csv: 'x.csv',
}

describe('pageOf', () => {
  it('gives medians, quartiles and the peer as a multiple of ours', () => {
    expect(
      pageOf(report)
        .split('\n')
        .filter((line) => /^\| (ironherd|peer)/.test(line)),
    ).toEqual([
      '| ironherd | 12.0 (11.0–13.0) | 1 | 6.00 (5.50–6.50) | 1 | 50.0 (50.0–50.0) | 1 |',
      '| peer | 1 200 (1 100–1 300) | 100 | 120 (110–130) | 20.0 | not measured | 9 |',
    ])
  })
})

describe('toCsv', () => {
  it('has a line for every sample, with nothing where nothing was measured', () => {
    expect(toCsv(samples.slice(0, 2))).toBe(
      'round,contender,wall_ms,controller_cpu_ms,hosts_cpu_ms\n1,ironherd,10.000,5.000,50.000\n1,peer,1000.000,100.000,\n',
    )
  })
})
