import type { Repair } from '../../model/kind.ts'
import { waiting } from '../hdfs-common/acts.ts'
import { listOf, ruleOf } from '../hdfs-common/rules.ts'
import type { ControllerView, HdfsView, NameNodeView } from '../hdfs-common/view.ts'
import { activeOnes } from '../hdfs-namenode/premises.ts'
import { believers } from './proven-off.ts'

/**
 * A takeover that waits for fencing: the breadcrumb names who was active last, nobody is active, and another stands ready with its
 * controller. Who has the lock still is left alone, whatever can be seen of it.
 */
interface Takeover {
  readonly from: NameNodeView
  readonly to: NameNodeView
  readonly controller: ControllerView
}

export function takeoverOf(view: HdfsView): Takeover | undefined {
  const { birth, controllers, election, names, replaced, upstream } = view
  if (birth.state !== 'born' || upstream !== undefined || activeOnes(view).length > 0) return undefined
  const from = [...replaced.names, ...names].find(({ id }) => id === election.last)
  const held = election.lock === 'no' || (election.lock === 'yes' && election.holder !== undefined)
  if (from === undefined || !held || election.holder === from.id) return undefined
  for (const to of names) {
    const controller = controllers.find(({ id }) => id === to.id)
    if (to.id === from.id || to.health.verdict !== 'serving' || to.report?.state !== 'standby') continue
    if (controller?.health.verdict === 'serving') return { from, to, controller }
  }
  return undefined
}

/**
 * With Block nobody follows one whose host is out of sight before it is proven off. One whose host is seen is started, or started
 * anew: it comes back as a standby and says so to whoever fences it.
 */
export function fencingBlocked(view: HdfsView, lastedMs: number, patienceMs: number): readonly Repair[] {
  const takeover = takeoverOf(view)
  if (takeover === undefined || lastedMs < patienceMs) return []
  const { controller, from, to } = takeover
  const fact = view.facts[from.member.host]
  if (ruleOf(controller.rules, 'fallback') !== 'Block') return []
  // One that comes up says that it stands by, and that is all that fencing wants.
  if (fact?.state === 'known' && from.health.verdict !== 'stopped') return []
  const host = from.member.host
  const isSeen = fact?.state === 'known'
  const why = isSeen
    ? `it does not come up on ${host} (${from.health.evidence})`
    : `its host ${host} is out of sight (${fact?.state === 'unknown' ? fact.why : 'it was not looked at'})`
  const evidence =
    `${to.id} stands by and may not take over from ${from.id}, which was active last: spec.fencing.fallback is Block, no method ` +
    `has proven ${from.id} off, and ${why}`
  const off = `make sure that its machine is off and stays off, and set lifecycle: Lost on Host ${host}`
  const base = {
    member: controller.member.id,
    cause: 'HdfsFencingBlocked',
    actions: [],
    refusedAs: 'FencingBlocked',
    holdsStart: false,
    disruptive: false,
  } as const
  if (isSeen) return [{ ...base, evidence, refused: `bring ${from.id} up; or ${off}` }]
  return [
    {
      ...base,
      evidence: `${evidence}. Bring ${host} back; or ${off}; or declare its spec.fence`,
      needsOff: { host, member: from.member.id },
    },
  ]
}

/** A machine that was proven off and is seen again: nothing is started there as long as others believe it. */
export function believedOff(
  { id, member, rules }: NameNodeView | ControllerView,
  { controllers, facts, names }: HdfsView,
): readonly Repair[] {
  const address = ruleOf(names.find((name) => name.id === id)?.rules ?? rules, 'address')
  if (facts[member.host]?.state !== 'known') return []
  // As long as it is declared to be lost its line stands where nobody could take it away.
  const isLost = listOf(names[0]?.rules ?? {}, 'lost').includes(member.host)
  const [other] = believers(id, address, controllers, facts, isLost)
  if (other === undefined) return []
  const evidence = `${member.host} is seen again`
  return [
    waiting(member, 'HdfsFencingBlocked', {
      evidence,
      waits: `${other.member.id} must be told first that it is not off`,
    }),
  ]
}
