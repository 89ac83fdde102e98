import { valueOf } from '../../model/fact.ts'
import type { Repair } from '../../model/kind.ts'
import { act, notRunning, restart, stop, waiting } from '../hdfs-common/acts.ts'
import { ruleOf, timeOf, toolOf } from '../hdfs-common/rules.ts'
import type { ControllerView, HdfsView } from '../hdfs-common/view.ts'
import { controllersBefore } from '../hdfs-namenode/initialising.ts'
import {
  atMostOneActive,
  isActive,
  nobodyElects,
  noToolRuns,
  stillToSay,
  znodeAbsent,
} from '../hdfs-namenode/premises.ts'
import { arriving } from './arrival.ts'
import { believedOff, fencingBlocked } from './fencing.ts'
import { leftWithoutZnode } from './health.ts'

type Since = Readonly<Record<string, number>>

/**
 * Failover controllers elect below a znode that is made once, before the first of them is started: who finds none leaves with
 * exit 3. To make it anew takes the lock and the breadcrumb away (ActiveStandbyElector.clearParentZNode), so that nobody fences an
 * old active: that is done only while none of them runs and at most one NameNode is active, whose controller then comes first.
 */
export function controllerRepairs(view: HdfsView, since: Since = {}): readonly Repair[] {
  const { birth, election, controllers } = view
  if (birth.state !== 'born' || !election.declared) return []
  const before = controllersBefore(view)
  if (before !== undefined) return before
  if (election.parent === 'no') return withoutZnode(view)
  const blocked = fencingBlocked(view, view.now - standbySince(view, since), takeoverMs(view))
  const own = controllers.flatMap((controller) =>
    [
      ...arriving(controller, view),
      ...believedOff(controller, view),
      ...unknownZnode(controller, view),
      ...behindTheActive(controller, view),
      ...(blocked.length > 0 ? [] : idle(controller, view, since)),
    ].slice(0, 1),
  )
  return [...blocked, ...own]
}

const causeOf = ({ controllers }: HdfsView): string =>
  controllers.every(({ started }) => started === 'no') ? 'HdfsFirstStart' : 'HdfsZnodeGone'

function isUp({ health }: ControllerView): boolean {
  return health.verdict !== 'stopped' && health.verdict !== 'unknown'
}

/** All are stopped, then one host makes it. */
function withoutZnode(view: HdfsView): readonly Repair[] {
  const { controllers, election } = view
  const cause = causeOf(view)
  const maker = controllers.find(({ member }) => member.host === election.host) ?? controllers[0]
  return controllers.map((controller): Repair => {
    const { member } = controller
    const evidence = `${election.detail}: no failover controller can elect`
    const base = { member: member.id, cause, evidence, holdsStart: true, disruptive: false }
    // It has nothing to elect below, and would come back and leave again and again.
    if (isUp(controller)) return { ...base, actions: [stop(member, 'none')] }
    const tool = toolOf(controller.rules)
    if (controller !== maker || tool === undefined) {
      return waiting(member, cause, { evidence, waits: 'the znode must be made first' })
    }
    const make = act(
      { verb: 'FormatFailover', tool },
      'data',
      ...notRunning(member),
      ...(election.saidBy === undefined
        ? []
        : [{ guard: 'ZnodeAbsent' as const, ...election.saidBy, path: ruleOf(controller.rules, 'znode') }]),
    )
    const waits = waitsForZnode(view)
    if (waits !== undefined) return waiting(member, cause, { evidence, waits }, [make])
    return {
      ...base,
      actions: [make],
      permit: {
        rule: 'Proven',
        verb: 'FormatFailover',
        evidence: [znodeAbsent(view), nobodyElects(view), atMostOneActive(view), noToolRuns(view)],
      },
      refusedAs: cause === 'HdfsFirstStart' ? 'FirstStartRefused' : 'NoLeader',
    }
  })
}

