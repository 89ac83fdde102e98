import type { ZookeeperSpec } from '../api/zookeeper.ts'
import type { FleetFacts } from '../model/facts.ts'
import { type Assessment, quorumOf, type Verdict } from '../model/health.ts'
import type { ClusterKind, ExpandInput, Expansion, Offer, References } from '../model/kind.ts'
import { type Problem, problem } from '../model/reasons.ts'
import { extraFileReferences, extraFilesOf } from '../services/common/extra-files.ts'
import { representable } from '../services/common/represent.ts'
import { softwareSource } from '../services/common/software.ts'
import { leadsMajority, type ServerView, viewServers } from '../services/zookeeper/health.ts'
import { dataIsLost, zookeeperRepairs } from '../services/zookeeper/repairs.ts'
import { groupName, packageLayout, serviceName, zookeeperMember } from '../services/zookeeper/service.ts'
import { availableOf } from './offer.ts'
import { zookeeperProblems } from './zookeeper-problems.ts'

export const zookeeperCluster: ClusterKind<ZookeeperSpec> = {
  kind: 'ZookeeperCluster',
  references,
  expand,
  assess,
  repairs: (expansion, facts, _assessment, now, since) =>
    zookeeperRepairs(viewServers(expansion.members, facts, now), facts, now, since),
  offer,
}

function references(spec: ZookeeperSpec): References {
  return {
    hosts: spec.members.map((member) => member.host),
    hostSelectors: [],
    clusters: [],
    ...extraFileReferences(spec.extraFiles),
  }
}

function expand(input: ExpandInput<ZookeeperSpec>): Expansion | { readonly problems: readonly Problem[] } {
  const { object, hosts } = input
  const { spec } = object
  const key = { kind: 'ZookeeperCluster', namespace: object.metadata.namespace, name: object.metadata.name }
  const extraFiles = extraFilesOf(spec.extraFiles, spec.serviceUser.group, input)
  const problems: Problem[] = [...zookeeperProblems(spec, hosts), ...extraFiles.problems]
  const software = softwareSource(serviceName, spec.version, spec.software, packageLayout)
  if (software === undefined) {
    const message = 'spec.software: give exactly one of archive (with exactly one of sha256 and sha512) and packages'
    return { problems: [...problems, problem('InvalidSpec', message, { field: 'spec.software' })] }
  }
  const peers = spec.members.flatMap(({ id, host }) => {
    const view = hosts[host]
    return view === undefined ? [] : [{ id, host, address: view.serviceAddress }]
  })
  const rendered = peers.map((own) =>
    representable('spec', () => zookeeperMember({ key, spec, software, extraFiles, peers }, own)),
  )
  const members = rendered.flatMap((result) => ('value' in result ? [result.value] : []))
  // What zookeeperProblems has named by its field needs no second problem, and one member's says it for all.
  const refused = rendered.flatMap((result) => ('problem' in result ? [result.problem] : [])).slice(0, 1)
  const all = problems.length > 0 ? problems : refused
  if (all.length > 0) return { problems: all }
  return {
    members,
    groups: [{ name: groupName, order: 0, budget: { kind: 'Quorum' }, breaker: 1 }],
    upstream: [],
    canary: { kind: 'Zookeeper', path: '/ironherd-canary', port: spec.ports.client },
    version: spec.version,
  }
}

function assess(expansion: Expansion, facts: FleetFacts, now: number): Assessment {
  const servers = viewServers(expansion.members, facts, now)
  const leaders = servers.filter((server) => leads(server))
  const leader = leaders.find((server) => leadsMajority(server.report, servers.length))
  const serving = servers.filter((server) => server.health.verdict === 'serving').length
  const quorum = quorumOf(servers.length, serving)
  const available = availability(servers, leaders, leader, facts)
  return {
    health: Object.fromEntries(servers.map((server) => [server.member.id, server.health])),
    available,
    shortfalls: [
      ...versionShortfalls(servers, expansion.version),
      ...syncShortfalls(leader, quorum.serving),
      ...secondLeaders(leaders, leader),
    ],
    ...(leader === undefined ? {} : { leader: leader.member.id }),
    quorum,
  }
}

function leads(server: ServerView): boolean {
  return server.health.verdict === 'serving' && ['leader', 'standalone'].includes(server.health.role)
}

function availability(
  servers: readonly ServerView[],
  leaders: readonly ServerView[],
  leader: ServerView | undefined,
  facts: FleetFacts,
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
  if (dataIsLost(servers, facts)) {
    return { ok: false, reason: 'DataLost', message: `no majority of the servers holds the data: ${others.join('; ')}` }
  }
  const serving = servers.length - others.length
  const majority = Math.floor(servers.length / 2) + 1
  if (serving >= majority) {
    return {
      ok: false,
      reason: 'NoLeader',
      message: `${serving} of ${servers.length} serve, but none leads a majority`,
    }
  }
  return {
    ok: false,
    reason: 'NoQuorum',
    message: `${serving} of ${servers.length} serve, ${majority} are needed: ${others.join('; ')}`,
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
