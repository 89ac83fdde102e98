import type { PermitRequest, Place, Repair } from '../../model/kind.ts'
import { type Act, act, mounted, moveAside, notRunning, stop, waiting } from '../hdfs-common/acts.ts'
import { firstStartRecord } from '../hdfs-common/presence.ts'
import { ruleOf, toolOf } from '../hdfs-common/rules.ts'
import type { StorageView } from '../hdfs-common/storage.ts'
import type { HdfsView, NameNodeView, RoleView } from '../hdfs-common/view.ts'
import { isFirst, membersOf } from './birth.ts'
import { journalsServe } from './journal-premises.ts'
import { allHostsSeen, allPlacesEmpty, firstStartAllowed, neverBorn, noToolRuns, znodeAbsent } from './premises.ts'

const cause = 'HdfsFirstStart'

/**
 * A cluster that never lived, in steps that are each told by looking: a first start is allowed on every host; the JournalNodes
 * are started; the first NameNode formats its directories and all journals; it is started, and from then on the cluster is born
 * and nothing here has a say. Of a format that was cut off every part is moved aside, once no tool runs any more.
 *
 * Hadoop writes VERSION into every name directory, then formats every journal, then writes the images (FSImage.format), and
 * refuses to begin where a directory or a journal holds anything (FSImage.confirmFormat).
 */
export function firstStartRepairs(view: HdfsView): readonly Repair[] {
  switch (view.birth.state) {
    case 'born':
      return []
    case 'open':
    case 'foreign':
    case 'unborn':
      return [...allowing(view), ...coming(view, 'a first start must be allowed on every host')]
    case 'allowed':
      return formatting(view)
    case 'halved':
      return [...clearing(view), ...coming(view, 'what is left of a format must be moved aside first')]
    case 'formatted':
      return formatted(view)
  }
}

/** One who could be started before a format would begin something; whoever was allowed already is left. */
function allowing(view: HdfsView): readonly Repair[] {
  const { birth, upstream } = view
  const places = [...birth.places, ...hostPlaces(view), ...znodePlaces(view)]
  const against = places.filter(({ state }) => state !== 'empty')
  // ZooKeeper may be on its way up beside this cluster: that it cannot be asked yet is no problem of anybody's.
  if (
    upstream !== undefined &&
    against.length > 0 &&
    against.every((place) => place.state === 'unknown' && isZnode(place))
  ) {
    return membersOf(view).map((role) =>
      waiting(role.member, cause, { evidence: neverStarted(role, view), waits: upstream }),
    )
  }
  const permit: PermitRequest = { rule: 'EveryPlaceEmpty', verb: 'MarkFirstStart', places }
  const refusedAs = birth.state === 'foreign' ? 'ForeignData' : 'FirstStartRefused'
  return membersOf(view).map((role): Repair => {
    const actions = role.allowed === 'yes' ? [] : [...stopOf(view, role), ...asideOf(view, role), mark(view, role)]
    return {
      member: role.member.id,
      cause,
      evidence: neverStarted(role, view),
      actions,
      permit,
      refusedAs,
      holdsStart: true,
      afterAllPrepared: true,
      disruptive: false,
    }
  })
}

function neverStarted({ member }: RoleView, { birth }: HdfsView): string {
  return `${member.id} on ${member.host} was never started: ${birth.detail}`
}

function mark(view: HdfsView, { member }: RoleView): Act {
  const empty = dirsOf(view, member.id).map(({ path }) => ({ guard: 'DirectoryEmpty', path }) as const)
  const action = { verb: 'MarkFirstStart', record: firstStartRecord(member) } as const
  return act(action, 'none', ...notRunning(member), ...empty, ...mounted(member))
}

/** Somebody has started it himself: nothing is allowed under a process. */
function stopOf(view: HdfsView, { member }: RoleView): readonly Act[] {
  return isUp(view, member.id) ? [stop(member, 'restart')] : []
}

/** What a daemon left that found nothing to start with. */
function asideOf(view: HdfsView, { member }: RoleView): readonly Act[] {
  return moveAside(member, dirsOf(view, member.id))
}

function clearOf(view: HdfsView, role: RoleView): readonly Act[] {
  const aside = asideOf(view, role)
  return aside.length === 0 ? [] : [...stopOf(view, role), ...aside]
}

function dirsOf({ names, journals, dataNodes, secondaries }: HdfsView, id: string): readonly StorageView[] {
  return [
    ...names.flatMap(({ member, data }) => (member.id === id ? data.dirs : [])),
    ...journals.flatMap(({ member, data }) => (member.id === id ? [data.storage] : [])),
    ...dataNodes.flatMap(({ member, data }) => (member.id === id ? data.dirs : [])),
    ...secondaries.flatMap(({ member, data }) => (member.id === id ? [data] : [])),
  ]
}

function isUp({ names, journals, controllers, dataNodes, secondaries }: HdfsView, id: string): boolean {
  const role = [...names, ...journals, ...controllers, ...dataNodes, ...secondaries].find(
    ({ member }) => member.id === id,
  )
  return role !== undefined && (role.health.startedAt > 0 || role.health.verdict === 'starting')
}

const znodeField = 'znode '

function isZnode({ path }: Place): boolean {
  return path.startsWith(znodeField)
}

