import type { Repair } from '../../model/kind.ts'
import { act, foreignRepair, mounted, moveAside, notRunning, restart, stop, waiting } from '../hdfs-common/acts.ts'
import { restAfter } from '../hdfs-common/again.ts'
import { arrives, ruleOf, toolOf } from '../hdfs-common/rules.ts'
import type { HdfsView, NameNodeView } from '../hdfs-common/view.ts'
import { copiesText } from '../hdfs-secondarynamenode/checkpoint.ts'
import { believedOff, takeoverOf } from '../hdfs-zkfc/fencing.ts'
import { stale } from './checkpoint.ts'
import { namespaceOf } from './data.ts'
import { initialisingRepairs } from './initialising.ts'
import { journalsInStep } from './journal-premises.ts'
import { dirLost } from './name-dir-lost.ts'
import { outdated, unrecorded } from './outdated.ts'
import { activeOnes, atMostOneActive, isActive, isBare, noToolRuns, ownPlacesEmpty, sourceServes } from './premises.ts'
import { rollRepairs } from './roll.ts'
import { initialising } from './shared-edits.ts'
import { handOver, successorOf } from './takeover.ts'
import { twoActive } from './two-active.ts'

type Since = Readonly<Record<string, number>>

/**
 * A NameNode of a cluster that was born. In this order: what is not ours is left, and not started over; one that has nothing
 * copies from one that is active; one that lost a directory of several is started anew; one that does not answer as well.
 * There is no way from here to a format: who has nothing to copy from stays as it is, and a person decides.
 */
export function nameNodeRepairs(view: HdfsView, since: Since = {}): readonly Repair[] {
  if (view.birth.state !== 'born') return []
  return view.names.flatMap((name) => repairsOf(name, view, since).slice(0, 1))
}

function repairsOf(name: NameNodeView, view: HdfsView, since: Since): readonly Repair[] {
  // Of one that must not be started nothing else has a say.
  const filling = initialisingRepairs(name, view)
  if (filling.length > 0) return [...changed(name, view), ...without(name, view), ...filling]
  return [
    ...changed(name, view),
    ...believedOff(name, view),
    ...without(name, view),
    ...unrecorded(name),
    ...outdated(name, view),
    ...arriving(name, view),
    ...dirLost(name, view),
    ...twoActive(name, view),
    ...silent(name, view, since),
    ...stale(name, view),
    ...rollRepairs(name, view),
  ]
}

function idOf(name: NameNodeView): string {
  return `${name.member.id} on ${name.member.host}`
}

// What is not ours

function changed(name: NameNodeView, view: HdfsView): readonly Repair[] {
  const { member, rules, data, report, started } = name
  const clusterId = ruleOf(rules, 'clusterId')
  if (data.state === 'foreign') {
    const [code, cause] =
      started === 'no'
        ? (['ForeignData', 'HdfsForeignData'] as const)
        : (['IdentityChanged', 'HdfsIdentityChanged'] as const)
    const evidence = `${idOf(name)} is to be of cluster ${clusterId}: ${data.detail}`
    return [foreignRepair(member, data.dirs, evidence, code, cause)]
  }
  if (data.state === 'mixed') {
    const evidence = `the directories of ${idOf(name)} are of different formats: ${data.detail}`
    return [foreignRepair(member, data.dirs, evidence, 'IdentityChanged', 'HdfsIdentityChanged')]
  }
  if (report !== undefined && report.state !== 'loading' && report.clusterId !== clusterId) {
    const evidence = `${idOf(name)} says that it is of cluster ${report.clusterId}, and not of ${clusterId}`
    return [foreignRepair(member, data.dirs, evidence, 'IdentityChanged', 'HdfsIdentityChanged')]
  }
  if (data.state === 'other' && started !== 'yes') {
    return [
      foreignRepair(member, data.dirs, `${idOf(name)} was never started there, but ${data.detail}`, 'ForeignData'),
    ]
  }
  const others = strangers(name, view)
  if (others === undefined) return []
  return [foreignRepair(member, data.dirs, others, 'IdentityChanged', 'HdfsIdentityChanged')]
}

