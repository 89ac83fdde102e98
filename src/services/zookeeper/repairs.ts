import { valueOf } from '../../model/fact.ts'
import type { FleetFacts } from '../../model/facts.ts'
import type { Repair } from '../../model/kind.ts'
import type { Member } from '../../model/member.ts'
import type { Action, Guard, Risk } from '../../model/step.ts'
import { type DataView, placeOf, viewData } from './data.ts'
import { leadsMajority, type ServerView, startGraceMs } from './health.ts'

/**
 * Three rules that touch data, in this order of precedence:
 *
 * 1. An ensemble of which no server ever had data is started for the first time: the marker is written on all members
 *    before any is started, since a server that starts empty without it blocks its later use (runbook §1.3).
 * 2. Once a server had data, the marker is never written again. A server without data comes back empty and without a
 *    vote (db.autocreate=false), and only while a majority of servers that have their data serves.
 * 3. Data that ironherd did not bring about is left alone, and its server is not started.
 *
 * Besides: a server that runs and does not do its work is restarted, when that has lasted.
 */
export function zookeeperRepairs(
  servers: readonly ServerView[],
  facts: FleetFacts,
  now: number,
  since?: Readonly<Record<string, number>>,
  leaving: readonly ServerView[] = [],
): readonly Repair[] {
  const all = servers.map((server): Seen => ({ server, data: viewData(server.member, facts) }))
  const before = predecessorsOf(all, leaving, facts)
  // A server that is to leave has what the others are to have: with it in sight nothing begins from nothing.
  const everybody = [...all, ...leaving.map((server): Seen => ({ server, data: viewData(server.member, facts) }))]
  const born = everybody.some(({ data }) => hasOwnData(data)) || everybody.some((seen) => wasBorn(seen, facts))
  const lost = dataIsLost(servers, facts)
  const dataRepairs = born
    ? all
        .flatMap((seen) => rejoin(seen, [...all, ...before], all.length, now))
        .map((repair) => (lost ? reportedAsLost(repair) : repair))
    : firstStart(all)
  const fetches = (seen: Seen, { actions, cause }: Repair): boolean =>
    cause === 'ZookeeperDataWiped' && actions.length === 0 && othersHoldAll(seen, [...all, ...before], all.length)
  const restarts = all
    .filter((seen) => !dataRepairs.some((open) => open.member === seen.server.member.id && !fetches(seen, open)))
    .flatMap(({ server }) => restart(server, servers, now, since))
  return [...dataRepairs, ...restarts]
}

interface Seen {
  readonly server: ServerView
  readonly data: DataView
}

function hasOwnData(data: DataView): boolean {
  return data.ours && (data.state === 'data' || data.state === 'halved')
}

/**
 * A first start was allowed and its marker is gone: consumed, since the journal says that it was written. Without that
 * entry the record alone stands for a write that was cut off, and the marker may be written once more.
 */
function wasBorn({ data, server }: Seen, facts: FleetFacts): boolean {
  if (server.report.state === 'serving') return true
  if (!data.allowed || data.marker !== 'absent') return false
  const journal = valueOf(facts[data.member.host])?.journal ?? []
  const last = journal.findLast(
    (entry) =>
      entry.verb === 'MarkFirstStart' &&
      entry.member === data.member.id &&
      entry.object === (data.member.identity.object ?? ''),
  )
  // No entry any more: the journal is only its last lines. Then the marker was most likely consumed long ago.
  return last === undefined || last.phase === 'done'
}

/** So many voters have lost their data that no majority holds it, and nobody is out of sight who might. */
export function dataIsLost(servers: readonly ServerView[], facts: FleetFacts): boolean {
  const all = servers.map((server): Seen => ({ server, data: viewData(server.member, facts) }))
  if (!all.some(({ data }) => hasOwnData(data)) && !all.some((seen) => wasBorn(seen, facts))) return false
  // A server that waits with its marker was never started: it acknowledged nothing that could be lost.
  const mayHold = all.filter(
    ({ data, server }) =>
      data.state === 'data' ||
      data.state === 'unknown' ||
      data.marker === 'present' ||
      server.health.verdict === 'serving',
  )
  return mayHold.length < Math.floor(servers.length / 2) + 1
}

function reportedAsLost(repair: Repair): Repair {
  return repair.fetchesData === true ? { ...repair, refusedAs: 'DataLost' } : repair
}

type Step = Repair['actions'][number]

function act(action: Action, risk: Risk, ...guards: readonly Guard[]): Step {
  return { action, risk, guards }
}

function unitOf(data: DataView): string {
  return data.member.unit.name
}

