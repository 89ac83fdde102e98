import { valueOf } from '../../model/fact.ts'
import type { FleetFacts } from '../../model/facts.ts'
import type { Place } from '../../model/kind.ts'
import { jsonOf } from '../common/http.ts'
import { isObject, textOf } from '../hdfs-common/jmx.ts'
import { firstStartRecord } from '../hdfs-common/presence.ts'
import { ruleOf } from '../hdfs-common/rules.ts'
import { isVacant, placeOf, type StorageView } from '../hdfs-common/storage.ts'
import type { DataNodeView, JournalNodeView, NameNodeView, RoleView, SecondaryView } from '../hdfs-common/view.ts'
import { namespaceOf } from './data.ts'

/** What is looked at for it: the members as declared, without their health. */
export interface Cradle {
  readonly names: readonly Omit<NameNodeView, 'health'>[]
  readonly journals: readonly Pick<JournalNodeView, keyof RoleView | 'data'>[]
  readonly controllers: readonly RoleView[]
  readonly dataNodes: readonly Pick<DataNodeView, keyof RoleView | 'data'>[]
  readonly secondaries: readonly Pick<SecondaryView, keyof RoleView | 'data'>[]
  readonly facts: FleetFacts
}

/**
 * How far a cluster has come, read from its hosts and never remembered. A format is possible in `allowed` only.
 * unborn: a first start was not allowed on every host. allowed: it was, and every place is empty. halved: it was, and a format
 * of our own was cut off. formatted: a whole format and no sign of life. born: it lived. open: something could not be seen.
 * foreign: something is there that is not ours. One sign of life is enough for born, whatever else cannot be seen.
 */
export interface Birth {
  readonly state: 'unborn' | 'allowed' | 'halved' | 'formatted' | 'born' | 'open' | 'foreign'
  readonly detail: string
  /** Every place on which a first start depends; a half of our own format counts as empty. */
  readonly places: readonly Place[]
}

export function birthOf(cradle: Cradle): Birth {
  const places = [...diskPlaces(cradle), ...recordPlaces(cradle), ...pastPlaces(cradle)]
  const say = (state: Birth['state'], detail: string): Birth => ({ state, detail, places })
  const life = signOfLife(cradle)
  if (life !== undefined) return say('born', life)
  const unseen = places.find(({ state }) => state === 'unknown')
  if (unseen !== undefined) return say('open', `${unseen.host}: ${unseen.path}: ${unseen.detail}`)
  const taken = places.find(({ state }) => state === 'holdsData')
  if (taken !== undefined) return say('foreign', `${taken.host}: ${taken.path}: ${taken.detail}`)
  const unmarked = membersOf(cradle).filter(({ allowed }) => allowed !== 'yes')
  if (unmarked.length > 0) return say('unborn', `a first start was not allowed for ${firstOf(unmarked)}`)
  const remains = remainsOf(cradle)
  if (remains.length === 0) return say('allowed', 'a first start was allowed on every host, and every place is empty')
  const missing = whyNotFormatted(cradle)
  return missing === undefined
    ? say('formatted', 'the first NameNode and all journals hold one whole format')
    : say('halved', `a format was cut off: ${missing}`)
}

/** Those for whom a first start has to be allowed. */
export function membersOf(cradle: Omit<Cradle, 'facts'>): readonly RoleView[] {
  const { controllers, dataNodes, journals, names, secondaries } = cradle
  return [...journals, ...names, ...controllers, ...dataNodes, ...secondaries]
}

/** That formats; the others copy from it. */
export function isFirst({ rules }: RoleView): boolean {
  return ruleOf(rules, 'first') === 'true'
}

