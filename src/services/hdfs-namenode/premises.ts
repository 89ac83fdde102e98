import type { Evidence, Place, Premise } from '../../model/kind.ts'
import { listOf, ruleOf } from '../hdfs-common/rules.ts'
import type { HdfsView, JournalNodeView, NameNodeView, RoleView } from '../hdfs-common/view.ts'
import { type Birth, membersOf } from './birth.ts'
import { holdsAll, type JournalLag } from './journal-status.ts'

/**
 * What was seen for each premise of a verb. Nothing here decides: planner/permits.ts does, and takes what is unknown, or not
 * named at all, for a refusal.
 */
type State = Evidence['state']

function say(premise: Premise, state: State, detail: string): Evidence {
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

/** What is left of a journal without its VERSION is moved aside first. */
export function ownJournalEmpty({ data }: JournalNodeView): Evidence {
  const states = {
    vacant: 'proven',
    other: 'proven',
    ours: 'disproven',
    foreign: 'disproven',
    unknown: 'unknown',
  } as const
  return say('OwnPlacesEmpty', states[data.state], data.detail)
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

/** `all`: a format asks every one of them; whoever reads needs a majority. */
export function journalsServe({ journals }: HdfsView, all: boolean): Evidence {
  const needed = all ? journals.length : Math.floor(journals.length / 2) + 1
  if (journals.length === 0) return say('JournalsServe', 'proven', 'no journal is declared')
  const alive = journals.filter(({ rpc }) => rpc.state === 'alive')
  if (alive.length >= needed)
    return say('JournalsServe', 'proven', `${alive.length} of ${journals.length} journals answer`)
  const silent = journals.filter(({ rpc }) => rpc.state !== 'alive')
  const state = silent.some(({ rpc }) => rpc.state === 'unseen') ? 'unknown' : 'disproven'
  return say('JournalsServe', state, silent.map(({ rpc }) => rpc.evidence).join('; '))
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

/**
 * Whose image holds all that was acknowledged, or with the journals does: an active one. Before there ever was one, any that
 * serves: then no journal has promised an epoch, and nothing was acknowledged.
 */
export function sourceServes(own: NameNodeView, view: HdfsView): Evidence {
  const others = view.names.filter((other) => other.member.id !== own.member.id)
  const never = view.journals.every(({ data }) => data.promised === 'no')
  const found = others.find((other) => isActive(other) || (never && other.health.verdict === 'serving'))
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

/**
 * A majority of all journals, without this one, each of which holds all that the active was told to be acknowledged, takes what it
 * writes next, has promised the newest epoch, and is of the same format. With less, a journal that has forgotten its promise and one that was away when it
 * was made are a majority for an old writer, and what only two held is lost with the second.
 */
export function othersInStep(own: JournalNodeView, view: HdfsView): Evidence {
  const active = activeOnes(view)
  const [writer] = active
  if (active.length > 1) return say('OthersInStep', 'disproven', `${idsOf(active)} say that they are active`)
  if (writer?.report === undefined || writer.report.state === 'loading') {
    return say('OthersInStep', 'unknown', 'no NameNode is active, who could tell')
  }
  const { journals: lags } = writer.report
  if (lags === undefined)
    return say('OthersInStep', 'unknown', `${writer.member.id} does not say how far the journals are`)
  const good = inStep(own, view, lags)
  const majority = Math.floor(view.journals.length / 2) + 1
  const counts = `${writer.member.id} calls ${idsOf(good) || 'none'} in step, ${majority} of ${view.journals.length} are needed`
  if (good.length < majority) return say('OthersInStep', 'disproven', counts)
  return agreedVersion(good) === undefined
    ? say('OthersInStep', 'disproven', `${counts}; their VERSION files differ`)
    : say('OthersInStep', 'proven', `${counts}, epoch ${newestEpoch(view)}`)
}

function newestEpoch({ journals }: HdfsView): number {
  return Math.max(...journals.flatMap(({ report }) => report?.promisedEpoch ?? []))
}

/** One that was restarted takes nothing before the next segment begins, whatever the writer says of it (Journal.journal). */
function inStep(own: JournalNodeView, view: HdfsView, lags: readonly JournalLag[]): readonly JournalNodeView[] {
  const newest = newestEpoch(view)
  return view.journals.filter((journal) => {
    const lag = lagOf(journal, view.journals, lags)
    if (journal.member.id === own.member.id || lag === undefined) return false
    const { data, report, rpc } = journal
    const takes = (report?.txnsWritten ?? 0) > 0 && report?.promisedEpoch === newest
    return holdsAll(lag) && takes && data.state === 'ours' && rpc.state === 'alive'
  })
}

/** What a journal that lost it is told of itself: by those whose word lets it come back. */
export function versionOfOthers(own: JournalNodeView, view: HdfsView): Readonly<Record<string, string>> | undefined {
  const [writer] = activeOnes(view)
  const report = writer?.report
  const lags = report === undefined || report.state === 'loading' ? undefined : report.journals
  return lags === undefined ? undefined : agreedVersion(inStep(own, view, lags))
}

/** The writer names journals by address, whatever it was configured with: by name and port they are told by their order. */
export function lagOf(
  own: JournalNodeView,
  all: readonly JournalNodeView[],
  lags: readonly JournalLag[],
): JournalLag | undefined {
  const nameOf = ({ rules }: JournalNodeView): string => `${ruleOf(rules, 'address')}:${ruleOf(rules, 'rpcPort')}`
  const found = lags.find(({ at }) => at === nameOf(own))
  const named = all.every(({ rules }) => !/^[\d.]+$/.test(ruleOf(rules, 'address')))
  if (found !== undefined || !named || lags.length !== all.length) return found
  return lags[all.findIndex(({ member }) => member.id === own.member.id)]
}

/** What all of these have in their VERSION; undefined when they differ, or there is none. */
function agreedVersion(journals: readonly JournalNodeView[]): Readonly<Record<string, string>> | undefined {
  const versions = journals.flatMap(({ data }) => (data.state === 'ours' ? (data.storage.version ?? []) : []))
  const values = versions.map((version) => version.values)
  const [first] = values
  const texts = new Set(values.map((value) => JSON.stringify(value)))
  return texts.size === 1 ? first : undefined
}

/** Empty to the last file: the verb itself refuses all else. */
export function isBare({ data }: NameNodeView): boolean {
  return data.dirs.length > 0 && data.dirs.every(({ state }) => state === 'empty')
}

function idsOf(views: readonly { readonly member: { readonly id: string } }[]): string {
  return views.map(({ member }) => member.id).join(', ')
}