/** Of our id and of another format all the same: a majority of the journals, which are formatted with the first, says so. */
function strangers(name: NameNodeView, { journals }: HdfsView): string | undefined {
  const own = namespaceOf(name.data)
  if (own === '' || name.data.state !== 'whole') return undefined
  const theirs = journals.flatMap(({ data }) =>
    data.state === 'ours' ? (data.storage.version?.namespaceId ?? []) : [],
  )
  const other = theirs.filter((id) => id !== own)
  if (other.length < Math.floor(journals.length / 2) + 1 || journals.length === 0) return undefined
  return `${idOf(name)} holds namespace ${own}, the journals hold ${[...new Set(other)].join(', ')}`
}

// One that has nothing

function without(name: NameNodeView, view: HdfsView): readonly Repair[] {
  const { member, data, started } = name
  if (data.state !== 'vacant' && data.state !== 'half' && data.state !== 'other') return []
  const others = view.names.filter((other) => other.member.id !== member.id)
  const evidence = `${idOf(name)} has no file system: ${data.detail}`
  if (isActive(name)) return [activeWiped(name, view, evidence)]
  if (namesLost(view)) return [lost(name, `${evidence} (${view.birth.detail})`, copiesText(view))]
  const cause = started === 'no' ? 'HdfsFirstStart' : 'HdfsStandbyWiped'
  const tool = toolOf(name.rules)
  if (tool === undefined) return [waiting(member, cause, { evidence, waits: 'it has no tool to copy with' })]
  const copy = act(
    { verb: 'BootstrapStandby', tool },
    'data',
    ...notRunning(member),
    ...emptyDirs(name),
    ...mounted(member),
  )
  const wait = waitsForCopy(name, others, view) ?? restAfter('BootstrapStandby', member, view.facts, view.now)
  if (wait !== undefined) return [waiting(member, cause, { evidence, waits: wait }, [copy])]
  const up = isUp(name)
  const serving = name.health.verdict === 'serving'
  const clear = isBare(name) ? [] : moveAside(member, data.dirs)
  // The directories that were moved aside are made anew in the next pass: it copies then.
  const actions = [
    ...(up ? [stop(member, serving ? 'restart' : 'none')] : []),
    ...clear,
    ...(isBare(name) ? [copy] : []),
  ]
  return [
    {
      member: member.id,
      cause,
      evidence,
      actions,
      permit: {
        rule: 'Proven',
        verb: 'BootstrapStandby',
        evidence: [
          ownPlacesEmpty(name),
          sourceServes(name, view),
          journalsInStep(view),
          noToolRuns(view),
          atMostOneActive(view),
        ],
      },
      refusedAs: started === 'no' && !arrives(name.rules) ? 'FirstStartRefused' : 'RejoinRefused',
      holdsStart: true,
      fetchesData: true,
      disruptive: up && serving,
    },
  ]
}

function emptyDirs({ data }: NameNodeView): readonly { readonly guard: 'DirectoryEmpty'; readonly path: string }[] {
  return data.dirs.map(({ path }) => ({ guard: 'DirectoryEmpty', path }))
}

function isUp({ health }: NameNodeView): boolean {
  return health.startedAt > 0 || health.verdict === 'starting'
}

/** What comes about by itself: a copy that is under way, another's turn, a source that is on its way up. */
function waitsForCopy(name: NameNodeView, others: readonly NameNodeView[], view: HdfsView): string | undefined {
  const filled = initialising(view)
  if (filled !== undefined) return `the journals must hold the edits of ${filled.member.id} first`
  const tools = noToolRuns(view)
  if (tools.state === 'disproven') return tools.detail
  const source = sourceServes(name, view)
  if (source.state === 'proven') {
    const earlier = view.names
      .slice(0, view.names.indexOf(name))
      .find((other) => lacksAll(other) && other.data.state !== 'unknown')
    return earlier === undefined || isActive(earlier) ? undefined : `${earlier.member.id} comes first`
  }
  // After a first start nobody is active before the failover controllers are there; and a NameNode may load for long.
  const soon =
    name.started === 'no' ? ['starting', 'waiting', 'serving', 'stopped'] : ['starting', 'waiting', 'serving']
  const coming = others.find(
    (other) => other.data.state === 'whole' && soon.includes(other.health.verdict) && !isActive(other),
  )
  return coming === undefined ? undefined : `${coming.member.id} must be active first (${coming.health.evidence})`
}