function signOfLife(cradle: Cradle): string | undefined {
  const { names, journals, controllers, dataNodes, secondaries } = cradle
  for (const { member, rules, report, rpc, data } of names) {
    const born = ruleOf(rules, 'born')
    if (born !== '') return born
    const clusterId = ruleOf(rules, 'clusterId')
    if (report !== undefined && report.state !== 'loading') {
      if (report.clusterId === clusterId)
        return `${member.id} on ${member.host} says that it is of cluster ${clusterId}`
    } else if (rpc.state === 'alive') {
      return `${member.id} on ${member.host} runs`
    }
    const used = data.dirs.find((dir) => dir.used && dir.version?.clusterId === clusterId)
    if (used !== undefined) return `${used.path} on ${member.host} was written to after its format`
  }
  for (const { member, started } of [...names, ...controllers, ...dataNodes, ...secondaries]) {
    if (started === 'yes') return `${member.id} was started on ${member.host} before`
  }
  for (const { member, data } of journals) {
    if (data.state === 'ours' && data.promised === 'yes') {
      return `${data.storage.path} on ${member.host} has promised an epoch to a NameNode`
    }
  }
  for (const { member, data } of dataNodes) {
    const [dir] = data.ours
    if (dir !== undefined) return `${dir.path} on ${member.host} belongs to a DataNode of this cluster`
  }
  const copy = secondaries.find(({ data, rules }) => data.version?.clusterId === ruleOf(rules, 'clusterId'))
  if (copy !== undefined) return `${copy.data.path} on ${copy.member.host} holds a checkpoint of this cluster`
  return recordOfAnother(cradle)
}

const livingRoles = ['hdfs-namenode', 'hdfs-zkfc', 'hdfs-datanode', 'hdfs-secondarynamenode']

/** A record of this object for a member that is not declared there any more. That of a JournalNode is older than the format. */
function recordOfAnother(cradle: Cradle): string | undefined {
  const object = membersOf(cradle)[0]?.member.identity.object ?? ''
  const hosts = [...new Set(membersOf(cradle).map(({ member }) => member.host))]
  for (const host of hosts) {
    for (const [stem, text] of Object.entries(valueOf(cradle.facts[host])?.records ?? {})) {
      const record = jsonOf(text)
      if (!isObject(record) || object === '' || textOf(record, 'object') !== object) continue
      if (livingRoles.includes(textOf(record, 'role'))) return `the record of ${stem} stands on ${host}`
    }
  }
  return undefined
}

/** What a format of our own wrote where a first start was allowed. One that was used is a sign of life, and told before. */
function isHalf(dir: StorageView, { rules, allowed }: RoleView): boolean {
  return allowed === 'yes' && dir.version?.clusterId === ruleOf(rules, 'clusterId')
}

function diskPlaces({ names, journals, dataNodes, secondaries }: Cradle): readonly Place[] {
  const ofNames = names.flatMap((name) => [
    ...name.data.dirs.map((dir): Place => {
      const place = placeOf(dir, isVacant(dir) || isHalf(dir, name))
      const untold = dir.state === 'versioned' && dir.seenTxid === 'unknown'
      return untold ? { ...place, state: 'unknown', detail: 'whether it was used could not be seen' } : place
    }),
    ...strangerOf(name),
  ])
  const ofJournals = journals.flatMap((journal): readonly Place[] => {
    const { storage, promised, paxos, state, beside } = journal.data
    const place = placeOf(storage, isVacant(storage) || isHalf(storage, journal))
    const untold = state === 'unknown' || promised === 'unknown' || paxos === 'unknown'
    const own: Place = untold ? { ...place, state: 'unknown', detail: journal.data.detail } : place
    if (beside === undefined) return [own]
    const editsDir = ruleOf(journal.rules, 'editsDir')
    const others = beside.state === 'unknown' ? 'unknown' : 'holdsData'
    return [own, { host: journal.member.host, path: editsDir, state: others, detail: beside.detail }]
  })
  const ofDataNodes = dataNodes.flatMap(({ data }) => data.dirs.map((dir) => placeOf(dir)))
  return [...ofNames, ...ofJournals, ...ofDataNodes, ...secondaries.map(({ data }) => placeOf(data))]
}

