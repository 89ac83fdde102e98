import type { Fact } from '../../model/fact.ts'
import type { UnitAnswer } from '../../model/question.ts'

/**
 * What systemd says of a unit. `starting` means that systemd is about to start it, or it has no main process yet;
 * whether the daemon in it does its work is another question.
 */
export type UnitState =
  | { readonly state: 'running' | 'starting'; readonly evidence: string; readonly startedAt: number }
  | { readonly state: 'stopped' | 'unknown'; readonly evidence: string; readonly startedAt: 0 }

export function assessUnit(name: string, host: string, answer: Fact<UnitAnswer>): UnitState {
  switch (answer.state) {
    case 'unknown':
      return { state: 'unknown', evidence: answer.why, startedAt: 0 }
    case 'absent':
      return { state: 'stopped', evidence: `${name} does not exist on ${host}`, startedAt: 0 }
    case 'known':
      return stateOf(name, host, answer.value)
  }
}

function stateOf(name: string, host: string, unit: UnitAnswer): UnitState {
  const said = `${name} on ${host} is ${unit.activeState} (${unit.subState})`
  const startedAt = unit.startedAt
  switch (unit.activeState) {
    case 'active':
    case 'reloading':
      return unit.mainPid > 0
        ? { state: 'running', evidence: said, startedAt }
        : { state: 'stopped', evidence: `${said} without a process`, startedAt: 0 }
    case 'activating':
      // Also auto-restart: systemd starts it again after RestartSec, so nobody else should.
      return { state: 'starting', evidence: `${said}, ${unit.restarts} restarts so far`, startedAt }
    case 'deactivating':
      return { state: 'starting', evidence: `${said}: it is being stopped`, startedAt }
    default: {
      const why =
        unit.result === '' || unit.result === 'success' ? '' : `, result ${unit.result}, status ${unit.exitStatus}`
      const load = unit.loadState === 'loaded' ? '' : `, ${unit.loadState}`
      return { state: 'stopped', evidence: `${said}${load}${why}`, startedAt: 0 }
    }
  }
}
