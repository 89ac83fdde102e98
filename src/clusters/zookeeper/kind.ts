import type { ZookeeperSpec } from '../../api/zookeeper.ts'
import { valueOf } from '../../model/fact.ts'
import type { FleetFacts } from '../../model/facts.ts'
import { type Assessment, type Quorum, quorumOf, type Verdict } from '../../model/health.ts'
import type { ClusterKind, ExpandInput, Expansion, Offer, References } from '../../model/kind.ts'
import type { Member } from '../../model/member.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { extraFileReferences, extraFilesOf } from '../../services/common/extra-files.ts'
import { representable } from '../../services/common/represent.ts'
import { softwareSource } from '../../services/common/software.ts'
import { type Ensemble, parseEnsemble } from '../../services/zookeeper/ensemble.ts'
import { leadsMajority, type ServerView, viewServers } from '../../services/zookeeper/health.ts'
import { membershipOf, votersInForce } from '../../services/zookeeper/membership.ts'
import { dataIsLost, zookeeperRepairs } from '../../services/zookeeper/repairs.ts'
import {
  groupName,
  memberId,
  packageLayout,
  type ServerInput,
  serviceName,
  zookeeperMember,
} from '../../services/zookeeper/service.ts'
import { availableOf } from '../offer.ts'
import { changeProblems, leavingServers, stageProblems, takenOver, toldOf } from './changes.ts'
import { zookeeperProblems } from './problems.ts'
import { beforeChange, comingStages, stageOf } from './stage.ts'
import { superPassword } from './super.ts'

export const zookeeperCluster: ClusterKind<ZookeeperSpec> = {
  kind: 'ZookeeperCluster',
  references,
  expand,
  assess,
  repairs: (expansion, facts, _assessment, now, since) =>
    zookeeperRepairs(
      viewServers(expansion.members, facts, now),
      facts,
      now,
      since,
      viewServers(
        expansion.leaving.map(({ member }) => member),
        facts,
        now,
      ),
    ),
  offer,
}

function references(spec: ZookeeperSpec): References {
  const extra = extraFileReferences(spec.extraFiles)
  const { superSecretRef } = spec.membershipChanges ?? {}
  return {
    hosts: spec.members.map((member) => member.host),
    hostSelectors: [],
    clusters: [],
    ...extra,
    secrets: [...new Set([...extra.secrets, ...(superSecretRef === undefined ? [] : [superSecretRef.name])])],
  }
}

function expand(input: ExpandInput<ZookeeperSpec>): Expansion | { readonly problems: readonly Problem[] } {
  const { object, hosts } = input
  const { spec } = object
  const key = { kind: 'ZookeeperCluster', namespace: object.metadata.namespace, name: object.metadata.name }
  const extraFiles = extraFilesOf(spec.extraFiles, spec.serviceUser.group, input)
  const isLost = (host: string): boolean => hosts[host]?.lost === true
  const told = superPassword(input)
  const apart = told !== undefined
  const stands = stageOf(spec.members, input.standing, isLost, true, apart)
  const started = toldOf(input, stands)
  // First all are restarted to be told: one that knows its list from its start only would not follow those that are.
  const stays = input.stays === true || (apart && started.untold > 0)
  const stage = stays ? stands : stageOf(spec.members, input.standing, isLost, false, apart)
  const begins = beforeChange(stands, stage, isLost)
  const stages = comingStages(stage, spec.members, isLost, apart)
  const problems: Problem[] = [
    ...zookeeperProblems(spec, hosts),
    ...(told?.problems ?? []),
    ...extraFiles.problems,
    ...stageProblems(input, stage),
  ]
  const software = softwareSource(serviceName, spec.version, spec.software, packageLayout)
  if (software === undefined) {
    const message = 'spec.software: give exactly one of archive (with exactly one of sha256 and sha512) and packages'
    return { problems: [...problems, problem('InvalidSpec', message, { field: 'spec.software' })] }
  }
  const peers = inSpecOrder(stage, spec).flatMap(({ id, host }) => {
    const view = hosts[host]
    return view === undefined ? [] : [{ id, host, address: view.serviceAddress }]
  })
  const password = told?.password === undefined ? {} : { password: told.password, isLost }
  const server: ServerInput = { key, spec, software, extraFiles, peers, ...password }
  const rendered = peers.map((own) => representable('spec', () => zookeeperMember(server, own)))
  const members = rendered.flatMap((result) => ('value' in result ? [result.value] : []))
  // What zookeeperProblems has named by its field needs no second problem, and one member's says it for all.
  const refused = rendered.flatMap((result) => ('problem' in result ? [result.problem] : [])).slice(0, 1)
  const all = problems.length > 0 ? problems : refused
  if (all.length > 0) return { problems: all }
  return {
    members,
    leaving: leavingServers(input, server),
    takenOver: takenOver(input, stage),
    refusals: changeProblems(input, stage, { apart, stands, told: started.told }),
    groups: [{ name: groupName, order: 0, budget: { kind: 'Quorum' }, breaker: 1 }],
    upstream: [],
    canary: { kind: 'Zookeeper', path: '/ironherd-canary', port: spec.ports.client },
    version: spec.version,
    ...(begins.length === 0 ? {} : { begins: begins.map(memberId) }),
    ...(stages.length === 0 ? {} : { stages }),
  }
}

