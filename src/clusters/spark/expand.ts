import { joinMount } from '../../api/paths.ts'
import { eventLogPath, type SparkSpec } from '../../api/spark.ts'
import type { ExpandInput, Expansion } from '../../model/kind.ts'
import type { DesiredDirectory, Group, Member, ServiceUser } from '../../model/member.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { dataDirectories } from '../../services/common/directories.ts'
import { extraFilesOf } from '../../services/common/extra-files.ts'
import { memberPaths } from '../../services/common/names.ts'
import { representable } from '../../services/common/represent.ts'
import { softwareSource } from '../../services/common/software.ts'
import type { Recovery, SparkContext } from '../../services/spark-common/context.ts'
import { type Daemon, sparkMember } from '../../services/spark-common/daemon.ts'
import { historyDaemon, historyGroup } from '../../services/spark-history-server/service.ts'
import { masterDaemon, masterGroup } from '../../services/spark-master/service.ts'
import { shuffleDaemon, shuffleGroup } from '../../services/spark-shuffle-service/service.ts'
import { workerDaemon, workerGroupName, workerId } from '../../services/spark-worker/service.ts'
import { maxUnavailable, third } from '../budgets.ts'
import { collisionProblems } from '../collisions.ts'
import { specProblems } from './checks.ts'
import { type Placement, place } from './hosts.ts'
import { leavingDaemons } from './leaving.ts'

/** Spec → members, or every reason why it cannot be, all at once. */
export function expandSpark(input: ExpandInput<SparkSpec>): Expansion | { readonly problems: readonly Problem[] } {
  const { metadata, spec } = input.object
  const placement = place(spec, input.hosts)
  const resolved = resolveRecovery(input)
  const hdfs = resolveHdfs(input)
  const user = spec.serviceUser
  const extra = extraFilesOf(spec.extraFiles, user.group, input)
  const software = softwareSource('spark', spec.version, spec.software, { maskUnits: [], path: '' })
  const problems: Problem[] = [
    ...specProblems(spec),
    ...placement.problems,
    ...('problem' in resolved ? [resolved.problem] : []),
    ...('problem' in hdfs ? [hdfs.problem] : []),
    ...extra.problems,
  ]
  if (software === undefined) {
    const field = 'spec.software.archive'
    problems.push(problem('InvalidSpec', `${field}: give exactly one of sha256 and sha512`, { field }))
  }
  if ('problem' in resolved || 'problem' in hdfs || software === undefined) return { problems }
  const { port } = spec.standalone.masters
  const context: SparkContext = {
    key: { kind: input.object.kind, namespace: metadata.namespace, name: metadata.name },
    spec,
    software,
    user,
    extra,
    recovery: resolved.recovery,
    masterHosts: placement.masters,
    masterUrl: `spark://${placement.masters.map((host) => `${host.serviceAddress}:${port}`).join(',')}`,
    clientFiles: hdfs.files,
    eventLogDirectories: eventLogDirectories(spec, user),
  }
  const daemons = daemonsOf(context, placement, input)
  const leaving = leavingDaemons(input, daemons, (host) => askedOf(context, masterDaemon(context, host)))
  const peers = [
    ...daemons.map(({ id, host }) => `${id}@${host.name}`),
    ...leaving.map(({ member }) => `${member.id}@${member.host}`),
  ].sort()
  const members: Member[] = []
  for (const daemon of daemons) {
    const rendered = representable(`the files of ${daemon.id}`, () => sparkMember(context, daemon, peers))
    if ('problem' in rendered) problems.push(rendered.problem)
    else members.push(rendered.value)
  }
  problems.push(...collisionProblems(members))
  if (problems.length > 0) return { problems }
  return {
    members,
    leaving,
    refusals: [],
    groups: groupsOf(placement),
    upstream: resolved.upstream,
    version: spec.version,
  }
}

function askedOf({ key }: SparkContext, { id, probes, rules }: Daemon): Pick<Member, 'probes' | 'rules'> {
  return { probes: probes(memberPaths(key, id)), rules }
}

type Resolved =
  | { readonly recovery: Recovery; readonly upstream: Expansion['upstream'] }
  | { readonly problem: Problem }