function lacksAll({ data }: NameNodeView): boolean {
  return data.state === 'vacant' || data.state === 'half' || data.state === 'other'
}

/** Nobody holds a file system, and nobody is out of sight who might. */
export function namesLost({ names, birth, replaced }: HdfsView): boolean {
  const may = [...names, ...replaced.names].filter(
    (name) => !lacksAll(name) || isActive(name) || name.data.state === 'unknown',
  )
  return birth.state === 'born' && names.length > 0 && may.length === 0
}

function lost({ member }: NameNodeView, evidence: string, copies: string): Repair {
  const known = copies === '' ? '' : `; ${copies}`
  return {
    member: member.id,
    cause: 'HdfsNamesLost',
    evidence,
    refused: `no other NameNode has one. It is never formatted again: put a copy of an image back, with its VERSION${known}`,
    actions: [],
    refusedAs: 'DataLost',
    holdsStart: true,
    keepsAsItIs: true,
    disruptive: false,
  }
}

/** It has in its memory what is gone from its disks: it goes down only when another has taken over. */
function activeWiped(name: NameNodeView, view: HdfsView, evidence: string): Repair {
  const { member } = name
  const to = successorOf(name, view)
  const cause = 'HdfsActiveWiped'
  const actions = typeof to === 'string' ? [] : handOver(name, to)
  const repair: Repair = {
    member: member.id,
    cause,
    evidence,
    actions,
    holdsStart: true,
    disruptive: actions.length > 0,
  }
  if (actions.length > 0) return repair
  const why = typeof to === 'string' ? to : 'it has no tool'
  return {
    ...repair,
    refused: `it is active and nobody can take over (${why}): enter safe mode and save the namespace before it is stopped`,
    refusedAs: 'DataLost',
    keepsAsItIs: true,
  }
}

// One that comes to another host

/**
 * Once it was started all others are told its new address, which none of them may be while the breadcrumb has the old one: that has the
 * address of whoever is active.
 */
function arriving({ id, member, rules, started }: NameNodeView, view: HdfsView): readonly Repair[] {
  if (!arrives(rules) || started === 'yes') return []
  const [leader] = activeOnes(view)
  if (leader !== undefined && leader.id !== id) return []
  const evidence = `${id} is to be on ${member.host}`
  return [waiting(member, 'HdfsNameNodeMoves', { evidence, waits: 'another NameNode must be active first' })]
}

// One that does not answer

/** A pause of garbage collection passes; whoever is frozen while another is active is missed by nobody for so long. */
const silentMs = 60_000
/** With nobody active it may be the one that a person could still save. */
const aloneMs = 180_000

function silent(name: NameNodeView, view: HdfsView, since: Since): readonly Repair[] {
  const { member, health, rpc } = name
  // Its web server alone is missed by nobody but those who look.
  if (health.verdict !== 'unhealthy' || rpc.state === 'alive' || rpc.state === 'unseen') return []
  const led = view.names.some((other) => other.member.id !== member.id && isActive(other))
  // Another stands ready, and only fencing keeps it from the lead: a NameNode that is started anew lets itself be fenced.
  const awaited = led || takeoverOf(view)?.from === name
  if (view.now - (since[member.id] ?? view.now) < (awaited ? silentMs : aloneMs)) return []
  // It comes back as a standby, which is all that fencing wants.
  const base = { member: member.id, cause: 'HdfsNameNodeSilent', evidence: health.evidence }
  return [{ ...base, actions: [restart(member)], holdsStart: false, disruptive: true }]
}
