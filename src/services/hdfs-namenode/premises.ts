import type { Evidence, Place, Premise } from '../../model/kind.ts'
import { listOf, ruleOf } from '../hdfs-common/rules.ts'
import type { HdfsView, NameNodeView, RoleView } from '../hdfs-common/view.ts'
import { type Birth, membersOf } from './birth.ts'

/**
 * What was seen for each premise of a verb. Nothing here decides: planner/permits.ts does, and takes what is unknown, or not
 * named at all, for a refusal.
 */
type State = Evidence['state']

export function say(premise: Premise, state: State, detail: string): Evidence {
  return { premise, state, detail }
}

export function allHostsSeen(view: HdfsView): Evidence {
  const hosts = [...new Set(membersOf(view).map(({ member }) => member.host))].sort()
  const out = hosts.flatMap((host) => {
    const facts = view.facts[host]
    if (facts?.state === 'known') return []
    return [facts?.state === 'unknown' ? facts.why : `${host} was not looked at`]
  })
  const rules = view.names[0]?.rules ?? {}
  for (const key of ['unseen', 'lost']) {
    const names = rules[key]
    if (names === undefined) out.push(`whether a host is ${key} was not looked up`)
    else if (names !== '') out.push(`${names}: ${key === 'lost' ? 'given up' : 'had members and was not seen'}`)
  }
  return out.length === 0
    ? say('AllHostsSeen', 'proven', `${hosts.join(', ')} were looked at`)
    : say('AllHostsSeen', 'unknown', out.join('; '))
}

export function allPlacesEmpty({ birth }: { readonly birth: Birth }): Evidence {
  const { places } = birth
  const against = places.filter(({ state }) => state !== 'empty')
  if (places.length > 0 && against.length === 0) {
    return say('AllPlacesEmpty', 'proven', places.map(placeText).join('; '))
  }
  const state = against.some((place) => place.state === 'holdsData') ? 'disproven' : 'unknown'
  return say('AllPlacesEmpty', state, against.map(placeText).join('; ') || 'no place was named')
}

function placeText({ host, path, detail }: Place): string {
  return `${host}: ${path}: ${detail}`
}

/** Its own directories hold nothing, or what a bootstrap of its own has left that was cut off. */
export function ownPlacesEmpty({ data }: NameNodeView): Evidence {
  switch (data.state) {
    case 'vacant':
    case 'half':
    case 'other':
      return say('OwnPlacesEmpty', 'proven', data.detail)
    case 'unknown':
      return say('OwnPlacesEmpty', 'unknown', data.detail)
    default:
      return say('OwnPlacesEmpty', 'disproven', data.detail)
  }
}

export function firstStartAllowed(view: HdfsView): Evidence {
  const members = membersOf(view)
  const without = members.filter(({ allowed }) => allowed !== 'yes')
  if (members.length > 0 && without.length === 0) {
    return say('FirstStartAllowed', 'proven', 'a first start was allowed on every host')
  }
  const state = without.some(({ allowed }) => allowed === 'unknown') ? 'unknown' : 'disproven'
  return say('FirstStartAllowed', state, `not for ${without.map(({ member }) => member.id).join(', ')}`)
}

export function neverBorn({ birth }: HdfsView): Evidence {
  switch (birth.state) {
    case 'born':
    case 'foreign':
    case 'formatted':
      return say('NeverBorn', 'disproven', birth.detail)
    case 'open':
      return say('NeverBorn', 'unknown', birth.detail)
    default:
      return say('NeverBorn', 'proven', 'no record, status or answer tells of a cluster that lived')
  }
}

export function znodeAbsent({ election }: HdfsView): Evidence {
  if (!election.declared) return say('ZnodeAbsent', 'proven', election.detail)
  const states = { no: 'proven', yes: 'disproven', unknown: 'unknown' } as const
  return say('ZnodeAbsent', states[election.parent], election.detail)
}

export function noToolRuns(view: HdfsView): Evidence {
  const hosts = [...view.names, ...view.controllers].filter((one) => !isGivenUp(one, view))
  const running = hosts.find(({ tool }) => tool === 'yes')
  if (running !== undefined) return say('NoToolRuns', 'disproven', `a tool of Hadoop runs on ${running.member.host}`)
  const unseen = hosts.find(({ tool }) => tool === 'unknown')
  if (unseen !== undefined)
    return say('NoToolRuns', 'unknown', `whether a tool runs on ${unseen.member.host} was not seen`)
  return say('NoToolRuns', 'proven', 'no tool of Hadoop runs on a host of a NameNode')
}

/** A person has said that its machine is off and stays off, and nothing was seen of it since. */
export function isGivenUp({ member }: RoleView, { facts, names }: Pick<HdfsView, 'facts' | 'names'>): boolean {
  return facts[member.host]?.state !== 'known' && listOf(names[0]?.rules ?? {}, 'lost').includes(member.host)
}

