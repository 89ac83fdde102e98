import { keyText } from '../../src/model/object.ts'
import type { Step } from '../../src/model/step.ts'
import type { Basis } from './basis.ts'
import { DataNode } from './hdfs-datanode.ts'
import { formatIn } from './hdfs-disk.ts'
import { JournalNode } from './hdfs-journalnode.ts'
import { Controller } from './hdfs-zkfc.ts'
import type { Machine } from './machine.ts'
import type { Judged } from './oracles.ts'
import type { Point } from './script.ts'
import { serves } from './truth.ts'
import { Server } from './zookeeper-server.ts'

/** Units that ironherd took down: machine → unit → object and time. */
export type Taken = Map<string, Map<string, { readonly object: string; readonly at: number }>>

/** A member that ironherd took down this long ago counts as a fault (src/planner/ledger.ts). */
const disruptionEndsMs = 10 * 60_000

/** Whoever serves is taken down only while the others are enough, and the leader last. */
export function takedownOracle(judged: Judged, { context, machine, step }: Point, basis: Basis): void {
  const { action } = step
  if (action.verb !== 'StopUnit' && action.verb !== 'RestartUnit') return
  const { unit } = action
  const now = judged.now()
  // One that began to serve only after the look was rightly taken for one that does not.
  const since = judged.downtimes.upSince(machine, unit)
  if (serves(machine, unit) && since !== undefined && since < basis.lookedAt) {
    quorum(judged, machine, unit, step, basis)
    if (!isUseless(judged, machine, unit)) budget(judged, machine, unit, step, basis)
    if (!basis.leaving.has(step.member)) sharedMachine(judged, machine, unit, basis)
    leaderLast(judged, machine, unit, step, basis)
  }
  breaker(judged, step, basis)
  const process = machine.systemd.process(unit)
  if (process === undefined) return
  judged.downtimes.takenDown(machine, unit, now)
  // A journal whose files are gone does no work that anybody misses (895).
  if (process instanceof JournalNode && formatIn(machine, process.root) === undefined) return
  // One that leaves, stopped or made to give up the lead, is not down for a moment: it is in no group any more, and nobody
  // is waited for there.
  if (basis.leaving.has(step.member)) return
  const onMachine = judged.taken.get(machine.name) ?? new Map<string, { object: string; at: number }>()
  onMachine.set(unit, { object: keyText(context.object), at: now })
  judged.taken.set(machine.name, onMachine)
}

/** A failover controller without the znode below which it would elect; a DataNode before there are files, or of which nobody hears. */
function isUseless({ hdfs }: Judged, machine: Machine, unit: string): boolean {
  const process = machine.systemd.process(unit)
  return (
    (process instanceof Controller && !hdfs.election.parent) ||
    (process instanceof DataNode && !(hdfs.born && process.isOfUse))
  )
}

/** It served when the decision was made, and ironherd did not take it down since. */
export function isExcused(judged: Judged, machine: Machine | undefined, unit: string, basis: Basis): boolean {
  if (machine === undefined) return false
  const down = judged.downtimes.of(machine, unit)
  return down !== undefined && !down.byIronherd && down.since >= basis.lookedAt
}

/**
 * Without it the others are a majority by every list with which a serving server runs. Not asked of two or of one: there
 * nobody can go without an outage.
 */
function quorum(judged: Judged, machine: Machine, unit: string, step: Step, basis: Basis): void {
  const server = machine.systemd.process(unit)
  const serving = judged.ensemble.serving()
  const declared = [...basis.members.values()].filter(({ group }) => group === 'servers').length
  if (!(server instanceof Server) || serving.length === 0) return
  // Two, or a list of two: told as an outage, and it has to be done.
  const pair = serving.some(({ servers }) => servers.size <= 2)
  if (step.risk === 'outage' && (declared <= 2 || pair)) return
  const left = new Set(serving.filter((other) => other !== server).map(({ id }) => id))
  for (const [id, { host, unit: other }] of [...basis.members, ...basis.leaving]) {
    const at = judged.machine(host)
    if (at === undefined || other === unit || serves(at, other)) continue
    // It would serve, and looks for this one where it is to move to.
    const process = at.systemd.process(other)
    if (process instanceof Server && process.votes && !process.finds(server)) left.add(process.id)
    if (isExcused(judged, at, other, basis)) left.add(Number(/\d+/.exec(id)?.[0]))
  }
  for (const { servers, startedAt } of serving) {
    const list = [...servers.keys()]
    // Which list it has since then, nobody could know.
    if (list.length <= 2 || startedAt >= basis.lookedAt) continue
    const remaining = list.filter((id) => left.has(id)).length
    if (remaining > list.length / 2) continue
    judged.violate(
      'quorum',
      `${machine.name}: a serving server is taken down, ${remaining} of servers ${list.join(', ')} are left`,
    )
    return
  }
}

function budget(judged: Judged, machine: Machine, unit: string, step: Step, basis: Basis): void {
  const own = basis.members.get(step.member)
  const group = basis.groups.find(({ name }) => name === own?.group)
  if (group?.budget.kind !== 'MaxUnavailable') return
  const others = [...basis.members.values()].filter((other) => other.group === group.name && other.unit !== unit)
  const down = others.filter((other) => {
    const at = judged.machine(other.host)
    return at !== undefined && !serves(at, other.unit) && !isExcused(judged, at, other.unit, basis)
  })
  if (down.length < group.budget.count) return
  const names = down.map(({ host }) => host).join(', ')
  judged.violate('budget', `${machine.name}: ${step.member} is taken down while ${names} of ${group.name} do not serve`)
}

function sharedMachine(judged: Judged, machine: Machine, unit: string, basis: Basis): void {
  for (const [other, { at, object }] of judged.taken.get(machine.name) ?? []) {
    if (other === unit || object === basis.object || judged.now() - at > disruptionEndsMs) continue
    // Of a cluster that is deleted all are to go: nobody waits for them to serve again.
    if (judged.deletedBy(object) !== '') continue
    // Of one that has since been declared elsewhere the same (1660).
    if (!judged.isDeclared(machine, other)) continue
    if (!serves(machine, other)) judged.violate('machine', `${machine.name}: ${unit} and ${other} are down at once`)
  }
}

function leaderLast(judged: Judged, machine: Machine, unit: string, step: Step, basis: Basis): void {
  const server = machine.systemd.process(unit)
  if (!(server instanceof Server) || server.state !== 'leading') return
  // One that is to leave gives the lead up first: those with the new list cannot follow it.
  if (basis.leaving.has(step.member)) return
  const others = (basis.decision.plan?.waves ?? [])
    .flatMap((wave) => wave.steps)
    .filter((other) => other.action.verb === 'RestartUnit' && other.member !== step.member)
    .filter((other) => basis.members.get(other.member)?.group === basis.members.get(step.member)?.group)
  // It may have become the leader since.
  if (others.length > 0 && server.leadsSince < basis.lookedAt) {
    judged.violate('leader last', `${machine.name}: the leader is restarted before ${others.length} others`)
  }
}

function breaker(judged: Judged, step: Step, basis: Basis): void {
  const own = basis.members.get(step.member)
  const group = basis.groups.find(({ name }) => name === own?.group)
  if (group === undefined) return
  const unseen = [...basis.members.values()].filter(
    (other) => other.group === group.name && basis.unseen.has(other.host),
  )
  if (unseen.length <= group.breaker) return
  const why = `${step.host}: ${step.member} is restarted while ${unseen.length} of ${group.name} are unseen`
  judged.violate('breaker', why)
}