/** What ends by itself. */
function waitsForZnode(view: HdfsView): string | undefined {
  const up = [...view.controllers, ...view.replaced.controllers].filter(isUp)
  if (up.length > 0) return `${up.map(({ member }) => member.id).join(', ')} must stop first`
  const doing = noToolRuns(view)
  return stillToSay(view) ?? (doing.state === 'disproven' ? doing.detail : undefined)
}

/** Before any of them ever ran, and after one left for want of a znode: whether there is one must be seen first. */
function unknownZnode(controller: ControllerView, view: HdfsView): readonly Repair[] {
  const { controllers, election, facts, upstream } = view
  const { member } = controller
  if (election.parent !== 'unknown' || isUp(controller)) return []
  const never = controllers.every(({ started }) => started !== 'yes')
  if (!never && !leftWithoutZnode(controller, facts)) return []
  const tool = toolOf(controller.rules)
  const first = never && member.host === election.host && tool !== undefined
  const make = first ? [act({ verb: 'FormatFailover', tool }, 'data')] : []
  const evidence = `whether ${ruleOf(controller.rules, 'znode')} is there is not known`
  return [waiting(member, causeOf(view), { evidence, waits: upstream ?? election.detail }, make)]
}

/** Without a breadcrumb, or nobody knows of one, the first that takes the lock may fence nobody: it has to be the controller of whoever is active. */
function behindTheActive(controller: ControllerView, view: HdfsView): readonly Repair[] {
  const { controllers, election, names } = view
  const { member, id } = controller
  if (election.breadcrumb === 'yes' || isUp(controller)) return []
  const active = names.find(isActive)
  if (active === undefined || active.id === id) return []
  const leading = controllers.find((other) => other.id === active.id)
  if (leading === undefined || leading.health.verdict === 'serving') return []
  const waits = `${leading.member.id} must have the lock first, whose NameNode is active`
  return [
    waiting(member, 'HdfsZnodeGone', {
      evidence: election.breadcrumb === 'no' ? 'there is no breadcrumb' : 'whether there is a breadcrumb is not known',
      waits,
    }),
  ]
}

// One that does not elect

const silentMs = 30_000

function idle(controller: ControllerView, view: HdfsView, since: Since): readonly Repair[] {
  const { member, health } = controller
  const { now, names, election } = view
  const base = { member: member.id, actions: [restart(member)], holdsStart: false, disruptive: true }
  const cause = 'HdfsZkfcNotElecting'
  if (health.verdict === 'unhealthy') {
    const lasted = now - (since[member.id] ?? now) >= silentMs
    // Without ZooKeeper none of them works, and a restart brings it not back.
    return lasted && view.upstream === undefined ? [{ ...base, cause, evidence: health.evidence }] : []
  }
  if (health.verdict !== 'serving' || election.lock !== 'no' || view.upstream !== undefined) return []
  const own = names.find(({ id }) => id === controller.id)
  if (own?.health.verdict !== 'serving' || now - standbySince(view, since) < silentMs + takeoverMs(view)) return []
  const evidence = `${member.id} runs and ${own.member.id} is ${own.health.role}, but nobody holds the lock (${election.detail})`
  return [{ ...base, cause, evidence }]
}

/** So long a failover takes at most when all goes well: the session ends, or the health check does; then the fencing. */
function takeoverMs({ names }: HdfsView): number {
  const rules = names[0]?.rules ?? {}
  return timeOf(rules, 'sessionSeconds', 10_000) + timeOf(rules, 'healthSeconds', 20_000) + 15_000
}

/** Since when nobody may have been active, as far as can be told: the latest of all that could have ended it. */
function standbySince({ names, controllers, facts, now }: HdfsView, since: Since): number {
  const moments = [...names, ...controllers].map(({ member, health }) =>
    Math.max(since[member.id] ?? now, health.startedAt),
  )
  const turns = names.map(({ member, report }) => {
    if (report === undefined || report.state === 'loading') return 0
    return report.lastTransition - (valueOf(facts[member.host])?.clockSkewMs ?? 0)
  })
  return Math.max(0, ...moments, ...turns)
}