function mounted(member: Member): readonly Guard[] {
  const mounts = new Set(member.directories.flatMap((directory) => directory.mount ?? []))
  return [...mounts].map((mount) => ({ guard: 'Mounted', mount }))
}

function moveAside(data: DataView, path: string): Step {
  return act(
    { verb: 'MoveAside', path },
    'data',
    { guard: 'UnitNotRunning', unit: unitOf(data) },
    ...mounted(data.member),
  )
}

function isUp(server: ServerView): boolean {
  return server.health.startedAt > 0 || server.health.verdict === 'starting'
}

// 1. First start

function firstStart(all: readonly Seen[]): readonly Repair[] {
  const ready = all.every(({ data }) => data.allowed && data.marker === 'present' && data.state === 'empty')
  if (ready) return []
  const places = all.map(({ data }) => placeOf(data))
  const foreign = all.some(({ data }) => data.state === 'data' || data.state === 'halved')
  return all.map(({ server, data }): Repair => {
    // The marker is written again where it stands already: it does no harm before the first start, and so nobody is
    // started in the pass in which another still waits for it.
    const { user } = data.member
    const mark = act(
      {
        verb: 'MarkFirstStart',
        record: data.places.record,
        marker: { path: data.places.marker, owner: user.name, group: user.group },
      },
      'none',
      { guard: 'UnitNotRunning', unit: unitOf(data) },
      ...data.places.trees.map((path): Guard => ({ guard: 'DirectoryEmpty', path })),
      ...mounted(data.member),
    )
    const stop = isUp(server) ? [act({ verb: 'StopUnit', unit: unitOf(data) }, 'none')] : []
    return {
      member: data.member.id,
      cause: 'ZookeeperFirstStart',
      evidence: `${data.member.id} on ${data.member.host} was never started: ${data.detail} in ${data.places.dataDir}`,
      actions: [...stop, ...data.filled.map((path) => moveAside(data, path)), mark],
      permit: { rule: 'EveryPlaceEmpty', verb: 'MarkFirstStart', places },
      refusedAs: foreign ? 'ForeignData' : 'FirstStartRefused',
      holdsStart: true,
      afterAllPrepared: true,
      disruptive: false,
    }
  })
}

// 2. A member without its data, 3. data of somebody else

function rejoin(seen: Seen, all: readonly Seen[], voters: number, now: number): readonly Repair[] {
  const { server, data } = seen
  switch (data.state) {
    case 'unknown':
      return []
    case 'data':
      // What serves under its unit is of this ensemble, though its record is gone: that is written again once it runs as declared.
      return data.ours || server.health.verdict === 'serving' ? [] : [foreignData(data)]
    case 'halved':
      if (!data.ours) return [foreignData(data)]
      return [wiped(seen, all, voters, isUp(server))]
    case 'empty':
    case 'leftovers':
      return emptied(seen, all, voters, now)
  }
}

function foreignData(data: DataView): Repair {
  return {
    member: data.member.id,
    cause: 'ZookeeperForeignData',
    evidence: `${data.places.dataDir} on ${data.member.host} holds data of a server that ironherd did not start (${data.detail})`,
    actions: [],
    permit: { rule: 'EveryPlaceEmpty', verb: 'StartUnit', places: [placeOf(data)] },
    refusedAs: 'ForeignData',
    holdsStart: true,
    disruptive: false,
  }
}

function emptied(seen: Seen, all: readonly Seen[], voters: number, now: number): readonly Repair[] {
  const { server, data } = seen
  // Allowed and never started: its marker still stands, it acknowledged nothing, and may be trusted to be empty.
  if (data.allowed && data.marker === 'present' && data.state === 'empty') return []
  if (!isUp(server)) return [wiped(seen, all, voters, false)]
  // It runs: either it is fetching the data now, harmless without a vote, or its files were deleted under it. A server
  // that serves has written a snapshot before that, so after a while only the second is left.
  const deleted = server.health.verdict === 'serving' && now - server.health.startedAt > startGraceMs
  if (deleted) return [wiped(seen, all, voters, true)]
  // It may hold in its memory what is gone from its disk: it is not restarted, for whatever reason, before the others
  // could give that back. And until it holds it again, nobody from whom it is to fetch it goes.
  return [{ ...wiped(seen, all, voters, false), actions: [] }]
}

function holdersBeside({ data }: Seen, all: readonly Seen[]): readonly Seen[] {
  return all.filter(
    (other) =>
      other.data.member.identity.id !== data.member.identity.id &&
      other.server.health.verdict === 'serving' &&
      other.data.state === 'data' &&
      other.data.ours,
  )
}

