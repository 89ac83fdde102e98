import type { Basis } from './basis.ts'
import { blocksIn, DataNode } from './hdfs-datanode.ts'
import { dataDir } from './hdfs-disk.ts'
import { JournalNode } from './hdfs-journalnode.ts'
import { majorityOf } from './hdfs-lists.ts'
import { NameNode } from './hdfs-namenode.ts'
import type { Machine } from './machine.ts'
import { isExcused } from './oracle-takedown.ts'
import type { Judged } from './oracles.ts'
import type { Point } from './script.ts'
import { serves } from './truth.ts'

/** Who of an HDFS is stopped or restarted, and whether the others can do without it (docs/hdfs-design.md, section 8: H4, H6, H8). */
export function hdfsTakedown(judged: Judged, { machine, step }: Point, unit: string, basis: Basis): void {
  const process = machine.systemd.process(unit)
  const since = judged.downtimes.upSince(machine, unit)
  const served = process?.serves === true && since !== undefined && since < basis.lookedAt
  // Before anybody wrote, nobody needs them.
  if (!judged.hdfs.born) return
  if (process instanceof DataNode && basis.leaving.has(step.member)) released(judged, process, basis)
  if (!served) return
  // What nobody ever wrote to nobody needs.
  if (process instanceof JournalNode && judged.hdfs.journalled) journalTakenDown(judged, process, basis)
  if (process instanceof NameNode) handedOver(judged, process, basis)
  if (process instanceof DataNode && process.isOfUse) otherCopies(judged, machine, basis)
  if (process instanceof DataNode && !basis.leaving.has(step.member)) otherRacks(judged, machine, basis)
}

/** H4: a journal that serves goes down only while a majority without it takes what is written, by the list of every NameNode. */
function journalTakenDown(judged: Judged, { at, machine }: JournalNode, basis: Basis): void {
  const { names, written } = judged.hdfs
  const lists = names.filter(({ startedAt }) => startedAt < basis.lookedAt).map(({ journals }) => journals)
  for (const list of [written, ...lists]) {
    if (!list.includes(at)) continue
    const able = [...judged.machines()].filter((other) => {
      const unit = unitOn(other, 'journalnode')
      const isOf = list.some((place) => place.startsWith(`${other.address}:`))
      return other !== machine && isOf && unit !== undefined && isUp(judged, other.name, unit, basis)
    })
    if (able.length >= majorityOf(list)) continue
    const all = list.length
    judged.violate('journals', `${machine.name}: a journal is taken down while ${able.length} others of ${all} serve`)
    return
  }
}

function unitOn({ systemd }: Machine, role: string): string | undefined {
  return systemd.names().find((name) => name.includes(`-hdfs-${role}-`))
}

/** H6: who is active has handed over before. */
function handedOver(judged: Judged, name: NameNode, basis: Basis): void {
  // Of one that stands alone that is told by whom it is approved.
  if (
    name.isSimple ||
    judged.hdfs.active !== name ||
    name.lastTransition >= basis.lookedAt ||
    basis.stale.has(name.machine.name)
  )
    return
  judged.violate('handover', `${name.machine.name}: ${name.id} is active and serves, and is taken down`)
}

/** H6: a failover is asked for to one that can take it. */
export function failedOver(judged: Judged, { machine }: Point, to: string, basis: Basis): void {
  const member = [...basis.members].find(([id]) => id === `hdfs-namenode-${to}`)?.[1]
  if (member === undefined || isUp(judged, member.host, member.unit, basis)) return
  judged.violate('failover', `${machine.name}: ${to} is to become active, and does not serve`)
}

/** H8: nobody leaves before every NameNode has released him, and what he holds is held by those who stay. */
function released(judged: Judged, node: DataNode, basis: Basis): void {
  const host = node.machine.name
  for (const name of judged.hdfs.names) {
    if (name.startedAt >= basis.lookedAt || !name.answers) continue
    const said = name.heard.adminOf(node)
    if (said !== 'Decommissioned')
      judged.violate('released', `${host}: a DataNode leaves, of which ${name.id} says ${said}`)
  }
  otherCopies(judged, node.machine, basis)
}

/** H8: every block that it holds is held by another one that serves. */
export function otherCopies(judged: Judged, machine: Machine, basis: Basis): void {
  const others = [...judged.machines()].filter((other) => {
    const unit = unitOn(other, 'datanode')
    return other !== machine && unit !== undefined && isUp(judged, other.name, unit, basis)
  })
  if (others.some(({ lostDataAt }) => lostDataAt >= basis.lookedAt)) return
  const own = blocksIn(machine, dataDir)
  const held = new Set(others.flatMap((other) => [...blocksIn(other, dataDir)]))
  const alone = judged.hdfs.client.blocksAt(basis.lookedAt).filter((block) => own.has(block) && !held.has(block))
  if (alone.length > 0)
    judged.violate('blocks', `${machine.name}: the DataNode that is taken away alone holds ${alone.length} blocks`)
}

/** H8: those that are down by us are of one rack. */
function otherRacks(judged: Judged, machine: Machine, basis: Basis): void {
  const rack = judged.rackOf(machine.name)
  if (rack === undefined) return
  for (const [id, { host, unit }] of basis.members) {
    const other = judged.machine(host)
    if (other === undefined || !id.includes('datanode') || judged.rackOf(host) === rack || serves(other, unit)) continue
    if (judged.downtimes.of(other, unit)?.byIronherd !== true || judged.isLost(host)) continue
    judged.violate('racks', `${machine.name}: a DataNode is taken down while that of ${host}, of another rack, is down`)
  }
}

/** It serves, or did when the look began, and something else than ironherd took it down since. */
function isUp(judged: Judged, host: string, unit: string, basis: Basis): boolean {
  const machine = judged.machine(host)
  return machine !== undefined && (serves(machine, unit) || isExcused(judged, machine, unit, basis))
}
