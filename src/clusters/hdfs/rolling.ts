import type { Assessment, Telling } from '../../model/health.ts'
import { arrives, ruleOf } from '../../services/hdfs-common/rules.ts'
import type { ControllerView, HdfsView, NameNodeView, RoleView } from '../../services/hdfs-common/view.ts'
import { journalNodeGroup } from '../../services/hdfs-journalnode/service.ts'
import { activeOnes, cannotLead, isActive, isGivenUp } from '../../services/hdfs-namenode/premises.ts'
import { nameNodeGroup } from '../../services/hdfs-namenode/service.ts'
import { handOver, successorOf } from '../../services/hdfs-namenode/takeover.ts'
import { leaderOf } from './figures.ts'
import { halfHeard } from './half-heard.ts'
import { isUnwritten, journalQuorum, journalsBehind, withOtherJournals } from './journals.ts'

/**
 * Who is active hands over before it is restarted, and before its failover controller is: that one would give up its lock, which
 * makes a failover as well. Where nobody could take over, both are left alone. A controller that does not work has nothing to hand
 * over with, and is restarted as it is.
 */
export function handoversOf(view: HdfsView): NonNullable<Assessment['handovers']> {
  const entries = view.names.filter(isActive).flatMap((from): readonly (readonly [string, Telling])[] => {
    const telling = handoverOf(from, view)
    if (telling === undefined) return []
    const controller = view.controllers.find(({ id, health }) => id === from.id && health.verdict === 'serving')
    const leads = controller !== undefined && !isAlone(controller, view)
    return [[from.member.id, telling], ...(leads ? [[controller.member.id, telling] as const] : [])]
  })
  return Object.fromEntries(entries)
}

/** Undefined: there is nobody to hand over to. */
export function handoverOf(from: NameNodeView, view: HdfsView): Telling | undefined {
  const [another] = view.names.filter(({ id }) => id !== from.id)
  if (another === undefined) return undefined
  const active = activeOnes(view)
  const to = active.length > 1 ? `${idsOf(active)} say that they are active` : successorOf(from, view)
  const [act] = handOver(from, typeof to === 'string' ? another : to)
  if (act === undefined) return undefined
  const reason = `${from.member.id} is active, and hands over to ${typeof to === 'string' ? another.member.id : to.member.id} first`
  return {
    member: from.member.id,
    host: from.member.host,
    reason,
    ...act,
    ...(typeof to === 'string' ? { waits: to } : {}),
  }
}

/**
 * While a NameNode comes to a host it may be that no other controller runs. Then nobody takes the lock of one that is restarted, and it
 * finds its own breadcrumb: it is restarted as it is, and knows the new address before there is anybody to fail over to.
 */
function isAlone({ id }: ControllerView, view: HdfsView): boolean {
  const { controllers, names, replaced } = view
  const others = [...controllers.filter((other) => other.id !== id), ...replaced.controllers]
  const isOff = (other: ControllerView): boolean => other.health.verdict === 'stopped' || isGivenUp(other, view)
  return names.some(({ rules }) => arrives(rules)) && others.every(isOff)
}

/**
 * What must be well before a member that serves is restarted. No journal while another would not take the next edit; no NameNode
 * while a controller is out, or without a majority of journals, and no controller while a NameNode is out; no DataNode while
 * a block lacks copies, or as many DataNodes are out as blocks can bear, in whatever group, and none while no NameNode serves.
 */
export function holdsOf(view: HdfsView): NonNullable<Assessment['holds']> {
  if (view.birth.state !== 'born') return {}
  const leader = leaderOf(view)
  const nodes = view.names.some(({ rules }) => ruleOf(rules, 'untold') === 'true')
    ? 'a failover controller is told first who has left'
    : dataNodeHold(view, leader)
  const groups = [...new Set(view.dataNodes.map(({ member }) => member.group))]
  // Nobody counts those that are out meanwhile, and all of them would be of use at once.
  const idle = isAwaited(view) ? [] : view.dataNodes.filter(({ health }) => health.verdict === 'waiting')
  return without({
    [journalNodeGroup]: journalHold(view, leader),
    [nameNodeGroup]: nameNodeHold(view, leader),
    ...controllerHolds(view),
    ...Object.fromEntries(groups.map((group) => [group, nodes])),
    ...halfHeardHolds(view, leader),
    ...Object.fromEntries(idle.map(({ member }) => [member.id, 'no NameNode serves yet, and then it will be needed'])),
  })
}

/** Why no version is changed: everybody serves who is not given up, and no block lacks a copy, or it waits. */
export function wholeHold(view: HdfsView, leader: NameNodeView): string | undefined {
  const { controllers, dataNodes, names } = view
  const pairs = [...names, ...controllers].filter((one) => !isGivenUp(one, view))
  return journalHold(view, leader) ?? out(pairs) ?? dataNodeHold(view, leader) ?? out(dataNodes)
}

/** Of those that serve. That of a NameNode which has nothing to lead with watches over nothing: it may have to learn where another has come to. */
function controllerHolds(view: HdfsView): Readonly<Record<string, string | undefined>> {
  const serving = view.controllers.filter(({ health }) => health.verdict === 'serving')
  const others = (id: string) => view.names.filter((name) => name.id !== id || !cannotLead(name, view))
  return Object.fromEntries(serving.map(({ id, member }) => [member.id, out(others(id))]))
}

