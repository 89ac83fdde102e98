import type { Basis } from './basis.ts'
import { isExcused } from './oracle-takedown.ts'
import type { Judged } from './oracles.ts'
import type { Point } from './script.ts'
import { serves } from './truth.ts'

/**
 * An ensemble is told another list only if it has the one that was seen, and all that are to be in the new one serve; a list
 * that differs by one server, so that two majorities share one.
 */
export function membershipOracle(judged: Judged, { machine, step }: Point, basis: Basis): void {
  const { action } = step
  if (action.verb !== 'ReconfigEnsemble') return
  const { leader } = judged.ensemble
  // Without a leader it is told nothing.
  if (leader === undefined) return
  const version = leader.version.toString(16)
  if (version !== action.version) {
    judged.violate(
      'list',
      `${machine.name}: the ensemble is told a list in place of ${action.version}, and has ${version}`,
    )
  }
  const told = action.servers.map((line) => line.slice('server.'.length, line.indexOf(':')))
  const has = [...leader.servers].map(([id, address]) => `${id}=${address}`)
  const changed = [...told.filter((place) => !has.includes(place)), ...has.filter((place) => !told.includes(place))]
  if (changed.length > 1) {
    judged.violate('list', `${machine.name}: the ensemble is told of more than one change: ${changed.join(', ')}`)
  }
  for (const { host, unit, group } of basis.members.values()) {
    const at = judged.machine(host)
    if (group !== 'servers' || at === undefined || judged.isLost(host) || serves(at, unit)) continue
    if (!isExcused(judged, at, unit, basis)) {
      judged.violate('list', `${machine.name}: the ensemble is told a list with ${host}, where ${unit} does not serve`)
    }
  }
}