/** Of a server that moves, the one that still runs on the host before, as long as the one that follows does not serve. */
function predecessorsOf(all: readonly Seen[], leaving: readonly ServerView[], facts: FleetFacts): readonly Seen[] {
  const succeeded = new Set(
    all.filter(({ server }) => server.health.verdict !== 'serving').map(({ data }) => data.member.identity.id),
  )
  return leaving
    .filter(({ member }) => succeeded.has(member.identity.id))
    .map((server) => ({ server, data: viewData(server.member, facts) }))
}

function othersHoldAll(seen: Seen, all: readonly Seen[], voters: number): boolean {
  const holders = holdersBeside(seen, all)
  const led = holders.some((other) => leadsMajority(other.server.report, voters))
  return led && holders.length >= Math.floor(voters / 2) + 1
}

function wiped(seen: Seen, all: readonly Seen[], voters: number, stop: boolean): Repair {
  const { server, data } = seen
  const holders = holdersBeside(seen, all)
  // A marker would let it vote with nothing: it goes before the start.
  const marker = data.marker === 'present' ? [data.places.marker] : []
  const serving = server.health.verdict === 'serving'
  // The leader itself may be the one. As long as it leads nobody else does; those in step with it elect another.
  const synced = server.report.state === 'serving' ? (server.report.syncedFollowers ?? 0) : 0
  const followed = stop && serving && synced >= Math.floor(voters / 2) + 1
  // One whose files were deleted under it hands out what it has in memory for as long as it leads.
  const others = all.filter((other) => other.data.member.identity.id !== data.member.identity.id)
  return {
    member: data.member.id,
    cause: 'ZookeeperDataWiped',
    evidence: `${data.member.id} on ${data.member.host} lost its data: ${data.detail} in ${data.places.dataDir}`,
    actions: [
      ...(stop ? [act({ verb: 'StopUnit', unit: unitOf(data) }, serving ? 'restart' : 'none')] : []),
      ...[...data.filled, ...marker].map((path) => moveAside(data, path)),
    ],
    permit: {
      rule: 'MajorityOfOthersServes',
      verb: 'RejoinEmpty',
      voters: voters,
      othersServing: holders.map((other) => other.data.member.id),
      leaderSeen: followed || others.some((other) => leadsMajority(other.server.report, voters)),
      place: placeOf(data),
    },
    holdsStart: true,
    keepsAsItIs: true,
    fetchesData: true,
    disruptive: stop && serving,
  }
}

// A server that runs and does not do its work

/** A pause of garbage collection, a slow disk or a partition may last so long and pass by itself. */
export const silentGraceMs = 20_000
/** An election and the transfer of the data may last so long; a server that is cut off from its peers comes back alone. */
export const joinGraceMs = 60_000

function restart(
  server: ServerView,
  servers: readonly ServerView[],
  now: number,
  since: Readonly<Record<string, number>> | undefined,
): readonly Repair[] {
  const { member, health, report } = server
  if (health.verdict !== 'unhealthy') return []
  const silent = report.state !== 'notServing'
  if (!hasLasted(server, servers, silent ? silentGraceMs : joinGraceMs, now, since)) return []
  return [
    {
      member: member.id,
      cause: silent ? 'ZookeeperSilent' : 'ZookeeperNotJoining',
      evidence: health.evidence,
      actions: [act({ verb: 'RestartUnit', unit: member.unit.name }, 'restart', ...mounted(member))],
      holdsStart: false,
      disruptive: true,
    },
  ]
}

/**
 * By this process' memory of the verdict. Without one, the ensemble itself testifies: a server that its leader has
 * dropped, or that was replaced as leader, has been silent for syncLimit ticks at least.
 */
function hasLasted(
  server: ServerView,
  servers: readonly ServerView[],
  graceMs: number,
  now: number,
  since: Readonly<Record<string, number>> | undefined,
): boolean {
  if (since !== undefined) return now - (since[server.member.id] ?? now) >= graceMs
  const others = servers.filter((other) => other !== server)
  const leader = others.find((other) => leadsMajority(other.report, servers.length))
  if (leader?.report.state !== 'serving') return servers.length === 1
  const followers = others.filter((other) => other.report.state === 'serving' && other.report.role === 'follower')
  const { syncedFollowers, leaderUptimeMs } = leader.report
  const dropped = syncedFollowers !== undefined && syncedFollowers <= followers.length
  return dropped && leaderUptimeMs !== undefined && leaderUptimeMs >= graceMs
}