/** It is given up, or is seen down and has nothing of the file system, so that it has to copy from another first. */
export function cannotLead(name: NameNodeView, view: Pick<HdfsView, 'facts' | 'names'>): boolean {
  return isGivenUp(name, view) || (name.health.verdict === 'stopped' && ownPlacesEmpty(name).state === 'proven')
}

/** Also of one who has been replaced and runs still. */
export function activeOnes({ names, replaced }: Pick<HdfsView, 'names' | 'replaced'>): readonly NameNodeView[] {
  return [...names, ...replaced.names].filter(isActive)
}

/** It says that it is active, of this cluster, and its RPC answers. */
export function isActive({ report, rules, rpc }: NameNodeView): boolean {
  return (
    report !== undefined &&
    report.state === 'active' &&
    report.clusterId === ruleOf(rules, 'clusterId') &&
    rpc.state === 'alive'
  )
}

/** Who loads its image, which may take long, has yet to say whether it is active; undefined: all others have. */
export function stillToSay({ names, replaced }: HdfsView): string | undefined {
  const starting = [...names, ...replaced.names].filter(
    ({ health, report }) => health.verdict === 'starting' && report === undefined,
  )
  return starting.length === 0 ? undefined : `${idsOf(starting)} must say first how it is`
}

export function atMostOneActive(view: HdfsView): Evidence {
  const { names, replaced } = view
  const all = [...names, ...replaced.names]
  const active = all.filter(({ report }) => report?.state === 'active')
  if (active.length > 1) return say('AtMostOneActive', 'disproven', `${idsOf(active)} say that they are active`)
  const untold = all.filter(
    (name) =>
      name.health.verdict !== 'stopped' &&
      (name.report === undefined || name.report.state === 'other') &&
      !isGivenUp(name, view),
  )
  if (untold.length > 0)
    return say('AtMostOneActive', 'unknown', untold.map(({ health }) => health.evidence).join('; '))
  return say('AtMostOneActive', 'proven', active.length === 0 ? 'nobody is active' : `only ${idsOf(active)} is active`)
}

/** As the first format left them. Journals that are not there, or that lost what they had, say nothing. */
export function isNeverWritten({ journals }: Pick<HdfsView, 'journals'>): boolean {
  return journals.length > 0 && journals.every(({ data }) => data.state === 'ours' && data.promised === 'no')
}

/**
 * Whose image holds all that was acknowledged, or with the journals does: an active one. Before there ever was one, any that
 * serves: then no journal has promised an epoch, and nothing was acknowledged.
 */
export function sourceServes(own: NameNodeView, view: HdfsView): Evidence {
  const others = view.names.filter((other) => other.member.id !== own.member.id)
  const found = others.find((other) => isActive(other) || (isNeverWritten(view) && other.health.verdict === 'serving'))
  if (found?.report === undefined || found.report.state === 'loading') {
    const state = others.some(({ health }) => health.verdict === 'unknown') ? 'unknown' : 'disproven'
    const said = others.map(({ member, health }) => `${member.id}: ${health.evidence}`).join('; ')
    return say('SourceServes', state, `no other NameNode is active: ${said || 'there is none'}`)
  }
  const { futureBytes, word } = found.report
  if (futureBytes === undefined) {
    return say('SourceServes', 'unknown', `${found.member.id} does not say whether it knows all blocks`)
  }
  if (futureBytes > 0) {
    return say(
      'SourceServes',
      'disproven',
      `${found.member.id} knows less than its DataNodes: ${futureBytes} bytes are newer`,
    )
  }
  return say('SourceServes', 'proven', `${found.member.id} is ${word}`)
}

/** Every failover controller was seen, also one that has been replaced, and runs no more. */
export function nobodyElects(view: HdfsView): Evidence {
  const all = [...view.controllers, ...view.replaced.controllers]
  const up = all.filter((controller) => controller.health.verdict !== 'stopped' && !isGivenUp(controller, view))
  if (up.length === 0) return say('NobodyElects', 'proven', 'every failover controller is stopped')
  const state = up.some(({ health }) => health.verdict !== 'unknown') ? 'disproven' : 'unknown'
  return say('NobodyElects', state, up.map(({ health }) => health.evidence).join('; '))
}

/** Empty to the last file: the verb itself refuses all else. */
export function isBare({ data }: NameNodeView): boolean {
  return data.dirs.length > 0 && data.dirs.every(({ state }) => state === 'empty')
}

export function idsOf(views: readonly { readonly member: { readonly id: string } }[]): string {
  return views.map(({ member }) => member.id).join(', ')
}