/** Nobody leads but one that has come to another host, when the DataNodes were restarted and know it there. */
function isAwaited(view: HdfsView): boolean {
  const { names } = view
  const coming = names.filter(({ rules }) => arrives(rules))
  return coming.length > 0 && names.every((name) => coming.includes(name) || cannotLead(name, view))
}

function journalHold(view: HdfsView, leader: NameNodeView | undefined): string | undefined {
  const coming = view.names.filter(({ rules }) => arrives(rules))
  if (coming.length > 0) return `nobody could take over before ${idsOf(coming)} is known on its new host`
  const rising = view.names.filter(({ health }) => health.verdict === 'starting')
  if (rising.length > 0) return `${idsOf(rising)} is on its way up, and reads from them`
  if (view.names.some(({ rules }) => ruleOf(rules, 'journalsPass') === 'true')) {
    return 'another list of journals comes after this one, and each is restarted once'
  }
  const others = withOtherJournals(view)
  if (others.length > 0) return `${idsOf(others)} must be restarted first, to write to the journals that are declared`
  const behind = journalsBehind(view, leader)
  if (behind.length > 0) return `JournalBehind: ${idsOf(behind)} would not take the next edit`
  const { margin, serving, voters } = journalQuorum(view, leader)
  return margin > 0
    ? undefined
    : `${serving} of ${voters} journals take the next edit, and without one more they are no majority`
}

export function nameNodeHold(view: HdfsView, leader: NameNodeView | undefined): string | undefined {
  if (view.names.some(({ rules }) => ruleOf(rules, 'journalsBegin') === 'true')) {
    return 'a record tells first to which journals the NameNodes go'
  }
  const fresh = view.journals.filter(
    (journal) => isUnwritten(journal, view, leader) && journal.health.verdict !== 'serving',
  )
  if (fresh.length > 0) return `${idsOf(fresh)} must serve before a NameNode writes to it`
  const { margin, serving, voters } = journalQuorum(view, leader)
  // With too few a NameNode ends, and one that is started ends as well.
  if (view.journals.length > 0 && margin < 0) return `${serving} of ${voters} journals would take the next edit`
  // One that comes back in a moment: a standby reads what it misses from the others.
  const coming = journalsBehind(view, leader).filter(({ health }) => ['serving', 'starting'].includes(health.verdict))
  if (coming.length > 0) return `JournalBehind: ${idsOf(coming)} would not take the next edit`
  // That of one that comes is started when all others know it, and these are restarted for that, if there is another to take over.
  const known = view.controllers.filter(({ rules }) => !arrives(rules))
  return out(known.length > 1 ? known : view.controllers)
}

/** Why no DataNode goes down, and nobody on whom they depend. */
export function dataNodeHold({ dataNodes }: HdfsView, leader: NameNodeView | undefined): string | undefined {
  const { system } = leader ?? {}
  if (leader === undefined || system === undefined) return 'no NameNode is active that could tell how the blocks are'
  const counts = [
    { count: system.missing, what: 'blocks are missing' },
    { count: system.corrupt, what: 'blocks are corrupt' },
    { count: system.lowRedundancy, what: 'blocks have fewer copies than they should' },
    { count: deadOf(leader), what: 'DataNodes are dead' },
    { count: system.stale, what: 'DataNodes are stale' },
  ]
  const untold = counts.find(({ count }) => count === undefined)
  if (untold !== undefined) return `${leader.member.id} does not say how many ${untold.what}`
  const bad = counts.filter(({ count = 0 }) => count > 0).map(({ count, what }) => `${count} ${what}`)
  if (bad.length > 0) return `UnderReplicated: ${bad.join(', ')}, by ${leader.member.id}`
  const down = dataNodes.filter(({ health }) => health.verdict !== 'serving')
  const copies = Number(ruleOf(dataNodes[0]?.rules ?? {}, 'replication'))
  return down.length >= Math.max(1, copies - 1) ? `these do not serve: ${idsOf(down)}` : undefined
}

/** Without those that were decommissioned and stopped: they are forgotten when what is left of them was taken off their hosts. */
function deadOf({ report, system }: NameNodeView): number | undefined {
  const nodes = report === undefined || report.state === 'loading' ? [] : (report.nodes ?? [])
  const gone = nodes.filter(({ admin, live }) => !live && admin === 'Decommissioned').length
  return system?.dead === undefined ? undefined : Math.max(0, system.dead - gone)
}

/** By member. One that starts is soon heard by all; then it goes as one that serves, and those that are half heard are not out. */
function halfHeardHolds(
  view: HdfsView,
  leader: NameNodeView | undefined,
): Readonly<Record<string, string | undefined>> {
  const half = halfHeard(view, leader)
  const hold = dataNodeHold({ ...view, dataNodes: view.dataNodes.filter((node) => !half.includes(node)) }, leader)
  return Object.fromEntries(
    half.map(({ health, member }) => [member.id, health.verdict === 'starting' ? health.evidence : hold]),
  )
}

function out(views: readonly (RoleView & { readonly health: { readonly verdict: string } })[]): string | undefined {
  const down = views.filter(({ health }) => health.verdict !== 'serving')
  return down.length === 0 ? undefined : `these do not serve: ${idsOf(down)}`
}

function idsOf(views: readonly RoleView[]): string {
  return views.map(({ member }) => member.id).join(', ')
}

function without(holds: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(holds).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
