import type { PermitRequest, Place, Repair } from '../../model/kind.ts'
import { act, foreignRepair, mounted, moveAside, notRunning, stop, waiting } from '../hdfs-common/acts.ts'
import { restAfter } from '../hdfs-common/again.ts'
import { listOf, toolOf } from '../hdfs-common/rules.ts'
import type { HdfsView, JournalNodeView, NameNodeView } from '../hdfs-common/view.ts'
import { journalsServe } from './journal-premises.ts'
import { nobodyElects, noToolRuns } from './premises.ts'
import {
  imageCopied,
  initialises,
  initialising,
  journalsBare,
  nameNodesStopped,
  namesWhole,
  sharedEdits,
  shareOf,
} from './shared-edits.ts'

const cause = 'HdfsBecomesHighlyAvailable'

/**
 * A NameNode that was simple, stopped to write to journals from now on, which do not hold all of its edits yet: they are formatted
 * and filled while it is down. What a try has left that was cut off is moved aside, and it begins anew; nothing is remembered. It is
 * started by the planner when a majority of the journals holds all.
 */
export function initialisingRepairs(name: NameNodeView, view: HdfsView): readonly Repair[] {
  if (!initialises(name)) return []
  const { data, health, member, rules } = name
  const { detail, done } = sharedEdits(name, view)
  const tool = toolOf(rules)
  if (done || tool === undefined) return []
  const evidence = `${member.id} on ${member.host} is stopped until the journals hold its edits: ${detail}`
  const base = { member: member.id, cause, evidence, holdsStart: true }
  // It writes where nobody will read: into its own directories alone.
  if (health.startedAt > 0 || health.verdict === 'starting') {
    return [{ ...base, actions: [stop(member, 'outage')], disruptive: true }]
  }
  const init = act({ verb: 'InitializeSharedEdits', tool }, 'data', ...notRunning(member), ...mounted(member))
  const waits = waitsFor(name, view)
  if (waits !== undefined) return [waiting(member, cause, { evidence, waits }, [init])]
  const [nameDir = ''] = listOf(rules, 'nameDirs')
  if (namesWhole(name).state === 'proven' && imageCopied(name, view).state === 'disproven') {
    const { group, user } = tool
    const copy = act({ verb: 'CopyImage', nameDir, owner: user, group }, 'none', ...notRunning(member))
    return [{ ...base, evidence: `${evidence}; ${data.detail}`, actions: [copy], disruptive: false }]
  }
  const permit: PermitRequest = {
    rule: 'Proven',
    verb: 'InitializeSharedEdits',
    evidence: [
      nameNodesStopped(name, view),
      namesWhole(name),
      imageCopied(name, view),
      journalsBare(name, view),
      journalsServe(view),
      nobodyElects(view),
      noToolRuns(view),
    ],
  }
  return [{ ...base, actions: [init], permit, refusedAs: 'ConversionRefused', disruptive: false }]
}

/** What comes about by itself, or by a step that is under way. */
function waitsFor(name: NameNodeView, view: HdfsView): string | undefined {
  const tools = noToolRuns(view)
  if (tools.state === 'disproven') return tools.detail
  const halves = view.journals.filter((journal) => ['half', 'whole'].includes(shareOf(journal, name).state))
  if (halves.length > 0) return `what a try has left on ${idsOf(halves)} is moved aside first`
  const electing = view.controllers.filter(({ health }) => !['stopped', 'unknown'].includes(health.verdict))
  if (electing.length > 0) return `${electing.map(({ member }) => member.id).join(', ')} must stop first`
  const out = view.journals.filter(({ rpc, health }) => rpc.state !== 'alive' && health.verdict !== 'unknown')
  if (out.length > 0) return `${idsOf(out)} must serve first`
  return restAfter('InitializeSharedEdits', name.member, view.facts, view.now)
}

function idsOf(journals: readonly JournalNodeView[]): string {
  return journals.map(({ member }) => member.id).join(', ')
}

/** Of a journal, as long as they do not hold all: a half is moved aside, and what nobody knows is left. */
export function journalsBefore(journal: JournalNodeView, view: HdfsView): readonly Repair[] | undefined {
  const name = initialising(view)
  if (name === undefined) return undefined
  const { data, health, member } = journal
  const share = shareOf(journal, name)
  const evidence = `${member.id} on ${member.host} is to hold the edits of ${name.member.id}: ${share.detail}`
  if (share.state === 'strange') return [foreignRepair(member, [data.storage], evidence, 'ConversionRefused', cause)]
  // One that is whole while the others are not would be left out of the next try, which asks for empty ones.
  if (share.state !== 'half' && share.state !== 'whole') return []
  const tools = noToolRuns(view)
  if (tools.state !== 'proven') return [waiting(member, cause, { evidence, waits: tools.detail })]
  const up = health.startedAt > 0 || health.verdict === 'starting'
  const permit: PermitRequest = {
    rule: 'EveryPlaceEmpty',
    verb: 'MoveAside',
    places: [halfPlace(journal, share.detail), stoppedPlace(name, view), wholePlace(name)],
  }
  return [
    {
      member: member.id,
      cause,
      evidence,
      actions: [...(up ? [stop(member, 'none')] : []), ...moveAside(member, [data.storage])],
      permit,
      refusedAs: 'ConversionRefused',
      holdsStart: true,
      disruptive: false,
    },
  ]
}

/** A copy of what the NameNode has itself: nothing is lost with it. */
function halfPlace({ data, member }: JournalNodeView, detail: string): Place {
  return { host: member.host, path: data.storage.path, state: 'empty', detail }
}

function stoppedPlace(name: NameNodeView, view: HdfsView): Place {
  const { state, detail } = nameNodesStopped(name, view)
  return placeFor(name, 'every NameNode is stopped', state, detail)
}

function wholePlace(name: NameNodeView): Place {
  const { state, detail } = namesWhole(name)
  return placeFor(name, 'its own directories hold all', state, detail)
}

function placeFor(
  { member }: NameNodeView,
  path: string,
  state: 'proven' | 'disproven' | 'unknown',
  detail: string,
): Place {
  const states = { proven: 'empty', disproven: 'holdsData', unknown: 'unknown' } as const
  return { host: member.host, path, state: states[state], detail }
}

/** Nobody elects a NameNode that has not all of its edits; undefined: all have their say as ever. */
export function controllersBefore(view: HdfsView): readonly Repair[] | undefined {
  const name = initialising(view)
  if (name === undefined) return undefined
  const why = `the journals must hold the edits of ${name.member.id} first`
  return view.controllers.map(({ health, member }): Repair => {
    const evidence = `${member.id} is to elect among NameNodes that write to journals`
    const up = !['stopped', 'unknown'].includes(health.verdict)
    if (!up) return waiting(member, cause, { evidence, waits: why })
    return { member: member.id, cause, evidence, actions: [stop(member, 'none')], holdsStart: true, disruptive: false }
  })
}