/** A leftover of another cluster of this name would make the first failover controller fence somebody. */
function znodePlaces(view: HdfsView): readonly Place[] {
  const { election, names } = view
  if (!election.declared) return []
  const states = { no: 'empty', yes: 'holdsData', unknown: 'unknown' } as const
  const path = `${znodeField}${ruleOf(names[0]?.rules ?? {}, 'znode')}`
  const remedy = election.parent === 'yes' ? ': if no cluster of that name runs, delete it' : ''
  return [{ host: election.host, path, state: states[election.parent], detail: `${election.detail}${remedy}` }]
}

/** A host without directories of its own has a say, too: that of a failover controller alone, for instance. */
function hostPlaces(view: HdfsView): readonly Place[] {
  const { state, detail } = allHostsSeen(view)
  return state === 'proven' ? [] : [{ host: 'all hosts', path: 'looked at', state: 'unknown', detail }]
}

function formatting(view: HdfsView): readonly Repair[] {
  const first = view.names.find(isFirst)
  const tool = toolOf(first?.rules ?? {})
  if (first === undefined || tool === undefined) return coming(view, 'no NameNode is the first')
  const { member, rules } = first
  const dirs = first.data.dirs.map(({ path }) => ({ guard: 'DirectoryEmpty', path }) as const)
  const format = act(
    { verb: 'FormatNameNode', tool, clusterId: ruleOf(rules, 'clusterId') },
    'data',
    ...notRunning(member),
    ...dirs,
    ...mounted(member),
    { guard: 'FileAbsent', path: firstStartRecord(member).replace(/\.first-start$/, '.json') },
  )
  const waits = waitsForFormat(view)
  const evidence = `${member.id} on ${member.host} has no file system yet: ${first.data.detail}`
  const own: Repair =
    waits !== undefined
      ? waiting(member, cause, { evidence, waits }, [format])
      : {
          member: member.id,
          cause,
          evidence,
          actions: [format],
          permit: {
            rule: 'Proven',
            verb: 'FormatNameNode',
            evidence: [
              allHostsSeen(view),
              allPlacesEmpty(view),
              firstStartAllowed(view),
              neverBorn(view),
              journalsServe(view),
              znodeAbsent(view),
              noToolRuns(view),
            ],
          },
          refusedAs: 'FirstStartRefused',
          holdsStart: true,
          disruptive: false,
        }
  return [own, ...coming(view, `${member.id} must be formatted and serve first`, member.id)]
}

/** What comes about by itself, or by a step that is under way. */
function waitsForFormat(view: HdfsView): string | undefined {
  const { upstream, election, journals } = view
  const tools = noToolRuns(view)
  if (tools.state === 'disproven') return tools.detail
  const out = journals.filter(({ rpc, health }) => rpc.state !== 'alive' && health.verdict !== 'unknown')
  if (out.length > 0) return `${out.map(({ member }) => member.id).join(', ')} must serve first`
  if (upstream !== undefined && election.declared && election.parent === 'unknown') return upstream
  return undefined
}

/** The others copy from it; until then none of them is started, for it would find nothing. */
function coming(view: HdfsView, waits: string, but?: string): readonly Repair[] {
  const why = { evidence: view.birth.detail, waits }
  const names = view.names.filter(({ member }) => member.id !== but)
  const maker = view.election.declared
    ? view.controllers.find(({ member }) => member.host === view.election.host)
    : undefined
  const tool = toolOf(maker?.rules ?? {})
  return [
    ...names.map((name) => waiting(name.member, cause, why, comingActs(name))),
    ...(maker === undefined || tool === undefined
      ? []
      : [waiting(maker.member, cause, why, [act({ verb: 'FormatFailover', tool }, 'data')])]),
  ]
}

function comingActs(name: NameNodeView): readonly Act[] {
  const tool = toolOf(name.rules)
  if (tool === undefined) return []
  const clusterId = ruleOf(name.rules, 'clusterId')
  if (isFirst(name)) return [act({ verb: 'FormatNameNode', tool, clusterId }, 'data')]
  return [act({ verb: 'BootstrapStandby', tool }, 'data')]
}

function clearing(view: HdfsView): readonly Repair[] {
  const tools = noToolRuns(view)
  if (tools.state !== 'proven') {
    const why = { evidence: view.birth.detail, waits: `a format may be under way: ${tools.detail}` }
    return membersOf(view).map(({ member }) => waiting(member, cause, why))
  }
  const permit: PermitRequest = {
    rule: 'EveryPlaceEmpty',
    verb: 'MoveAside',
    places: [...view.birth.places, ...hostPlaces(view)],
  }
  return membersOf(view).flatMap((role): readonly Repair[] => {
    const { member } = role
    const actions = clearOf(view, role)
    if (actions.length === 0) return []
    const evidence = `${member.id} on ${member.host}: ${view.birth.detail}`
    return [
      {
        member: member.id,
        cause,
        evidence,
        actions,
        permit,
        refusedAs: 'FirstStartRefused',
        holdsStart: true,
        disruptive: false,
      },
    ]
  })
}

/** Nobody holds the first any more: it is started, and its record makes the cluster one that was born. */
function formatted(view: HdfsView): readonly Repair[] {
  const first = view.names.find(isFirst)?.member
  if (first === undefined) return []
  const others = coming(view, `${first.id} must serve first`, first.id)
  const tools = noToolRuns(view)
  if (tools.state === 'proven') return others
  return [waiting(first, cause, { evidence: view.birth.detail, waits: tools.detail }), ...others]
}
