import { describe, expect, test } from 'vitest'
import { absent, known, unknown } from '../../model/fact.ts'
import type { UnitAnswer } from '../../model/question.ts'
import { assessUnit } from './assess-unit.ts'

const running: UnitAnswer = {
  loadState: 'loaded',
  activeState: 'active',
  subState: 'running',
  unitFileState: 'enabled',
  fragmentPath: '/x',
  needReload: false,
  mainPid: 7,
  startedAt: 1000,
  restarts: 0,
  result: 'success',
  exitStatus: 0,
}

describe('what the answer of a unit means', () => {
  test.each([
    ['running', {}, 'running'],
    ['without a process', { mainPid: 0 }, 'stopped'],
    [
      'waiting for its restart by systemd',
      { activeState: 'activating', subState: 'auto-restart', mainPid: 0 },
      'starting',
    ],
    [
      'crash loop stopped by the limit',
      { activeState: 'failed', subState: 'failed', result: 'start-limit-hit', mainPid: 0 },
      'stopped',
    ],
    ['masked', { activeState: 'inactive', subState: 'dead', loadState: 'masked', mainPid: 0 }, 'stopped'],
  ] as const)('%s', (_, change, state) => {
    expect(assessUnit('x.service', 'm1', known({ ...running, ...change })).state).toBe(state)
  })

  test('the evidence quotes why it failed', () => {
    const failed = {
      ...running,
      activeState: 'failed',
      subState: 'failed',
      result: 'exit-code',
      exitStatus: 14,
      mainPid: 0,
    }
    expect(assessUnit('x.service', 'm1', known(failed)).evidence).toBe(
      'x.service on m1 is failed (failed), result exit-code, status 14',
    )
  })

  test('not seen is not stopped', () => {
    expect(assessUnit('x.service', 'm1', unknown('Unreachable', 'm1 is off')).state).toBe('unknown')
    expect(assessUnit('x.service', 'm1', absent).state).toBe('stopped')
  })
})