/** As the user wrote them, and behind them what is on its way out. */
function inSpecOrder(stage: Ensemble, { members }: ZookeeperSpec): Ensemble {
  const rank = (id: number): number => {
    const at = members.findIndex((member) => member.id === id)
    return at < 0 ? members.length + id : at
  }
  return [...stage].sort((a, b) => rank(a.id) - rank(b.id))
}

function assess(expansion: Expansion, facts: FleetFacts, now: number): Assessment {
  const staying = expansion.members
  const all = [...staying, ...expansion.leaving.map(({ member }) => member)]
  const voters = new Set(all.map((member) => member.identity.id)).size
  const views = viewServers(all, facts, now, voters)
  const servers = views.slice(0, staying.length)
  const leaders = views.filter((server) => leads(server))
  const leader = leaders.find((server) => leadsMajority(server.report, voters))
  const quorum = quorumNow(servers, views, facts, votersInForce(servers, leader, facts))
  return {
    health: Object.fromEntries(views.map((server) => [server.member.id, server.health])),
    available: availability(views, leaders, leader, voters, dataIsLost(servers, facts)),
    shortfalls: [
      ...versionShortfalls(servers, expansion.version),
      ...syncShortfalls(leader, views.filter((server) => server.health.verdict === 'serving').length),
      ...secondLeaders(leaders, leader),
    ],
    ...(leader === undefined ? {} : { leader: leader.member.id }),
    quorum,
    ...membershipOf(servers, views.slice(staying.length), leader, facts),
  }
}

/**
 * While an ensemble changes, its servers run with two lists, and an election must be possible by both: the least margin
 * of all lists that servers were started with, by their records, and of what is declared. One that moves is counted where
 * it serves. `force`: the list that they were told instead, which all of them have.
 */
function quorumNow(
  servers: readonly ServerView[],
  views: readonly ServerView[],
  facts: FleetFacts,
  force: readonly string[] | undefined,
): Quorum {
  const ids = new Set(
    views.filter(({ health }) => health.verdict === 'serving').map(({ member }) => member.identity.id),
  )
  const serving = servers.filter(({ health }) => health.verdict === 'serving').length
  const standIns = servers.filter(({ member }) => ids.has(member.identity.id)).length - serving
  const { majority, margin } = quorumOf(servers.length, serving + standIns)
  const texts = [...new Set(views.flatMap(({ member }) => startedWith(member, facts) ?? []))]
  const lists = force === undefined ? texts.map((text) => parseEnsemble(text).map(({ id }) => String(id))) : [force]
  const least = lists.map((list) => quorumOf(list.length, list.filter((id) => ids.has(id)).length).margin)
  return {
    voters: servers.length,
    serving,
    majority,
    margin: Math.min(margin, ...least, ...(force === undefined && isTorn(servers, ids, texts) ? [0] : [])),
    ...(standIns > 0 ? { standIns } : {}),
    ...(lists.some((list) => list.length <= 2) && servers.length > 1 ? { pair: true } : {}),
  }
}