function resolveRecovery({ object, offers }: ExpandInput<SparkSpec>): Resolved {
  const { zookeeperRef, zookeeperConnect, fileSystem, path = '/spark' } = object.spec.standalone.recovery
  if (zookeeperRef !== undefined) {
    const name = `ZookeeperCluster/${zookeeperRef.name}`
    const offer = offers[name]
    if (offer === undefined) return { problem: notFound('spec.standalone.recovery.zookeeperRef', name) }
    return {
      recovery: { mode: 'ZOOKEEPER', connect: offer.connect, path },
      upstream: [{ name, available: offer.available, why: offer.why }],
    }
  }
  // Nobody here can say whether a foreign ensemble serves: the masters will.
  if (zookeeperConnect !== undefined) {
    return { recovery: { mode: 'ZOOKEEPER', connect: zookeeperConnect, path }, upstream: [] }
  }
  if (fileSystem !== undefined) {
    const directory = joinMount(fileSystem.directory.mount, fileSystem.directory.path)
    return { recovery: { mode: 'FILESYSTEM', directory }, upstream: [] }
  }
  return { recovery: { mode: 'NONE' }, upstream: [] }
}

/** Applications find out themselves whether it serves: nobody here is held back for it. */
function resolveHdfs({
  object,
  offers,
}: ExpandInput<SparkSpec>): { readonly files: Readonly<Record<string, string>> } | { readonly problem: Problem } {
  const { hdfsRef } = object.spec
  if (hdfsRef === undefined) return { files: {} }
  const name = `HdfsCluster/${hdfsRef.name}`
  const offer = offers[name]
  return offer === undefined ? { problem: notFound('spec.hdfsRef', name) } : { files: offer.files ?? {} }
}

function notFound(field: string, name: string): Problem {
  const message = `${field}: there is no ${name} in the namespace; create it, or correct the name`
  return problem('ReferenceNotFound', message, { field })
}

/**
 * Writable for every user and sticky, like /tmp: drivers run as whoever submits them. Set-group-id, since Spark writes event logs
 * with mode 660 and the history server is to read them. Without a declared mount, as it may be
 * a shared file system or not.
 */
function eventLogDirectories({ historyServer }: SparkSpec, user: ServiceUser): readonly DesiredDirectory[] {
  if (historyServer === undefined) return []
  const path = eventLogPath(historyServer.eventLogDir)
  return dataDirectories({ mount: '/', path: path.slice(1) }, user).map(({ mount: _, ...directory }) =>
    directory.path === path ? { ...directory, mode: '3777' } : directory,
  )
}

function daemonsOf(
  context: SparkContext,
  placement: Placement,
  { standing }: ExpandInput<SparkSpec>,
): readonly Daemon[] {
  const { historyServer, standalone } = context.spec
  const { shuffleService } = standalone
  const workers = placement.groups.flatMap(({ group, field, hosts }) =>
    hosts.map((host) => {
      const id = workerId(host.name)
      const stands = standing.find((one) => one.host === host.name && one.record['member'] === id)
      return workerDaemon(context, group, host, field, stands?.record)
    }),
  )
  return [
    ...placement.masters.map((host) => masterDaemon(context, host)),
    ...(shuffleService === undefined ? [] : workers.map(({ host }) => shuffleDaemon(context, shuffleService, host))),
    ...workers,
    ...(historyServer === undefined || placement.history === undefined
      ? []
      : [historyDaemon(context, historyServer, placement.history)]),
  ]
}

/**
 * Masters first; everything else needs one that serves, and nothing else: a lower order would make the masters wait for a
 * history server. More than one bad master, or a third of the workers, is a common cause that restarts do not mend.
 */
function groupsOf(placement: Placement): readonly Group[] {
  const one = { kind: 'MaxUnavailable', count: 1 } as const
  const workers = placement.groups.reduce((sum, { hosts }) => sum + hosts.length, 0)
  return [
    { name: masterGroup, order: 0, budget: one, breaker: 1 },
    { name: shuffleGroup, order: 1, budget: one, breaker: third(workers) },
    ...placement.groups.map(({ group, hosts }): Group => {
      const count = maxUnavailable(group.rollout.maxUnavailable, hosts.length)
      return {
        name: workerGroupName(group.name),
        order: 1,
        budget: { kind: 'MaxUnavailable', count },
        breaker: third(hosts.length),
      }
    }),
    { name: historyGroup, order: 1, budget: one, breaker: 1 },
  ]
}