/** A NameNode of somebody else answers at the address that this one is to have. */
function strangerOf({ member, rules, report }: Cradle['names'][number]): readonly Place[] {
  if (report === undefined || report.state === 'loading' || report.clusterId === ruleOf(rules, 'clusterId')) return []
  const path = `${ruleOf(rules, 'address')}:${ruleOf(rules, 'httpPort')}`
  return [
    { host: member.host, path, state: 'holdsData', detail: `a NameNode of cluster ${report.clusterId} answers there` },
  ]
}

function recordPlaces(cradle: Cradle): readonly Place[] {
  const allowed = membersOf(cradle).flatMap((view): readonly Place[] =>
    view.allowed === 'unknown'
      ? [
          {
            host: view.member.host,
            path: firstStartRecord(view.member),
            state: 'unknown',
            detail: 'it could not be read',
          },
        ]
      : [],
  )
  const { controllers, dataNodes, names, secondaries } = cradle
  const started = [...names, ...controllers, ...dataNodes, ...secondaries].flatMap(({ member, started: was }) =>
    was === 'unknown'
      ? [
          {
            host: member.host,
            path: `the record of ${member.id}`,
            state: 'unknown' as const,
            detail: 'it could not be read',
          },
        ]
      : [],
  )
  return [...allowed, ...started]
}

/** What is known of the past by others than the declared hosts. A key that is missing was not looked up. */
function pastPlaces({ names }: Cradle): readonly Place[] {
  return names.slice(0, 1).flatMap(({ rules, member }): readonly Place[] => {
    const { host } = member
    const missing = ['born', 'unseen', 'lost'].filter((key) => rules[key] === undefined)
    const unknown = (path: string, detail: string): Place => ({ host, path, state: 'unknown', detail })
    return [
      ...missing.map((key) => unknown(key, 'nobody has looked it up')),
      ...(ruleOf(rules, 'unseen') === '' ? [] : [unknown(ruleOf(rules, 'unseen'), 'it had members and was not seen')]),
      ...(ruleOf(rules, 'lost') === ''
        ? []
        : [unknown(ruleOf(rules, 'lost'), 'it is given up: nobody knows what it holds')]),
    ]
  })
}

/** Places that are not quite empty: what a format left, or a lock file. */
export function remainsOf({ names, journals, dataNodes, secondaries }: Omit<Cradle, 'facts'>): readonly StorageView[] {
  const dirs: readonly StorageView[] = [
    ...names.flatMap(({ data }) => data.dirs),
    ...journals.map(({ data }) => data.storage),
    ...dataNodes.flatMap(({ data }) => data.dirs),
    ...secondaries.map(({ data }) => data),
  ]
  return dirs.filter(({ state }) => state !== 'empty')
}

/** What lacks to a whole format (FSImage.format: VERSION everywhere, then the journals, then the images). */
function whyNotFormatted({ names, journals }: Cradle): string | undefined {
  const first = names.find(isFirst)
  if (first === undefined) return 'no NameNode is the first'
  const { member, data } = first
  const namespace = namespaceOf(data)
  if (data.state !== 'whole' || namespace === '') return `${member.id}: ${data.detail}`
  const lacking = data.dirs.find(({ state, image, seenTxid }) => state !== 'versioned' || !image || seenTxid !== 0)
  if (lacking !== undefined) return `${member.id}: ${lacking.path}: ${lacking.detail}`
  const apart = journals.find(({ data: own }) => {
    return own.state !== 'ours' || own.paxos !== 'yes' || own.storage.version?.namespaceId !== namespace
  })
  return apart === undefined ? undefined : `${apart.member.id}: ${apart.data.detail}`
}

/** All of them would fill a line of status for each pass of a first start. */
function firstOf(views: readonly RoleView[]): string {
  const more = views.length - 1
  return `${views[0]?.member.id ?? 'nobody'}${more > 0 ? ` and ${more} more` : ''}`
}