/**
 * In a change, one that was seen does not serve. A record may be behind the list with which its server runs, when whoever
 * was to write it has died: only while all serve is there a majority by whatever lists there are.
 */
function isTorn(servers: readonly ServerView[], serving: ReadonlySet<string | undefined>, lists: readonly string[]) {
  const changes = servers.some(({ member }) => lists.some((text) => text !== member.identity.ensemble))
  return (
    changes && servers.some(({ health, member }) => health.verdict !== 'unknown' && !serving.has(member.identity.id))
  )
}

function startedWith(member: Member, facts: FleetFacts): string | undefined {
  const text = valueOf(facts[member.host])?.records[member.unit.name.replace(/\.service$/, '')]
  const ensemble = text === undefined ? undefined : /"ensemble":"([^"]+)"/.exec(text)?.[1]
  return ensemble
}

function leads(server: ServerView): boolean {
  return server.health.verdict === 'serving' && ['leader', 'standalone'].includes(server.health.role)
}

function availability(
  servers: readonly ServerView[],
  leaders: readonly ServerView[],
  leader: ServerView | undefined,
  voters: number,
  lost: boolean,
): Verdict {
  if (leader !== undefined) {
    const { syncedFollowers } = leader.report.state === 'serving' ? leader.report : { syncedFollowers: undefined }
    const followers = syncedFollowers === undefined ? '' : ` with ${syncedFollowers} followers in step`
    return { ok: true, reason: 'Quorate', message: `${leader.member.id} leads${followers}` }
  }
  if (leaders.length > 1) {
    const names = leaders.map((server) => server.member.id).join(' and ')
    return { ok: false, reason: 'TwoLeaders', message: `${names} say that they lead, and none leads a majority` }
  }
  const others = servers
    .filter((server) => server.health.verdict !== 'serving')
    .map((server) => `${server.member.id} ${server.health.verdict} (${server.health.evidence})`)
  if (lost) {
    return { ok: false, reason: 'DataLost', message: `no majority of the servers holds the data: ${others.join('; ')}` }
  }
  const serving = servers.length - others.length
  const majority = Math.floor(voters / 2) + 1
  if (serving >= majority) {
    return { ok: false, reason: 'NoLeader', message: `${serving} of ${voters} serve, but none leads a majority` }
  }
  return {
    ok: false,
    reason: 'NoQuorum',
    message: `${serving} of ${voters} serve, ${majority} are needed: ${others.join('; ')}`,
  }
}

function versionShortfalls(servers: readonly ServerView[], declared: string): readonly string[] {
  const wanted = /^\d+\.\d+\.\d+/.exec(declared)?.[0] ?? declared
  return servers.flatMap(({ member, report }) =>
    report.state === 'serving' && report.version !== '' && report.version !== wanted
      ? [`${member.id} runs ${report.version}, declared is ${wanted}: correct spec.version or spec.software`]
      : [],
  )
}

/** A follower that answers may still be fetching what it lacks. */
function syncShortfalls(leader: ServerView | undefined, serving: number): readonly string[] {
  if (leader?.report.state !== 'serving' || leader.report.syncedFollowers === undefined) return []
  const { syncedFollowers } = leader.report
  return syncedFollowers + 1 < serving
    ? [`${leader.member.id} leads with ${syncedFollowers} followers in step, ${serving - 1} answer`]
    : []
}

/** One that was cut off believes that it leads until its own time runs out; only one can have a majority. */
function secondLeaders(leaders: readonly ServerView[], leader: ServerView | undefined): readonly string[] {
  if (leader === undefined) return []
  return leaders.filter((server) => server !== leader).map((server) => `${server.member.id} says that it leads, too`)
}

function offer(input: ExpandInput<ZookeeperSpec>): Offer {
  const { object, hosts } = input
  const { spec } = object
  const connect = spec.members
    .map(({ host }) => `${hosts[host]?.serviceAddress ?? host}:${spec.ports.client}`)
    .join(',')
  return {
    connect,
    ...availableOf(object),
    maxSessionTimeoutMs: spec.maxSessionTimeoutSeconds * 1000,
  }
}
