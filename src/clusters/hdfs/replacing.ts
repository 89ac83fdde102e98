import { answerOn } from '../../model/facts.ts'
import type { Telling } from '../../model/health.ts'
import { isTooSoon } from '../../services/hdfs-common/again.ts'
import { mayRun } from '../../services/hdfs-common/presence.ts'
import type { ControllerView, HdfsView, NameNodeView } from '../../services/hdfs-common/view.ts'
import { isActive } from '../../services/hdfs-namenode/premises.ts'
import { successorOf } from '../../services/hdfs-namenode/takeover.ts'
import type { Change } from './decommission.ts'
import { leaderOf } from './figures.ts'
import { handoverOf, nameNodeHold } from './rolling.ts'

/**
 * NameNodes that another takes the place of, on another host, or that are declared no more. Whoever of them is active hands over. They
 * are stopped when another leads, and their successor stands ready with a copy, so that nothing is taken down for a host that
 * lacks something; or, without one, when another of those that stay could take over. First the failover controller, so that
 * nobody makes the old NameNode active again. That a successor may be started now is proven by looking (planner/predecessor.ts); what
 * is left of the old ones goes as of all that leave.
 */
export function replacing(view: HdfsView): Change {
  const { controllers, names } = view.replaced
  const reasons = [
    ...names.map((name) => [name, whyNot(name, view) ?? controllerFirst(name, view)] as const),
    // Below no znode it elects nobody, and the znode is made when no controller runs any more.
    ...controllers.map(
      (controller) => [controller, view.election.parent === 'no' ? undefined : whyNot(controller, view)] as const,
    ),
  ].filter(([{ member }]) => mayRun(member, view.facts))
  const tells = tellingOf(view)
  return {
    ...(tells === undefined ? {} : { tells }),
    otherwise: Object.fromEntries(
      reasons.flatMap(([{ member }, why]) => (why === undefined ? [] : [[member.id, why]])),
    ),
    released: reasons.flatMap(([{ member }, why]) => (why === undefined ? [member.id] : [])),
  }
}

/** Why it may not be stopped yet; undefined: it may. */
function whyNot({ id, member }: NameNodeView | ControllerView, view: HdfsView): string | undefined {
  const leader = leaderOf(view)
  if (leader === undefined) return 'not exactly one NameNode is active'
  if (leader.id === id && leader.member.host === member.host) return `${id} is active there, and hands over first`
  const name = view.names.find((one) => one.id === id)
  if (name === undefined) return nobodyBeside(leader, view)
  if (name.data.state !== 'whole')
    return `${id} has no copy of the file system on its new host yet: ${name.data.detail}`
  const controller = view.controllers.find((one) => one.id === id)?.member
  if (controller === undefined) return `${id} has no failover controller on its new host`
  const unit = answerOn(view.facts, controller.host, { ask: 'unit', unit: controller.unit.name })
  const ready = unit.state === 'known' && unit.value.loadState === 'loaded'
  return ready ? undefined : `${controller.id} is not ready on ${controller.host} yet`
}

/** Nobody comes in its place. */
function nobodyBeside(leader: NameNodeView, view: HdfsView): string | undefined {
  const to = successorOf(leader, view)
  if (typeof to === 'string') return `beside ${leader.id}, which is active, nobody could take over: ${to}`
  return nameNodeHold(view, leader)
}

function controllerFirst({ id, member }: NameNodeView, { facts, replaced }: HdfsView): string | undefined {
  const own = replaced.controllers.find((one) => one.id === id && one.member.host === member.host)
  return own !== undefined && mayRun(own.member, facts) ? `${own.member.id} is stopped first` : undefined
}

function tellingOf(view: HdfsView): Telling | undefined {
  const from = view.replaced.names.find(isActive)
  if (from === undefined || isTooSoon('FailOver', from.member, view.facts, view.now)) return undefined
  return handoverOf(from, view)
}
