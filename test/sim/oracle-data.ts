import type { Basis } from './basis.ts'
import type { Machine } from './machine.ts'
import { hdfsOracle } from './oracle-hdfs.ts'
import { isExcused } from './oracle-takedown.ts'
import type { Judged } from './oracles.ts'
import type { Point } from './script.ts'
import { serves } from './truth.ts'
import { Server } from './zookeeper-server.ts'

const dataDir = '/data/zookeeper'

/** What was acknowledged stays: nothing begins from nothing twice, nothing is taken away that others do not have. */
export function dataOracle(judged: Judged, point: Point, basis: Basis): void {
  const { machine, step } = point
  const { action } = step
  underARunningProcess(judged, point)
  if (basis.object.startsWith('HdfsCluster')) return hdfsOracle(judged, point, basis)
  if (action.verb === 'MarkFirstStart') {
    if (judged.ensemble.born)
      judged.violate('first start', `${machine.name}: the marker is written for an ensemble that has led before`)
    if (machine.namesIn(`${dataDir}/version-2`).length > 0)
      judged.violate('first start', `${machine.name}: the marker is written beside data`)
  }
  if (action.verb === 'MoveAside' && basis.release === undefined) {
    // What has left the ensemble is counted by nobody.
    const counted = !basis.leaving.has(step.member)
    if (counted && holdsData(machine, action.path) && !othersServe(judged, machine, basis))
      judged.violate('data', `${machine.name}: ${action.path} is moved aside while no majority of the others serves`)
  }
  if (action.verb === 'StartUnit' || action.verb === 'RestartUnit') {
    if (!action.unit.includes('zookeeper')) return
    emptied(judged, point, basis)
    twins(judged, point, basis)
  }
}

/** Under the lock it can be seen that a process runs: nothing is moved, marked or removed under it. */
function underARunningProcess(judged: Judged, { machine, step }: Point): void {
  const { action, member } = step
  if (action.verb !== 'MoveAside' && action.verb !== 'MarkFirstStart' && action.verb !== 'RemoveFile') return
  // A file that is no longer declared is taken away from a running daemon, its unit never.
  if (action.verb === 'RemoveFile' && !action.path.endsWith('.service')) return
  const own = `-${member.replace(/@.*/, '')}.service`
  const unit = machine.systemd.names().find((name) => name.endsWith(own))
  if (unit === undefined || machine.systemd.process(unit) === undefined) return
  const path = action.verb === 'MarkFirstStart' ? action.marker?.path : action.path
  judged.violate('running', `${machine.name}: ${action.verb} of ${path ?? 'the record'} while ${unit} runs`)
}

function emptied(judged: Judged, { machine, step }: Point, basis: Basis): void {
  const { action } = step
  if (!judged.ensemble.born || holdsData(machine, dataDir) || machine.files.has(`${dataDir}/initialize`)) return
  if (action.verb === 'RestartUnit' && serves(machine, action.unit)) return
  // A look from when it had its data: without a vote it does no harm, and the next look sees it.
  if (basis.stale.has(machine.name) || machine.lostDataAt >= basis.lookedAt) return
  if (!othersServe(judged, machine, basis)) {
    const why = `${machine.name}: a server without data is started while no majority of the others serves`
    judged.violate('emptied', why)
  }
}

/** Two servers of one identity never run at once, unless a person gave his word for the first. */
function twins(judged: Judged, { machine, step }: Point, basis: Basis): void {
  const id = Number(/zookeeper-(\d+)/.exec(step.member)?.[1])
  for (const other of judged.machines()) {
    if (other === machine || judged.isLost(other.name)) continue
    const twin = other.systemd.processes().find(({ process }) => process instanceof Server && process.id === id)
    if (twin === undefined || twin.process.startedAt >= basis.lookedAt) continue
    judged.violate('twins', `${machine.name}: ${step.member} is started while ${other.name} runs it`)
  }
}

export function holdsData(machine: Machine, path: string): boolean {
  for (const file of machine.files.keys()) {
    const isData = file.endsWith('/snapshot.0') || file.endsWith('/log.1')
    if (isData && file.startsWith(path) && !file.includes('.aside-')) return true
  }
  return false
}

/** A majority by the list of the leader, or else of the declared members. */
function othersServe(judged: Judged, machine: Machine, basis: Basis): boolean {
  const { ensemble } = judged
  const size = ensemble.leader?.servers.size ?? basis.members.size
  const others = new Set(ensemble.serving().flatMap((server) => (server.machine === machine ? [] : [server.id])))
  for (const [id, { host, unit }] of basis.members) {
    const other = judged.machine(host)
    if (host !== machine.name && isExcused(judged, other, unit, basis)) others.add(Number(id.replace(/\D/g, '')))
  }
  return others.size > size / 2
}
