import { type Act, act } from '../hdfs-common/acts.ts'
import { listOf, portOf, ruleOf, toolOf } from '../hdfs-common/rules.ts'
import type { HdfsView, NameNodeView } from '../hdfs-common/view.ts'
import { isActive } from './premises.ts'

/** Who has not read new edits for so long is not ready to take over (a standby reads every minute at least, EditLogTailer.java). */
const editsMs = 180_000

/** Who could become active now in the place of `from`; or why nobody could. */
export function successorOf(from: NameNodeView, view: HdfsView): NameNodeView | string {
  const others = view.names.filter(({ id }) => id !== from.id)
  if (others.length === 0) return 'there is no other NameNode'
  if (view.upstream !== undefined) return view.upstream
  const own = whyNoController(from, view)
  if (own !== undefined) return own
  const reasons = others.map((other) => ({ other, why: whyNot(other, view) ?? whyNotAsked(from, other, view) }))
  const ready = reasons.find(({ why }) => why === undefined)
  if (ready !== undefined) return ready.other
  return reasons.map(({ why }) => why).join('; ')
}

/** A standby in safe mode refuses to become active, and a takeover without its controller is none (NameNode.getServiceStatus, runbook §6.4). */
function whyNot(other: NameNodeView, view: HdfsView): string | undefined {
  const { member, health, report, data, system } = other
  if (health.verdict !== 'serving' || report?.state !== 'standby') return `${member.id}: ${health.evidence}`
  if (report.futureBytes !== 0) return `${member.id} does not know all blocks`
  if (data.state !== 'whole') return `${member.id}: ${data.detail}`
  if (system?.sinceEditsLoaded === undefined || system.sinceEditsLoaded > editsMs) {
    return `${member.id} has not read new edits for a while`
  }
  return whyNoController(other, view)
}

function whyNoController({ id, member }: NameNodeView, { controllers, replaced }: HdfsView): string | undefined {
  const own = [...controllers, ...replaced.controllers].find((one) => one.id === id && one.member.host === member.host)
  if (own?.health.verdict === 'serving') return undefined
  return own === undefined ? `${id} has no failover controller` : `${own.member.id}: ${own.health.evidence}`
}

/**
 * The controller of whoever takes over asks those of all others that it knows to stand back, and gives up when one of them does not answer
 * (ZKFailoverController.doGracefulFailover; seen with 3.4.2 and three NameNodes: "Call … failed on connection exception").
 */
function whyNotAsked(from: NameNodeView, to: NameNodeView, { controllers }: HdfsView): string | undefined {
  const silent = controllers.find(
    ({ health, id, rules }) =>
      id !== from.id &&
      id !== to.id &&
      health.verdict !== 'serving' &&
      !listOf(rules, 'unaware').includes(zkfcOf(to, controllers)),
  )
  return silent === undefined ? undefined : `a handover asks ${silent.member.id} as well: ${silent.health.evidence}`
}

function zkfcOf({ id }: NameNodeView, controllers: HdfsView['controllers']): string {
  return controllers.find((one) => one.id === id)?.member.id ?? ''
}

/** The failover controllers do it among themselves, with fencing if it needs be (`haadmin -failover`, ZKFCRpcServer.java). */
export function handOver(from: NameNodeView, to: NameNodeView): readonly Act[] {
  const tool = toolOf(from.rules)
  if (tool === undefined || !isActive(from)) return []
  return [
    act(
      { verb: 'FailOver', tool, from: from.id, to: to.id },
      'leaderChange',
      { guard: 'NameNodeIs', ...webOf(from), state: 'active' },
      { guard: 'NameNodeIs', ...webOf(to), state: 'standby' },
    ),
  ]
}

function webOf({ rules }: NameNodeView): { readonly address: string; readonly port: number } {
  return { address: ruleOf(rules, 'address'), port: portOf(rules, 'httpPort') }
}
